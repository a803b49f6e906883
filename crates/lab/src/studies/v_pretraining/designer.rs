//! Who softens the targets, and how it climbs the value of a step.

use nets::params::normal;
use rand_pcg::Pcg64;

use super::learner::{add, add_outer, dot, linear, softmax};
use super::{Design, Settings};

/// Decay of the first and of the second moment.
const DECAYS: (f64, f64) = (0.9, 0.999);
/// Keeps a division from nothing.
const SMALL: f64 = 1e-8;

/// Adam for a few numbers.
struct Adam {
    first: Vec<f64>,
    second: Vec<f64>,
    steps: i32,
}

impl Adam {
    fn new(numbers: usize) -> Self {
        Self { first: vec![0.0; numbers], second: vec![0.0; numbers], steps: 0 }
    }

    /// A step up.
    fn climb(&mut self, values: &mut [f64], slope: &[f64], rate: f64) {
        self.steps += 1;
        let corrected = |decay: f64| 1.0 - decay.powi(self.steps);
        let (one, two) = (corrected(DECAYS.0), corrected(DECAYS.1));
        for (k, (value, g)) in values.iter_mut().zip(slope).enumerate() {
            let (first, second) = (&mut self.first[k], &mut self.second[k]);
            *first += (1.0 - DECAYS.0) * (g - *first);
            *second += (1.0 - DECAYS.1) * (g * g - *second);
            *value += rate * (*first / one) / ((*second / two).sqrt() + SMALL);
        }
    }
}

/// What a token's target was made of.
struct Made {
    context: usize,
    came: usize,
    candidates: Vec<usize>,
    /// Shares of the candidates.
    shares: Vec<f64>,
    /// Logarithms of the learner's probabilities of the candidates.
    own: Vec<f64>,
    /// α over its largest value.
    open: f64,
}

/// The designer of a run.
pub(super) struct Designer {
    design: Design,
    top: usize,
    tokens: usize,
    /// The largest α, or α itself.
    largest: f64,
    rate: f64,
    /// Scores by features (a row of tokens for each), then the weight of the learner's own scores, then α by features, then its constant.
    values: Vec<f64>,
    adam: Adam,
    slope: Vec<f64>,
    made: Vec<Made>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Designer {
    /// One that begins as self-distillation with half of the largest α.
    pub(super) fn new(own: &Settings, largest: f64) -> Self {
        let table = own.features * own.tokens;
        let numbers = table + 1 + own.features + 1;
        let mut values = vec![0.0; numbers];
        values[table] = 1.0;
        Self {
            design: own.design,
            top: own.top,
            tokens: own.tokens,
            largest,
            rate: own.designer_rate,
            values,
            adam: Adam::new(numbers),
            slope: vec![0.0; numbers],
            made: Vec::new(),
        }
    }

    fn table(&self, features: usize) -> usize {
        features * self.tokens
    }

    /// Forgets what the targets of the last step were made of.
    pub(super) fn begin(&mut self) {
        self.made.clear();
    }

    /// Puts the target of a token that came after a context into `q`; `p` are the probabilities of the learner.
    pub(super) fn target(&mut self, context: usize, x: &[f64], came: usize, p: &[f64], q: &mut [f64]) {
        q.fill(0.0);
        q[came] = 1.0;
        if self.largest <= 0.0 || !(self.design.learns() || matches!(self.design, Design::Smoothing | Design::Distillation)) {
            return;
        }
        let mut order: Vec<usize> = (0..self.tokens).collect();
        order.sort_by(|a, b| p[*b].total_cmp(&p[*a]).then(a.cmp(b)));
        order.truncate(self.top);
        let own: Vec<f64> = order.iter().map(|v| p[*v].max(f64::MIN_POSITIVE).ln()).collect();
        let mut shares = match self.design {
            Design::Smoothing => vec![0.0; order.len()],
            Design::Distillation => own.clone(),
            _ => {
                let table = self.table(x.len());
                let mut scores = vec![0.0; self.tokens];
                linear(&self.values[..table], x, &mut scores);
                order.iter().zip(&own).map(|(v, own)| scores[*v] + self.values[table] * own).collect()
            }
        };
        softmax(&mut shares);
        let open = if self.design.learns() { self.openness(x) } else { 1.0 };
        let alpha = self.largest * open;
        q[came] -= alpha;
        order.iter().zip(&shares).for_each(|(v, share)| q[*v] += alpha * share);
        self.made.push(Made { context, came, candidates: order, shares, own, open });
    }

    fn openness(&self, x: &[f64]) -> f64 {
        let rest = &self.values[self.table(x.len()) + 1..];
        let (by, constant) = rest.split_at(x.len());
        sigmoid(dot(by, x) + constant.first().copied().unwrap_or(0.0))
    }

    /// Climbs V = ⟨g_down, g_pre⟩ for the targets of this step. With g_pre = mean of x (p − q)ᵀ the slope of V by q is −x g_down, token by token.
    pub(super) fn learn(&mut self, down: &[f64], features: &[Vec<f64>]) {
        if self.design.learns() && !self.made.is_empty() {
            self.fill_slope(down, features);
            self.adam.climb(&mut self.values, &self.slope, self.rate);
        }
    }

    fn fill_slope(&mut self, down: &[f64], features: &[Vec<f64>]) {
        let share = 1.0 / self.made.len() as f64;
        self.slope.fill(0.0);
        let mut h = vec![0.0; self.tokens];
        for made in &self.made {
            let x = &features[made.context];
            let table = x.len() * self.tokens;
            linear(down, x, &mut h);
            let mean: f64 = made.candidates.iter().zip(&made.shares).map(|(v, share)| share * h[*v]).sum();
            let alpha = self.largest * made.open;
            let mut by_score = vec![0.0; self.tokens];
            for ((v, part), own) in made.candidates.iter().zip(&made.shares).zip(&made.own) {
                let slope = -share * alpha * part * (h[*v] - mean);
                by_score[*v] = slope;
                self.slope[table] += slope * own;
            }
            add_outer(&mut self.slope[..table], 1.0, x, &by_score);
            let by_open = -share * (mean - h[made.came]) * self.largest * made.open * (1.0 - made.open);
            if let Some((constant, by)) = self.slope[table + 1..].split_last_mut() {
                add(by, by_open, x);
                *constant += by_open;
            }
        }
    }

    /// Mean α of the last step.
    pub(super) fn alpha(&self) -> f64 {
        self.made.iter().map(|made| self.largest * made.open).sum::<f64>() / self.made.len().max(1) as f64
    }
}

#[cfg(test)]
impl Designer {
    /// How many numbers it has.
    pub(super) fn numbers(&self) -> usize {
        self.values.len()
    }

    /// Moves one of them.
    pub(super) fn nudge(&mut self, k: usize, by: f64) {
        self.values[k] += by;
    }

    /// The slope of the value by all of them.
    pub(super) fn slope_of(&mut self, down: &[f64], features: &[Vec<f64>]) -> Vec<f64> {
        self.fill_slope(down, features);
        self.slope.clone()
    }
}

/// A random direction as long as `down`, in its place.
pub(super) fn random_like(down: &mut [f64], rng: &mut Pcg64) {
    let length = dot(down, down).sqrt();
    down.iter_mut().for_each(|d| *d = normal(rng));
    let by = length / dot(down, down).sqrt().max(f64::MIN_POSITIVE);
    down.iter_mut().for_each(|d| *d *= by);
}
