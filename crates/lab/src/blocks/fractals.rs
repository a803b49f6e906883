//! Pictures of fractals (Anderson and Farrell, arXiv 2110.03091): attractors of random systems of affine maps, alone or several on a background.
//!
//! A *system* is two to seven maps of the plane; its attractor is what a point visits that is moved by one of them after the other (the chaos
//! game). Labels are systems: pictures of one system differ in its parameters, in the window that is looked through, in brightness, turn and
//! mirror. `systems` has the maps, `rendering` what is done with points, `background` a cloudy texture.
//!
//! Formulas and numbers are those of the authors' code (catalys1/fractal-pretraining, `ifs.py`, `diamondsquare.py`, `generator.py`), in grey: where
//! theirs has a hue, brightness takes its place.

mod background;
mod rendering;
mod systems;

use rand::RngExt;
use rand_pcg::Pcg64;

use super::resizing::bilinear;
use rendering::{blur, density, flip, lay, shade, window};
use systems::{Map, contracting, jittered, points, shuffled_entries, unconstrained};

/// What pictures are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As in FractalDB, as the authors' code has it: unconstrained maps, one grey, no background; a change of parameters is refused where a map of
    /// the changed system stretches anything, which for such systems is nearly always.
    Db,
    /// The same with that mended: a change is refused where points do not stay finite.
    DbJittered,
    /// Contracting maps, brightness by density, in windows of several sizes.
    Classes,
    /// The same on a background.
    Background,
    /// One to five of them, small, on one background.
    Instances,
}

/// What a picture shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawn {
    /// Numbers from 0 to 1, picture by picture and row by row.
    pub(crate) pixels: Vec<f32>,
    /// The systems in each picture, in ascending order; one but for several instances.
    pub(crate) shown: Vec<Vec<u32>>,
}

/// Systems, and how they are drawn.
pub(crate) struct Fractals {
    systems: Vec<Vec<Map>>,
    kind: Kind,
    side: usize,
    points: usize,
}

/// How many fractals a picture of several shows at most.
const MOST: usize = 5;

impl Fractals {
    /// So many systems, for pictures of this side that are made of so many points.
    pub(crate) fn new(kind: Kind, systems: usize, side: usize, points: usize, rng: &mut Pcg64) -> Self {
        let loose = matches!(kind, Kind::Db | Kind::DbJittered);
        let one = |_| if loose { unconstrained(rng) } else { contracting(rng) };
        Self { systems: (0..systems.max(1)).map(one).collect(), kind, side, points }
    }

    /// So many pictures.
    pub(crate) fn draw(&self, pictures: usize, rng: &mut Pcg64) -> Drawn {
        let mut drawn = Drawn { pixels: Vec::with_capacity(pictures * self.side * self.side), shown: Vec::with_capacity(pictures) };
        let which: Vec<usize> = (0..pictures).map(|_| rng.random_range(0..self.systems.len())).collect();
        if self.kind == Kind::Instances {
            self.several(&which, rng, &mut drawn);
            return drawn;
        }
        for system in which {
            let picture = self.single(system, rng);
            drawn.pixels.extend(picture);
            drawn.shown.push(vec![system as u32]);
        }
        drawn
    }

    /// Points of a system whose parameters are changed a little.
    fn visited(&self, system: usize, rng: &mut Pcg64) -> Vec<[f64; 2]> {
        let maps = &self.systems[system];
        let changed = match self.kind {
            Kind::Db => shuffled_entries(maps, true, rng),
            Kind::DbJittered => shuffled_entries(maps, false, rng),
            _ => jittered(maps, rng),
        };
        // A change that does not stay finite is not made, and what was drawn does.
        points(&changed, self.points, rng).or_else(|| points(maps, self.points, rng)).unwrap_or_default()
    }

    /// A picture of one system.
    fn single(&self, system: usize, rng: &mut Pcg64) -> Vec<f32> {
        let visited = self.visited(system, rng);
        let plain = matches!(self.kind, Kind::Db | Kind::DbJittered);
        let seen = window(&visited, !plain, rng);
        let mut picture = density(&visited, self.side, seen, rng);
        flip(&mut picture, self.side, rng);
        if plain {
            picture.iter_mut().for_each(|v| *v = if *v > 0.0 { 0.5 } else { 0.0 });
            return picture;
        }
        shade(&mut picture, rng);
        if self.kind == Kind::Background {
            let behind = background::clouds(self.side, rng);
            picture.iter_mut().zip(behind).filter(|(v, _)| **v == 0.0).for_each(|(v, behind)| *v = behind);
        }
        if rng.random::<f64>() < 0.5 {
            blur(&mut picture, self.side, rng);
        }
        picture
    }

    /// Pictures of several systems each, of those that are drawn once for all of them.
    fn several(&self, which: &[usize], rng: &mut Pcg64, drawn: &mut Drawn) {
        let half = (self.side / 2).max(1);
        let pool: Vec<Vec<f32>> = which
            .iter()
            .map(|system| {
                let visited = self.visited(*system, rng);
                let seen = window(&visited, false, rng);
                density(&visited, half, seen, rng)
            })
            .collect();
        for _ in which {
            let mut picture = background::clouds(self.side, rng);
            let mut shown: Vec<u32> = Vec::with_capacity(MOST);
            for _ in 0..rng.random_range(1..=MOST) {
                let at = rng.random_range(0..pool.len());
                let mut fractal = pool[at].clone();
                flip(&mut fractal, half, rng);
                shade(&mut fractal, rng);
                let size = (((0.15 + 0.45 * rng.random::<f64>()) * self.side as f64) as usize).max(1);
                let mut small = Vec::with_capacity(size * size);
                bilinear(&fractal, half, size, &mut small);
                lay(&mut picture, self.side, &small, size, rng);
                shown.push(which[at] as u32);
            }
            if rng.random::<f64>() < 0.5 {
                blur(&mut picture, self.side, rng);
            }
            shown.sort_unstable();
            shown.dedup();
            drawn.pixels.extend(picture);
            drawn.shown.push(shown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn rng(seed: u64) -> Pcg64 {
        Pcg64::seed_from_u64(seed)
    }

    #[test]
    fn every_kind_draws_what_it_says() {
        for kind in [Kind::Db, Kind::DbJittered, Kind::Classes, Kind::Background, Kind::Instances] {
            let fractals = Fractals::new(kind, 6, 28, 300, &mut rng(1));
            let (first, again, other) = (fractals.draw(20, &mut rng(2)), fractals.draw(20, &mut rng(2)), fractals.draw(20, &mut rng(3)));
            assert_eq!(first, again, "{kind:?}");
            assert_ne!(first.pixels, other.pixels, "{kind:?}");
            assert_eq!((first.pixels.len(), first.shown.len()), (20 * 784, 20), "{kind:?}");
            assert!(first.pixels.iter().all(|v| (0.0..=1.0).contains(v)), "{kind:?}");
            let most = if kind == Kind::Instances { MOST } else { 1 };
            assert!(first.shown.iter().all(|s| (1..=most).contains(&s.len()) && s.iter().all(|k| *k < 6) && s.is_sorted()), "{kind:?}");
            let black = first.pixels.iter().filter(|v| **v == 0.0).count();
            // A background leaves nothing black.
            assert_eq!(black > 0, matches!(kind, Kind::Db | Kind::DbJittered | Kind::Classes), "{kind:?}: {black}");
        }
        let several = Fractals::new(Kind::Instances, 6, 28, 300, &mut rng(1)).draw(50, &mut rng(2));
        assert!(several.shown.iter().any(|s| s.len() > 1) && several.shown.iter().any(|s| s.len() == 1));
    }
}
