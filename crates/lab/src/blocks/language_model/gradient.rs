//! Gradients of weighted losses of documents, at any weights of a model, for optimisers of a study's own.

use nets::{Arena, Mode, Pass, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::LanguageModel;

impl LanguageModel {
    /// Puts the gradient of the weighted loss of documents into `gradient`, at these numbers in the place of the model's; gives the loss of each
    /// document, the mean over its tokens. `weigh` makes of these losses a weight for each, in their order; nothing flows back through it.
    pub(crate) fn gradient(
        &self,
        numbers: &[f32],
        arena: &mut Arena<f32>,
        documents: &[u32],
        weigh: impl FnOnce(&[f64]) -> Vec<f64>,
        gradient: &mut [f32],
    ) -> Vec<f64> {
        let (tokens, wanted) = self.split(documents);
        let sequences = self.sequences(&tokens);
        let length = self.size.length.max(1);
        gradient.fill(0.0);
        let mut pass = Pass::with(numbers, &mut [], arena, Mode::Train, Pcg64::seed_from_u64(0));
        let scores = self.net.scores(&mut pass, &tokens, &sequences);
        let errors = losses::cross_entropy(&mut pass, scores, &wanted, 0.0);
        let mean = |document: &[f32]| document.iter().map(|e| f64::from(*e)).sum::<f64>() / length as f64;
        let found: Vec<f64> = pass.value(errors).chunks_exact(length).map(mean).collect();
        let each: Vec<f32> = weigh(&found).into_iter().flat_map(|w| std::iter::repeat_n((w / length as f64) as f32, length)).collect();
        let each = pass.input(&each, errors.rows, 1);
        let weighed = pass.mul(errors, each);
        let all = pass.sum(weighed);
        pass.backward(all, gradient);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;
    use nets::Training;

    const SIZE: Size = Size { vocabulary: 5, length: 6, width: 8, heads: 2, layers: 1 };

    /// Documents that count up from anywhere.
    fn documents(count: u32) -> Vec<u32> {
        (0..count).flat_map(|first| (0..7).map(move |k| (first * first + k) % 5)).collect()
    }

    fn gradient(model: &LanguageModel, training: &Training<f32>, documents: &[u32], weights: &[f64]) -> (Vec<f64>, Vec<f32>) {
        let mut found = vec![0.0; training.params.len()];
        let losses = model.gradient(&training.params.values, &mut Arena::new(), documents, |_| weights.to_vec(), &mut found);
        (losses, found)
    }

    #[test]
    fn equal_weights_are_those_of_a_step() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        training.clip = f64::INFINITY;
        let (losses, found) = gradient(&model, &training, &documents(4), &[0.25; 4]);
        let loss = model.step(&mut training, &documents(4), 1e-3);
        assert!((losses.iter().sum::<f64>() / 4.0 - loss).abs() < 1e-5, "{losses:?} {loss}");
        assert!(found.iter().zip(&training.gradient).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn a_gradient_is_the_weighted_sum_of_those_of_documents() {
        let (model, training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let (losses, both) = gradient(&model, &training, &documents(2), &[0.25, 0.75]);
        let (first, one) = gradient(&model, &training, &documents(2)[..7], &[1.0]);
        let (second, other) = gradient(&model, &training, &documents(2)[7..], &[1.0]);
        assert!((losses[0] - first[0]).abs() < 1e-6 && (losses[1] - second[0]).abs() < 1e-6);
        assert!(both.iter().zip(one.iter().zip(&other)).all(|(b, (x, y))| (b - 0.25 * x - 0.75 * y).abs() < 1e-5));
        assert!(both.iter().any(|g| g.abs() > 1e-3));
    }
}
