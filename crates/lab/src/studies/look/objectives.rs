//! The losses on similarities: which pictures a picture is held against, and what is asked of them.

use nets::{Pass, Var, losses};

/// Whether `other` is the picture itself; columns are the pictures of the step, in their order, and then those of the queue.
fn itself(row: usize, column: usize) -> bool {
    row == column
}

/// Cosines over the temperature of every picture of the step with all pictures of the step and of the queue. `z` has rows of length one, and so has
/// `queue`, which has no slope.
pub(super) fn similarities(pass: &mut Pass<'_, f32>, z: Var, queue: &[f32], temperature: f64) -> Var {
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

/// Marks, for every picture, its `k` nearest others and, among these, those of its group. Where there is none of its group, the nearest one
/// that there is joins them; a picture whose group has no other takes no part at all.
pub(super) fn marks(similar: &[f32], groups: &[u32], others: &[u32], k: usize) -> (Vec<f32>, Vec<f32>) {
    let columns = others.len();
    let (mut near, mut same) = (vec![0.0; groups.len() * columns], vec![0.0; groups.len() * columns]);
    let mut order: Vec<usize> = Vec::with_capacity(columns);
    for (row, (similar, group)) in similar.chunks_exact(columns.max(1)).zip(groups).enumerate() {
        order.clear();
        order.extend((0..columns).filter(|column| !itself(row, *column)));
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
            if others[column] == *group {
                same[column] = 1.0;
                alone = false;
            }
        }
        if alone {
            let friend = order[k..].iter().copied().filter(|column| others[*column] == *group).min_by(nearer);
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

/// −ln of the share of marked neighbours that are of the same group, weighted by eˢ; the mean over pictures. `highest` is the largest that a
/// similarity can be, which is taken off so that no exponential leaves the range of numbers.
pub(super) fn look(pass: &mut Pass<'_, f32>, similar: Var, near: &[f32], same: &[f32], highest: f64) -> Var {
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

/// The mean, over pictures that have others of their group, of −ln softmax at these (Khosla et al., the sum outside of the logarithm).
pub(super) fn sup_con(pass: &mut Pass<'_, f32>, similar: Var, groups: &[u32], others: &[u32]) -> Var {
    let columns = others.len();
    let (mut targets, mut hidden) = (vec![0.0; groups.len() * columns], vec![0.0; groups.len() * columns]);
    let mut asked = 0;
    for (row, group) in groups.iter().enumerate() {
        let friends = others.iter().enumerate().filter(|(column, other)| !itself(row, *column) && *other == group);
        let count = friends.clone().count();
        asked += usize::from(count > 0);
        for (column, _) in friends {
            targets[row * columns + column] = 1.0 / count as f32;
        }
        if let Some(own) = hidden.get_mut(row * columns + row) {
            *own = -1e4;
        }
    }
    let hidden = pass.input(&hidden, similar.rows, similar.cols);
    let scores = pass.add(similar, hidden);
    let targets = pass.input(&targets, similar.rows, similar.cols);
    let losses = losses::soft_cross_entropy(pass, scores, targets);
    let sum = pass.sum(losses);
    pass.affine(sum, 1.0 / asked.max(1) as f64, 0.0)
}
