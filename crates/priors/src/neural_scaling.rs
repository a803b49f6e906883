//! `neural-scaling`: scaling curves that fall from x = .01 to x = 1 as laws M3 and M4 do, in up to three pieces, one of which may rise.
//!
//! Seven curves of ten are one piece; two have one or two breaks, and fall on; one falls, rises and falls again, as a double descent does. A piece
//! is moved linearly to begin at the value where the one before ended and to end anywhere between there and zero. Values have one noise throughout;
//! a curve with a negative value is drawn again.
//!
//! Source: NSL-PFN (Lee et al., ICML 2025, arXiv 2505.23032), its prior as its code has it. Left open there, and ours: where the second of two
//! breaks lies is read off the order in which they are drawn. Different: curves have 50 to `most` / .9 points where theirs have 50 to 501, since a
//! network of ours reads `most`; and `asked` points are asked, one of four anywhere and the others after what is seen, where theirs asks for every
//! point.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::annealing::{Episode, chance, log_normal, log_uniform, normal, uniform};

/// The prior: how many points of a curve are seen at most, and how many are asked.
#[derive(Clone, Copy, Debug)]
pub struct NeuralScaling {
    most: usize,
    asked: usize,
}

/// The least place; the largest is 1.
const FIRST: f64 = 0.01;
/// The least number of points of a curve.
const FEWEST: f64 = 50.0;
/// The share of a curve that is seen, at least and at most.
const SHARE: (f64, f64) = (0.1, 0.9);

/// What a piece looks like before it is moved to its place.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// M3: (1/x + g)^c.
    Power { g: f64, c: f64 },
    /// M4: w in w / (1 − w)^a = b xᶜ with c < 0.
    Sigmoid { a: f64, b: f64, c: f64 },
    /// The distribution function of a symmetric beta distribution over the piece, to a power.
    Rise { b: f64, power: f64, from: f64, to: f64 },
}

impl Piece {
    fn falling(rng: &mut Pcg64) -> Self {
        if chance(rng, 0.5) {
            // A factor in front would be lost when the piece is moved.
            Piece::Power { g: log_normal(rng, 1.0, 1.0), c: log_normal(rng, (-2.0f64).exp(), 1.0) }
        } else {
            Piece::Sigmoid { a: log_normal(rng, 1.0, 0.5), b: log_normal(rng, (-1.0f64).exp(), 0.5), c: -log_normal(rng, 1.0, 0.5) }
        }
    }

    fn at(&self, x: f64) -> f64 {
        match *self {
            Piece::Power { g, c } => (1.0 / x + g).powf(c),
            Piece::Sigmoid { a, b, c } => share(a, b.ln() + c * x.ln()),
            Piece::Rise { b, power, from, to } => beta((x - from) / (to - from), b).powf(power),
        }
    }
}

/// w in ln w − a ln(1 − w) = `l`, in Newton steps over the logit: the left side is convex or concave there, with slopes between 1 and a.
fn share(a: f64, l: f64) -> f64 {
    // ln(1 + e^u) without overflow.
    let soft = |u: f64| u.max(0.0) + (-u.abs()).exp().ln_1p();
    let mut u = if l < 0.0 { l } else { l / a };
    for _ in 0..60 {
        let w = 1.0 / (1.0 + (-u).exp());
        let step = (a * soft(u) - soft(-u) - l) / ((1.0 - w) + a * w);
        u -= step;
        if step.abs() < 1e-10 {
            break;
        }
    }
    1.0 / (1.0 + (-u).exp())
}

