//! Networks that are ready: read from bytes, and those shipped with this program.

use std::sync::{Mutex, PoisonError};

use super::network::{Arena, Network};
use super::weights::{Card, card, digest, read};
use crate::PfnError;

/// The cards of the networks shipped.
pub(crate) fn cards() -> impl Iterator<Item = (&'static str, Result<Card, PfnError>)> {
    networks::ALL.iter().map(|n| (n.name, card(n.weights)))
}

/// A network that is ready to answer.
pub(crate) struct Trained {
    pub card: Card,
    pub net: Network,
    pub weights: Vec<f32>,
    // Buffers are lent to one question at a time and come back warm.
    arenas: Mutex<Vec<Arena>>,
}

impl Trained {
    /// A network from the bytes of a safetensors file with a model card; causal or not, as whoever asks can use it.
    pub fn from_bytes(data: &[u8], causal: bool) -> Result<Self, PfnError> {
        let (card, net, weights) = read(data)?;
        if card.recipe.network.causal != causal {
            let is = |causal: bool| if causal { "answers for beginnings of curves on a fixed horizon" } else { "answers for runs and their schedules" };
            return Err(PfnError::Weights(format!("{} {}; one that {} is needed", card.recipe.name, is(!causal), is(causal))));
        }
        Ok(Self { card, net, weights, arenas: Mutex::new(Vec::new()) })
    }

    /// One of the networks shipped with this program.
    pub fn shipped(name: &str, causal: bool) -> Result<Self, PfnError> {
        match networks::ALL.iter().find(|n| n.name == name) {
            Some(n) => Self::from_bytes(n.weights, causal),
            None => Err(PfnError::Unknown { name: name.to_owned(), known: Self::names(causal).join(", ") }),
        }
    }

