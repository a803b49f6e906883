//! Every registered prior: seeded draws in range, densities that agree with the laws, coordinates that round-trip.

use models::At;
use priors::{Bounds, Columns, Grid, NAMES};

#[test]
fn every_name_is_found_and_a_wrong_one_is_answered() {
    for name in NAMES {
        assert_eq!(priors::find(name, 50).unwrap().name(), name);
    }
    let e = priors::find("domhan4", 50).err().unwrap();
    assert!(e.to_string().contains("did you mean"), "{e}");
}

/// The priors that say how likely parameters are.
fn with_density() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(|name| priors::find(name, 60).unwrap().density().is_some())
}

/// `flat11` keeps one draw in about 10⁴, so it is drawn from less.
fn draws(name: &str) -> u64 {
    if name == "flat11" { 2 } else { 50 }
}

#[test]
fn draws_are_seeded_admissible_and_have_a_density() {
    for name in with_density() {
        let p = priors::find(name, 60).unwrap();
        let d = p.density().unwrap();
        let mut scratch = vec![0.0; 60];
        for seed in 0..draws(name) {
            let a = p.draw(seed);
            assert_eq!(a, p.draw(seed), "{name}");
            assert_ne!(a.noisy, p.draw(seed + 1000).noisy, "{name}");
            assert!(a.noiseless.iter().all(|v| (0.0..=1.0).contains(v)) && a.noiseless[59] > a.noiseless[0], "{name}");
            assert!(a.sigma > 0.0 && d.ln_density(&a.coordinates).is_finite() && d.admissible(&a.coordinates, &mut scratch), "{name}");
            for (u, (_, dist)) in a.coordinates.iter().zip(d.coordinates()) {
                assert!((dist.coordinate(dist.value(*u)) - u).abs() < 1e-9 * u.abs().max(1.0), "{name}: {dist:?} at {u}");
            }
        }
    }
}

#[test]
fn families_are_the_laws_of_the_catalogue() {
    for name in with_density() {
        let p = priors::find(name, 60).unwrap();
        let d = p.density().unwrap();
        let x = [1.0, 2.0, 3.5, 17.0, 60.0];
        let grid = Grid::new(&x);
        for seed in 0..draws(name) {
            let u = p.draw(seed).coordinates;
            let mut fast = [0.0; 5];
            d.curve(&u, &grid, &mut fast);
            let natural: Vec<(&str, f64)> = u.iter().zip(d.coordinates()).map(|(u, (n, dist))| (n.as_str(), dist.value(*u))).collect();
            for (i, x) in x.iter().enumerate() {
                let mut sum = 0.0;
                for (n, w) in natural.iter().filter(|(n, _)| n.ends_with(".weight")) {
                    let family = n.trim_end_matches(".weight");
                    let law = models::find(family).unwrap();
                    let theta: Vec<f64> = law.params().iter().map(|q| natural.iter().find(|(m, _)| *m == format!("{family}.{}", q.name)).unwrap().1).collect();
                    sum += w * law.eval(&At::at(&[*x]), &theta);
                }
                assert!((sum - fast[i]).abs() < 1e-9 * sum.abs().max(1.0), "{name} at {x}: {sum} against {}", fast[i]);
            }
        }
    }
}

#[test]
fn a_grid_of_any_length_gives_what_each_position_gives_alone() {
    let p = priors::find("domhan3", 300).unwrap();
    let d = p.density().unwrap();
    let u = p.draw(3).coordinates;
    for n in [1, 7, 8, 9, 20, 127, 128, 129, 300] {
        let x: Vec<f64> = (1..=n).map(f64::from).collect();
        let mut together = vec![0.0; x.len()];
        d.curve(&u, &Grid::new(&x), &mut together);
        for (x, y) in x.iter().zip(&together) {
            let mut alone = [0.0];
            d.curve(&u, &Grid::new(&[*x]), &mut alone);
            assert_eq!(alone[0].to_bits(), y.to_bits(), "{n} positions, at {x}");
        }
    }
}

