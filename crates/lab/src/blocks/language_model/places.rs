//! Gradients where the first places of every document are given, and not predicted.

use nets::{Arena, Mode, Pass, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::LanguageModel;

impl LanguageModel {
    /// Puts the gradient of the mean loss over all places of documents but the first `given` of each into `gradient`, at these numbers in the place of
    /// the model's; gives that loss.
    pub(crate) fn gradient_after(&self, given: usize, numbers: &[f32], arena: &mut Arena<f32>, documents: &[u32], gradient: &mut [f32]) -> f64 {
        let (tokens, wanted) = self.split(documents);
        let sequences = self.sequences(&tokens);
        let length = self.size.length.max(1);
        let predicted = wanted.len() / length * length.saturating_sub(given);
        let one = (1.0 / predicted.max(1) as f64) as f32;
        let each: Vec<f32> = (0..wanted.len()).map(|place| if place % length < given { 0.0 } else { one }).collect();
        gradient.fill(0.0);
        let mut pass = Pass::with(numbers, &mut [], arena, Mode::Train, Pcg64::seed_from_u64(0));
        let scores = self.net.scores(&mut pass, &tokens, &sequences);
        let errors = losses::cross_entropy(&mut pass, scores, &wanted, 0.0);
        let each = pass.input(&each, errors.rows, 1);
        let weighed = pass.mul(errors, each);
        let all = pass.sum(weighed);
        let loss = pass.scalar(all);
        pass.backward(all, gradient);
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    const SIZE: Size = Size { vocabulary: 5, length: 6, width: 8, heads: 2, layers: 1 };

    #[test]
    fn what_is_given_is_not_predicted() {
        let documents: Vec<u32> = (0..4_u32).flat_map(|first| (0..7).map(move |k| (first * first + k) % 5)).collect();
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let numbers = training.params.values.clone();
        let (mut arena, mut whole, mut rest) = (Arena::new(), vec![0.0; numbers.len()], vec![0.0; numbers.len()]);
        let even = |losses: &[f64]| vec![1.0 / losses.len() as f64; losses.len()];
        let losses = model.gradient(&numbers, &mut arena, &documents, even, &mut whole);
        let mean = model.gradient_after(0, &numbers, &mut arena, &documents, &mut rest);
        assert!((losses.iter().sum::<f64>() / 4.0 - mean).abs() < 1e-5);
        assert!(whole.iter().zip(&rest).all(|(a, b)| (a - b).abs() < 1e-6));
        // Without the first two places of each document.
        let mean = model.gradient_after(2, &numbers, &mut arena, &documents, &mut rest);
        let seen = model.look(&mut training, &documents).losses;
        let wanted = seen.chunks_exact(6).flat_map(|document| &document[2..]).sum::<f64>() / 16.0;
        assert!((mean - wanted).abs() < 1e-5 && whole.iter().zip(&rest).any(|(a, b)| (a - b).abs() > 1e-4), "{mean} {wanted}");
        // Nothing is left.
        assert_eq!(model.gradient_after(6, &numbers, &mut arena, &documents, &mut rest), 0.0);
        assert!(rest.iter().all(|g| *g == 0.0));
    }
}
