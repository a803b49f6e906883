//! Leave-one-out nearest neighbours (LOOK; Feng et al., arXiv 2110.06014): most of the nearest neighbours of a picture, itself left out, are to share
//! its label.

use nets::{Pass, Var};

/// Cosines over the temperature of every picture of a step with all pictures of the step and of a queue of earlier ones. `z` has rows of length one,
/// and so has `queue`, which has no slope.
pub(crate) fn similarities(pass: &mut Pass<'_, f32>, z: Var, queue: &[f32], temperature: f64) -> Var {
    let keys = if queue.is_empty() {
        z
    } else {
        let queue = pass.input(queue, queue.len() / z.cols.max(1), z.cols);
        pass.stack(&[z, queue])
    };
    let turned = pass.transpose(keys);
    let cosines = pass.product(z, turned);
    pass.affine(cosines, temperature.recip(), 0.0)
}

/// Marks, for every picture, its `k` nearest others and, among these, those of its label; columns are the pictures of the step, in their order, and
/// then those of the queue. Where there is none of its label, the nearest one that there is joins them; of a picture whose label nobody else has
/// nothing is asked.
pub(crate) fn marks(similar: &[f32], labels: &[u32], others: &[u32], k: usize) -> (Vec<f32>, Vec<f32>) {
    let columns = others.len();
    let (mut near, mut same) = (vec![0.0; labels.len() * columns], vec![0.0; labels.len() * columns]);
    let mut order: Vec<usize> = Vec::with_capacity(columns);
    for (row, (similar, label)) in similar.chunks_exact(columns.max(1)).zip(labels).enumerate() {
        order.clear();
        order.extend((0..columns).filter(|column| *column != row));
        let nearer = |a: &usize, b: &usize| similar[*b].total_cmp(&similar[*a]).then(a.cmp(b));
        let k = k.min(order.len());
        if k == 0 {
            continue;
        }
        order.select_nth_unstable_by(k - 1, nearer);
        let (near, same) = (&mut near[row * columns..][..columns], &mut same[row * columns..][..columns]);
        let mut alone = true;
        for &column in &order[..k] {
            near[column] = 1.0;
            if others[column] == *label {
                same[column] = 1.0;
                alone = false;
            }
        }
        if alone {
            let friend = order[k..].iter().copied().filter(|column| others[*column] == *label).min_by(nearer);
            if let Some(column) = friend {
                (near[column], same[column]) = (1.0, 1.0);
            } else {
                // Nothing can be asked of it: the share is one.
                same.copy_from_slice(near);
            }
        }
    }
    (near, same)
}

/// −ln of the share of marked neighbours that have the same label, weighted by eˢ; the mean over pictures. `highest` is the largest that a similarity
/// can be, which is taken off so that no exponential leaves the range of numbers.
pub(crate) fn disagreement(pass: &mut Pass<'_, f32>, similar: Var, near: &[f32], same: &[f32], highest: f64) -> Var {
    let lower = pass.affine(similar, 1.0, -highest);
    let weights = pass.exp(lower);
    let mut ln_sum = |marks: &[f32]| {
        let marks = pass.input(marks, similar.rows, similar.cols);
        let marked = pass.mul(weights, marks);
        let sums = pass.sum_columns(marked);
        let sums = pass.affine(sums, 1.0, 1e-30);
        pass.ln(sums)
    };
    let (all, agreeing) = (ln_sum(near), ln_sum(same));
    let losses = pass.sub(all, agreeing);
    pass.mean(losses)
}

#[cfg(test)]
mod tests {
    use nets::{Arena, Mode, Params};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    #[test]
    fn the_nearest_are_marked_and_never_the_picture_itself() {
        // Two pictures of the step, three of the queue.
        let similar = [9.0, 3.0, 2.0, 1.0, 0.0, 3.0, 9.0, 0.0, 1.0, 2.0];
        let (near, same) = marks(&similar, &[0, 1], &[0, 1, 0, 1, 0], 2);
        // The second has none of its label among its two nearest: the nearest there is joins them.
        assert_eq!(near, [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(same, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        // A label that nobody else has: nothing is asked, and the share is one.
        let (near, same) = marks(&similar[..5], &[7], &[7, 1, 0, 1, 0], 3);
        assert_eq!((near.clone(), near.iter().sum::<f32>()), (same, 3.0));
    }

    #[test]
    fn losses_by_hand() {
        // Four directions in the plane; the neighbours of each are the second and the third, of which the third is like it.
        let outputs = [1.0, 0.0, 0.6, 0.8, 0.0, 1.0, -1.0, 0.0];
        let (near, same) = ([0.0, 1.0, 1.0, 0.0].repeat(4), [0.0, 0.0, 1.0, 0.0].repeat(4));
        let (mut params, mut arena) = (Params::<f32>::new(Pcg64::seed_from_u64(1)), Arena::new());
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Train, Pcg64::seed_from_u64(1));
        let z = pass.input(&outputs, 4, 2);
        let similar = similarities(&mut pass, z, &[], 0.5);
        let loss = disagreement(&mut pass, similar, &near, &same, 2.0);
        let of = |a: (f64, f64), b: (f64, f64)| (2.0 * (a.0 * b.0 + a.1 * b.1)).exp();
        let all = [(1.0, 0.0), (0.6, 0.8), (0.0, 1.0), (-1.0, 0.0)];
        let wanted = all.map(|a| ((of(a, all[1]) + of(a, all[2])) / of(a, all[2])).ln()).iter().sum::<f64>() / 4.0;
        assert!((pass.scalar(loss) - wanted).abs() < 1e-5);
    }
}
