//! Rows of numbers of ten classes: five to pretrain on, five that are new.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::{Target, World, other};
use crate::blocks::digits::Images;
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// Classes of a world.
pub(super) const CLASSES: usize = 10;

/// New classes, and as many to pretrain on.
pub(super) const HALF: usize = CLASSES / 2;

/// The side of a digit as it is read, of its middle, and of what is left of that.
const WHOLE: usize = 28;
const MIDDLE: usize = 20;
const SMALL: usize = MIDDLE / 2;

/// Shared directions of a made world, and directions of a class.
const SHARED: usize = 4;
const OWN: usize = 2;

/// Which rows, and how many of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Ground {
    pub(super) world: World,
    /// Numbers of a row of a made world.
    pub(super) dimension: usize,
    /// To pretrain on, of each class that is for that.
    pub(super) pretraining_images: usize,
    /// To learn from, of each new class.
    pub(super) images: usize,
    /// To hold what is generated against, of each new class; and as many again, to hold them against one another.
    pub(super) reference: usize,
    /// For the judge, of every class.
    pub(super) judged: usize,
}

impl Ground {
    /// Numbers of a row.
    pub(super) fn dim(&self) -> usize {
        if self.world == World::Digits { SMALL * SMALL } else { self.dimension }
    }

    /// The largest size of a number.
    pub(super) fn bound(&self) -> f64 {
        if self.world == World::Digits { 1.0 } else { 5.0 }
    }
}

/// Rows and their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// All numbers, row by row.
    pub(super) values: Vec<f32>,
    /// The class of each row.
    pub(super) labels: Vec<u32>,
}

impl Rows {
    /// How many.
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The rows turned into their opposites.
    pub(super) fn inverted(mut self) -> Self {
        self.values.iter_mut().for_each(|v| *v = -*v);
        self
    }
}

/// All rows of a seed. None is in two of its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Data {
    /// To pretrain on.
    pub(super) base: Rows,
    /// To learn the new classes from.
    pub(super) novel: Rows,
    /// To hold what is generated against.
    pub(super) reference: Rows,
    /// As many again.
    pub(super) second: Rows,
    /// Of every class, for the judge.
    pub(super) judged: Rows,
    /// The place of every class among those of its half.
    pub(super) place: [usize; CLASSES],
    /// The new classes, place by place.
    pub(super) new: Vec<u32>,
}

/// Where rows come from.
enum Source {
    Made(Box<Made>),
    Digits { images: Images, left: Vec<Vec<usize>> },
}

/// Normal rows: `centre + shared z + own w + noise`.
struct Made {
    centres: Vec<Vec<f64>>,
    /// Shared directions of every class.
    shared: Vec<Vec<f64>>,
    own: Vec<Vec<f64>>,
    rng: Pcg64,
}

/// Normal numbers.
fn normals(count: usize, sd: f64, rng: &mut Pcg64) -> Vec<f64> {
    (0..count).map(|_| sd * rng.sample::<f64, _>(StandardNormal)).collect()
}

impl Made {
    /// The shared directions are those of all classes; of an alien world the new classes (`new`) share others.
    fn new(ground: Ground, new: &[u32], mut rng: Pcg64) -> Self {
        let dim = ground.dimension;
        let centres = (0..CLASSES).map(|_| normals(dim, 0.7, &mut rng)).collect();
        let own = (0..CLASSES).map(|_| normals(OWN * dim, 0.35, &mut rng)).collect();
        let (common, others) = (normals(SHARED * dim, 0.4, &mut rng), normals(SHARED * dim, 0.4, &mut rng));
        let of = |class: u32| if ground.world == World::Alien && new.contains(&class) { others.clone() } else { common.clone() };
        Self { centres, shared: (0..CLASSES as u32).map(of).collect(), own, rng }
    }

    /// Appends a row of a class.
    fn draw(&mut self, class: usize, to: &mut Vec<f32>) {
        /// What every number has on its own.
        const NOISE: f64 = 0.1;
        let Self { centres, shared, own, rng } = self;
        let mut row = centres[class].clone();
        for directions in [&shared[class], &own[class]] {
            for direction in directions.chunks_exact(row.len().max(1)) {
                let along: f64 = rng.sample(StandardNormal);
                row.iter_mut().zip(direction).for_each(|(x, d)| *x += along * d);
            }
        }
        to.extend(row.iter().map(|x| {
            let noise: f64 = rng.sample(StandardNormal);
            (x + NOISE * noise) as f32
        }));
    }
}

/// The middle of a digit at half its size, from −1 to 1.
fn small(image: &[u8]) -> impl Iterator<Item = f32> {
    let edge = (WHOLE - MIDDLE) / 2;
    let pixel = move |y: usize, x: usize| f32::from(image.get((edge + y) * WHOLE + edge + x).copied().unwrap_or(0));
    (0..SMALL * SMALL).map(move |k| {
        let (y, x) = (2 * (k / SMALL), 2 * (k % SMALL));
        2.0 * (pixel(y, x) + pixel(y, x + 1) + pixel(y + 1, x) + pixel(y + 1, x + 1)) / (4.0 * 255.0) - 1.0
    })
}

