//! Losses, row by row: so that a mean, a weighted mean or a reweighting is an operation on the values that they give.

use rand_pcg::Pcg64;

use curves::vector::vector;

use crate::{Pass, Real, Var, kernels};

/// Cross-entropy of every row of scores with its class: rows × 1, in nats. `smoothing` in [0, 1) is the share of the target spread
/// over all classes (label smoothing, arXiv 1512.00567).
///
/// # Panics
///
/// A class for every row, each below the number of columns, is the duty of the code that makes the batch.
pub fn cross_entropy<T: Real>(pass: &mut Pass<'_, T>, scores: Var, classes: &[u32], smoothing: f64) -> Var {
    assert_eq!(scores.rows, classes.len(), "a class for every row");
    let (n, spread) = (scores.cols.max(1), T::of(smoothing / scores.cols.max(1) as f64));
    let sharp = T::of(1.0 - smoothing);
    let (mut p, mut out) = (pass.take(scores.len()), pass.take(scores.rows));
    let from = pass.value(scores);
    pass.vector(
        #[inline(always)]
        || {
            for (((p, x), out), &class) in p.chunks_exact_mut(n).zip(from.chunks_exact(n)).zip(out.iter_mut()).zip(classes) {
                p.copy_from_slice(x);
                let (top, norm) = kernels::softmax(p);
                let all = top + norm.ln();
                *out = all - sharp * x[class as usize];
                if spread > T::ZERO {
                    *out -= spread * kernels::sum(x, |v| v);
                }
            }
        },
    );
    let y = pass.push(out, scores.rows, 1, scores.learns);
    if !(scores.learns && pass.records()) {
        pass.free(p);
        return y;
    }
    let classes = classes.to_vec();
    pass.record(y, move |flow, dy| {
        vector(
            flow.arch(),
            #[inline(always)]
            || {
                for ((p, d), &class) in p.chunks_exact_mut(n).zip(&dy).zip(&classes) {
                    p[class as usize] -= sharp;
                    for v in p.iter_mut() {
                        *v = *d * (*v - spread);
                    }
                }
            },
        );
        flow.give(scores, p);
        flow.free(dy);
    });
    y
}

/// Cross-entropy of every row of scores with a row of probabilities (a teacher's, or mixed labels): rows × 1, in nats.
/// A gradient flows to the scores alone.
///
/// # Panics
///
/// Shapes that differ: a mistake of the code that makes the batch.
pub fn soft_cross_entropy<T: Real>(pass: &mut Pass<'_, T>, scores: Var, targets: Var) -> Var {
    assert_eq!((scores.rows, scores.cols), (targets.rows, targets.cols), "a probability for every score");
    let n = scores.cols.max(1);
    let (mut p, mut out) = (pass.take(scores.len()), pass.take(scores.rows));
    let (from, wanted) = (pass.value(scores), pass.value(targets));
    pass.vector(
        #[inline(always)]
        || {
            for (((p, x), out), t) in p.chunks_exact_mut(n).zip(from.chunks_exact(n)).zip(out.iter_mut()).zip(wanted.chunks_exact(n)) {
                p.copy_from_slice(x);
                let (top, norm) = kernels::softmax(p);
                *out = (top + norm.ln()) * kernels::sum(t, |v| v) - kernels::dot(t, x);
            }
        },
    );
    let y = pass.push(out, scores.rows, 1, scores.learns);
    pass.record(y, move |flow, dy| {
        for ((p, d), t) in p.chunks_exact_mut(n).zip(&dy).zip(flow.value(targets).chunks_exact(n)) {
            let all = kernels::sum(t, |v| v);
            p.iter_mut().zip(t).for_each(|(p, t)| *p = *d * (*p * all - *t));
        }
        flow.give(scores, p);
        flow.free(dy);
    });
    y
}

/// Cross-entropy of every score with a yes (1) or no (0), element by element, in nats.
///
/// # Panics
///
/// A target for every score is the duty of the code that makes the batch.
pub fn binary_cross_entropy<T: Real>(pass: &mut Pass<'_, T>, scores: Var, targets: &[T]) -> Var {
    assert_eq!(scores.len(), targets.len(), "a target for every score");
    let (mut slope, mut out) = (pass.take(scores.len()), pass.take(scores.len()));
    for (((o, s), x), t) in out.iter_mut().zip(slope.iter_mut()).zip(pass.value(scores)).zip(targets) {
        // ln(1 + eˣ) − t x, without overflow.
        let small = (-x.abs()).exp();
        *o = x.larger(T::ZERO) + (T::ONE + small).ln() - *t * *x;
        let positive = T::ONE / (T::ONE + small);
        *s = if *x >= T::ZERO { positive } else { T::ONE - positive } - *t;
    }
    let y = pass.push(out, scores.rows, scores.cols, scores.learns);
    pass.record(y, move |flow, mut dy| {
        dy.iter_mut().zip(&slope).for_each(|(d, s)| *d *= *s);
        flow.give(scores, dy);
        flow.free(slope);
    });
    y
}

/// Squared difference, element by element.
pub fn squared_error<T: Real>(pass: &mut Pass<'_, T>, x: Var, target: Var) -> Var {
    let gap = pass.sub(x, target);
    pass.square(gap)
}

