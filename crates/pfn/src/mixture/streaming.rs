//! `PrefixPfn`: a causal network as a forecaster. It reads a curve point by point and answers after any of them.

use curves::{CurveError, Forecast, Normals, Shape};
use fitters::{Answer, FitError, Forecaster, Question};

use super::network::{Cache, Part};
use super::prefix::{INPUTS, Prefix};
use super::shipped::Trained;
use super::weights::Card;
use crate::PfnError;

/// A network for curves on t = 1 … horizon on the unit scale, that of the prior it was trained on.
///
/// It has learnt from curves seen at t = 1, 2, 3 and so on, and is asked about others at its user's risk. Answers are mixtures of normals. A
/// whole question is one pass; a [`Stream`] takes in points as they come.
pub struct PrefixPfn(Trained);

impl PrefixPfn {
    /// A network from the bytes of a safetensors file with a model card.
    ///
    /// # Errors
    /// A file that is damaged, or a network of another kind.
    pub fn from_bytes(data: &[u8]) -> Result<Self, PfnError> {
        Trained::from_bytes(data, true).map(Self)
    }

    /// One of the networks shipped with this program.
    ///
    /// # Errors
    /// A name that none has.
    pub fn shipped(name: &str) -> Result<Self, PfnError> {
        Trained::shipped(name, true).map(Self)
    }

    /// Where the network comes from.
    pub fn card(&self) -> &Card {
        &self.0.card
    }

    /// The names of all networks shipped.
    pub fn names() -> Vec<&'static str> {
        Trained::names(true)
    }

    /// A checksum of its weights.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    /// The last resource value it knows.
    pub fn horizon(&self) -> usize {
        self.0.card.recipe.points
    }

    /// A curve of which nothing has been seen yet.
    pub fn stream(&self) -> Stream<'_> {
        Stream { of: self, known: Prefix::new(self.horizon()), last: 0.0, cache: self.0.net.cache(self.horizon()), tokens: Vec::new() }
    }

    fn inside(&self, x: f64) -> Result<(), FitError> {
        let horizon = self.horizon() as f64;
        if (1.0..=horizon).contains(&x) { Ok(()) } else { Err(FitError::OutsideRange { x, horizon, who: self.0.card.recipe.name.clone() }) }
    }

    fn ahead(&self, at: &[f64], last: f64) -> Result<(), FitError> {
        at.iter().try_for_each(|x| self.inside(*x))?;
        match at.iter().find(|x| **x <= last) {
            Some(x) => Err(FitError::Setting(format!("{} predicts what comes after {last}, the last point seen, and {x} does not", self.0.card.recipe.name))),
            None => Ok(()),
        }
    }

    fn answer(&self, q: &Question<'_>) -> Result<Forecast, FitError> {
        q.seen.x().iter().try_for_each(|x| self.inside(*x))?;
        self.ahead(q.at, q.seen.last().0)?;
        let (n, asked) = (q.seen.len(), q.at.len());
        let mut known = Prefix::new(self.horizon());
        let mut tokens = vec![0.0; (n + asked) * INPUTS];
        let (seen, ahead) = tokens.split_at_mut(n * INPUTS);
        for ((x, y), token) in q.seen.x().iter().zip(q.seen.y()).zip(seen.chunks_exact_mut(INPUTS)) {
            known.push(*x, *y, token);
        }
        q.at.iter().zip(ahead.chunks_exact_mut(INPUTS)).for_each(|(x, token)| known.ask(*x, token));
        let raw = self.0.with_arena(|arena| self.0.net.answers(&self.0.weights, seen, ahead, arena));
        self.said(&known, &raw, q.at)
    }

    /// What the raw outputs say in the units of the curve.
    fn said(&self, known: &Prefix, raw: &[f32], at: &[f64]) -> Result<Forecast, FitError> {
        let parts = self.0.card.recipe.network.normals;
        let all: Vec<Part> = raw.chunks_exact(3 * parts).take(at.len()).flat_map(|raw| self.0.net.mixture(raw)).collect();
        let (mean, sd) = all.iter().map(|p| known.own_units(p.mean, p.sd)).unzip();
        let shape = Normals::new(parts, all.iter().map(|p| p.weight).collect(), mean, sd).map_err(|e| match e {
            CurveError::NotFinite { .. } => FitError::NotFinite { who: self.0.card.recipe.name.clone() },
            other => other.into(),
        })?;
        Ok(Forecast::new(at.to_vec(), Shape::Normals(shape))?)
    }
}

