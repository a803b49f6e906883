//! `Pfn`: a trained network as a forecaster. One forward pass answers.

use std::sync::{Arc, Mutex, PoisonError};

use curves::{Bins, Forecast, Histogram, Shape};
use fitters::{Answer, FitError, Forecaster, Question};
use rayon::prelude::*;

use crate::PfnError;
use crate::network::{Arena, Batch, Network};
use crate::weights::ModelCard;

/// A network that is ready to answer.
pub struct Pfn {
    card: ModelCard,
    net: Network,
    weights: Vec<f32>,
    bins: Arc<Bins>,
    // Buffers are lent to one question at a time and come back warm.
    arenas: Mutex<Vec<Arena>>,
}

impl Pfn {
    /// A network from the bytes of a safetensors file with a model card.
    pub fn from_bytes(data: &[u8]) -> Result<Self, PfnError> {
        let (card, weights, bins) = crate::weights::read(data)?;
        Ok(Self { net: Network::new(card.recipe.network), card, weights, bins: Arc::new(bins), arenas: Mutex::new(Vec::new()) })
    }

    /// One of the networks shipped with this program.
    pub fn shipped(name: &str) -> Result<Self, PfnError> {
        match SHIPPED.iter().find(|(n, _)| *n == name) {
            Some((_, data)) => Self::from_bytes(data),
            None => Err(PfnError::Unknown { name: name.to_owned(), known: SHIPPED.iter().map(|s| s.0).collect::<Vec<_>>().join(", ") }),
        }
    }

