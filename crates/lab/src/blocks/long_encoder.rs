//! A small encoder of tokens whose places exchange what they know by attention, or by diagonal state spaces that run along the sequence both ways.
//!
//! Blocks are alike but for that: a norm, the exchange and a sum; a norm, a feed-forward part and a sum. Attention has learned positions, state
//! spaces have none. First states are structured (λ = −1/2 + iπk as in S4D-Lin, arXiv 2206.11893, with steps that are evenly spaced in their
//! logarithm from one over the length to one: the usual ones, from a thousandth to a tenth, are for thousands of tokens), or random: decays whose
//! logarithms are normal, turns that are normal times π, and steps of one.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

use nets::layers::{Attention, Embedding, LayerNorm, Linear, Sequences, StateSpace};
use nets::params::normal;
use nets::{Params, Pass, Var};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// How places exchange what they know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mixer {
    /// By attention.
    Attention,
    /// By state spaces that begin structured.
    Structured,
    /// By state spaces that begin at random.
    Random,
}

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Tokens there are.
    pub(crate) vocabulary: usize,
    /// Tokens of a sequence, at most.
    pub(crate) length: usize,
    /// Numbers that a token becomes, a multiple of the heads.
    pub(crate) width: usize,
    /// Heads of attention.
    pub(crate) heads: usize,
    /// States of each number, in each direction.
    pub(crate) states: usize,
    /// Blocks.
    pub(crate) layers: usize,
    /// Units of the feed-forward part of a block.
    pub(crate) hidden: usize,
}

impl Size {
    /// Multiplications of a token passed forward in a sequence of this length, in matrix products: the recurrences of state spaces are none.
    pub(crate) fn multiplications(self, mixer: Mixer, length: usize) -> f64 {
        let (width, hidden, length) = (self.width as f64, self.hidden as f64, length as f64);
        let mixing = if mixer == Mixer::Attention { 4.0 * width * width + 2.0 * length * width } else { width * width };
        self.layers as f64 * (mixing + 2.0 * width * hidden)
    }
}

/// What exchanges.
#[derive(Clone, Debug)]
enum Exchange {
    Attention(Attention),
    States { forward: StateSpace, backward: StateSpace, out: Linear },
}

#[derive(Clone, Debug)]
struct Block {
    norm: LayerNorm,
    exchange: Exchange,
    feed_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

/// The encoder.
#[derive(Clone, Debug)]
pub(crate) struct LongEncoder {
    tokens: Embedding,
    positions: Option<Embedding>,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

/// A state space of a mixer; its random beginning is drawn from `rng`.
fn states(params: &mut Params<f32>, name: &str, size: Size, mixer: Mixer, rng: &mut Pcg64) -> StateSpace {
    let layer = StateSpace::new(params, name, size.width, size.states);
    let random = mixer == Mixer::Random;
    let places: Vec<(String, Range<usize>)> = params.tensors().iter().map(|(known, tensor)| (known.clone(), tensor.range())).collect();
    for (known, place) in places {
        let values = &mut params.values[place];
        match known.strip_prefix(name) {
            Some(".decay") if random => values.iter_mut().for_each(|v| *v = normal(rng) as f32),
            Some(".turn") if random => values.iter_mut().for_each(|v| *v = (PI * normal(rng)) as f32),
            // The logarithm of a step of one.
            Some(".step") if random => values.fill(0.0),
            Some(".step") => {
                let (longest, width) = ((size.length.max(1) as f64).ln(), size.width.max(2) as f64);
                values.iter_mut().zip(0..).for_each(|(v, feature)| *v = (longest * (f64::from(feature) / (width - 1.0) - 1.0)) as f32);
            }
            _ => {}
        }
    }
    layer
}

impl LongEncoder {
    /// Adds its tensors, whose names begin with `name`.
    pub(crate) fn new(params: &mut Params<f32>, name: &str, size: Size, mixer: Mixer, rng: &mut Pcg64) -> Self {
        let Size { vocabulary, length, width, heads, layers, hidden, .. } = size;
        let tokens = Embedding::new(params, &format!("{name}.tokens"), vocabulary, width, 1.0);
        let positions = (mixer == Mixer::Attention).then(|| Embedding::new(params, &format!("{name}.positions"), length, width, 1.0));
        let mut blocks = Vec::with_capacity(layers);
        for k in 0..layers {
            let name = format!("{name}.blocks.{k}");
            let norm = LayerNorm::new(params, &format!("{name}.norm"), width);
            let exchange = if mixer == Mixer::Attention {
                Exchange::Attention(Attention::new(params, &format!("{name}.attention"), width, heads))
            } else {
                Exchange::States {
                    forward: states(params, &format!("{name}.forward"), size, mixer, rng),
                    backward: states(params, &format!("{name}.backward"), size, mixer, rng),
                    out: Linear::new(params, &format!("{name}.out"), width, width),
                }
            };
            let feed_norm = LayerNorm::new(params, &format!("{name}.feed_norm"), width);
            let widen = Linear::new(params, &format!("{name}.widen"), width, hidden);
            let narrow = Linear::new(params, &format!("{name}.narrow"), hidden, width);
            blocks.push(Block { norm, exchange, feed_norm, widen, narrow });
        }
        Self { tokens, positions, blocks, norm: LayerNorm::new(params, &format!("{name}.norm"), width) }
    }