/// InfoNCE (van den Oord et al., arXiv 1807.03748) of rows that belong together: the cross-entropy of picking, for each row of `x`,
/// its partner among the rows of `y`, by cosine over temperature. Rows × 1.
pub fn info_nce<T: Real>(pass: &mut Pass<'_, T>, x: Var, y: Var, temperature: f64) -> Var {
    let (x, y) = (pass.unit_rows(x), pass.unit_rows(y));
    let turned = pass.transpose(y);
    let scores = pass.product(x, turned);
    let scores = pass.affine(scores, 1.0 / temperature, 0.0);
    let partners: Vec<u32> = (0..x.rows as u32).collect();
    cross_entropy(pass, scores, &partners, 0.0)
}

/// CutMix (Yun et al., arXiv 1905.04899): in place, a rectangle of every image comes from its partner `order[k]`; gives the share of
/// each image that stayed its own, which is the weight of its own label.
pub fn cut_mix<T: Real>(pixels: &mut [T], images: crate::layers::Images, channels: usize, order: &[usize], share: f64, rng: &mut Pcg64) -> f64 {
    use rand::RngExt;
    let crate::layers::Images { height, width, .. } = images;
    let cut = (1.0 - share.clamp(0.0, 1.0)).sqrt();
    let (half_h, half_w) = (cut * height as f64 / 2.0, cut * width as f64 / 2.0);
    let (cy, cx) = (rng.random::<f64>() * height as f64, rng.random::<f64>() * width as f64);
    let side = |center: f64, half: f64, n: usize| ((center - half).round().max(0.0) as usize, ((center + half).round() as usize).min(n));
    let ((top, bottom), (left, right)) = (side(cy, half_h, height), side(cx, half_w, width));
    let original = pixels.to_vec();
    let image = height * width * channels;
    for (k, &partner) in order.iter().enumerate() {
        for y in top..bottom {
            let at = (y * width + left) * channels..(y * width + right.max(left)) * channels;
            pixels[k * image..][at.clone()].copy_from_slice(&original[partner * image..][at]);
        }
    }
    1.0 - (bottom.saturating_sub(top) * right.saturating_sub(left)) as f64 / (height * width).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};
    use crate::layers::Images;
    use crate::{Arena, Mode, Params};
    use rand::SeedableRng;

    #[test]
    fn gradients_are_those_of_differences() {
        for smoothing in [0.0, 0.1] {
            check(
                |_| (),
                |(), pass| {
                    let x = pass.leaf(&sample(12), 4, 3);
                    (cross_entropy(pass, x, &[0, 2, 1, 2], smoothing), vec![x])
                },
            );
        }
        check(
            |_| (),
            |(), pass| {
                let x = pass.leaf(&sample(12), 4, 3);
                let targets: Vec<f64> = sample::<f64>(12).iter().map(|v| v.abs()).collect();
                let t = pass.input(&targets, 4, 3);
                (soft_cross_entropy(pass, x, t), vec![x])
            },
        );
        check(
            |_| (),
            |(), pass| {
                let x = pass.leaf(&sample(6), 2, 3);
                (binary_cross_entropy(pass, x, &[0.0, 1.0, 0.3, 1.0, 0.0, 0.5]), vec![x])
            },
        );
        check(
            |_| (),
            |(), pass| {
                let (x, y) = (pass.leaf(&sample(6), 2, 3), pass.leaf(&sample(6)[..6].iter().rev().copied().collect::<Vec<_>>(), 2, 3));
                let near = squared_error(pass, x, y);
                let near = pass.sum_columns(near);
                let pairs = info_nce(pass, x, y, 0.5);
                (pass.add(near, pairs), vec![x, y])
            },
        );
    }

    #[test]
    fn known_values() {
        let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
        let x = pass.input(&[0.0, 3.0_f64.ln()], 1, 2);
        let hard = cross_entropy(&mut pass, x, &[1], 0.0);
        assert!((pass.scalar(hard) - (4.0_f64 / 3.0).ln()).abs() < 1e-14);
        let smooth = cross_entropy(&mut pass, x, &[1], 0.5);
        let t = pass.input(&[0.25, 0.75], 1, 2);
        let soft = soft_cross_entropy(&mut pass, x, t);
        assert!((pass.scalar(smooth) - pass.scalar(soft)).abs() < 1e-14);
        let yes = binary_cross_entropy(&mut pass, x, &[1.0, 0.0]);
        assert!((pass.value(yes)[0] - 2.0_f64.ln()).abs() < 1e-14 && (pass.value(yes)[1] - 4.0_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn a_mixed_image_keeps_the_share_it_says() {
        let images = Images { batch: 2, height: 8, width: 8 };
        let mut pixels: Vec<f32> = [vec![0.0; 64], vec![1.0; 64]].concat();
        let share = cut_mix(&mut pixels, images, 1, &[1, 0], 0.6, &mut Pcg64::seed_from_u64(5));
        let own = pixels[..64].iter().filter(|p| **p == 0.0).count();
        assert!((own as f64 / 64.0 - share).abs() < 1e-12 && share < 1.0, "{own} {share}");
    }
}
