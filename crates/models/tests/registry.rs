//! The harness that every registered law passes. A new law is tested by being listed.

use models::{At, Law, MAX_PARAMS, Schedule, all, schedule::shapes, sum};

/// Where laws of one resource are looked at.
const XS: [f64; 5] = [1.0, 2.0, 7.5, 100.0, 5e4];

/// Where laws of other inputs are looked at, by the input's name: its least and its greatest value.
fn range(input: &str) -> (f64, f64) {
    match input {
        "params" | "average_params" | "non_vocab_params" => (1e7, 1e11),
        "vocab_params" => (1e6, 1e9),
        "tokens" | "unique_tokens" => (1e9, 1e13),
        "steps" => (1e3, 1e6),
        "batch" => (1e4, 1e7),
        "members" => (1.0, 16.0),
        "compute" => (1e18, 1e25),
        "tokens_per_param" => (1.0, 1e3),
        "experts" => (1.0, 512.0),
        "width" => (256.0, 8192.0),
        "depth" => (4.0, 96.0),
        "loss" => (1.5, 5.0),
        other => panic!("say in which range the input {other:?} lies"),
    }
}

/// Where a law is looked at: its inputs, at ends and inside of their ranges.
fn places_of(law: &dyn Law) -> Vec<Vec<f64>> {
    match law.inputs() {
        ["resource"] => XS.iter().map(|x| vec![*x]).collect(),
        ["step"] => [20.0, 21.0, 60.0, 250.0, 399.0].iter().map(|x| vec![*x]).collect(),
        inputs => {
            let mut lcg = Lcg(7);
            let between = |(low, high): (f64, f64), share: f64| (low.ln() + share * (high.ln() - low.ln())).exp();
            let mut all: Vec<Vec<f64>> = [0.0, 1.0].iter().map(|s| inputs.iter().map(|i| between(range(i), *s)).collect()).collect();
            all.extend((0..6).map(|_| inputs.iter().map(|i| between(range(i), lcg.unit())).collect()));
            all
        }
    }
}

/// The schedule that laws of one are looked at under.
fn schedule() -> Schedule {
    shapes::cosine(399, 20, 3e-4, 3e-5).unwrap()
}

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
    let schedule = schedule();
    for &law in all() {
        for theta in points(law) {
            for x in &places_of(law) {
                let at = At::at(x).with_schedule(&schedule);
                let mut slopes = vec![f64::NAN; theta.len()];
                let value = law.eval(&at, &theta);
                assert!(value.is_finite(), "{} at {x:?}, {theta:?}", law.name());
                assert_eq!(law.grad(&at, &theta, &mut slopes), value, "{} at {x:?}", law.name());
                let finite = slopes.iter().all(|slope| slope.is_finite());
                assert!(finite, "{} at {x:?}, {theta:?}: {slopes:?}", law.name());
            }
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let schedule = schedule();
    for &law in all() {
        for theta in points(law) {
            for x in &places_of(law) {
                let at = At::at(x).with_schedule(&schedule);
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
                    assert!(off <= allowed, "{name:?} at {x:?}, {theta:?}: {have} is not {want}");
                }
            }
        }
    }
}

#[test]
fn the_terms_of_a_sum_make_its_formula() {
    let schedule = schedule();
    let mut sums = 0;
    for &law in all() {
        let Some(terms) = law.sum() else { continue };
        sums += 1;
        // Every parameter stands in one place: as the coefficient of a term, or in basis functions.
        let mut places: Vec<usize> = terms.iter().flat_map(|t| t.params()).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.extend(terms.iter().map(|t| t.coefficient));
        places.sort_unstable();
        assert_eq!(places, (0..law.params().len()).collect::<Vec<_>>(), "{}", law.name());
        for theta in points(law) {
            for x in &places_of(law) {
                let at = At::at(x).with_schedule(&schedule);
                let (have, want) = (sum::value(law, &at, &theta).unwrap_or(f64::NAN), law.eval(&at, &theta));
                let size: f64 = terms.iter().map(|t| t.value(&at, &theta).abs()).sum();
                // Terms may cancel: what is lost then is rounding of the largest of them, over some hundred steps of a schedule.
                assert!((have - want).abs() <= 1e2 * ROUNDING * (1.0 + size), "{} at {x:?}, {theta:?}: {have} is not {want}", law.name());
            }
        }
    }
    assert!(sums > 0);
}

#[test]
fn size_and_data_are_those_of_the_formula() {
    for &law in all() {
        let Some(s) = law.size_and_data() else { continue };
        assert_eq!(law.inputs().len(), 2, "{}", law.name());
        for theta in points(law) {
            for x in &places_of(law) {
                let want = theta[s.e] + theta[s.a] * x[0].powf(-theta[s.alpha]) + theta[s.b] * x[1].powf(-theta[s.beta]);
                let have = law.eval(&At::at(x), &theta);
                assert!((have - want).abs() <= 1e2 * ROUNDING * (1.0 + want.abs()), "{} at {x:?}: {have} is not {want}", law.name());
            }
        }
    }
}

#[test]
fn every_parameter_moves_its_curve() {
    let schedule = schedule();
    for &law in all() {
        let theta = start(law);
        let mut moved = vec![false; theta.len()];
        for x in &places_of(law) {
            let mut slopes = vec![0.0; theta.len()];
            law.grad(&At::at(x).with_schedule(&schedule), &theta, &mut slopes);
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

#[test]
fn a_curve_is_the_same_in_other_units() {
    for law in all().iter().filter(|law| law.inputs() == ["resource"]) {
        let mut changed = 0;
        for theta in points(*law) {
            for (x_unit, y_unit) in [(1.0, 1.0), (1.0, 7.0), (1.0, 0.02), (300.0, 1.0), (0.01, 1.0), (2e6, 5.0)] {
                let Some(other) = law.in_units(&theta, x_unit, y_unit).filter(|t| law.contains(t)) else { continue };
                changed += usize::from((x_unit, y_unit) != (1.0, 1.0));
                for x in XS {
                    let (own, there) = (law.eval(&At::at(&[x * x_unit]), &theta), y_unit * law.eval(&At::at(&[x]), &other));
                    let close = (own - there).abs() <= 1e-9 * (1.0 + own.abs());
                    assert!(close || !own.is_finite() || !there.is_finite(), "{}: {theta:?} at {x} in units {x_unit}, {y_unit}: {own} and {there}", law.name());
                }
            }
        }
        assert!(changed > 50, "{} says how its parameters change with the units", law.name());
    }
}

#[test]
fn laws_are_linear_in_the_parameters_that_they_name() {
    for law in all().iter().filter(|law| law.inputs() == ["resource"]) {
        let linear = law.linear();
        for theta in points(*law).into_iter().take(10) {
            for x in [2.0, 7.5, 60.0] {
                let value = |theta: &[f64]| law.eval(&At::at(&[x]), theta);
                // Together: f at the sum of three steps is what three single steps make of it.
                let step = |k: usize| 0.1 + 0.05 * k as f64;
                let mut all_at_once = theta.clone();
                let mut one_by_one = value(&theta);
                for (n, &k) in linear.iter().enumerate() {
                    let mut one = theta.clone();
                    one[k] += step(n);
                    one_by_one += value(&one) - value(&theta);
                    all_at_once[k] += step(n);
                }
                let (a, b) = (value(&all_at_once), one_by_one);
                assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()) || !a.is_finite(), "{}: {a} {b}", law.name());
            }
        }
    }
}
