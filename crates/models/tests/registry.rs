//! The harness that every registered law passes. A new law is tested by being listed.

use models::{At, Law, MAX_PARAMS, all};

/// Where every law is looked at.
const XS: [f64; 5] = [1.0, 2.0, 7.5, 100.0, 5e4];

/// How many parameter vectors are drawn per law, besides its start.
const DRAWS: usize = 50;

/// Steps of the differences, relative to the parameter. The formula used errs by step⁴, which is below
/// `AGREEMENT` for laws that bend over a few percent of a parameter, as the sharpest here do.
const STEP: f64 = 1e-4;

/// Relative agreement of exact and finite-difference slopes.
const AGREEMENT: f64 = 1e-5;

/// Rounding of one value, relative to 1 + |value|: a hundred operations on numbers of order one.
const ROUNDING: f64 = 1e2 * f64::EPSILON;

/// Knuth's linear congruential generator: the same points in every run.
struct Lcg(u64);

impl Lcg {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn start(law: &dyn Law) -> Vec<f64> {
    law.params().iter().map(|param| param.start).collect()
}

/// The start, and then draws from the range of every parameter.
fn points(law: &dyn Law) -> Vec<Vec<f64>> {
    let mut lcg = Lcg(law.name().bytes().map(u64::from).sum());
    let mut draw = || -> Vec<f64> { law.params().iter().map(|param| param.draw(lcg.unit())).collect() };
    let draws = (0..DRAWS).map(|_| draw());
    std::iter::once(start(law)).chain(draws).collect()
}

#[test]
fn names_are_unique_and_nothing_is_left_blank() {
    for (i, law) in all().iter().enumerate() {
        let name = law.name();
        assert!(all()[..i].iter().all(|other| other.name() != name), "{name} is there twice");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(!name.is_empty() && name.chars().all(plain), "{name}");
        for text in [law.title(), law.formula_text(), law.cite()] {
            assert!(!text.trim().is_empty(), "{name} leaves a text blank");
        }
        assert!(!law.inputs().is_empty(), "{name} has no inputs");
        for (j, param) in law.params().iter().enumerate() {
            let earlier = &law.params()[..j];
            assert!(earlier.iter().all(|other| other.name != param.name), "{name}: {}", param.name);
            assert!(!param.doc.is_empty(), "{name}: {}", param.name);
        }
    }
}

#[test]
fn the_gradient_buffer_holds_every_law() {
    for &law in all() {
        assert!((1..=MAX_PARAMS).contains(&law.params().len()), "{}", law.name());
    }
}

#[test]
fn starts_and_ranges_lie_in_their_domains() {
    for &law in all() {
        assert_eq!(law.check(&start(law)), Ok(()));
        for param in law.params() {
            assert!(param.low <= param.high, "{}: {}", law.name(), param.name);
            for end in [param.low, param.high, param.draw(0.0), param.draw(0.5), param.draw(1.0)] {
                assert!(param.domain.contains(end), "{}: {} at {end}", law.name(), param.name);
            }
            let back = param.domain.from_line(param.domain.to_line(param.start));
            let off = (back - param.start).abs();
            assert!(off <= 1e-9 * param.start.abs(), "{}: {}", law.name(), param.name);
        }
    }
}

#[test]
fn values_are_finite_and_the_same_with_and_without_gradient() {
    for &law in all() {
        for theta in points(law) {
            for x in XS {
                let inputs = [x];
                let at = At::at(&inputs);
                let mut slopes = vec![f64::NAN; theta.len()];
                let value = law.eval(&at, &theta);
                assert!(value.is_finite(), "{} at x = {x}, {theta:?}", law.name());
                assert_eq!(law.grad(&at, &theta, &mut slopes), value, "{} at {x}", law.name());
                let finite = slopes.iter().all(|slope| slope.is_finite());
                assert!(finite, "{} at x = {x}, {theta:?}: {slopes:?}", law.name());
            }
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    for &law in all() {
        for theta in points(law) {
            for x in XS {
                let inputs = [x];
                let at = At::at(&inputs);
                let mut slopes = vec![f64::NAN; theta.len()];
                let value = law.grad(&at, &theta, &mut slopes);
                for (i, &have) in slopes.iter().enumerate() {
                    // Relative, so that a step never leaves a domain that ends at zero.
                    let h = if theta[i] == 0.0 { STEP } else { STEP * theta[i].abs() };
                    let moved = |steps: f64| {
                        let mut theta = theta.clone();
                        theta[i] += steps * h;
                        law.eval(&at, &theta)
                    };
                    // The five-point formula: its error is of order h⁴.
                    let near = moved(1.0) - moved(-1.0);
                    let far = moved(2.0) - moved(-2.0);
                    let want = (8.0 * near - far) / (12.0 * h);
                    let allowed = AGREEMENT * have.abs() + ROUNDING * (1.0 + value.abs()) / h;
                    let name = (law.name(), law.params()[i].name);
                    let off = (have - want).abs();
                    assert!(off <= allowed, "{name:?} at x = {x}, {theta:?}: {have} is not {want}");
                }
            }
        }
    }
}

#[test]
fn every_parameter_moves_its_curve() {
    for &law in all() {
        let theta = start(law);
        let mut moved = vec![false; theta.len()];
        for x in XS {
            let mut slopes = vec![0.0; theta.len()];
            law.grad(&At::at(&[x]), &theta, &mut slopes);
            for (moved, slope) in moved.iter_mut().zip(slopes) {
                *moved |= slope != 0.0;
            }
        }
        assert!(moved.iter().all(|&moved| moved), "{}: {moved:?}", law.name());
    }
}

#[test]
fn a_parameter_outside_its_domain_is_named() {
    for &law in all() {
        let mut theta = start(law);
        theta[0] = f64::NAN;
        assert!(!law.contains(&theta), "{}", law.name());
        let message = law.check(&theta).unwrap_err().to_string();
        let param = law.params()[0];
        let want = format!("`{}` of `{}` must be {}, not NaN", param.name, law.name(), param.domain);
        assert_eq!(message, want);
    }
}
