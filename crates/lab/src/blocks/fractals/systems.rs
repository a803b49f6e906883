//! Systems of affine maps: how they are drawn, how they are changed, and the points that they visit.

use rand::RngExt;
use rand_pcg::Pcg64;

/// `[a, b, e, c, d, f]` moves (x, y) to (a x + b y + e, c x + d y + f).
pub(super) type Map = [f64; 6];

/// How often a change is tried.
const TRIES: usize = 4;

/// Points before the first one that is kept, of a system that may not contract: its own beginning need not be visited again.
const BEFORE: usize = 20;

/// Beyond this, points are taken to leave for good.
const FAR: f64 = 1e6;

/// The share of a picture that points of an unconstrained system fill at least, as in the authors' search.
const FILLED: f64 = 0.05;

/// The side of the picture that this is measured on, and how many points.
const SEARCHED: (usize, usize) = (28, 400);

/// Uniform between two numbers.
pub(super) fn between(rng: &mut Pcg64, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// Singular values of `n` maps, s₁ ≥ s₂ each and none above 1, such that Σ (s₁ + 2 s₂) = `sum`, which is between 0 and 3 n.
pub(super) fn singular_values(n: usize, sum: f64, rng: &mut Pcg64) -> Vec<[f64; 2]> {
    let mut values = Vec::with_capacity(n);
    // What is left to give, and what has to be given now so that the rest can be.
    let (mut left, mut due) = (sum, sum - 3.0 * n as f64 + 3.0);
    for _ in 1..n {
        let first = between(rng, (due / 3.0).max(0.0), left.min(1.0));
        (left, due) = (left - first, due - first);
        let second = between(rng, (due / 2.0).max(0.0), first.min(left / 2.0));
        (left, due) = (left - 2.0 * second, due - 2.0 * second + 3.0);
        values.push([first, second]);
    }
    let second = between(rng, ((left - 1.0) / 2.0).max(0.0), left / 3.0);
    values.push([left - 2.0 * second, second]);
    values
}

/// A turn by a random angle, after which both axes may be mirrored.
fn turned(rng: &mut Pcg64) -> [f64; 4] {
    let (sin, cos) = between(rng, -std::f64::consts::PI, std::f64::consts::PI).sin_cos();
    let mut sign = || if rng.random::<f64>() < 0.5 { -1.0 } else { 1.0 };
    let (first, second) = (sign(), sign());
    [cos * first, -sin * second, sin * first, cos * second]
}

/// Two to seven maps.
fn count(rng: &mut Pcg64) -> usize {
    rng.random_range(2..8)
}

/// Maps U diag(s₁, s₂) V with random turns U and V; the weighted sum of singular values is uniform between (5 + n)/2 and (6 + n)/2, and
/// translations are within 1.
pub(super) fn contracting(rng: &mut Pcg64) -> Vec<Map> {
    let n = count(rng);
    let sum = between(rng, 0.5 * (5.0 + n as f64), 0.5 * (6.0 + n as f64));
    let values = singular_values(n, sum, rng);
    let map = |[first, second]: [f64; 2]| {
        let (u, v) = (turned(rng), turned(rng));
        let entry = |row: usize, column: usize| u[2 * row] * first * v[column] + u[2 * row + 1] * second * v[2 + column];
        let (e, f) = (between(rng, -1.0, 1.0), between(rng, -1.0, 1.0));
        [entry(0, 0), entry(0, 1), e, entry(1, 0), entry(1, 1), f]
    };
    values.into_iter().map(map).collect()
}

/// Maps all of whose numbers are uniform between −1 and 1, drawn until points stay finite and fill enough of a picture.
pub(super) fn unconstrained(rng: &mut Pcg64) -> Vec<Map> {
    let (side, many) = SEARCHED;
    for _ in 0..200 {
        let maps: Vec<Map> = (0..count(rng)).map(|_| std::array::from_fn(|_| between(rng, -1.0, 1.0))).collect();
        if let Some(found) = points(&maps, many, rng)
            && filled(&found, side) >= FILLED
        {
            return maps;
        }
    }
    // Nearly every draw will do, so that this is out of reach.
    contracting(rng)
}

/// The share of pixels that some point is in.
fn filled(points: &[[f64; 2]], side: usize) -> f64 {
    let (low, high) = extent(points);
    let mut seen = vec![false; side * side];
    for point in points {
        let place = |axis: usize| ((point[axis] - low[axis]) / (high[axis] - low[axis]).max(1e-12) * (side as f64 - 1.0)) as usize;
        if let Some(pixel) = seen.get_mut(place(0) * side + place(1)) {
            *pixel = true;
        }
    }
    seen.iter().filter(|s| **s).count() as f64 / seen.len().max(1) as f64
}

/// The smallest and the largest coordinates.
pub(super) fn extent(points: &[[f64; 2]]) -> ([f64; 2], [f64; 2]) {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    (low, high)
}

/// The larger singular value of a map.
pub(super) fn stretch(&[a, b, _, c, d, _]: &Map) -> f64 {
    0.5 * ((a + d).hypot(b - c) + (a - d).hypot(b + c))
}

/// The largest of a system.
pub(super) fn largest_stretch(maps: &[Map]) -> f64 {
    maps.iter().map(stretch).fold(0.0, f64::max)
}

/// One map times a number between 0.8 and 1.1, unless it then stretches.
pub(super) fn jittered(maps: &[Map], rng: &mut Pcg64) -> Vec<Map> {
    for _ in 0..TRIES {
        let mut changed = maps.to_vec();
        let (k, by) = (rng.random_range(0..maps.len().max(1)), between(rng, 0.8, 1.1));
        if let Some(map) = changed.get_mut(k) {
            map.iter_mut().for_each(|v| *v *= by);
        }
        if largest_stretch(&changed) <= 1.0 {
            return changed;
        }
    }
    maps.to_vec()
}

/// One entry of every map times one of five numbers, the same for all (as the released settings for FractalDB have it). As in the authors' code a
/// change is refused where a map then stretches (`strict`).
pub(super) fn shuffled_entries(maps: &[Map], strict: bool, rng: &mut Pcg64) -> Vec<Map> {
    for _ in 0..TRIES {
        let mut changed = maps.to_vec();
        let by = [0.2, 0.6, 1.0, 1.4, 1.8][rng.random_range(0..5)];
        changed.iter_mut().for_each(|map| map[rng.random_range(0..6)] *= by);
        if !strict || largest_stretch(&changed) <= 1.0 {
            return changed;
        }
    }
    maps.to_vec()
}

/// The chaos game: so many points, each moved from the one before by a map that is drawn by its determinant. `None` where they do not stay finite.
pub(super) fn points(maps: &[Map], count: usize, rng: &mut Pcg64) -> Option<Vec<[f64; 2]>> {
    let determinant = |[a, b, _, c, d, _]: &Map| (a * d - b * c).abs();
    let all: f64 = maps.iter().map(determinant).sum();
    let mut reached = 0.0;
    // Maps without area are all alike.
    let shares: Vec<f64> = maps
        .iter()
        .map(|map| {
            reached += if all > 0.0 { determinant(map) / all } else { 1.0 / maps.len() as f64 };
            reached
        })
        .collect();
    let (mut x, mut y) = (0.0, 0.0);
    let mut found = Vec::with_capacity(count);
    for k in 0..count + BEFORE {
        let draw = rng.random::<f64>();
        let map = shares.iter().position(|share| draw < *share).unwrap_or(maps.len().saturating_sub(1));
        let [a, b, e, c, d, f] = maps.get(map)?;
        (x, y) = (a * x + b * y + e, c * x + d * y + f);
        if !(x.abs() < FAR && y.abs() < FAR) {
            return None;
        }
        if k >= BEFORE {
            found.push([x, y]);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn singular_values_have_their_sum_and_contract() {
        let mut rng = Pcg64::seed_from_u64(1);
        for n in 2..8 {
            for _ in 0..50 {
                let sum = between(&mut rng, 0.5 * (5.0 + n as f64), 0.5 * (6.0 + n as f64));
                let values = singular_values(n, sum, &mut rng);
                let found: f64 = values.iter().map(|[first, second]| first + 2.0 * second).sum();
                assert!(values.len() == n && (found - sum).abs() < 1e-9, "{values:?}");
                let sound = |[first, second]: &[f64; 2]| *second >= -1e-12 && *second <= first + 1e-12 && *first <= 1.0 + 1e-12;
                assert!(values.iter().all(sound), "{values:?}");
            }
        }
    }

    #[test]
    fn drawn_maps_contract_and_have_the_weighted_sum() {
        let mut rng = Pcg64::seed_from_u64(2);
        for _ in 0..50 {
            let maps = contracting(&mut rng);
            assert!(largest_stretch(&maps) <= 1.0 + 1e-9, "{maps:?}");
            // The product of the singular values is the determinant.
            let second = |map: &Map| (map[0] * map[4] - map[1] * map[3]).abs() / stretch(map).max(1e-12);
            let sum: f64 = maps.iter().map(|map| stretch(map) + 2.0 * second(map)).sum();
            let n = maps.len() as f64;
            assert!((0.5 * (5.0 + n) - 1e-6..=0.5 * (6.0 + n) + 1e-6).contains(&sum), "{sum} of {n}");
            assert!(points(&maps, 100, &mut rng).is_some());
            assert!(largest_stretch(&jittered(&maps, &mut rng)) <= 1.0);
        }
    }

    #[test]
    fn unconstrained_systems_stay_finite_and_mostly_stretch() {
        let mut rng = Pcg64::seed_from_u64(3);
        let all: Vec<Vec<Map>> = (0..60).map(|_| unconstrained(&mut rng)).collect();
        assert!(all.iter().all(|maps| (2..8).contains(&maps.len())));
        // All stayed finite on the points that they were searched with; one that stretches may leave on others.
        let finite = all.iter().filter(|maps| points(maps, 500, &mut rng).is_some()).count();
        assert!(finite > 50, "{finite} of 60");
        let stretching = all.iter().filter(|maps| largest_stretch(maps) > 1.0).count();
        assert!(stretching > 40, "{stretching} of 60");
        // What stretches and still does after a change is left as it is.
        let strict: usize = all.iter().filter(|maps| shuffled_entries(maps, true, &mut rng) == **maps).count();
        let loose: usize = all.iter().filter(|maps| shuffled_entries(maps, false, &mut rng) == **maps).count();
        assert!(strict > 30 && loose < 30, "{strict} {loose}");
    }

    #[test]
    fn a_triangle_and_a_line_are_known() {
        // Sierpinski's triangle: three maps to a half, towards (0, 0), (1, 0) and (0, 1); no point has x + y > 1.
        let half = |e: f64, f: f64| [0.5, 0.0, 0.5 * e, 0.0, 0.5, 0.5 * f];
        let maps = [half(0.0, 0.0), half(1.0, 0.0), half(0.0, 1.0)];
        let found = points(&maps, 3_000, &mut Pcg64::seed_from_u64(4)).unwrap();
        assert!(found.iter().all(|[x, y]| *x >= -1e-5 && *y >= -1e-5 && x + y <= 1.0 + 1e-5));
        // A third of all points is in each corner.
        let corner = found.iter().filter(|[x, _]| *x > 0.5).count() as f64 / 3_000.0;
        assert!((corner - 1.0 / 3.0).abs() < 0.05, "{corner}");
        assert_eq!(extent(&[[0.0, 1.0], [2.0, -1.0]]), ([0.0, -1.0], [2.0, 1.0]));
        // A map that doubles leaves.
        assert_eq!(points(&[[2.0, 0.0, 1.0, 0.0, 2.0, 1.0]], 100, &mut Pcg64::seed_from_u64(4)), None);
        assert!((stretch(&[3.0, 0.0, 9.0, 0.0, -2.0, 9.0]) - 3.0).abs() < 1e-12);
        assert_eq!(points(&[], 3, &mut Pcg64::seed_from_u64(4)), None);
    }
}