/// The distribution function of Beta(b, b), b ≥ 1, at u, by Simpson's rule.
fn beta(u: f64, b: f64) -> f64 {
    let density = |v: f64| (v * (1.0 - v)).max(0.0).powf(b - 1.0);
    let area = |to: f64| {
        const N: usize = 32;
        let h = to / N as f64;
        let inner: f64 = (1..N).map(|k| density(k as f64 * h) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (density(0.0) + inner + density(to)) * h / 3.0
    };
    let (u, half) = (u.clamp(0.0, 1.0), area(0.5));
    if u <= 0.5 { 0.5 * area(u) / half } else { 1.0 - 0.5 * area(1.0 - u) / half }
}

/// A curve without noise: pieces that are moved to their places.
#[derive(Clone, Debug)]
struct Smooth {
    /// Where each piece ends, what it looks like, and a and b in y = a + b piece(x).
    pieces: Vec<(f64, Piece, f64, f64)>,
}

impl Smooth {
    /// `cut` is the place up to which the curve is seen: breaks are seen, or the first of a double descent is.
    fn draw(rng: &mut Pcg64, cut: f64) -> Self {
        let kind = rng.random::<f64>();
        let (breaks, rises) = if kind < 0.7 {
            (0, false)
        } else if kind < 0.9 {
            (rng.random_range(1..=2), false)
        } else {
            (2, true)
        };
        let seen = (cut - 0.05).max(0.0);
        let mut at: Vec<f64> = (0..breaks)
            .scan(1.0, |product, _| {
                *product *= uniform(rng, seen.min(0.2), 0.4);
                Some(*product)
            })
            .collect();
        at.reverse();
        if let Some(&within) = if rises { at.first() } else { at.last() }
            && within > seen
        {
            at.iter_mut().for_each(|x| *x *= seen / within);
        }
        // A break before the first place is none.
        at.retain(|x| *x > FIRST * 1.1);
        let mut from = FIRST;
        let mut y = uniform(rng, 0.2, 1.2);
        let last = at.len();
        let pieces = (0..=last)
            .map(|k| {
                let to = at.get(k).copied().unwrap_or(1.0);
                let (piece, end) = if rises && k == 1 && last == 2 {
                    let piece = Piece::Rise { b: uniform(rng, 0.5, 1.0).exp(), power: log_normal(rng, 1.0, 0.1), from, to };
                    (piece, y + uniform(rng, 0.01, 0.7) * (to - from))
                } else {
                    (Piece::falling(rng), uniform(rng, 0.0, y))
                };
                let (first, after) = (piece.at(from), piece.at(to));
                let b = if first == after { 0.0 } else { (end - y) / (after - first) };
                let a = y - b * first;
                (from, y) = (to, end);
                (to, piece, a, b)
            })
            .collect();
        Self { pieces }
    }

    fn at(&self, x: f64) -> f64 {
        let k = self.pieces.partition_point(|p| p.0 < x).min(self.pieces.len() - 1);
        let (_, piece, a, b) = self.pieces[k];
        a + b * piece.at(x)
    }
}

impl NeuralScaling {
    /// The name it has in a recipe.
    pub const NAME: &'static str = "neural-scaling";

    /// At most `most` points of a curve are seen (50 or more), and `asked` are asked (4 or more).
    pub fn new(most: usize, asked: usize) -> Self {
        Self { most: most.max(FEWEST as usize), asked }
    }

    /// How many points of a curve are seen at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// One curve, cut somewhere; the same seed gives the same curve. It has no schedule, and every value seen is positive or zero.
    pub fn draw(&self, seed: u64) -> Episode {
        let rng = &mut Pcg64::seed_from_u64(seed);
        let n = (log_uniform(rng, FEWEST, self.most as f64 / SHARE.1) as usize).max(FEWEST as usize);
        let seen = ((uniform(rng, SHARE.0, SHARE.1) * n as f64) as usize).clamp(4, self.most);
        let mut x: Vec<f64> = (0..n).map(|_| uniform(rng, FIRST, 1.0)).collect();
        x.sort_by(f64::total_cmp);
        // Two of the places never are the same number.
        x.dedup();
        let n = x.len();
        (x[0], x[n - 1]) = (FIRST, 1.0);
        let sigma = |rng: &mut Pcg64| log_normal(rng, (-4.0f64).exp(), 1.0);
        let mut y = vec![0.0; n];
        for attempt in 0.. {
            let smooth = Smooth::draw(rng, x[seen - 1]);
            // Hardly a curve is drawn again a hundred times; the last one has next to no noise.
            let sigma = if attempt < 100 { sigma(rng) } else { 1e-6 };
            x.iter().zip(&mut y).for_each(|(x, y)| *y = smooth.at(*x) + sigma * normal(rng));
            let rises = smooth.pieces.iter().any(|p| matches!(p.1, Piece::Rise { .. }));
            if y.iter().all(|y| *y >= 0.0) && !(rises && y.iter().any(|v| *v > y[0])) || attempt > 1000 {
                break;
            }
        }
        let places: Vec<usize> = (0..self.asked).map(|k| rng.random_range(if k % 4 == 0 { 0..n } else { seen..n })).collect();
        let of = |from: &[f64]| places.iter().map(|k| from[*k]).collect();
        Episode { path: None, asked: of(&x), truth: of(&y), seen: x[..seen].to_vec(), y: y[..seen].to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m4_solves_its_equation() {
        for a in [0.2, 0.7, 1.0, 3.0, 8.0] {
            for l in [-50.0, -3.0, -0.1, 0.0, 0.4, 5.0, 80.0] {
                let w = share(a, l);
                assert!((0.0..=1.0).contains(&w));
                if w < 1.0 - 1e-9 {
                    assert!((w.ln() - a * (-w).ln_1p() - l).abs() < 1e-6 * (1.0 + l.abs()), "{a} {l}: {w}");
                }
            }
        }
    }

    #[test]
    fn a_beta_distribution_is_its_closed_form() {
        // Beta(2, 2): 3 u² − 2 u³.
        for u in [0.0, 0.1, 0.4, 0.5, 0.9, 1.0f64] {
            assert!((beta(u, 2.0) - (3.0 - 2.0 * u) * u * u).abs() < 1e-9, "{u}");
        }
        assert!((beta(0.3, 2.5) + beta(0.7, 2.5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn pieces_join_and_fall_but_where_one_rises() {
        let mut rng = Pcg64::seed_from_u64(3);
        let (mut broken, mut rising) = (0, 0);
        for k in 0..2000 {
            let smooth = Smooth::draw(&mut rng, 0.1 + 0.8 * f64::from(k % 10) / 10.0);
            let joins: Vec<f64> = smooth.pieces.iter().map(|p| p.0).collect();
            assert!(joins.windows(2).all(|w| w[0] < w[1]) && joins[joins.len() - 1] == 1.0, "{joins:?}");
            for at in &joins[..joins.len() - 1] {
                let (before, after) = (smooth.at(at * (1.0 - 1e-12)), smooth.at(at * (1.0 + 1e-12)));
                assert!((before - after).abs() < 1e-6, "{smooth:?}: {before}, {after}");
            }
            let rises = smooth.pieces.iter().any(|p| matches!(p.1, Piece::Rise { .. }));
            let grid: Vec<f64> = (0..=200).map(|k| smooth.at(FIRST + (1.0 - FIRST) * f64::from(k) / 200.0)).collect();
            assert!(grid.iter().all(|y| *y > -1e-9 && *y < 2.0), "{smooth:?}");
            if !rises {
                assert!(grid.windows(2).all(|w| w[1] <= w[0] + 1e-9), "{smooth:?}");
            }
            broken += u32::from(joins.len() > 1);
            rising += u32::from(rises);
        }
        // Three of ten have breaks, one of ten rises; a few breaks lie before the first place.
        assert!((400..=640).contains(&broken) && (100..=240).contains(&rising), "{broken} {rising}");
    }

    #[test]
    fn a_seed_is_a_curve_and_curves_are_positive() {
        let prior = NeuralScaling::new(128, 16);
        for seed in 0..2000 {
            let e = prior.draw(seed);
            assert!(e.seen.len() >= 4 && e.seen.len() <= 128 && e.asked.len() == 16 && e.truth.len() == 16, "{seed}");
            assert!(e.seen[0] == FIRST && e.seen.windows(2).all(|x| x[0] < x[1]), "{seed}");
            assert!(e.y.iter().chain(&e.truth).all(|y| (0.0..3.0).contains(y)), "{seed}: {:?}", e.y);
            let cut = e.seen[e.seen.len() - 1];
            assert!(e.asked.iter().filter(|x| **x > cut).count() >= 12);
            if seed < 20 {
                assert_eq!(e, prior.draw(seed));
            }
        }
    }
}
