//! Every domain's map to the real line, at random points.

use models::Domain;
use proptest::prelude::*;

const DOMAINS: [Domain; 8] = [
    Domain::Real,
    Domain::Positive,
    Domain::NonNegative,
    Domain::Unit,
    Domain::Interval(-2.0, 5.0),
    Domain::Negative,
    Domain::AtLeast(3.0),
    Domain::AtLeast(-0.5),
];

proptest! {
    #[test]
    fn no_point_of_the_line_leaves_the_domain(z in -1e4..1e4_f64) {
        for domain in DOMAINS {
            let value = domain.from_line(z);
            prop_assert!(domain.contains(value), "{domain:?}: {value}");
            prop_assert!(domain.to_line(value).is_finite(), "{domain:?}: {value}");
        }
    }

    // Within ±15, 1 − logistic(z) still has nine digits.
    #[test]
    fn there_and_back_again(z in -15.0..15.0_f64) {
        for domain in DOMAINS {
            let back = domain.to_line(domain.from_line(z));
            prop_assert!((back - z).abs() < 1e-7, "{domain:?}: {back} is not {z}");
        }
    }

    // A central difference at 1e-5 errs by 1e-11 relative, and by rounding of 1e-10.
    #[test]
    fn the_slope_is_that_of_finite_differences(z in -8.0..8.0_f64) {
        for domain in DOMAINS {
            let have = domain.from_line_slope(z);
            let want = (domain.from_line(z + 1e-5) - domain.from_line(z - 1e-5)) / 2e-5;
            prop_assert!((have - want).abs() < 1e-6 * have + 1e-9, "{domain:?}: {have} is not {want}");
            prop_assert!(have > 0.0, "{domain:?} does not rise at {z}");
        }
    }
}

#[test]
fn the_ends_of_the_line_stay_finite_and_inside() {
    for domain in DOMAINS {
        for z in [-f64::MAX, -1e300, -700.0, 0.0, 700.0, 1e300, f64::MAX] {
            let value = domain.from_line(z);
            assert!(domain.contains(value), "{domain:?} at {z}: {value}");
            assert!(domain.from_line_slope(z).is_finite(), "{domain:?} at {z}");
        }
    }
}

#[test]
fn the_bounds_that_belong_to_a_domain_come_back() {
    for (domain, bound) in [
        (Domain::NonNegative, 0.0),
        (Domain::Unit, 0.0),
        (Domain::Unit, 1.0),
        (Domain::Interval(-2.0, 5.0), -2.0),
        (Domain::Interval(-2.0, 5.0), 5.0),
        (Domain::AtLeast(3.0), 3.0),
    ] {
        assert!(domain.contains(bound), "{domain:?}");
        let z = domain.to_line(bound);
        assert!(z.is_finite(), "{domain:?}: {z}");
        assert!((domain.from_line(z) - bound).abs() < 1e-300, "{domain:?} at {bound}");
    }
}

#[test]
fn what_lies_outside() {
    assert!(!Domain::Positive.contains(0.0));
    assert!(!Domain::NonNegative.contains(-1e-300));
    assert!(!Domain::Negative.contains(0.0));
    assert!(!Domain::Unit.contains(1.5));
    assert!(!Domain::Interval(-2.0, 5.0).contains(-2.5));
    assert!(!Domain::AtLeast(3.0).contains(2.5));
    for domain in DOMAINS {
        assert!(!domain.contains(f64::NAN), "{domain:?}");
        assert!(!domain.contains(f64::INFINITY), "{domain:?}");
    }
}

#[test]
fn values_known_by_hand() {
    // The map of a half line is ln(e^y − 1), which is 0 at ln 2.
    let half = std::f64::consts::LN_2;
    assert!(Domain::NonNegative.to_line(half).abs() < 1e-15);
    assert!((Domain::AtLeast(3.0).from_line(0.0) - (3.0 + half)).abs() < 1e-15);
    assert_eq!(Domain::Positive.to_line(1.0), 0.0);
    assert_eq!(Domain::Negative.from_line(0.0), -1.0);
    assert_eq!(Domain::Interval(-2.0, 5.0).from_line(0.0), 1.5);
    assert!(Domain::Unit.to_line(0.5).abs() < 1e-15);
}
