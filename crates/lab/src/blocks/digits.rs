//! Images and their classes, from files in the format of MNIST (IDX).

use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "mnist_t10k";

/// Numbers of an image, 28 × 28.
pub(crate) const PIXELS: usize = 784;

/// The file of images.
pub(crate) const IMAGE_FILE: &str = "t10k-images-idx3-ubyte";

/// The file of classes.
pub(crate) const LABEL_FILE: &str = "t10k-labels-idx1-ubyte";

/// How many classes there are.
pub(crate) const CLASSES: usize = 10;

/// Images and their classes.
#[derive(Debug, PartialEq)]
pub(crate) struct Images {
    /// [`PIXELS`] of each, 0 to 255.
    pub(crate) pixels: Vec<u8>,
    /// The class of each, below [`CLASSES`].
    pub(crate) labels: Vec<u8>,
}

impl Images {
    /// The images of the dataset's two files.
    pub(crate) fn read(files: &dyn Files) -> Result<Self, StudyError> {
        let wrong = |what: String| StudyError::Other(format!("{DATASET}: {what}"));
        let (pixels, labels) = (files.read(DATASET, IMAGE_FILE).map_err(wrong)?, files.read(DATASET, LABEL_FILE).map_err(wrong)?);
        let (shape, pixels) = numbers::<3>(&pixels, 2051).map_err(|e| wrong(format!("{IMAGE_FILE}: {e}")))?;
        let (count, labels) = numbers::<1>(&labels, 2049).map_err(|e| wrong(format!("{LABEL_FILE}: {e}")))?;
        let [images, height, width] = shape;
        if height * width != PIXELS || images != count[0] {
            let expected = format!("expected as many classes as images of {PIXELS} pixels");
            return Err(wrong(format!("{images} images of {height} × {width} and {} classes; {expected}", count[0])));
        }
        match labels.iter().find(|label| usize::from(**label) >= CLASSES) {
            Some(label) => Err(wrong(format!("{LABEL_FILE}: there is a class {label}; expected 0 to {}", CLASSES - 1))),
            None => Ok(Self { pixels: pixels.to_vec(), labels: labels.to_vec() }),
        }
    }
}

/// The sizes of an IDX file of bytes, and its bytes: a magic number, N sizes (32 bits each, the highest byte first), and all numbers.
fn numbers<const N: usize>(bytes: &[u8], magic: u32) -> Result<([usize; N], &[u8]), String> {
    let word = |k: usize| {
        let bytes = bytes.get(4 * k..4 * k + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    if word(0) != Some(magic) {
        return Err(format!("expected the number {magic} at its beginning; it is another file, or damaged"));
    }
    let mut sizes = [0; N];
    for (k, size) in sizes.iter_mut().enumerate() {
        *size = word(k + 1).ok_or("it ends before its sizes")? as usize;
    }
    let all = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size));
    let rest = bytes.get(4 * (N + 1)..).unwrap_or_default();
    if all != Some(rest.len()) {
        return Err(format!("it has {} numbers, and its beginning says {sizes:?}", rest.len()));
    }
    Ok((sizes, rest))
}
