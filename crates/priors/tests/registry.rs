//! Every registered prior: seeded draws in range, densities that agree with the laws, coordinates that round-trip.

use models::At;
use priors::{Grid, NAMES};

#[test]
fn every_name_is_found_and_a_wrong_one_is_answered() {
    for name in NAMES {
        assert_eq!(priors::find(name, 50).unwrap().name(), name);
    }
    let e = priors::find("domhan4", 50).err().unwrap();
    assert!(e.to_string().contains("did you mean"), "{e}");
}

/// `flat11` keeps one draw in about 10⁴, so it is drawn from less.
fn draws(name: &str) -> u64 {
    if name == "flat11" { 2 } else { 50 }
}

#[test]
fn draws_are_seeded_admissible_and_have_a_density() {
    for name in NAMES {
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
    for name in NAMES {
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
