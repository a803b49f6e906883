//! What a causal network is told of a curve on t = 1 … horizon, point by point, and of a question about one of its beginnings.
//!
//! A token of a seen point says only what was known when it was seen, so it never changes. A question says where the beginning
//! ends, and answers are about how far the value lies from the mean of its last three.

/// How many numbers a token is made from.
pub(crate) const INPUTS: usize = 13;

/// 1/√(1/12): the standard deviation of a uniform, undone.
const UNIT: f64 = 3.464_101_615_137_754_5;
/// The unit of an answer, on the unit scale of the curve.
const ANSWER: f64 = 0.1;

/// What is kept of a beginning of a curve.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    horizon: f64,
    points: usize,
    sum: f64,
    /// The last three values, the newest first.
    last: [f64; 3],
    x: f64,
}

impl Prefix {
    /// Nothing seen yet.
    pub fn new(horizon: usize) -> Self {
        Self { horizon: horizon as f64, points: 0, sum: 0.0, last: [0.0; 3], x: 1.0 }
    }

    /// The mean of the last three values, or of what there is.
    fn centre(&self) -> f64 {
        let n = self.points.clamp(1, 3);
        self.last[..n].iter().sum::<f64>() / n as f64
    }

    fn place(&self, x: f64) -> [f64; 2] {
        [(x / (self.horizon + 1.0) - 0.5) * UNIT, 2.0 * x.max(1e-3).ln() / self.horizon.ln() - 1.0]
    }

    /// Takes a point in, and writes its token.
    pub fn push(&mut self, x: f64, y: f64, token: &mut [f32]) {
        let (centre, mean) = if self.points == 0 { (y, y) } else { (self.centre(), self.sum / self.points as f64) };
        let [a, b] = self.place(x);
        let f = [1.0, a, b, (y - 0.5) * UNIT, 8.0 * (y - centre), (64.0 * (y - centre)).asinh(), 4.0 * (y - mean), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        write(&f, token);
        self.points += 1;
        self.sum += y;
        self.last = [y, self.last[0], self.last[1]];
        self.x = x;
    }

    /// The token of a question about the value at `x`, after at least one point.
    pub fn ask(&self, x: f64, token: &mut [f32]) {
        let centre = self.centre();
        let [a, b] = self.place(x);
        let [c, d] = self.place(self.x);
        let newest = self.last[0] - centre;
        let points = (self.points.max(1) as f64).ln() / 2.0 - 1.5;
        let ahead = (x - self.x) / self.horizon;
        let f = [0.0, a, b, (centre - 0.5) * UNIT, 8.0 * newest, (64.0 * newest).asinh(), 4.0 * ahead, c, d, b - d, ahead, points, 1.0];
        write(&f, token);
    }

    /// A value in the units of the network.
    pub fn relative(&self, y: f64) -> f64 {
        (y - self.centre()) / ANSWER
    }

    /// A mean and a standard deviation of the network in the units of the curve.
    pub fn own_units(&self, mean: f64, sd: f64) -> (f64, f64) {
        (self.centre() + ANSWER * mean, ANSWER * sd)
    }
}

fn write(f: &[f64; INPUTS], token: &mut [f32]) {
    token.iter_mut().zip(f).for_each(|(t, f)| *t = *f as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_about_the_mean_of_the_last_three() {
        let mut p = Prefix::new(100);
        let mut token = [0.0; INPUTS];
        p.push(1.0, 0.5, &mut token);
        assert_eq!(token[4], 0.0);
        assert!((p.relative(0.6) - 1.0).abs() < 1e-12);
        for (x, y) in [(2.0, 0.2), (3.0, 0.4), (4.0, 0.6)] {
            p.push(x, y, &mut token);
        }
        assert!((p.relative(0.4)).abs() < 1e-12);
        // The last token was told of the mean of 0.5, 0.2 and 0.4.
        assert!((f64::from(token[4]) - 8.0 * (0.6 - 1.1 / 3.0)).abs() < 1e-6);
        let (mean, sd) = p.own_units(p.relative(0.7), 2.0);
        assert!((mean - 0.7).abs() < 1e-12 && (sd - 0.2).abs() < 1e-12);
    }
}
