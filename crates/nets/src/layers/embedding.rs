//! A row of numbers for every token of a vocabulary.

use crate::{Init, Params, Pass, Real, Tensor, Var, kernels};

/// An embedding: vocabulary × width.
#[derive(Clone, Copy, Debug)]
pub struct Embedding {
    /// vocabulary × width.
    pub table: Tensor,
}

impl Embedding {
    /// Begins normal with standard deviation `sd`.
    pub fn new<T: Real>(params: &mut Params<T>, name: &str, vocabulary: usize, width: usize, sd: f64) -> Self {
        Self { table: params.add(&format!("{name}.weight"), vocabulary, width, Init::Normal(sd)) }
    }

    /// Tokens → tokens × width.
    ///
    /// # Panics
    ///
    /// A token beyond the vocabulary: a mistake of the code that makes the batch.
    pub fn forward<T: Real>(&self, pass: &mut Pass<'_, T>, tokens: &[u32]) -> Var {
        let (table, width) = (self.table, self.table.cols);
        let w = &pass.weights()[table.range()];
        let mut out = pass.take(tokens.len() * width);
        out.chunks_exact_mut(width.max(1)).zip(tokens).for_each(|(row, &t)| row.copy_from_slice(&w[t as usize * width..][..width]));
        let learns = pass.records();
        let y = pass.push(out, tokens.len(), width, learns);
        if learns {
            let tokens = tokens.to_vec();
            pass.record(y, move |flow, dy| {
                let g = flow.weight_grad(table);
                dy.chunks_exact(width.max(1)).zip(&tokens).for_each(|(d, &t)| kernels::add(&mut g[t as usize * width..][..width], d));
                flow.free(dy);
            });
        }
        y
    }

    /// Rows × width → rows × vocabulary: scores of every token, by the same table (tied weights).
    pub fn scores<T: Real>(&self, pass: &mut Pass<'_, T>, x: Var) -> Var {
        super::Linear { weight: self.table, bias: None, ins: self.table.cols, outs: self.table.rows }.forward(pass, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;

    #[test]
    fn gradients_are_those_of_differences() {
        check(
            |params| Embedding::new(params, "e", 4, 3, 1.0),
            |layer, pass| {
                let x = layer.forward(pass, &[2, 0, 2, 1]);
                (layer.scores(pass, x), vec![])
            },
        );
    }
}