    /// Where the network comes from.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The names of all networks shipped.
    pub fn names() -> Vec<&'static str> {
        SHIPPED.iter().map(|s| s.0).collect()
    }

    /// A checksum of everything that decides its answers.
    pub fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        self.weights.iter().for_each(|w| hash.update(w.to_le_bytes()));
        self.bins.borders().iter().for_each(|b| hash.update(b.to_le_bytes()));
        hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
    }

    /// Answers several questions together: a few at a time in one pass, passes side by side on the threads there are. The same as one by one to a
    /// few ulps, whatever the number of threads.
    ///
    /// # Errors
    /// A resource value outside 1 … horizon, no points asked for, or values seen that single precision cannot hold. All questions fail together; ask
    /// one by one to tell them apart.
    pub fn forecast_batch(&self, questions: &[Question<'_>]) -> Result<Vec<Forecast>, FitError> {
        let passes: Vec<Vec<Forecast>> = questions.par_chunks(TOGETHER).map(|q| self.pass(q)).collect::<Result<_, _>>()?;
        Ok(passes.into_iter().flatten().collect())
    }

    fn pass(&self, questions: &[Question<'_>]) -> Result<Vec<Forecast>, FitError> {
        let horizon = self.card.recipe.network.horizon;
        let mut batch = Batch::default();
        for q in questions {
            if let Some(&x) = q.seen.x().iter().chain(q.at).find(|v| !(1.0..=horizon as f64).contains(*v)) {
                return Err(FitError::OutsideRange { x, horizon: horizon as f64, who: self.card.recipe.name.clone() });
            }
            batch.context.push(q.seen.len());
            batch.query.push(q.at.len());
            batch.x.extend(q.seen.x().iter().map(|v| *v as f32));
            batch.y.extend(q.seen.y().iter().map(|v| *v as f32));
        }
        for q in questions {
            batch.x.extend(q.at.iter().map(|v| *v as f32));
        }
        let mut arena = self.arenas.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        self.net.forward(&self.weights, &batch, &mut arena, false);
        let bins = self.bins.count();
        let mut logits = &mut arena.logits[..batch.query.iter().sum::<usize>() * bins];
        self.net.probabilities(logits);
        let mut out = Vec::with_capacity(questions.len());
        for q in questions {
            let (mine, rest) = logits.split_at_mut(q.at.len() * bins);
            logits = rest;
            out.push(Forecast::new(q.at.to_vec(), Shape::Histogram(Histogram::new(self.bins.clone(), mine.to_vec())?))?);
        }
        self.arenas.lock().unwrap_or_else(PoisonError::into_inner).push(arena);
        Ok(out)
    }
}

/// Questions in one pass: enough for large products, few enough for their logits (80 · 1,000 numbers each) to stay near the core.
const TOGETHER: usize = 8;

/// The networks shipped with this program. One line ships one.
static SHIPPED: &[(&str, &[u8])] = &[("lcpfn-p1", include_bytes!("../models/lcpfn-p1.safetensors"))];

impl Forecaster for Pfn {
    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(self.forecast_batch(std::slice::from_ref(q)).map(|mut f| f.remove(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;
    use priors::Prior;

    #[test]
    fn every_shipped_network_answers() {
        for (name, data) in SHIPPED {
            let p = Pfn::from_bytes(data).unwrap();
            assert_eq!(p.card().recipe.name, *name);
            let seen = Curve::on_grid(vec![0.1, 0.3, 0.4, 0.45]).unwrap();
            let q = Question::of(&seen, &[5.0, 50.0, 100.0]);
            let f = p.forecast(&q, 0).remove(0).forecast.unwrap();
            for i in 0..3 {
                let m = f.median(i);
                assert!(m > 0.35 && m < 1.0 && f.quantile(i, 0.05) < m && m < f.quantile(i, 0.95), "{name}: {m}");
            }
            // One question or several, the answer is the same to rounding in f32.
            let two = p.forecast_batch(&[q, q]).unwrap();
            assert!((two[1].median(2) - f.median(2)).abs() < 1e-4);
        }
    }

    #[test]
    fn points_outside_the_horizon_and_broken_files_are_refused() {
        let p = Pfn::from_bytes(SHIPPED[0].1).unwrap();
        let seen = Curve::on_grid(vec![0.1]).unwrap();
        for x in [0.5, 101.0] {
            let a = p.forecast(&Question::of(&seen, &[x]), 0).remove(0);
            assert!(matches!(a.forecast, Err(FitError::OutsideRange { .. })), "{x}");
        }
        for (broken, says) in [(&SHIPPED[0].1[..100], "safetensors"), (&b""[..], "safetensors"), (&b"12345678{}"[..], "safetensors")] {
            match Pfn::from_bytes(broken) {
                Err(PfnError::Weights(e)) => assert!(e.contains(says), "{e}"),
                other => panic!("{:?}", other.map(|p| p.card().clone())),
            }
        }
        let mut cut = SHIPPED[0].1.to_vec();
        cut.truncate(SHIPPED[0].1.len() - 4);
        assert!(Pfn::from_bytes(&cut).is_err());
        let mut nan = SHIPPED[0].1.to_vec();
        let n = nan.len();
        nan[n - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(matches!(Pfn::from_bytes(&nan), Err(PfnError::Weights(e)) if e.contains("NaN")));
        assert!(matches!(Pfn::shipped("lcpfn-p9"), Err(PfnError::Unknown { .. })));
    }

    #[test]
    fn calibrated_on_its_own_prior() {
        // PIT at the last point of fresh curves is uniform for a network that has learnt its prior: a χ² test
        // in 10 bins on 600 curves; with this seed a calibrated forecast fails one time in a thousand.
        let p = Pfn::from_bytes(SHIPPED[0].1).unwrap();
        let prior = priors::domhan3::domhan3(priors::Noise::Code, 100);
        let mut bins = [0.0; 10];
        for s in 0..600 {
            let d = prior.draw(fitters::seed::of(&["pit", &s.to_string()]));
            let seen = Curve::on_grid(d.noisy[..20].to_vec()).unwrap();
            let f = p.forecast(&Question::of(&seen, &[100.0]), 0).remove(0).forecast.unwrap();
            bins[((f.cdf(0, d.noisy[99]) * 10.0) as usize).min(9)] += 1.0;
        }
        let chi2: f64 = bins.iter().map(|b: &f64| (b - 60.0).powi(2) / 60.0).sum();
        assert!(chi2 < 27.9, "{chi2}: {bins:?}");
    }
}
