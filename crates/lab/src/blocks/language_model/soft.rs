//! Distributions over the next token: what a model says, and what it can learn from a teacher.

use nets::{Training, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::{LOOK, LanguageModel};

impl LanguageModel {
    /// The distribution of the next token in every place of documents: places × vocabulary.
    pub(crate) fn distributions(&self, training: &mut Training<f32>, documents: &[u32]) -> Vec<f32> {
        let mut all = Vec::with_capacity(documents.len() * self.size.vocabulary);
        for block in documents.chunks(LOOK * (self.size.length + 1)) {
            let (tokens, _) = self.split(block);
            let sequences = self.sequences(&tokens);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.net.scores(pass, &tokens, &sequences);
                for row in pass.value(scores).chunks_exact(self.size.vocabulary.max(1)) {
                    let top = row.iter().copied().fold(f32::MIN, f32::max);
                    let from = all.len();
                    all.extend(row.iter().map(|score| (score - top).exp()));
                    let sum: f32 = all[from..].iter().sum();
                    all[from..].iter_mut().for_each(|p| *p /= sum);
                }
            });
        }
        all
    }

    /// One step on documents with distributions (places × vocabulary) for what follows, in the place of the tokens that do; gives the mean
    /// cross-entropy before it. The random numbers are for dropout.
    pub(crate) fn step_towards(&self, training: &mut Training<f32>, documents: &[u32], targets: &[f32], rate: f64, rng: Pcg64) -> f64 {
        let (tokens, _) = self.split(documents);
        let sequences = self.sequences(&tokens);
        training.step(rate, rng, |pass| {
            let scores = self.net.scores(pass, &tokens, &sequences);
            let targets = pass.input(targets, scores.rows, scores.cols);
            let errors = losses::soft_cross_entropy(pass, scores, targets);
            pass.mean(errors)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    const SIZE: Size = Size { vocabulary: 5, length: 6, width: 8, heads: 2, layers: 1 };

    fn documents() -> Vec<u32> {
        (0..4_u32).flat_map(|first| (0..7).map(move |k| (first * first + k) % 5)).collect()
    }

    #[test]
    fn certain_targets_are_tokens() {
        let documents = documents();
        let targets: Vec<f32> = documents.chunks_exact(7).flat_map(|d| d[1..].iter().flat_map(|t| (0..5).map(move |k| f32::from(u8::from(k == *t))))).collect();
        let rng = || Pcg64::seed_from_u64(3);
        for share in [0.0, 0.4] {
            let (mut model, mut hard) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
            model.drop(share);
            let (_, mut soft) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
            let losses = [model.step_drawn(&mut hard, &documents, 1e-2, rng()), model.step_towards(&mut soft, &documents, &targets, 1e-2, rng())];
            assert!((losses[0] - losses[1]).abs() < 1e-6, "{losses:?}");
            let apart = hard.params.values.iter().zip(&soft.params.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-3, "{apart}");
        }
    }

    #[test]
    fn distributions_are_those_that_losses_are_of_and_dropout_is_for_training() {
        let (mut model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        model.step(&mut training, &documents(), 1e-2);
        let seen = model.look(&mut training, &documents());
        let all = model.distributions(&mut training, &documents());
        let wanted = documents().chunks_exact(7).flat_map(|d| d[1..].to_vec()).collect::<Vec<_>>();
        for ((row, token), loss) in all.chunks_exact(5).zip(&wanted).zip(&seen.losses) {
            assert!((f64::from(row[*token as usize]).ln() + loss).abs() < 1e-5 && (row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        let whole = model.step(&mut Training::new(training.params.clone(), 0.1), &documents(), 0.0);
        model.drop(0.5);
        assert_eq!(model.look(&mut training, &documents()), seen);
        assert_ne!(model.step(&mut training, &documents(), 0.0), whole);
    }
}