    /// Tokens of sequences of one length, one after the other → a row for each token.
    pub(crate) fn forward(&self, pass: &mut Pass<'_, f32>, tokens: &[u32], length: usize) -> Var {
        let length = length.max(1);
        let sequences = Sequences::all(tokens.len() / length, length);
        // The rows of every sequence from its end to its beginning.
        let turned: Arc<[usize]> = (0..tokens.len()).map(|row| row - row % length + (length - 1 - row % length)).collect();
        let mut x = self.tokens.forward(pass, tokens);
        if let Some(positions) = &self.positions {
            let places: Vec<u32> = (0..tokens.len()).map(|row| (row % length) as u32).collect();
            let placed = positions.forward(pass, &places);
            x = pass.add(x, placed);
        }
        for block in &self.blocks {
            let normed = block.norm.forward(pass, x);
            let exchanged = match &block.exchange {
                Exchange::Attention(attention) => attention.forward(pass, normed, &sequences),
                Exchange::States { forward, backward, out } => {
                    let there = forward.forward(pass, normed, length);
                    let back = pass.gather(normed, Arc::clone(&turned));
                    let back = backward.forward(pass, back, length);
                    let back = pass.gather(back, Arc::clone(&turned));
                    let both = pass.add(there, back);
                    let both = pass.gelu(both);
                    out.forward(pass, both)
                }
            };
            x = pass.add(x, exchanged);
            let normed = block.feed_norm.forward(pass, x);
            let wide = block.widen.forward(pass, normed);
            let wide = pass.gelu(wide);
            let fed = block.narrow.forward(pass, wide);
            x = pass.add(x, fed);
        }
        self.norm.forward(pass, x)
    }
}

/// How far a state space layer is from the convolution that it is: the largest distance from Σ_s K(s) x(t − s) + D x(t), with the kernel K(s) = 2
/// Re Σ_k C_k B_k A_kˢ written out, over a sequence of so many rows of random numbers.
pub(crate) fn convolution_gap(mixer: Mixer, width: usize, states_of: usize, length: usize, rng: &mut Pcg64) -> f64 {
    let size = Size { vocabulary: 1, length, width, heads: 1, states: states_of, layers: 1, hidden: 1 };
    let mut params = Params::<f32>::new(rng.clone());
    let layer = states(&mut params, "s", size, mixer, rng);
    let x: Vec<f32> = (0..length * width).map(|_| normal(rng) as f32).collect();
    let of = |part: &str| -> Vec<f64> {
        let place = params.tensors().iter().find(|(name, _)| name.strip_prefix("s.") == Some(part)).map(|(_, tensor)| tensor.range());
        place.map(|place| params.values[place].iter().map(|v| f64::from(*v)).collect()).unwrap_or_default()
    };
    let (decay, turn, real, imaginary, step, skip) = (of("decay"), of("turn"), of("real"), of("imaginary"), of("step"), of("skip"));
    let kernel = |feature: usize, lag: usize| -> f64 {
        let one = |k: usize| {
            let (dt, rate, angle) = (step[feature].exp(), -decay[k].exp(), turn[k]);
            // (A − 1)/λ and Aˢ, as real and imaginary parts.
            let power = |n: f64| ((n * dt * rate).exp() * (n * dt * angle).cos(), (n * dt * rate).exp() * (n * dt * angle).sin());
            let (a, n) = (power(1.0), rate * rate + angle * angle);
            let b = (((a.0 - 1.0) * rate + a.1 * angle) / n, (a.1 * rate - (a.0 - 1.0) * angle) / n);
            let c = (real[k], imaginary[k]);
            let cb = (c.0 * b.0 - c.1 * b.1, c.0 * b.1 + c.1 * b.0);
            let p = power(lag as f64);
            2.0 * (cb.0 * p.0 - cb.1 * p.1)
        };
        (feature * states_of..(feature + 1) * states_of).map(one).sum()
    };
    let convolved: Vec<f64> = (0..length * width)
        .map(|place| {
            let (t, feature) = (place / width, place % width);
            let past: f64 = (0..=t).map(|lag| kernel(feature, lag) * f64::from(x[(t - lag) * width + feature])).sum();
            past + skip[feature] * f64::from(x[place])
        })
        .collect();
    let mut training = nets::Training::new(params, 0.0);
    training.infer(rng.clone(), |pass| {
        let input = pass.input(&x, length, width);
        let found = layer.forward(pass, input, length);
        pass.value(found).iter().zip(&convolved).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
    })
}

#[cfg(test)]
mod tests {
    use nets::Training;
    use rand::SeedableRng;

    use super::*;

    const SIZE: Size = Size { vocabulary: 5, length: 4, width: 8, heads: 2, states: 3, layers: 2, hidden: 6 };
    const ALL: [Mixer; 3] = [Mixer::Attention, Mixer::Structured, Mixer::Random];

