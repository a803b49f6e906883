//! Mixture of experts (Shazeer et al., arXiv 1701.06538): a router sends every row to its `k` best experts.

use std::sync::Arc;

use super::Linear;
use crate::{Init, Params, Pass, Real, Var};

/// Experts of two linear layers with a GELU between, and their router.
#[derive(Clone, Debug)]
pub struct Mixture {
    router: Linear,
    experts: Vec<(Linear, Linear)>,
    chosen: usize,
}

/// Where the rows went.
#[derive(Clone, Debug, PartialEq)]
pub struct Routes {
    /// For every row, its experts, the best first.
    pub chosen: Vec<Vec<usize>>,
    /// For every row, the router's probability of every expert.
    pub probabilities: Vec<Vec<f64>>,
}

impl Mixture {
    /// `experts` experts of `hidden` units, `chosen` of them for a row.
    ///
    /// # Panics
    ///
    /// More chosen than there are, or none: a mistake of the code that builds the network.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, width: usize, hidden: usize, experts: usize, chosen: usize) -> Self {
        assert!((1..=experts).contains(&chosen), "{chosen} of {experts} experts");
        let router = Linear::plain(params, &format!("{name}.router"), width, experts, Init::torch(width));
        let expert = |params: &mut Params<T>, k: usize| {
            let first = Linear::new(params, &format!("{name}.experts.{k}.in"), width, hidden);
            (first, Linear::new(params, &format!("{name}.experts.{k}.out"), hidden, width))
        };
        Self { router, experts: (0..experts).map(|k| expert(params, k)).collect(), chosen }
    }

    /// Rows × width → the same shape, the router's probabilities as a value (for a loss that balances them), and where the rows went.
    ///
    /// The outputs of the chosen experts are weighted by their probabilities among the chosen.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> (Var, Var, Routes) {
        let scores = self.router.forward(pass, x);
        let probabilities = pass.softmax(scores);
        let n = self.experts.len();
        let table: Vec<Vec<f64>> = pass.value(probabilities).chunks_exact(n).map(|row| row.iter().map(|p| p.wide()).collect()).collect();
        let chosen: Vec<Vec<usize>> = table
            .iter()
            .map(|row| {
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
                order.truncate(self.chosen);
                order
            })
            .collect();
        // Probabilities of what was not chosen become zero, and each row is divided by what is left.
        let mask: Vec<T> = chosen.iter().flat_map(|row| (0..n).map(|k| if row.contains(&k) { T::ONE } else { T::ZERO }).collect::<Vec<_>>()).collect();
        let mask = pass.input(&mask, x.rows, n);
        let kept = pass.mul(probabilities, mask);
        let left = pass.sum_columns(kept);
        let left = pass.reciprocal(left);
        let gates = pass.mul(kept, left);
        let mut total = None;
        for (k, (first, second)) in self.experts.iter().enumerate() {
            let rows: Arc<[usize]> = (0..x.rows).filter(|&r| chosen[r].contains(&k)).collect();
            if rows.is_empty() {
                continue;
            }
            let part = pass.gather(x, rows.clone());
            let hidden = first.forward(pass, part);
            let hidden = pass.gelu(hidden);
            let out = second.forward(pass, hidden);
            let column = pass.columns(gates, k, 1);
            let gate = pass.gather(column, rows.clone());
            let weighed = pass.mul(out, gate);
            let placed = pass.scatter(weighed, rows, x.rows);
            total = Some(total.map_or(placed, |sum| pass.add(sum, placed)));
        }
        let out = total.unwrap_or(x);
        (out, probabilities, Routes { chosen, probabilities: table })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{check, sample};

    #[test]
    fn gradients_are_those_of_differences() {
        for chosen in [1, 2, 3] {
            check(
                |params| Mixture::new(params, "m", 3, 4, 3, chosen),
                |layer, pass| {
                    let x = pass.leaf(&sample(5 * 3), 5, 3);
                    let (y, _, routes) = layer.forward(pass, x);
                    assert!(routes.chosen.iter().all(|row| row.len() == chosen));
                    assert!(routes.probabilities.iter().all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
                    (y, vec![x])
                },
            );
        }
    }
}
