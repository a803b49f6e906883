//! The eigenframework of random-feature ridge regression: test and training error from eigenvalues alone.
//!
//! For n samples, k features, ridge δ, eigenvalues λᵢ, a target with power vᵢ² in mode i, and labels with noise of variance σ², two numbers κ and γ
//! solve
//!
//! ```text
//! Σ λᵢ/(λᵢ + γ) + δ/κ = n
//! Σ λᵢ/(λᵢ + γ) + k κ/γ = k
//! ```
//!
//! and with z = Σ λᵢ/(λᵢ + γ) and q = Σ (λᵢ/(λᵢ + γ))²
//!
//! ```text
//! test  = [Σ (γ/(λᵢ + γ) − κ λᵢ/(λᵢ + γ)² · k/(k − q)) vᵢ² + σ²] / [1 − (q (k − 2z) + z²)/(n (k − q))]
//! train = (δ/(n κ))² test
//! ```
//!
//! The test error holds the noise of the test labels. With infinitely many features it is the known formula of kernel ridge regression. Formulas: the
//! authors' code (`theory.py`), as far as the errors go.
//!
//! **One root.** κ = γ (1 − z/k) by the second equation, which leaves (n − z)(1 − z/k) γ = δ. In t = ln γ the logarithm of the left side rises at
//! least as fast as t itself, from where z = min(n, k). Newton's method finds the root, and a bracket that it must not leave is halved where it
//! would. A pass over the modes gives z and its slope; ten passes are usual, and no power is taken in one. Derived here.

use super::search;
use crate::StudyError;

/// Passes over the modes at most; halving alone ends well before.
const PASSES: usize = 200;

/// A step of ln γ that is no step, as a share of it.
const STILL: f64 = 1e-13;

/// Sums that the compiler can keep in vector registers.
const LANES: usize = 8;

/// The nodes of an eight-point Gauss-Legendre rule on (−1, 1) to the right of its middle, each with its weight.
const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];

/// Eigenvalues of a kernel, the power of a target in each mode, and how many modes there are of each kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    eigenvalues: Vec<f64>,
    powers: Vec<f64>,
    counts: Vec<f64>,
    trace: f64,
    modes: f64,
}

