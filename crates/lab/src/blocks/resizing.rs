//! Square grey pictures in other sizes.

/// Appends a picture of `side` by `side` in another size: between pixels along straight lines, the middles of pixels where they are
/// (PyTorch's `bilinear` without `align_corners`), and the edge goes on outside.
pub(crate) fn bilinear(from: &[f32], side: usize, to_side: usize, to: &mut Vec<f32>) {
    if side == to_side {
        to.extend_from_slice(from);
        return;
    }
    let last = side.saturating_sub(1);
    // For a row or column of the new picture: the two of the old one, and the share of the second.
    let places: Vec<(usize, usize, f32)> = (0..to_side)
        .map(|k| {
            let at = ((k as f64 + 0.5) * side as f64 / to_side as f64 - 0.5).clamp(0.0, last as f64);
            let first = at.floor() as usize;
            (first, (first + 1).min(last), (at - first as f64) as f32)
        })
        .collect();
    let pixel = |row: usize, column: usize| from.get(row * side + column).copied().unwrap_or(0.0);
    for &(top, bottom, down) in &places {
        for &(left, right, across) in &places {
            let upper = (1.0 - across) * pixel(top, left) + across * pixel(top, right);
            let lower = (1.0 - across) * pixel(bottom, left) + across * pixel(bottom, right);
            to.push((1.0 - down) * upper + down * lower);
        }
    }
}

/// Appends the means over `to_side` by `to_side` parts of a picture; a part has at least one pixel.
pub(crate) fn averaged(from: &[f32], side: usize, to_side: usize, to: &mut Vec<f32>) {
    let part = |k: usize| {
        let first = k * side / to_side.max(1);
        first..((k + 1) * side / to_side.max(1)).max(first + 1).min(side.max(1))
    };
    for row in 0..to_side {
        for column in 0..to_side {
            let (rows, columns) = (part(row), part(column));
            let n = (rows.len() * columns.len()).max(1) as f32;
            let sum: f32 = rows.map(|y| columns.clone().map(|x| from.get(y * side + x).copied().unwrap_or(0.0)).sum::<f32>()).sum();
            to.push(sum / n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(from: &[f32], side: usize, to_side: usize) -> Vec<f32> {
        let mut to = Vec::new();
        bilinear(from, side, to_side, &mut to);
        to
    }

    #[test]
    fn twice_the_size_is_known_by_hand() {
        // As PyTorch has it: 0, 1/4, 3/4 and 1 along a row.
        let found = resized(&[0.0, 1.0, 2.0, 3.0], 2, 4);
        assert_eq!(found[..4], [0.0, 0.25, 0.75, 1.0]);
        assert_eq!(found[4..8], [0.5, 0.75, 1.25, 1.5]);
        assert_eq!(found[12..], [2.0, 2.25, 2.75, 3.0]);
        assert_eq!(resized(&[0.0, 1.0, 2.0, 3.0], 2, 2), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(resized(&[0.0, 1.0, 2.0, 3.0], 2, 1), [1.5]);
    }

    #[test]
    fn what_is_constant_or_linear_stays_so() {
        assert!(resized(&[0.7; 25], 5, 9).iter().all(|v| (v - 0.7).abs() < 1e-6));
        let ramp: Vec<f32> = (0..64).map(|k| (k % 8) as f32).collect();
        let found = resized(&ramp, 8, 12);
        // Away from the edge a step of the new picture is two thirds of an old one.
        assert!((2..9).all(|k| (found[k + 1] - found[k] - 2.0 / 3.0).abs() < 1e-5), "{:?}", &found[..12]);
    }

    #[test]
    fn means_of_parts_by_hand() {
        let mut to = Vec::new();
        averaged(&(0..16).map(|k| k as f32).collect::<Vec<f32>>(), 4, 2, &mut to);
        assert_eq!(to, [2.5, 4.5, 10.5, 12.5]);
        to.clear();
        // Three pixels in two parts: the first has one, the second two.
        averaged(&[1.0, 2.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 3, 2, &mut to);
        assert_eq!(to, [1.0, 3.0, 0.0, 0.0]);
        to.clear();
        averaged(&[5.0], 1, 2, &mut to);
        assert_eq!(to, [5.0; 4]);
    }
}
