//! `Walkers`: the ensemble and its stretch move, all walkers of a half at once.
//!
//! Walkers of one half move given the other half, and random numbers do not depend on what is
//! accepted: they are drawn first, and then the proposals are judged side by side in registers. By how
//! much a proposal may miss the data is known beforehand, so most are dropped after few points.
//!
//! Vector code and early ends change last digits, but no decision: where rounding could turn one, it
//! is taken for this walker alone by [`Target::ln_likelihood`](crate::Target::ln_likelihood). (Whether a
//! proposal lies in the prior's support is told by vector code alone: within a rounding of its edge,
//! plain code might say otherwise.)

use curves::vector::Arch;
use curves::vector::vector;
use priors::fast::ln;
use priors::{Bounds, Columns};
use rand::RngExt;
use rand_pcg::Pcg64;

use super::space::Space;
use crate::target::{STAGE, Scratch, keep, within};

/// Stretch parameter of Goodman & Weare.
const STRETCH: f64 = 2.0;

/// The ensemble.
pub(super) struct Walkers<'a> {
    space: &'a Space<'a>,
    arch: Arch,
    /// Two halves, a column a walker.
    halves: [Columns; 2],
    /// ln posterior, by half; its last digits are those of vector code.
    ln_p: [Vec<f64>; 2],
    moves: Moves,
    /// Parameters of proposals that may still be accepted, Σ (f − y)² so far, and the largest sum allowed.
    proposals: Columns,
    /// Whose proposals these are.
    who: Vec<usize>,
    kept: Vec<usize>,
    curves: Columns,
    bounds: Bounds,
    /// Which proposals surely make a curve that the prior keeps.
    sure: Vec<bool>,
    scratch: Scratch,
    v: Vec<f64>,
    u: Vec<f64>,
    here: Vec<f64>,
}

/// What is drawn and known for every walker of the half that moves; vectors as long as whole registers.
struct Moves {
    partner: Vec<usize>,
    /// How far along the line through the partner.
    z: Vec<f64>,
    /// Uniform: its logarithm is what the acceptance ratio has to reach.
    limit: Vec<f64>,
    /// ln posterior of the proposal, less the part of the squares.
    base: Vec<f64>,
    /// What is added to ln posterior; the sum is to be 0 or more.
    ratio: Vec<f64>,
    /// More than rounding can change that sum.
    doubt: Vec<f64>,
    pivot: Vec<f64>,
    u: Vec<f64>,
}

impl<'a> Walkers<'a> {
    /// `n` walkers, an even number, that are nowhere yet.
    pub(super) fn new(space: &'a Space<'a>, n: usize) -> Self {
        let (d, half) = (space.dim(), n / 2);
        let table = |rows| Columns::new(rows, half);
        let row = || vec![0.0; table(0).width()];
        let moves = Moves { partner: vec![0; row().len()], z: row(), limit: row(), base: row(), ratio: row(), doubt: row(), pivot: row(), u: row() };
        Self {
            space,
            arch: Arch::new(),
            halves: [table(d), table(d)],
            ln_p: [row(), row()],
            moves,
            proposals: table(d + 2),
            who: Vec::with_capacity(half),
            kept: Vec::with_capacity(half),
            curves: table(STAGE),
            bounds: Bounds::new(half),
            sure: Vec::with_capacity(half),
            scratch: space.target.scratch(),
            v: vec![0.0; d],
            u: vec![0.0; d],
            here: vec![0.0; d],
        }
    }

    fn half(&self) -> usize {
        self.halves[0].len()
    }

    /// Puts walker `k` at `v`.
    pub(super) fn place(&mut self, k: usize, v: &[f64]) {
        let (h, k) = (k / self.half(), k % self.half());
        for (i, x) in v.iter().enumerate() {
            self.halves[h].row_mut(i)[k] = *x;
        }
        self.space.to_u(v, &mut self.u);
        let inside = self.u.iter().all(|x| x.is_finite()) && self.space.target.admissible(&self.u, &mut self.scratch);
        self.ln_p[h][k] = if inside { self.space.ln_posterior(&self.u, &mut self.scratch) } else { f64::NEG_INFINITY };
    }

    /// Where walker `k` is.
    pub(super) fn at(&self, k: usize, v: &mut [f64]) {
        self.halves[k / self.half()].column(k % self.half(), v);
    }

    /// Is walker `k` anywhere in the posterior's support?
    pub(super) fn inside(&self, k: usize) -> bool {
        self.ln_p[k / self.half()][k % self.half()].is_finite()
    }

    /// Moves every walker once; how many went.
    pub(super) fn step(&mut self, rng: &mut Pcg64) -> u64 {
        [0, 1].iter().map(|&moving| self.move_half(moving, rng)).sum()
    }