impl Spectrum {
    /// A mode for each eigenvalue, with the power vᵢ² that the target has in it.
    ///
    /// # Errors
    /// No mode, lists of different lengths, an eigenvalue that is not positive, a negative power, a number that is not finite.
    pub fn new(eigenvalues: Vec<f64>, powers: Vec<f64>) -> Result<Self, StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("spectrum: {what}")));
        if eigenvalues.is_empty() || eigenvalues.len() != powers.len() {
            return wrong(format!("{} eigenvalues and {} powers; there must be as many, and at least one", eigenvalues.len(), powers.len()));
        }
        if let Some((mode, value)) = eigenvalues.iter().enumerate().find(|(_, v)| !(v.is_finite() && **v > 0.0)) {
            return wrong(format!("eigenvalue {mode} is {value}; it must be positive and finite, so leave out the others"));
        }
        if let Some((mode, value)) = powers.iter().enumerate().find(|(_, v)| !(v.is_finite() && **v >= 0.0)) {
            return wrong(format!("the power of mode {mode} is {value}; it must be 0 or more, and finite"));
        }
        let (trace, modes) = (eigenvalues.iter().sum(), eigenvalues.len() as f64);
        Ok(Self { counts: vec![1.0; eigenvalues.len()], eigenvalues, powers, trace, modes })
    }

    /// λᵢ = i^−α and vᵢ² = i^−β for i from 1 to `modes`.
    ///
    /// # Errors
    /// No mode, or powers that are not finite.
    pub fn power_law(alpha: f64, beta: f64, modes: usize) -> Result<Self, StudyError> {
        let of = |exponent: f64| (1..=modes).map(|i| (i as f64).powf(-exponent)).collect::<Vec<f64>>();
        Self::new(of(alpha), of(beta))
    }

    /// The same spectrum, which goes on from its last mode, without end, as i^−α and i^−β: an integral over ln i by Gauss-Legendre panels, whose
    /// nodes are modes that count as many as they stand for. The sum and the integral from half a mode before differ by some (α/i)²/24 of it.
    ///
    /// # Errors
    /// An exponent that is not above 1, so that the sum has no end.
    pub fn with_tail(mut self, alpha: f64, beta: f64) -> Result<Self, StudyError> {
        let sound = alpha > 1.0 && beta > 1.0 && alpha.is_finite() && beta.is_finite();
        let (Some(&eigenvalue), Some(&power)) = (self.eigenvalues.last(), self.powers.last()) else {
            return Err(StudyError::Setting("spectrum: a tail needs a mode to go on from".into()));
        };
        if !sound {
            return Err(StudyError::Setting(format!("spectrum: the exponents of a tail are {alpha} and {beta}; both must be above 1")));
        }
        let last = self.eigenvalues.len() as f64;
        let from = ((last + 0.5) / last).ln();
        // What is left beyond the last panel is e^−40 of the tail, or what a number of 64 bits cannot count.
        let panels = (40.0 / (alpha.min(beta) - 1.0)).min(640.0).ceil() as usize;
        for panel in 0..panels {
            for (node, weight) in NODES.iter().flat_map(|(x, w)| [(-x, *w), (*x, *w)]) {
                let beyond = from + panel as f64 + 0.5 + 0.5 * node;
                self.eigenvalues.push(eigenvalue * (-alpha * beyond).exp());
                self.powers.push(power * (-beta * beyond).exp());
                self.counts.push(0.5 * weight * last * beyond.exp());
            }
        }
        self.trace = self.modes().map(|(eigenvalue, _, count)| count * eigenvalue).sum();
        self.modes = f64::INFINITY;
        Ok(self)
    }

    /// Eigenvalue, power of the target, and how many of them, kind by kind.
    pub fn modes(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        self.eigenvalues.iter().zip(&self.powers).zip(&self.counts).map(|((eigenvalue, power), count)| (*eigenvalue, *power, *count))
    }

    /// Σ λᵢ.
    pub fn trace(&self) -> f64 {
        self.trace
    }

    /// z at γ, and how fast it falls with ln γ.
    fn sums(&self, gamma: f64) -> (f64, f64) {
        let (mut sums, mut slopes) = ([0.0; LANES], [0.0; LANES]);
        let (eigenvalues, last) = self.eigenvalues.as_chunks::<LANES>();
        let (counts, last_counts) = self.counts.as_chunks::<LANES>();
        for (eigenvalues, counts) in eigenvalues.iter().zip(counts) {
            for k in 0..LANES {
                let share = eigenvalues[k] / (eigenvalues[k] + gamma);
                let learned = counts[k] * share;
                sums[k] += learned;
                slopes[k] += learned * (1.0 - share);
            }
        }
        for (((eigenvalue, count), sum), slope) in last.iter().zip(last_counts).zip(&mut sums).zip(&mut slopes) {
            let share = eigenvalue / (eigenvalue + gamma);
            *sum += count * share;
            *slope += count * share * (1.0 - share);
        }
        (sums.iter().sum(), slopes.iter().sum())
    }
}

/// What is learnt from what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regression {
    /// n > 0.
    pub samples: f64,
    /// k > 0; infinite for the kernel itself.
    pub features: f64,
    /// δ ≥ 0.
    pub ridge: f64,
    /// σ² ≥ 0, the variance of the noise of labels.
    pub noise: f64,
}

impl Regression {
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("eigenframework: {what}")));
        let sound = self.samples > 0.0 && self.samples.is_finite() && self.features > 0.0;
        if !sound {
            return wrong(format!("{} samples and {} features; both must be positive, and the samples finite", self.samples, self.features));
        }
        let sound = self.ridge >= 0.0 && self.ridge.is_finite() && self.noise >= 0.0 && self.noise.is_finite();
        if !sound {
            return wrong(format!("the ridge is {} and the noise {}; both must be 0 or more, and finite", self.ridge, self.noise));
        }
        if self.ridge == 0.0 && self.samples == self.features {
            return wrong(format!("{} samples, as many features and no ridge: the test error is infinite; give a ridge", self.samples));
        }
        Ok(())
    }
}

/// What the eigenframework says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// κ.
    pub kappa: f64,
    /// γ.
    pub gamma: f64,
    /// z, the number of modes that are learnt.
    pub learned: f64,
    /// δ/(n κ): the root of training error over test error.
    pub root_ratio: f64,
    /// The test error, noise included.
    pub test: f64,
    /// The training error.
    pub train: f64,
    /// Passes over the modes that the root took.
    pub passes: usize,
}

/// Solves the eigenframework.
///
/// # Errors
/// Sizes that are not positive, a ridge or a noise that is negative, or no ridge with as many features as samples, where the test error is infinite.
pub fn solve(spectrum: &Spectrum, of: &Regression) -> Result<Prediction, StudyError> {
    of.check()?;
    if of.ridge == 0.0 && spectrum.modes <= of.samples.min(of.features) {
        // All modes are learnt, and γ = 0.
        return Ok(predict(spectrum, of, 0.0, 0));
    }
    let (gamma, passes) = root(spectrum, of);
    Ok(predict(spectrum, of, gamma, passes))
}

