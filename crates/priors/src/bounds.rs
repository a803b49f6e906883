//! `Knots`: whether a whole curve stays in [0, 1], told from a few positions.
//!
//! Families are monotone, so that between two positions each stays between its values there, and a
//! sum of families between the sum of the smaller and the sum of the larger values.

use crate::columns::{Columns, add_columns};
use crate::combination::{Component, MOST_COMPONENTS};
use crate::grid::{Grid, LANES};
use curves::vector::vector;

/// Far more than rounding can move a sum of families that lies in [0, 1].
const MARGIN: f64 = 1e-9;

/// As many positions of 1 … m as fill one register, 1 and m among them, evenly in the logarithm.
#[derive(Clone, Debug)]
pub(crate) struct Knots {
    grid: Grid,
}

impl Knots {
    /// Knots on 1 … `horizon`.
    pub(crate) fn up_to(horizon: usize) -> Self {
        let m = horizon as f64;
        let last = LANES - 1;
        let x: Vec<f64> = (0..LANES).map(|i| if i == last { m } else { m.powf(i as f64 / last as f64).round() }).collect();
        Self { grid: Grid::new(&x) }
    }

    /// Does the curve rise, f(m) > f(1), and stay in [0, 1] at 1, 2, …, m? `None` where these positions do not tell.
    #[inline]
    pub(crate) fn verdict(&self, components: &[Component], w: &[f64], p: &[[f64; 4]]) -> Option<bool> {
        let mut values = [[0.0; LANES]; MOST_COMPONENTS];
        let mut total = [0.0; LANES];
        vector(
            self.grid.arch,
            #[inline(always)]
            || {
                for (values, (c, (w, p))) in values.iter_mut().zip(components.iter().zip(w.iter().zip(p))) {
                    c.family.add(*w, *p, &self.grid, 0..LANES, values);
                    for (t, v) in total.iter_mut().zip(values) {
                        *t += *v;
                    }
                }
            },
        );
        // NaN fails every comparison, so it is rejected too.
        let rises = total[LANES - 1] > total[0];
        if !rises || !total.iter().all(|v| (0.0..=1.0).contains(v)) {
            return Some(false);
        }
        let x = self.grid.x();
        let mut low = [0.0; LANES - 1];
        let mut high = [0.0; LANES - 1];
        for (v, (c, p)) in values.iter().zip(components.iter().zip(p)) {
            let turn = c.family.turn(*p);
            for i in 0..LANES - 1 {
                if turn > x[i] && turn < x[i + 1] {
                    return None;
                }
                low[i] += v[i].min(v[i + 1]);
                high[i] += v[i].max(v[i + 1]);
            }
        }
        let inside = low.iter().all(|v| *v >= MARGIN) && high.iter().all(|v| *v <= 1.0 - MARGIN);
        inside.then_some(true)
    }

    /// Says of every column of `p`, laid out as [`Density::curves`](crate::Density::curves) has it, whether its curve surely
    /// rises and stays in [0, 1]; where the answer is no, nothing is known.
    #[inline(always)]
    pub(crate) fn sure(&self, components: &[Component], p: &Columns, work: &mut Bounds, sure: &mut Vec<bool>) {
        let groups = p.width() / LANES;
        let Bounds { values, rooms } = work;
        let rooms = &mut rooms[..groups];
        values.resize(p.len());
        rooms.fill(Room::default());
        let weights: usize = components.iter().map(|c| c.params.len()).sum();
        let mut first = 0;
        for (k, c) in components.iter().enumerate() {
            for i in 0..LANES {
                values.row_mut(i).fill(0.0);
            }
            let params = first..first + c.params.len();
            add_columns(c.family, p, weights + k, params.clone(), &self.grid, 0..LANES, values);
            for (g, room) in rooms.iter_mut().enumerate() {
                room.add(&values.block(g));
            }
            if c.family.turns() {
                // A curve that turns between positions is not within its values there.
                for k in 0..p.len() {
                    let mut theta = [0.0; 4];
                    for (t, row) in theta.iter_mut().zip(params.clone()) {
                        *t = p.row(row)[k];
                    }
                    let turn = c.family.turn(theta);
                    if turn > 1.0 && turn < self.grid.x()[LANES - 1] {
                        rooms[k / LANES].rise[k % LANES] = f64::NAN;
                    }
                }
            }
            first += c.params.len();
        }
        sure.clear();
        for room in rooms {
            sure.extend(room.least().map(|room| room >= MARGIN));
        }
        sure.truncate(p.len());
    }
}

/// Buffers of [`Density::surely_admissible`](crate::Density::surely_admissible).
#[derive(Clone, Debug)]
pub struct Bounds {
    values: Columns,
    rooms: Vec<Room>,
}

impl Bounds {
    /// Buffers for at most so many columns.
    pub fn new(most: usize) -> Self {
        Self { values: Columns::new(LANES, most), rooms: vec![Room::default(); most.div_ceil(LANES)] }
    }
}

/// What is known of the curves of one register of columns.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    /// The least that a curve can be from one knot to the next.
    low: [[f64; LANES]; LANES - 1],
    /// The most.
    high: [[f64; LANES]; LANES - 1],
    /// By how much it rises; NaN where nothing is known.
    rise: [f64; LANES],
}

impl Room {
    /// Adds a family, given by its values at the knots.
    #[inline(always)]
    fn add(&mut self, values: &[[f64; LANES]; LANES]) {
        for ((low, high), pair) in self.low.iter_mut().zip(&mut self.high).zip(values.windows(2)) {
            for (((low, high), a), b) in low.iter_mut().zip(high).zip(&pair[0]).zip(&pair[1]) {
                *low += if a < b { *a } else { *b };
                *high += if a > b { *a } else { *b };
            }
        }
        // The comparisons let one NaN of a pair pass; here it stays.
        for row in values {
            for (rise, v) in self.rise.iter_mut().zip(row) {
                *rise += 0.0 * v;
            }
        }
        for ((rise, first), last) in self.rise.iter_mut().zip(&values[0]).zip(&values[LANES - 1]) {
            *rise += last - first;
        }
    }

    /// The least distance to what is not allowed: to 0, to 1 and to a curve that does not rise.
    #[inline(always)]
    fn least(&self) -> [f64; LANES] {
        let mut least = self.rise;
        for (low, high) in self.low.iter().zip(&self.high) {
            for k in 0..LANES {
                let room = if low[k] < 1.0 - high[k] { low[k] } else { 1.0 - high[k] };
                // A NaN is not replaced.
                least[k] = if room < least[k] { room } else { least[k] };
            }
        }
        least
    }
}