    fn move_half(&mut self, moving: usize, rng: &mut Pcg64) -> u64 {
        let (d, half) = (self.space.dim(), self.half());
        for k in 0..half {
            self.moves.partner[k] = rng.random_range(0..half);
            self.moves.z[k] = rng.random();
            self.moves.limit[k] = rng.random();
        }
        self.propose(moving);
        self.who.clear();
        self.who.extend(0..half);
        within(self.proposals.row(d), self.proposals.row(d + 1), half, &mut self.kept);
        keep(&mut self.proposals, &mut self.who, &self.kept);
        self.space.target.sift(&mut self.proposals, d, &mut self.who, &mut self.curves, &mut self.kept);
        if self.who.is_empty() {
            return 0;
        }
        self.space.target.density().surely_admissible(&self.proposals, &mut self.bounds, &mut self.sure);
        (0..self.who.len()).filter(|&c| self.judge(moving, c)).count() as u64
    }

    /// Makes the proposals, and all that is known of them before a curve is evaluated.
    fn propose(&mut self, moving: usize) {
        let Self { space, halves, ln_p, moves: m, proposals, .. } = self;
        let d = space.dim();
        let points = space.target.observed().len() as f64;
        let (mine, theirs, ln_p) = (&halves[moving], &halves[1 - moving], &ln_p[moving]);
        proposals.resize(mine.len());
        vector(
            self.arch,
            #[inline(always)]
            || {
                m.base.fill(0.0);
                for z in &mut m.z {
                    *z = ((STRETCH - 1.0) * *z + 1.0).powi(2) / STRETCH;
                }
                for i in 0..d {
                    theirs.gather(i, &m.partner, &mut m.pivot);
                    let row = proposals.row_mut(i);
                    for (((v, z), pivot), mine) in row.iter_mut().zip(&m.z).zip(&m.pivot).zip(mine.row(i)) {
                        *v = pivot + z * (mine - pivot);
                    }
                    space.add_ln_prior(i, row, &mut m.u, &mut m.base);
                }
                let n = m.base.len();
                let sigma = &proposals.row(d - 1)[..n];
                let (z, limit, ln_p) = (&m.z[..n], &m.limit[..n], &ln_p[..n]);
                let (base, ratio, doubt, allowed) = (&mut m.base[..n], &mut m.ratio[..n], &mut m.doubt[..n], &mut m.pivot[..n]);
                for k in 0..n {
                    let ln_sigma = points * ln(sigma[k]);
                    // A draw of exactly 0 accepts anything.
                    let ln_limit = ln(if limit[k] > f64::MIN_POSITIVE { limit[k] } else { f64::MIN_POSITIVE });
                    let terms = 1.0 + base[k].abs() + ln_sigma.abs() + ln_p[k].abs() - ln_limit;
                    base[k] -= ln_sigma;
                    ratio[k] = (d as f64 - 1.0) * ln(z[k]) - ln_p[k] - ln_limit;
                    let room = base[k] + ratio[k];
                    // Sums and logarithms are right to 10⁻¹³, curves to some 10⁻¹⁴ of the unit interval: two digits and more are left over.
                    doubt[k] = (terms + room.abs()) * (1e-9 + 1e-12 / sigma[k]);
                    allowed[k] = 2.0 * sigma[k] * sigma[k] * (room + doubt[k]);
                }
            },
        );
        proposals.row_mut(d).fill(0.0);
        proposals.row_mut(d + 1).copy_from_slice(&m.pivot);
    }

    /// Accepts or rejects proposal `c`, whose sum is complete.
    fn judge(&mut self, moving: usize, c: usize) -> bool {
        let (d, k) = (self.space.dim(), self.who[c]);
        let (sigma, sum) = (self.proposals.row(d - 1)[c], self.proposals.row(d)[c]);
        let proposed = self.moves.base[k] - 0.5 * sum / (sigma * sigma);
        let (over, doubt) = (proposed + self.moves.ratio[k], self.moves.doubt[k]);
        if over < -doubt {
            return false;
        }
        let (mine, theirs, j, z) = (&self.halves[moving], &self.halves[1 - moving], self.moves.partner[k], self.moves.z[k]);
        for (i, v) in self.v.iter_mut().enumerate() {
            let pivot = theirs.row(i)[j];
            *v = pivot + z * (mine.row(i)[k] - pivot);
        }
        // Infinities are in doubt, too.
        let clear = over > doubt && proposed.is_finite();
        let accept = clear && self.sure[c] || {
            self.space.to_u(&self.v, &mut self.u);
            (clear || self.likely(moving, k)) && self.space.target.admissible(&self.u, &mut self.scratch)
        };
        if accept {
            for (i, v) in self.v.iter().enumerate() {
                self.halves[moving].row_mut(i)[k] = *v;
            }
            self.ln_p[moving][k] = proposed;
        }
        accept
    }