/// Kernel ridge regression (infinitely many features) at a κ > 0 that is given, in place of the ridge: no root is needed.
pub fn kernel_at(spectrum: &Spectrum, samples: f64, noise: f64, kappa: f64) -> Prediction {
    let ridge = kappa * (samples - spectrum.sums(kappa).0);
    predict(spectrum, &Regression { samples, features: f64::INFINITY, ridge, noise }, kappa, 0)
}

/// The ridge of the least test error between two positive ones, to some nine digits of it, and what it gives. The ridge of `of` is not read.
///
/// # Errors
/// As for [`solve`], or ridges that are not positive and rising.
pub fn best_ridge(spectrum: &Spectrum, of: &Regression, from: f64, to: f64) -> Result<(f64, Prediction), StudyError> {
    let sound = from > 0.0 && from < to && to.is_finite();
    if !sound {
        return Err(StudyError::Setting(format!("eigenframework: ridges from {from} to {to}; they must be positive and rise")));
    }
    let at = |ln_ridge: f64| solve(spectrum, &Regression { ridge: ln_ridge.exp(), ..*of });
    let ridge = search::least(|t| at(t).map(|p| p.test), from.ln(), to.ln(), 40)?;
    Ok((ridge.exp(), at(ridge)?))
}

/// γ, and the passes it took: Newton's method in ln γ, halving its bracket where it would leave it.
fn root(spectrum: &Spectrum, of: &Regression) -> (f64, usize) {
    let Regression { samples, features, ridge, .. } = *of;
    let most = samples.min(features);
    // There z is at most half of the smaller size, so that the left side is at least γ n/4.
    let mut high = (2.0 * spectrum.trace / most).max(4.0 * ridge / samples).ln();
    // The left side is at most γ n. Without a ridge there is no lower end yet.
    let mut low = (ridge / samples).ln();
    let mut at = high;
    for pass in 1..=PASSES {
        let (sum, fall) = spectrum.sums(at.exp());
        // Value and slope; none where more is learnt than there can be, which is to the left of the root.
        let here = if ridge == 0.0 {
            Some(((most / sum).ln(), fall / sum))
        } else if sum < most {
            let value = (samples - sum).ln() + (-sum / features).ln_1p() + at - ridge.ln();
            Some((value, 1.0 + fall / (samples - sum) + fall / (features - sum)))
        } else {
            None
        };
        if here.is_some_and(|(value, _)| value >= 0.0) {
            high = at;
        } else {
            low = at;
        }
        let step = here.map_or(f64::NAN, |(value, slope)| value / slope);
        if step.abs() <= STILL * at.abs().max(1.0) {
            return ((at - step).exp(), pass);
        }
        let mut next = at - step;
        let inside = next > low && next < high;
        if !inside {
            next = if low.is_finite() { 0.5 * (low + high) } else { high - 2.0 };
        }
        if next == at {
            return (at.exp(), pass);
        }
        at = next;
    }
    (at.exp(), PASSES)
}

/// The errors at the root.
fn predict(spectrum: &Spectrum, of: &Regression, gamma: f64, passes: usize) -> Prediction {
    let Regression { samples, features, ridge, noise } = *of;
    let (mut learned, mut squares, mut missed, mut spread) = (0.0, 0.0, 0.0, 0.0);
    for (eigenvalue, power, count) in spectrum.modes() {
        let inverse = 1.0 / (eigenvalue + gamma);
        let share = eigenvalue * inverse;
        learned += count * share;
        squares += count * share * share;
        missed += count * power * gamma * inverse;
        spread += count * power * share * inverse;
    }
    // Both forms are the same at the root; each is taken where it does not cancel.
    let left = samples - learned;
    let (kappa, root_ratio) = if samples > features {
        (ridge / left, left / samples)
    } else if ridge > 0.0 {
        let kappa = gamma * (1.0 - learned / features);
        (kappa, ridge / (samples * kappa))
    } else {
        // Without a ridge either all labels are fitted or all modes are learnt.
        (gamma * (1.0 - learned / features), if gamma > 0.0 { 0.0 } else { left / samples })
    };
    // Everything is over k, so that k may be infinite.
    let rest = 1.0 - squares / features;
    let above = missed - kappa * spread / rest + noise;
    let below = 1.0 - (squares * (1.0 - 2.0 * learned / features) + learned * learned / features) / (samples * rest);
    let test = above / below;
    Prediction { kappa, gamma, learned, root_ratio, test, train: root_ratio * root_ratio * test, passes }
}
