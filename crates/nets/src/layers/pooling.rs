//! Pooling: means over parts of the rows (an image, a sequence, a graph) and maxima over windows of images.

use std::sync::Arc;

use curves::vector::vector;

use super::conv::Images;
use crate::{Pass, Real, Var, kernels};

/// The mean (or sum) of consecutive rows: part k is rows `starts[k] .. starts[k + 1]`; an empty part gives zeros.
pub fn pool<T: Real>(pass: &mut Pass<'_, T>, x: Var, starts: &Arc<[usize]>, mean: bool) -> Var {
    let (cols, parts) = (x.cols, starts.len().saturating_sub(1));
    let factor = move |w: &[usize]| if mean { T::of(1.0 / (w[1] - w[0]).max(1) as f64) } else { T::ONE };
    let mut out = pass.zeros(parts * cols);
    let from = pass.value(x);
    pass.vector(
        #[inline(always)]
        || {
            for (w, out) in starts.windows(2).zip(out.chunks_exact_mut(cols.max(1))) {
                let by = factor(w);
                for row in from[w[0] * cols..w[1] * cols].chunks_exact(cols.max(1)) {
                    kernels::axpy(out, by, row);
                }
            }
        },
    );
    let y = pass.push(out, parts, cols, x.learns);
    let starts = starts.clone();
    pass.record(y, move |flow, dy| {
        let mut dx = flow.zeros(x.len());
        vector(
            flow.arch(),
            #[inline(always)]
            || {
                for (w, dy) in starts.windows(2).zip(dy.chunks_exact(cols.max(1))) {
                    let by = factor(w);
                    for row in dx[w[0] * cols..w[1] * cols].chunks_exact_mut(cols.max(1)) {
                        kernels::axpy(row, by, dy);
                    }
                }
            },
        );
        flow.give(x, dx);
        flow.free(dy);
    });
    y
}

/// Parts of equal length, for [`pool`]: `count` of `length` rows.
pub fn equal_parts(count: usize, length: usize) -> Arc<[usize]> {
    (0..=count).map(|k| k * length).collect()
}

/// The largest value of every window of `size × size` pixels without overlap; what is left at the right and bottom edge is not seen.
pub fn max_pool<T: Real>(pass: &mut Pass<'_, T>, x: Var, images: Images, size: usize) -> (Var, Images) {
    let to = Images { batch: images.batch, height: images.height / size.max(1), width: images.width / size.max(1) };
    let cols = x.cols;
    let from = pass.value(x);
    let (mut out, mut picked) = (Vec::with_capacity(to.rows() * cols), Vec::with_capacity(to.rows() * cols));
    for image in 0..to.batch {
        for (oy, ox) in (0..to.height).flat_map(|oy| (0..to.width).map(move |ox| (oy, ox))) {
            for c in 0..cols {
                let window = (0..size * size).map(|k| {
                    let (y, x) = (oy * size + k / size, ox * size + k % size);
                    ((image * images.height + y) * images.width + x) * cols + c
                });
                // The first of equals, as PyTorch does.
                let best = window.fold(None, |best: Option<usize>, k| if best.is_some_and(|b| from[b] >= from[k]) { best } else { Some(k) });
                let best = best.unwrap_or(0);
                out.push(from[best]);
                picked.push(best);
            }
        }
    }
    let y = pass.push(out, to.rows(), cols, x.learns);
    pass.record(y, move |flow, dy| {
        let mut dx = flow.zeros(x.len());
        picked.iter().zip(&dy).for_each(|(&k, d)| dx[k] += *d);
        flow.give(x, dx);
        flow.free(dy);
    });
    (y, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        for mean in [true, false] {
            check(
                |_| (),
                |(), pass| {
                    let x = pass.leaf(&sample(7 * 2), 7, 2);
                    (pool(pass, x, &[0, 3, 3, 7].into(), mean), vec![x])
                },
            );
        }
        check(
            |_| (),
            |(), pass| {
                let images = Images { batch: 2, height: 5, width: 4 };
                let x = pass.leaf(&sample(images.rows() * 2), images.rows(), 2);
                let (y, shape) = max_pool(pass, x, images, 2);
                assert_eq!(shape, Images { batch: 2, height: 2, width: 2 });
                (y, vec![x])
            },
        );
    }
}
