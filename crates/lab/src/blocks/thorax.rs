//! Pictures of a chest that are made here, with findings that are known: a synthetic twin of multi-label thorax data.
//!
//! A body holds two dark lungs with bright ribs across them, a heart, a spine and a diaphragm. Place, size, the shape of the lungs, the distance and
//! phase of the ribs, contrast, brightness, a slow shade and the noise of every pixel differ from picture to picture. Each of six findings is there
//! with some probability, whatever the others are, on one side where it has one:
//!
//! | bit | finding | what it looks like |
//! |---|---|---|
//! | 0 | a large heart | it is 1.35 to 1.6 times as wide |
//! | 1 | fluid | the base of a lung is bright, higher towards the outside |
//! | 2 | a nodule | a bright spot in a lung |
//! | 3 | air | the apex of a lung is darker, and has no ribs across it |
//! | 4 | an infiltrate | a mottled bright patch in a lung |
//! | 5 | a collapse | the diaphragm stands higher under a lung, which is less dark |
//!
//! What is drawn for a picture does not depend on its findings, so that two pictures of one stream differ in these alone.

use nets::params::normal;
use rand::RngExt;
use rand_pcg::Pcg64;

use super::label_bits::has;
use super::samples::Samples;

/// The side of a picture.
pub(crate) const SIDE: usize = 28;

/// How many findings there are.
pub(crate) const FINDINGS: usize = 6;

/// With which probability a picture has a finding.
const PREVALENCE: f64 = 0.3;

const HEART: usize = 0;
const FLUID: usize = 1;
const NODULE: usize = 2;
const AIR: usize = 3;
const PATCH: usize = 4;
const COLLAPSE: usize = 5;

/// A full turn.
const TURN: f64 = std::f64::consts::TAU;

/// So many pictures of numbers from 0 to 1, and the findings of each as bits.
pub(crate) fn draw(count: usize, rng: &mut Pcg64) -> Samples {
    let mut samples = Samples::new(SIDE);
    for _ in 0..count {
        let found = (0..FINDINGS).filter(|_| rng.random::<f64>() < PREVALENCE).fold(0, |bits, k| bits | 1 << k);
        picture(found, rng, &mut samples.pixels);
        samples.labels.push(found);
    }
    samples
}