    /// The names of the networks shipped that are causal, or of those that are not.
    pub fn names(causal: bool) -> Vec<&'static str> {
        networks::ALL.iter().filter(|n| card(n.weights).is_ok_and(|card| card.recipe.network.causal == causal)).map(|n| n.name).collect()
    }

    /// A checksum of its weights.
    pub fn fingerprint(&self) -> String {
        digest(&[&self.weights])
    }

    /// Runs `work` with buffers of its own.
    pub fn with_arena<T>(&self, work: impl FnOnce(&mut Arena) -> T) -> T {
        let mut arena = self.arenas.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let out = work(&mut arena);
        self.arenas.lock().unwrap_or_else(PoisonError::into_inner).push(arena);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixture::episodes;
    use crate::mixture::network::Batch;
    use crate::{PrefixPfn, SchedulePfn, fresh_loss};
    use curves::normal;

    fn all() -> impl Iterator<Item = (&'static str, Trained)> {
        networks::ALL.iter().map(|n| (n.name, Trained::from_bytes(n.weights, false).or_else(|_| Trained::from_bytes(n.weights, true)).unwrap()))
    }

    #[test]
    fn every_network_has_its_name_and_its_recipe() {
        for (name, p) in all() {
            assert_eq!(p.card.recipe.name, name);
            let recipe = networks::ALL.iter().find(|n| n.name == name).unwrap().recipe;
            assert_eq!(p.card.recipe, toml::from_str(recipe).unwrap(), "{name}");
            assert_eq!(p.card.parameters, p.weights.len());
        }
        assert_eq!(SchedulePfn::names().len() + PrefixPfn::names().len(), networks::ALL.len());
        assert!(matches!(SchedulePfn::shipped("lcpfn-s1"), Err(PfnError::Weights(e)) if e.contains("is needed")));
        assert!(matches!(PrefixPfn::shipped("nothing"), Err(PfnError::Unknown { .. })));
    }

    #[test]
    fn every_network_does_on_curves_it_has_not_seen_what_its_card_says() {
        for (name, p) in all() {
            let said = p.card.loss.unwrap();
            let data = networks::ALL.iter().find(|n| n.name == name).unwrap().weights;
            let found = fresh_loss(data, 1 << 40, 200).unwrap();
            // Losses of curves of `annealing` and `projects` spread by about 2 nats, of `domhan3` by about 1: two standard errors are .3 and .15
            // on 200.
            assert!((found - said).abs() < 0.3, "{name}: {found}, and the card says {said}");
        }
    }

    #[test]
    fn every_network_is_calibrated_on_its_own_prior() {
        // PIT of the last question about fresh curves is uniform for a network that has learnt its prior: a χ² test in 10 bins on 500 curves;
        // with these seeds a calibrated forecast fails one time in a thousand.
        for (name, p) in all() {
            let (source, recipe) = (episodes::of(&p.card.recipe).unwrap(), &p.card.recipe);
            let (mut batch, mut target, mut bins) = (Batch::default(), Vec::new(), [0.0; 10]);
            for from in (0..500).step_by(10) {
                episodes::batch(source.as_ref(), (from..from + 10).map(|s| fitters::seed::of(&["pit", &s.to_string()])), &mut batch, &mut target);
                p.with_arena(|arena| {
                    p.net.forward(&p.weights, &batch, arena);
                    let mixtures = arena.raw.chunks_exact(3 * recipe.network.normals).map(|raw| p.net.mixture(raw));
                    for (parts, y) in mixtures.zip(&target).skip(recipe.queries - 1).step_by(recipe.queries) {
                        let u: f64 = parts.iter().map(|part| part.weight * normal::cdf((f64::from(*y) - part.mean) / part.sd)).sum();
                        bins[((u * 10.0) as usize).min(9)] += 1.0;
                    }
                });
            }
            let chi2: f64 = bins.iter().map(|b: &f64| (b - 50.0).powi(2) / 50.0).sum();
            assert!(chi2 < 27.9, "{name}: {chi2}: {bins:?}");
        }
    }

    #[test]
    fn raw_outputs_are_those_of_the_program_that_trained() {
        // The first question about curve 5, computed by crates/pfn/gpu/train.py's network in single precision on a CPU.
        type Said = (&'static str, &'static [f32]);
        const SAID: [Said; 4] = [
            (
                "anneal-m2",
                &[
                    -3.5906, -0.2835, -0.8343, 2.9826, 1.0147, -7.2188, 0.2318, 0.206, 0.1929, 0.2015, 0.1987, 0.414, -1.0126, -3.331, -2.3014, -3.5626,
                    -2.8919, 0.2663,
                ],
            ),
            (
                "nsl-s1",
                &[
                    -0.9351, -0.6487, 3.0235, -1.3759, 1.2081, -0.0143, -4.8806, -2.2797, 0.0297, -0.1289, -0.0449, -0.0537, -0.084, -0.0746, -0.0364, -0.0743,
                    -0.174, -0.0645, -0.1556, -0.5667, -0.0386, -0.5732, 0.6549, -0.0194,
                ],
            ),
            (
                "lcpfn-s0",
                &[
                    -0.7289, 0.4616, 1.6835, -0.9088, -1.1326, -2.4724, 0.0774, 0.0535, 0.0448, 0.0522, -0.0067, 0.0551, -0.1256, -0.0739, -0.3244, -0.3344,
                    -0.033, 0.1157,
                ],
            ),
            (
                "lcpfn-s1",
                &[
                    -1.111, 0.7807, 1.8872, -1.1459, -1.5725, -3.7892, 0.0326, 0.006, 0.0677, 0.0971, -0.045, -0.0183, -0.7471, -1.0586, -1.6938, -1.2092,
                    -0.8946, -0.2064,
                ],
            ),
        ];
        for (name, said) in SAID {
            let p = all().find(|n| n.0 == name).unwrap().1;
            let source = episodes::of(&p.card.recipe).unwrap();
            let (mut batch, mut target) = (Batch::default(), Vec::new());
            let seed = fitters::seed::of(&[&p.card.recipe.seed.to_string(), "curves", "5"]);
            episodes::batch(source.as_ref(), [seed].into_iter(), &mut batch, &mut target);
            p.with_arena(|arena| {
                p.net.forward(&p.weights, &batch, arena);
                for (k, (have, want)) in arena.raw.iter().zip(said).enumerate() {
                    assert!((have - want).abs() < 2e-3, "{name}, output {k}: {have}, {want}");
                }
            });
        }
    }
}