impl Source {
    fn new(ground: Ground, new: &[u32], seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut rng = stream(seed, Purpose::Pictures, 0);
        if ground.world != World::Digits {
            return Ok(Self::Made(Box::new(Made::new(ground, new, rng))));
        }
        let images = Images::read(files)?;
        let mut left = vec![Vec::new(); CLASSES];
        for (k, label) in images.labels.iter().enumerate() {
            left[usize::from(*label) % CLASSES].push(k);
        }
        left.iter_mut().for_each(|of| of.shuffle(&mut rng));
        Ok(Self::Digits { images, left })
    }

    /// So many rows of each of these classes, class after class, none of which was taken before.
    fn take(&mut self, classes: &[u32], each: usize) -> Result<Rows, StudyError> {
        let mut made = Rows::default();
        for &class in classes {
            match self {
                Self::Made(world) => (0..each).for_each(|_| world.draw(class as usize, &mut made.values)),
                Self::Digits { images, left } => {
                    let of = left.get_mut(class as usize).filter(|of| of.len() >= each);
                    let of = of.ok_or_else(|| other(format!("fewer than {each} images of the digit {class} are left; ask for fewer images of a class")))?;
                    for k in of.drain(of.len() - each..) {
                        let image = images.pixels.get(k * WHOLE * WHOLE..(k + 1) * WHOLE * WHOLE).unwrap_or_default();
                        made.values.extend(small(image));
                    }
                }
            }
            made.labels.resize(made.labels.len() + each, class);
        }
        Ok(made)
    }
}

impl Data {
    /// Those of a seed. A new class is learned from and held against as the target has it.
    ///
    /// # Errors
    /// Files that are absent or damaged, or more images of a class than there are.
    pub(super) fn new(ground: Ground, target: Target, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut order: Vec<u32> = (0..CLASSES as u32).collect();
        order.shuffle(&mut stream(seed, Purpose::Deal, 0));
        let (base, new) = order.split_at(HALF);
        let mut place = [0; CLASSES];
        for half in [base, new] {
            half.iter().enumerate().for_each(|(k, class)| place[*class as usize] = k);
        }
        let mut source = Source::new(ground, new, seed, files)?;
        let judged = source.take(&order, ground.judged)?;
        let base = source.take(base, ground.pretraining_images)?;
        let parts = [ground.images, ground.reference, ground.reference].map(|each| source.take(new, each));
        let turned = |rows: Rows| if target == Target::Inverted { rows.inverted() } else { rows };
        let [novel, reference, second] = parts;
        Ok(Self { base, novel: turned(novel?), reference: turned(reference?), second: turned(second?), judged, place, new: new.to_vec() })
    }
}

/// The same rows with their numbers in another order, which is the same for all of them.
pub(super) fn permuted(rows: &Rows, dim: usize, rng: &mut Pcg64) -> Rows {
    let mut order: Vec<usize> = (0..dim).collect();
    order.shuffle(rng);
    let values = rows.values.chunks_exact(dim.max(1)).flat_map(|row| order.iter().map(move |k| row[*k])).collect();
    Rows { values, labels: rows.labels.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;
    use rand::SeedableRng;

    fn ground(world: World) -> Ground {
        Ground { world, dimension: 6, pretraining_images: 4, images: 3, reference: 2, judged: 1 }
    }

    #[test]
    fn halves_share_nothing_and_targets_are_opposites() {
        let of = |world, target| Data::new(ground(world), target, 3, &NoFiles).unwrap();
        let data = of(World::Planted, Target::Same);
        assert_eq!((data.base.len(), data.novel.len(), data.reference.len(), data.judged.len()), (20, 15, 10, 10));
        assert!(data.novel.labels.iter().all(|class| !data.base.labels.contains(class) && data.new.contains(class)));
        assert!(data.new.iter().enumerate().all(|(k, class)| data.place[*class as usize] == k));
        assert_ne!(data.reference, data.second);
        let inverted = of(World::Planted, Target::Inverted);
        assert_eq!((inverted.novel.clone().inverted(), inverted.base == data.base), (data.novel.clone(), true));
        // Of an alien world the new classes alone are other ones.
        let alien = of(World::Alien, Target::Same);
        assert!(alien.base == data.base && alien.novel != data.novel);
        assert!(Data::new(ground(World::Digits), Target::Same, 3, &NoFiles).is_err());
    }

    #[test]
    fn a_digit_is_the_mean_of_its_middle() {
        let mut image = vec![0; WHOLE * WHOLE];
        image[4 * WHOLE + 6] = 255;
        let made: Vec<f32> = small(&image).collect();
        assert_eq!((made.len(), made[0], made[1]), (100, -1.0, -0.5));
        let rows = Rows { values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], labels: vec![0, 1] };
        let turned = permuted(&rows, 3, &mut Pcg64::seed_from_u64(1));
        let shift = |k: usize| turned.values[k + 3] - turned.values[k];
        assert!((0..3).all(|k| shift(k) == 3.0) && turned.labels == rows.labels);
    }
}