/// Uniform between two numbers.
fn between(rng: &mut Pcg64, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// From 0 to 1.
fn step(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The middle of a lung.
fn lung(right: bool) -> f64 {
    if right { 0.73 } else { 0.27 }
}

/// A place in a lung.
#[derive(Clone, Copy)]
struct Spot {
    x: f64,
    y: f64,
}

impl Spot {
    /// In the lung of this side, so far from its middle line at most.
    fn new(rng: &mut Pcg64, right: bool, aside: f64, (top, bottom): (f64, f64)) -> Self {
        Self { x: lung(right) + between(rng, -aside, aside), y: between(rng, top, bottom) }
    }

    /// How much of something of this size that lies here is seen there.
    fn at(self, x: f64, y: f64, size: f64) -> f64 {
        (-((x - self.x).powi(2) + (y - self.y).powi(2)) / (2.0 * size * size)).exp()
    }
}

/// Appends a picture with these findings.
fn picture(found: u32, rng: &mut Pcg64, to: &mut Vec<f32>) {
    let right: [bool; FINDINGS] = std::array::from_fn(|_| rng.random::<f64>() < 0.5);
    // Whether a finding is in the lung of a side.
    let here = |k: usize, side: bool| has(found, k) && right[k] == side;
    let (size, across, down) = (between(rng, 0.92, 1.08), between(rng, -0.04, 0.04), between(rng, -0.04, 0.04));
    let (wide, high) = (between(rng, 0.165, 0.195), between(rng, 0.33, 0.39));
    let (ribs, rib_phase, rib) = (between(rng, 5.5, 7.5), between(rng, 0.0, TURN), between(rng, 0.05, 0.09));
    let (raised, apex, level) = (between(rng, 0.135, 0.205), between(rng, 0.36, 0.44), between(rng, 0.56, 0.66));
    let (usual, large) = (between(rng, 0.9, 1.1), between(rng, 1.35, 1.6));
    let heart = if has(found, HEART) { large } else { usual };
    let (nodule, bright) = (Spot::new(rng, right[NODULE], 0.06, (0.3, 0.62)), between(rng, 0.35, 0.5));
    let (patch, dense) = (Spot::new(rng, right[PATCH], 0.05, (0.35, 0.65)), between(rng, 0.3, 0.42));
    let ((sin, cos), waves) = (between(rng, 0.0, 0.5 * TURN).sin_cos(), between(rng, 7.0, 10.0));
    let (first, second) = (between(rng, 0.0, TURN), between(rng, 0.0, TURN));
    let (contrast, brightness) = (between(rng, 0.85, 1.15), between(rng, -0.05, 0.05));
    let (shade, slope, shade_phase) = (between(rng, 0.4, 1.1), between(rng, -1.0, 1.0), between(rng, 0.0, TURN));
    for k in 0..SIDE * SIDE {
        let middle = |n: usize| (n as f64 + 0.5) / SIDE as f64;
        let (row, column) = (middle(k / SIDE), middle(k % SIDE));
        let (x, y) = (0.5 + (column - 0.5 - across) / size, 0.5 + (row - 0.5 - down) / size);
        let mut v = 0.55 * step(40.0 * (0.47 - (x - 0.5).abs() - 0.24 * (0.25 - y).max(0.0)));
        let mut dark = 0.0;
        for side in [false, true] {
            let dx = x - lung(side);
            let floor = if here(COLLAPSE, side) { 0.8 - raised } else { 0.8 };
            let inside = step(14.0 * (1.0 - (dx / wide).hypot((y - 0.48) / high))) * step(45.0 * (floor - y + 0.3 * dx * dx));
            dark += inside;
            let depth = if here(COLLAPSE, side) { 0.29 } else { 0.34 };
            v -= depth * inside;
            let arcs = rib * (TURN * ribs * (y + 0.9 * dx * dx) + rib_phase).cos() * inside;
            if here(AIR, side) {
                let top = inside * step(30.0 * (apex - y));
                v += arcs * (1.0 - top) - 0.2 * top;
            } else {
                v += arcs;
            }
            if here(FLUID, side) {
                v += 0.38 * inside * step(30.0 * (y - level + 1.2 * ((x - 0.5).abs() - 0.3)));
            }
        }
        let muscle = step(14.0 * (1.0 - ((x - 0.54) / (0.12 * heart)).hypot((y - 0.62) / 0.14)));
        v += muscle * (0.26 * dark + 0.06) + 0.1 * (-((x - 0.5) / 0.045).powi(2)).exp();
        if has(found, NODULE) {
            v += bright * nodule.at(x, y, 0.04);
        }
        if has(found, PATCH) {
            let (dx, dy) = (x - patch.x, y - patch.y);
            let one = (TURN * waves * (cos * dx + sin * dy) + first).cos();
            let other = (TURN * waves * (cos * dy - sin * dx) + second).cos();
            v += dense * (0.5 + 0.5 * one * other) * patch.at(x, y, 0.12);
        }
        let slow = 0.05 * (TURN * shade * (slope * column + row) + shade_phase).cos();
        to.push((contrast * v + brightness + slow + 0.04 * normal(rng)).clamp(0.0, 1.0) as f32);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn one(found: u32, seed: u64) -> Vec<f32> {
        let mut to = Vec::new();
        picture(found, &mut Pcg64::seed_from_u64(seed), &mut to);
        to
    }

    #[test]
    fn pictures_and_findings_are_as_many_as_wanted() {
        let samples = draw(400, &mut Pcg64::seed_from_u64(1));
        assert_eq!((samples.labels.len(), samples.pixels.len(), samples.side), (400, 400 * SIDE * SIDE, SIDE));
        assert!(samples.pixels.iter().all(|v| (0.0..=1.0).contains(v)));
        for k in 0..FINDINGS {
            let share = samples.labels.iter().filter(|bits| has(**bits, k)).count() as f64 / 400.0;
            assert!((share - PREVALENCE).abs() < 0.08, "{k}: {share}");
        }
        // The first of more are the same.
        assert_eq!(draw(3, &mut Pcg64::seed_from_u64(1)).pixels, samples.pixels[..3 * SIDE * SIDE]);
    }

    #[test]
    fn a_finding_is_all_that_it_changes() {
        for k in 0..FINDINGS {
            for seed in 0..20 {
                let (without, with) = (one(0, seed), one(1 << k, seed));
                let changed: Vec<usize> = (0..without.len()).filter(|p| (without[*p] - with[*p]).abs() > 0.02).collect();
                assert!((2..300).contains(&changed.len()), "finding {k}: {} pixels", changed.len());
                let more: f32 = changed.iter().map(|p| with[*p] - without[*p]).sum();
                assert!(if k == AIR { more < 0.0 } else { more > 0.0 }, "finding {k}: {more}");
            }
        }
    }

    #[test]
    fn lungs_are_darker_than_what_is_between_them() {
        let mean = |at: (usize, usize)| (0..30).map(|seed| f64::from(one(0, seed)[at.0 * SIDE + at.1])).sum::<f64>() / 30.0;
        let (left, right, spine) = (mean((12, 7)), mean((12, 20)), mean((12, 14)));
        assert!(left < spine - 0.2 && right < spine - 0.2, "{left} {right} {spine}");
    }
}