    /// The same decision for the proposal `v` of walker `k`, which is `u`, without vector code.
    #[cold]
    fn likely(&mut self, moving: usize, k: usize) -> bool {
        let (d, z, limit) = (self.space.dim() as f64, self.moves.z[k], self.moves.limit[k].ln());
        let proposed = self.space.ln_posterior(&self.u, &mut self.scratch);
        let ln_p = if self.ln_p[moving][k].is_finite() {
            self.halves[moving].column(k, &mut self.here);
            self.space.to_u(&self.here, &mut self.u);
            let here = self.space.ln_posterior(&self.u, &mut self.scratch);
            self.space.to_u(&self.v, &mut self.u);
            here
        } else {
            f64::NEG_INFINITY
        };
        proposed > f64::NEG_INFINITY && (d - 1.0) * z.ln() + proposed - ln_p >= limit
    }
}

#[cfg(test)]
mod tests {
    use curves::Curve;
    use rand::SeedableRng;

    use super::*;
    use crate::Target;
    use crate::ensemble::Coordinates;

    /// The move as it is written in the papers, one walker after the other.
    fn plain_step(space: &Space<'_>, v: &mut [Vec<f64>], ln_p: &mut [f64], rng: &mut Pcg64, scratch: &mut Scratch) -> u64 {
        let (d, half) = (space.dim(), v.len() / 2);
        let (mut proposal, mut u, mut accepted) = (vec![0.0; d], vec![0.0; d], 0);
        for (from, other) in [(0, half), (half, 0)] {
            for k in from..from + half {
                let j = other + rng.random_range(0..half);
                let r: f64 = rng.random();
                let z = ((STRETCH - 1.0) * r + 1.0).powi(2) / STRETCH;
                for i in 0..d {
                    proposal[i] = v[j][i] + z * (v[k][i] - v[j][i]);
                }
                let limit = rng.random::<f64>().ln();
                space.to_u(&proposal, &mut u);
                let proposed = space.ln_posterior(&u, scratch);
                if proposed > f64::NEG_INFINITY && (d as f64 - 1.0) * z.ln() + proposed - ln_p[k] >= limit && space.target.admissible(&u, scratch) {
                    v[k].copy_from_slice(&proposal);
                    ln_p[k] = proposed;
                    accepted += 1;
                }
            }
        }
        accepted
    }

    #[test]
    fn walkers_go_where_plain_code_takes_them() {
        for (name, n, coordinates, points) in
            [("domhan3", 50, Coordinates::Raw, 20), ("domhan3", 200, Coordinates::Line, 3), ("flat11", 102, Coordinates::Raw, 13)]
        {
            let prior = priors::find(name, 100).unwrap();
            let y = priors::find("domhan3", 100).unwrap().draw(5).noisy;
            let seen = Curve::on_grid(y[..points].to_vec()).unwrap();
            let target = Target::new(prior.as_ref(), &seen).unwrap();
            let space = Space { target: &target, coordinates };
            let mut scratch = target.scratch();
            let mut walkers = Walkers::new(&space, n);
            let (mut v, mut ln_p) = (vec![vec![0.0; space.dim()]; n], vec![f64::NEG_INFINITY; n]);
            // Drawing from flat11 is slow: few places, and walkers spread about them. Some begin outside the support.
            let places: Vec<Vec<f64>> = (0..if name == "flat11" { 3 } else { 40 }).map(|s| prior.draw(s).coordinates).collect();
            let mut rng = Pcg64::seed_from_u64(1);
            for (k, (v, ln_p)) in v.iter_mut().zip(&mut ln_p).enumerate() {
                space.to_v(&places[k % places.len()], v);
                v.iter_mut().for_each(|v| *v *= 1.0 + 0.01 * (rng.random::<f64>() - 0.5));
                walkers.place(k, v);
                let mut u = vec![0.0; v.len()];
                space.to_u(v, &mut u);
                if u.iter().all(|u| u.is_finite()) && target.admissible(&u, &mut scratch) {
                    *ln_p = space.ln_posterior(&u, &mut scratch);
                }
            }
            let mut plain_rng = rng.clone();
            let mut went = 0;
            for _ in 0..200 {
                let here = walkers.step(&mut rng);
                assert_eq!(here, plain_step(&space, &mut v, &mut ln_p, &mut plain_rng, &mut scratch), "{name}");
                went += here;
            }
            assert!(went > 200, "{name}: {went}");
            let mut at = vec![0.0; space.dim()];
            for (k, v) in v.iter().enumerate() {
                walkers.at(k, &mut at);
                assert_eq!((&at, walkers.inside(k)), (v, ln_p[k].is_finite()), "{name}: walker {k}");
            }
        }
    }
}
