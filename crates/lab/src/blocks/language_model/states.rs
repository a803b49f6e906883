//! What stands in a model behind its scores, scores that are learned by squares, what follows a beginning, and gradients by place.

use nets::layers::{LayerNorm, Sequences};
use nets::{Arena, Mode, Pass, Tensor, Training, losses};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::{LOOK, LanguageModel, Seen};
use crate::blocks::probes::largest;

impl LanguageModel {
    /// What stands in the last place of documents after the last block, a row for each: after the last norm, as the scores see it, and before it.
    pub(crate) fn last_states(&self, training: &mut Training<f32>, documents: &[u32]) -> [Vec<f32>; 2] {
        let tensor = |name: &str| -> Tensor {
            let found = training.params.tensors().iter().find(|(known, _)| known == name);
            found.map(|(_, tensor)| *tensor).unwrap_or_default()
        };
        // The norm of the decoder, by the names of its numbers.
        let norm = LayerNorm { gain: tensor("norm.weight"), bias: tensor("norm.bias") };
        let (each, width) = ((self.size.length * self.size.width).max(1), self.size.width);
        let (mut after, mut before) = (Vec::new(), Vec::new());
        for block in documents.chunks(LOOK * (self.size.length + 1)) {
            let (tokens, _) = self.split(block);
            let sequences = self.sequences(&tokens);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let states = self.net.states(pass, &tokens, &sequences);
                let Some(last) = states.len().checked_sub(2).and_then(|k| states.get(k)).copied() else { return };
                let normed = norm.forward(pass, last);
                for (state, to) in [(normed, &mut after), (last, &mut before)] {
                    pass.value(state).chunks_exact(each).for_each(|document| to.extend_from_slice(&document[each - width..]));
                }
            });
        }
        [after, before]
    }

    /// One step on documents towards scores of one for the token that came and of zero for all others, by squared errors; gives the loss before it,
    /// the mean over places of the sum over tokens.
    pub(crate) fn squared_step(&self, training: &mut Training<f32>, documents: &[u32], rate: f64) -> f64 {
        let (tokens, wanted) = self.split(documents);
        let sequences = self.sequences(&tokens);
        let mut targets = vec![0.0_f32; wanted.len() * self.size.vocabulary];
        for (row, token) in targets.chunks_exact_mut(self.size.vocabulary.max(1)).zip(&wanted) {
            row[*token as usize] = 1.0;
        }
        training.step(rate, Pcg64::seed_from_u64(0), |pass| {
            let scores = self.net.scores(pass, &tokens, &sequences);
            let targets = pass.input(&targets, scores.rows, scores.cols);
            let errors = losses::squared_error(pass, scores, targets);
            let errors = pass.sum_columns(errors);
            pass.mean(errors)
        })
    }

    /// As [`LanguageModel::look`], with minus the score of every token in the place of its cross-entropy.
    pub(crate) fn look_at_scores(&self, training: &mut Training<f32>, documents: &[u32]) -> Seen {
        let mut seen = Seen::default();
        for block in documents.chunks(LOOK * (self.size.length + 1)) {
            let (tokens, wanted) = self.split(block);
            let sequences = self.sequences(&tokens);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.net.scores(pass, &tokens, &sequences);
                for (row, token) in pass.value(scores).chunks_exact(self.size.vocabulary.max(1)).zip(&wanted) {
                    seen.losses.push(-f64::from(row[*token as usize]));
                    seen.likeliest.push(largest(row.iter().map(|s| f64::from(*s))));
                }
            });
        }
        seen
    }

    /// The share of every token after each of some beginnings, which have all this many tokens.
    pub(crate) fn next(&self, training: &mut Training<f32>, beginnings: &[u32], length: usize) -> Vec<f32> {
        let (length, vocabulary) = (length.clamp(1, self.size.length.max(1)), self.size.vocabulary);
        let mut found = Vec::with_capacity(beginnings.len() / length * vocabulary);
        for block in beginnings.chunks(LOOK * length) {
            let sequences = Sequences::causal(block.len() / length, length);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.net.scores(pass, block, &sequences);
                let shares = pass.softmax(scores);
                for document in pass.value(shares).chunks_exact((length * vocabulary).max(1)) {
                    found.extend_from_slice(&document[document.len() - vocabulary..]);
                }
            });
        }
        found
    }

    /// Mean entropy of what it says of every place of documents, in nats.
    pub(crate) fn entropy(&self, training: &mut Training<f32>, documents: &[u32]) -> f64 {
        let (mut sum, mut places) = (0.0, 0);
        for block in documents.chunks(LOOK * (self.size.length + 1)) {
            let (tokens, _) = self.split(block);
            let sequences = self.sequences(&tokens);
            training.infer(Pcg64::seed_from_u64(0), |pass| {
                let scores = self.net.scores(pass, &tokens, &sequences);
                let shares = pass.softmax(scores);
                let terms = pass.value(shares).iter().map(|p| f64::from(*p)).filter(|p| *p > 0.0);
                sum -= terms.map(|p| p * p.ln()).sum::<f64>();
                places += scores.rows;
            });
        }
        sum / places.max(1) as f64
    }

    /// Puts the gradient of a weighted sum of cross-entropies into `gradient`, at these numbers in the place of the model's; gives that sum.
    /// Documents have `length` tokens and the one that they begin with, and every predicted place a weight.
    pub(crate) fn gradient_by_place(
        &self,
        numbers: &[f32],
        arena: &mut Arena<f32>,
        documents: &[u32],
        length: usize,
        weights: &[f32],
        gradient: &mut [f32],
    ) -> f64 {
        let length = length.clamp(1, self.size.length.max(1));
        let (mut tokens, mut wanted) = (Vec::with_capacity(documents.len()), Vec::with_capacity(documents.len()));
        for document in documents.chunks_exact(length + 1) {
            tokens.extend_from_slice(&document[..length]);
            wanted.extend_from_slice(&document[1..]);
        }
        let sequences = Sequences::causal(tokens.len() / length, length);
        gradient.fill(0.0);
        let mut pass = Pass::with(numbers, &mut [], arena, Mode::Train, Pcg64::seed_from_u64(0));
        let scores = self.net.scores(&mut pass, &tokens, &sequences);
        let errors = losses::cross_entropy(&mut pass, scores, &wanted, 0.0);
        let weights = pass.input(weights, errors.rows, 1);
        let weighed = pass.mul(errors, weights);
        let all = pass.sum(weighed);
        let value = pass.scalar(all);
        pass.backward(all, gradient);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    const SIZE: Size = Size { vocabulary: 5, length: 6, width: 8, heads: 2, layers: 2 };

    /// Documents that count up from anywhere.
    fn documents(count: u32) -> Vec<u32> {
        (0..count).flat_map(|first| (0..7).map(move |k| (first + k) % 5)).collect()
    }

    fn near(a: f32, b: f32) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn states_are_what_the_scores_are_made_of() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let [after, before] = model.last_states(&mut training, &documents(70));
        assert_eq!((after.len(), before.len()), (70 * 8, 70 * 8));
        // Gains of one and biases of zero at first: rows of mean zero and mean square one.
        for row in after.chunks_exact(8) {
            assert!(near(row.iter().sum::<f32>(), 0.0) && (row.iter().map(|v| v * v).sum::<f32>() / 8.0 - 1.0).abs() < 0.05, "{row:?}");
        }
        let head = |name: &str| training.params.tensors().iter().find(|(known, _)| known == name).unwrap().1;
        let (weight, bias) = (head("head.weight"), head("head.bias"));
        let values = training.params.values.clone();
        let scores: Vec<f32> =
            (0..5).map(|token| values[bias.start + token] + (0..8).map(|k| values[weight.start + token * 8 + k] * after[69 * 8 + k]).sum::<f32>()).collect();
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let all: f32 = scores.iter().map(|s| (s - top).exp()).sum();
        let beginning = &documents(70)[69 * 7..69 * 7 + 6];
        let shares = model.next(&mut training, beginning, 6);
        assert!(shares.len() == 5 && scores.iter().zip(&shares).all(|(s, p)| near((s - top).exp() / all, *p)));
    }

    #[test]
    fn squares_are_learned_and_likelihoods_looked_at() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let first = model.squared_step(&mut training, &documents(5), 1e-2);
        for _ in 0..300 {
            model.squared_step(&mut training, &documents(5), 1e-2);
        }
        let last = model.squared_step(&mut training, &documents(5), 1e-2);
        let seen = model.look_at_scores(&mut training, &documents(5));
        let wanted: Vec<u32> = documents(5).chunks(7).flat_map(|d| d[1..].to_vec()).collect();
        assert!(last < 0.3 * first && seen.likeliest == wanted && seen.losses.iter().all(|l| (*l + 1.0).abs() < 0.5), "{first} {last}");
    }

    #[test]
    fn shorter_beginnings_and_entropies() {
        let (model, mut training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        // A model that says the same of all has the entropy of five.
        let short = model.next(&mut training, &[0, 1, 3, 2], 2);
        assert!(short.len() == 10 && short.chunks(5).all(|row| near(row.iter().sum::<f32>(), 1.0)));
        assert!(model.next(&mut training, &[3, 2], 2).iter().zip(&short[5..]).all(|(a, b)| near(*a, *b)));
        training.params.values.fill(0.0);
        assert!((model.entropy(&mut training, &documents(3)) - 5.0_f64.ln()).abs() < 1e-5);
    }

    #[test]
    fn gradients_by_place_add_up() {
        let (model, training) = LanguageModel::new(SIZE, Pcg64::seed_from_u64(1));
        let numbers = training.params.values.clone();
        let (mut arena, mut whole, mut part) = (Arena::new(), vec![0.0; numbers.len()], vec![0.0; numbers.len()]);
        let mean = model.gradient_after(2, &numbers, &mut arena, &documents(4), &mut whole);
        let weights: Vec<f32> = (0..24).map(|place| if place % 6 < 2 { 0.0 } else { 1.0 / 16.0 }).collect();
        let same = model.gradient_by_place(&numbers, &mut arena, &documents(4), 6, &weights, &mut part);
        assert!((mean - same).abs() < 1e-5 && whole.iter().zip(&part).all(|(a, b)| (a - b).abs() < 1e-6));
        // Shorter documents: two of three tokens.
        let value = model.gradient_by_place(&numbers, &mut arena, &[0, 1, 2, 3, 4, 0], 2, &[0.0, 1.0, 0.0, 0.0], &mut part);
        let share = model.next(&mut Training::new(training.params.clone(), 0.0), &[0, 1], 2)[2];
        assert!((value + f64::from(share).ln()).abs() < 1e-4 && part.iter().any(|g| g.abs() > 1e-4), "{value} {share}");
    }
}
