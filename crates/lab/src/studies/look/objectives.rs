//! The losses on similarities: which pictures a picture is held against, and what is asked of them.

use nets::{Pass, Var, losses};

pub(super) use crate::blocks::neighbour_agreement::{disagreement as look, marks, similarities};

/// Whether `other` is the picture itself; columns are the pictures of the step, in their order, and then those of the queue.
fn itself(row: usize, column: usize) -> bool {
    row == column
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