    fn run(mixer: Mixer, tokens: &[u32]) -> Vec<f32> {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = LongEncoder::new(&mut params, "e", SIZE, mixer, &mut Pcg64::seed_from_u64(2));
        let mut training = Training::new(params, 0.0);
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let found = net.forward(pass, tokens, 4);
            pass.value(found).to_vec()
        })
    }

    #[test]
    fn every_place_sees_all_of_its_sequence_and_nothing_else() {
        for mixer in ALL {
            let both = run(mixer, &[0, 1, 2, 3, 4, 3, 2, 1]);
            let (first, last) = (run(mixer, &[1, 1, 2, 3, 4, 3, 2, 1]), run(mixer, &[0, 1, 2, 4, 4, 3, 2, 1]));
            let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max);
            assert!(apart(&both[24..32], &first[24..32]) > 1e-4 && apart(&both[..8], &last[..8]) > 1e-4, "{mixer:?}");
            assert!(apart(&both[32..], &first[32..]) < 1e-5 && apart(&both[32..], &last[32..]) < 1e-5, "{mixer:?}");
        }
    }

    #[test]
    fn first_states_are_structured_or_random() {
        let of = |mixer: Mixer, seed: u64| {
            let mut params = Params::new(Pcg64::seed_from_u64(1));
            states(&mut params, "s", SIZE, mixer, &mut Pcg64::seed_from_u64(seed));
            params
        };
        let (structured, random) = (of(Mixer::Structured, 2), of(Mixer::Random, 2));
        let part = |params: &Params<f32>, name: &str| {
            let place = params.tensors().iter().find(|(known, _)| known == name).unwrap().1.range();
            params.values[place].to_vec()
        };
        assert_eq!(part(&structured, "s.turn")[..3], [0.0, PI as f32, (2.0 * PI) as f32]);
        let steps = part(&structured, "s.step");
        assert!(part(&random, "s.step").iter().all(|v| *v == 0.0) && steps.windows(2).all(|w| w[0] < w[1]));
        assert!((steps[0] + 4.0_f32.ln()).abs() < 1e-6 && steps[7].abs() < 1e-6);
        // All else is the same, and another seed gives other random states.
        for name in ["s.real", "s.imaginary", "s.skip"] {
            assert_eq!(part(&structured, name), part(&random, name));
        }
        assert!(part(&random, "s.decay") != part(&of(Mixer::Random, 3), "s.decay") && part(&random, "s.turn") != part(&structured, "s.turn"));
    }

    #[test]
    fn a_state_space_is_a_convolution() {
        for (mixer, seed) in [(Mixer::Structured, 1), (Mixer::Random, 2)] {
            let gap = convolution_gap(mixer, 3, 4, 12, &mut Pcg64::seed_from_u64(seed));
            assert!(gap < 1e-4 && gap > 0.0, "{mixer:?}: {gap}");
        }
    }

    #[test]
    fn slopes_are_those_of_differences() {
        // Through the whole encoder and along two directions: the slope of a sum of squares by a number.
        for mixer in ALL {
            let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
            let net = LongEncoder::new(&mut params, "e", SIZE, mixer, &mut Pcg64::seed_from_u64(2));
            let tokens = [0, 1, 2, 3, 4, 3, 2, 1];
            let weights: Vec<f32> = (0..64).map(|k| ((k * k) as f32).sin()).collect();
            let loss = |values: &[f32], gradient: Option<&mut [f32]>| -> f64 {
                let mut arena = nets::Arena::new();
                let mut pass = Pass::with(values, &mut [], &mut arena, nets::Mode::Train, Pcg64::seed_from_u64(0));
                let found = net.forward(&mut pass, &tokens, 4);
                let by = pass.input(&weights, 8, 8);
                let weighed = pass.mul(found, by);
                let all = pass.sum(weighed);
                let value = pass.scalar(all);
                if let Some(gradient) = gradient {
                    pass.backward(all, gradient);
                }
                value
            };
            let mut gradient = vec![0.0; params.len()];
            loss(&params.values, Some(gradient.as_mut_slice()));
            for (name, tensor) in params.tensors() {
                let place = tensor.start + tensor.len() / 2;
                let moved = |by: f32| {
                    let mut values = params.values.clone();
                    values[place] += by;
                    loss(&values, None)
                };
                let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                let slope = f64::from(gradient[place]);
                assert!((difference - slope).abs() < 0.02 + 0.02 * slope.abs(), "{mixer:?} {name}: {difference} {slope}");
            }
        }
    }

    #[test]
    fn multiplications_are_those_of_the_products() {
        for mixer in ALL {
            let before = nets::product::operations();
            run(mixer, &[0, 1, 2, 3, 4, 3, 2, 1]);
            let spent = (nets::product::operations() - before) as f64;
            assert!((spent / (16.0 * SIZE.multiplications(mixer, 4)) - 1.0).abs() < 1e-9, "{mixer:?}: {spent}");
        }
    }
}