impl Forecaster for PrefixPfn {
    fn forecast(&self, q: &Question<'_>, _seed: u64) -> Vec<Answer> {
        Answer::only(self.answer(q))
    }
}

/// A curve that is seen point by point. Keys and values of what was seen are kept, so that one more point costs one token.
pub struct Stream<'a> {
    of: &'a PrefixPfn,
    known: Prefix,
    last: f64,
    cache: Cache,
    tokens: Vec<f32>,
}

impl Stream<'_> {
    /// Takes in the next point; x lies beyond the last one, within 1 and the horizon.
    ///
    /// # Errors
    /// Another x, or a value that is not finite. The stream is then as it was.
    pub fn push(&mut self, x: f64, y: f64) -> Result<(), FitError> {
        self.of.inside(x)?;
        if x <= self.last || !y.is_finite() {
            return Err(FitError::Setting(format!("a stream takes finite values at increasing x; ({x}, {y}) after x = {} is none", self.last)));
        }
        self.tokens.resize(INPUTS, 0.0);
        self.known.push(x, y, &mut self.tokens);
        self.of.0.net.extend(&self.of.0.weights, &self.tokens, &mut self.cache);
        self.last = x;
        Ok(())
    }

    /// How many points have been seen.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// True before the first point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The forecast at points beyond the last one seen.
    ///
    /// # Errors
    /// Nothing seen yet, nothing asked, or a point that is not ahead.
    pub fn ask(&mut self, at: &[f64]) -> Result<Forecast, FitError> {
        if self.is_empty() {
            return Err(FitError::TooFewPoints { have: 0, need: 1, who: self.of.0.card.recipe.name.clone() });
        }
        self.of.ahead(at, self.last)?;
        self.tokens.clear();
        self.tokens.resize(at.len() * INPUTS, 0.0);
        at.iter().zip(self.tokens.chunks_exact_mut(INPUTS)).for_each(|(x, token)| self.known.ask(*x, token));
        let raw = self.of.0.net.grouped(&self.of.0.weights, &self.tokens, &mut self.cache);
        self.of.said(&self.known, &raw, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curves::Curve;

    #[test]
    fn a_stream_and_a_question_give_the_same_answer() {
        for name in PrefixPfn::names() {
            let p = PrefixPfn::shipped(name).unwrap();
            let y: Vec<f64> = (1..=30).map(|t| 0.8 - 0.6 / f64::from(t).sqrt() + 0.01 * f64::from(t * 7 % 5)).collect();
            let at = [31.0, 50.0, 100.0];
            let mut stream = p.stream();
            for (t, y) in y.iter().enumerate() {
                stream.push((t + 1) as f64, *y).unwrap();
            }
            assert_eq!(stream.len(), 30);
            let one_by_one = stream.ask(&at).unwrap();
            let seen = Curve::on_grid(y).unwrap();
            let whole = p.forecast(&Question::of(&seen, &at), 0).remove(0).forecast.unwrap();
            for i in 0..3 {
                for q in [0.05, 0.5, 0.95] {
                    // Single precision, summed in another order.
                    assert!((one_by_one.quantile(i, q) - whole.quantile(i, q)).abs() < 1e-4, "{name}");
                }
            }
            assert!((0.6..0.85).contains(&whole.median(2)), "{name}: {}", whole.median(2));
            assert!(whole.quantile(2, 0.95) - whole.quantile(2, 0.05) > whole.quantile(0, 0.95) - whole.quantile(0, 0.05), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let p = PrefixPfn::shipped("lcpfn-s1").unwrap();
        let mut stream = p.stream();
        assert!(matches!(stream.ask(&[5.0]), Err(FitError::TooFewPoints { have: 0, .. })));
        stream.push(1.0, 0.3).unwrap();
        for (x, y) in [(1.0, 0.4), (0.5, 0.4), (2.0, f64::NAN)] {
            assert!(stream.push(x, y).is_err(), "{x} {y}");
        }
        assert!(matches!(stream.push(101.0, 0.4), Err(FitError::OutsideRange { .. })));
        assert_eq!(stream.len(), 1);
        for at in [1.0, 0.0, 101.0, f64::NAN] {
            assert!(stream.ask(&[at]).is_err(), "{at}");
        }
        assert!(stream.ask(&[]).is_err());
        let seen = Curve::new(vec![0.5, 1.0], vec![0.1, 0.2]).unwrap();
        assert!(p.forecast(&Question::of(&seen, &[5.0]), 0).remove(0).forecast.is_err());
    }
}
