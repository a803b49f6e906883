//! Patches of pictures, which of them are hidden, and what is to be said of these.

use std::sync::Arc;

use super::Size;

/// Patches of all pictures, row by row of each patch, one patch after the other. What no patch covers is left out.
pub(super) fn cut(pixels: &[f32], size: Size) -> Vec<f32> {
    let Size { side, patch, .. } = size;
    let across = side / patch.max(1);
    let mut rows = Vec::with_capacity(pixels.len());
    for picture in pixels.chunks_exact((side * side).max(1)) {
        for place in 0..across * across {
            let (top, left) = (place / across * patch, place % across * patch);
            (top..top + patch).for_each(|row| rows.extend_from_slice(&picture[row * side + left..][..patch]));
        }
    }
    rows
}

/// These rows of so many numbers each.
pub(super) fn picked(rows: &[f32], which: &[usize], each: usize) -> Vec<f32> {
    which.iter().flat_map(|r| rows.get(r * each..(r + 1) * each).unwrap_or_default()).copied().collect()
}

/// All rows that are not seen, of so many, in their order.
pub(super) fn hidden(seen: &[usize], rows: usize) -> Arc<[usize]> {
    let mut there = vec![false; rows];
    seen.iter().for_each(|r| there[*r] = true);
    (0..rows).filter(|r| !there[*r]).collect()
}

/// Gives every row of so many numbers mean 0 and variance 1; as in the authors' code the variance is over one less than their number, plus 1e-6.
pub(super) fn normalised(rows: &mut [f32], each: usize) {
    let n = each as f64;
    for row in rows.chunks_exact_mut(each.max(1)) {
        let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let square = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / f64::max(n - 1.0, 1.0);
        let by = (square + 1e-6).sqrt().recip();
        row.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) * by) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_by_hand() {
        let size = Size { side: 5, patch: 2, width: 1, depth: 1, heads: 1, decoder: 1 };
        let picture: Vec<f32> = (0..25).map(|k| k as f32).collect();
        let rows = cut(&picture, size);
        assert_eq!(rows, [0.0, 1.0, 5.0, 6.0, 2.0, 3.0, 7.0, 8.0, 10.0, 11.0, 15.0, 16.0, 12.0, 13.0, 17.0, 18.0]);
        assert_eq!(picked(&rows, &[3, 0], 4), [12.0, 13.0, 17.0, 18.0, 0.0, 1.0, 5.0, 6.0]);
        assert_eq!(hidden(&[1, 4], 6).as_ref(), [0, 2, 3, 5]);
    }

    #[test]
    fn targets_have_mean_0_and_variance_1() {
        let mut rows = [1.0, 3.0, 7.0, 7.0];
        normalised(&mut rows, 2);
        // Of 1 and 3 the variance is 2; of equal numbers nothing is left.
        let half = 0.5_f32.sqrt();
        assert!((rows[0] + half).abs() < 1e-5 && (rows[1] - half).abs() < 1e-5 && rows[2..] == [0.0, 0.0], "{rows:?}");
    }
}
