//! Message passing on graphs: every node adds up what its neighbours send (GIN, Xu et al., arXiv 1810.00826).

use std::sync::Arc;

use curves::vector::vector;

use crate::{Pass, Real, Var, kernels};

/// Directed edges of a batch of graphs, as rows of nodes; an undirected edge is two.
#[derive(Clone, Debug)]
pub struct Edges {
    /// (from, to).
    pub pairs: Arc<[(u32, u32)]>,
}

/// `y_i = own · x_i + Σ_{j→i} x_j (+ e_{ji})`: nodes × features → the same shape; `edge` are features of the edges, if any.
///
/// # Panics
///
/// An edge of a node that is not there, or edge features that do not fit: a mistake of the code that makes the batch.
pub fn send<T: Real>(pass: &mut Pass<'_, T>, x: Var, edges: &Edges, own: f64, edge: Option<Var>) -> Var {
    let (d, own) = (x.cols, T::of(own));
    let mut out = pass.take(x.len());
    let from = pass.value(x);
    let of_edges = edge.map(|e| pass.value(e));
    pass.vector(
        #[inline(always)]
        || {
            for (o, v) in out.iter_mut().zip(from) {
                *o = own * *v;
            }
            for (k, &(a, b)) in edges.pairs.iter().enumerate() {
                let to = &mut out[b as usize * d..][..d];
                kernels::add(to, &from[a as usize * d..][..d]);
                if let Some(e) = of_edges {
                    kernels::add(to, &e[k * d..][..d]);
                }
            }
        },
    );
    let y = pass.push(out, x.rows, d, x.learns || edge.is_some_and(|e| e.learns));
    let edges = edges.clone();
    pass.record(y, move |flow, dy| {
        if let Some(e) = edge.filter(|e| e.learns) {
            let mut de = flow.take(e.len());
            de.chunks_exact_mut(d.max(1)).zip(edges.pairs.iter()).for_each(|(de, &(_, b))| de.copy_from_slice(&dy[b as usize * d..][..d]));
            flow.give(e, de);
        }
        let mut dx = flow.take(x.len());
        vector(
            flow.arch(),
            #[inline(always)]
            || {
                for (o, v) in dx.iter_mut().zip(&dy) {
                    *o = own * *v;
                }
                for &(a, b) in edges.pairs.iter() {
                    kernels::add(&mut dx[a as usize * d..][..d], &dy[b as usize * d..][..d]);
                }
            },
        );
        flow.give(x, dx);
        flow.free(dy);
    });
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        let edges = Edges { pairs: [(0, 1), (1, 0), (1, 2), (2, 1), (3, 3)].into() };
        for with_edges in [true, false] {
            check(
                |_| (),
                |(), pass| {
                    let (x, e) = (pass.leaf(&sample(4 * 2), 4, 2), pass.leaf(&sample(5 * 2), 5, 2));
                    (send(pass, x, &edges, 1.5, with_edges.then_some(e)), vec![x, e])
                },
            );
        }
    }
}