/// |det| of a square matrix, by elimination with pivots.
fn determinant(mut a: Vec<Vec<f64>>) -> f64 {
    let n = a.len();
    let mut det = 1.0;
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[i][k].abs().total_cmp(&a[j][k].abs())).unwrap();
        a.swap(k, pivot);
        det *= a[k][k];
        for i in k + 1..n {
            let f = a[i][k] / a[k][k];
            let row = a[k].clone();
            for (x, y) in a[i].iter_mut().zip(&row).skip(k) {
                *x -= f * y;
            }
        }
    }
    det.abs()
}

#[test]
fn straight_coordinates_come_back_and_their_volume_is_right() {
    for name in with_density() {
        let p = priors::find(name, 60).unwrap();
        let d = p.density().unwrap();
        for seed in 0..draws(name).min(20) {
            let u = p.draw(seed).coordinates;
            let (mut v, mut back) = (vec![0.0; u.len()], vec![0.0; u.len()]);
            d.straighten(&u, &mut v);
            let ln_volume = d.bend(&v, &mut back);
            for (a, b) in u.iter().zip(&back) {
                assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "{name}: {a} came back as {b}");
            }
            // du/dv by central differences.
            let columns: Vec<Vec<f64>> = (0..u.len())
                .map(|i| {
                    let h = 1e-6 * v[i].abs().max(1e-3);
                    let at = |s: f64| {
                        let (mut v, mut u) = (v.clone(), vec![0.0; u.len()]);
                        v[i] += s * h;
                        d.bend(&v, &mut u);
                        u
                    };
                    at(1.0).iter().zip(at(-1.0)).map(|(a, b)| (a - b) / (2.0 * h)).collect()
                })
                .collect();
            let numeric = determinant(columns).ln();
            assert!((numeric - ln_volume).abs() < 1e-3 * ln_volume.abs().max(1.0), "{name}: ln volume {ln_volume}, by differences {numeric}");
        }
    }
}

#[test]
fn curves_side_by_side_are_the_curves_alone_and_sure_ones_are_kept() {
    for name in with_density() {
        let p = priors::find(name, 60).unwrap();
        let d = p.density().unwrap();
        // Draws, and the same moved so far that many are no longer kept.
        let mut us = Vec::new();
        for seed in 0..draws(name) {
            let u = p.draw(seed).coordinates;
            for shift in [0.0, 0.02, -0.3] {
                us.push(u.iter().map(|v| v * (1.0 + shift)).collect::<Vec<f64>>());
            }
        }
        let mut table = Columns::new(d.coordinates().len(), us.len());
        for (k, u) in us.iter().enumerate() {
            for (i, (u, (_, dist))) in u.iter().zip(d.coordinates()).enumerate() {
                table.row_mut(i)[k] = dist.value(*u);
            }
        }
        let grid = Grid::up_to(60);
        let mut out = Columns::new(20, us.len());
        let (mut alone, mut scratch) = (vec![0.0; 60], vec![0.0; 60]);
        let (mut bounds, mut sure) = (Bounds::new(us.len()), Vec::new());
        d.curves(&table, &grid, 40..59, &mut out);
        d.surely_admissible(&table, &mut bounds, &mut sure);
        assert_eq!(sure.len(), us.len());
        let (mut kept, mut told) = (0, 0);
        for (k, u) in us.iter().enumerate() {
            d.curve(u, &grid, &mut alone);
            for (row, a) in alone[40..59].iter().enumerate() {
                let b = out.row(row)[k];
                assert!((a - b).abs() <= 1e-11 * a.abs().max(1.0) || a.is_nan() && b.is_nan(), "{name}: {a} {b}");
            }
            let keeps = alone[59] > alone[0] && alone.iter().all(|v| (0.0..=1.0).contains(v));
            assert_eq!(d.admissible(u, &mut scratch), keeps, "{name}: {u:?}");
            assert!(keeps || !sure[k], "{name}: {u:?}");
            kept += u32::from(keeps);
            told += u32::from(sure[k]);
        }
        // On wide bounds families cancel, and a few positions tell little.
        assert!(kept < us.len() as u32 && (name == "flat11" || 2 * told > kept), "{name}: {told} of {kept}, of {}", us.len());
    }
}
