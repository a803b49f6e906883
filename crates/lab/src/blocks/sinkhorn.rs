//! Shares of prototypes that every row has a sum of one of and that all prototypes have equally many of (Sinkhorn and Knopp, 1967, as Caron et al.,
//! arXiv 2006.09882, use it), so that not all rows can say the same.

/// How often columns and rows are brought to their sums.
const ROUNDS: usize = 3;

/// `exp(score / temperature)`, columns and then rows divided by their sums again and again; rows add up to 1, columns to about equally much. Scores
/// lie between −1 and 1.
pub(crate) fn level(scores: &[f32], columns: usize, temperature: f32) -> Vec<f32> {
    let highest = scores.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let mut shares: Vec<f32> = scores.iter().map(|v| ((v - highest) / temperature).exp()).collect();
    let columns = columns.max(1);
    for _ in 0..ROUNDS {
        let mut sums = vec![0.0_f64; columns];
        for row in shares.chunks_exact(columns) {
            sums.iter_mut().zip(row).for_each(|(s, v)| *s += f64::from(*v));
        }
        for row in shares.chunks_exact_mut(columns) {
            row.iter_mut().zip(&sums).for_each(|(v, s)| *v = (f64::from(*v) / s.max(1e-30)) as f32);
            let own: f64 = row.iter().map(|v| f64::from(*v)).sum();
            row.iter_mut().for_each(|v| *v = (f64::from(*v) / own.max(1e-30)) as f32);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_and_no_column_takes_all() {
        // Everybody likes the first prototype best, some more than others.
        let scores: Vec<f32> = (0..8).flat_map(|k| [0.9, 0.5 + 0.01 * k as f32, 0.3]).collect();
        let shares = level(&scores, 3, 0.04);
        assert!(shares.chunks_exact(3).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        let of = |column: usize| shares.iter().skip(column).step_by(3).sum::<f32>();
        assert!((0..3).all(|column| (of(column) - 8.0 / 3.0).abs() < 0.2), "{} {} {}", of(0), of(1), of(2));
        // What one row has more of than others stays: the last likes the second prototype best among rows.
        assert!(shares[7 * 3 + 1] > shares[1]);
    }

    #[test]
    fn rows_that_are_alike_say_nothing() {
        let shares = level(&[0.7, -0.2, 0.1].repeat(5), 3, 0.04);
        assert!(shares.iter().all(|v| (v - 1.0 / 3.0).abs() < 1e-5), "{shares:?}");
        // Each of its own: nothing has to be changed.
        let shares = level(&[1.0, -1.0, -1.0, 1.0], 2, 0.1);
        assert!(shares[0] > 0.999 && shares[3] > 0.999);
    }
}
