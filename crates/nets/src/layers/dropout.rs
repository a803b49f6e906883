//! Dropout of single numbers, and drop-path (stochastic depth, Huang et al., arXiv 1603.09382) of whole parts of the rows.

use rand::RngExt;

use crate::{Mode, Pass, Real, Var};

/// Drops each number with probability `p` in training, and scales the others by 1/(1 − p). `p` is in [0, 1).
pub fn dropout<T: Real>(pass: &mut Pass<'_, T>, x: Var, p: f64) -> Var {
    drop_parts(pass, x, p, 1)
}

/// Drops the branch of each part of `rows` consecutive rows (an example, an image) with probability `p`.
pub fn drop_path<T: Real>(pass: &mut Pass<'_, T>, x: Var, p: f64, rows: usize) -> Var {
    drop_parts(pass, x, p, rows * x.cols)
}

fn drop_parts<T: Real>(pass: &mut Pass<'_, T>, x: Var, p: f64, length: usize) -> Var {
    if pass.mode != Mode::Train || p <= 0.0 {
        return x;
    }
    let kept = T::of(1.0 / (1.0 - p));
    let mut mask = pass.take(x.len());
    for part in mask.chunks_mut(length.max(1)) {
        let keep = pass.rng.random::<f64>() >= p;
        part.fill(if keep { kept } else { T::ZERO });
    }
    let mask = pass.push(mask, x.rows, x.cols, false);
    pass.mul(x, mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};
    use crate::{Arena, Params};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn gradients_are_those_of_differences() {
        check(
            |_| (),
            |(), pass| {
                let x = pass.leaf(&sample(6 * 2), 6, 2);
                let y = dropout(pass, x, 0.3);
                (drop_path(pass, y, 0.3, 2), vec![x])
            },
        );
    }

    #[test]
    fn a_third_is_dropped_and_the_mean_is_kept() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
        let x = pass.input(&[1.0; 30_000], 10_000, 3);
        let y = dropout(&mut pass, x, 1.0 / 3.0);
        let zeros = pass.value(y).iter().filter(|v| **v == 0.0).count();
        assert!((zeros as f64 / 30_000.0 - 1.0 / 3.0).abs() < 0.01, "{zeros}");
        let y = drop_path(&mut pass, x, 0.5, 2);
        assert!(pass.value(y).chunks(6).all(|part| part.iter().all(|v| *v == part[0])));
        pass.mode = Mode::Frozen;
        assert_eq!(dropout(&mut pass, x, 0.5), x);
    }
}
