use super::*;

fn published() -> Saturating {
    Saturating { laws: all_four(), guess: readme(), most: None, learn_guess: true, grid: true }
}

fn curve(f: impl Fn(f64) -> f64) -> Curve {
    let x: Vec<f64> = (0..24).map(|k| 1e4 * 1.5f64.powi(k)).collect();
    let y = x.iter().map(|x| f(*x)).collect();
    Curve::new(x, y).unwrap()
}

#[test]
fn a_power_law_is_found_by_m1_and_m3_and_kept_by_m2() {
    let seen = curve(|x| 20.0 * x.powf(-0.3));
    for which in [Which::M1, Which::M3] {
        let f = published().fit(which, &seen).unwrap();
        assert!((f.at(1e9) / (20.0 * 1e9f64.powf(-0.3)) - 1.0).abs() < 1e-9, "{f:?}");
    }
    // e_inf begins below the least value and has a long way to zero: the quirk that makes M2 no more than M1 only where it gets there.
    let f = published().fit(Which::M2, &seen).unwrap();
    assert!(f.e_inf >= 0.0 && f.e_inf <= seen.y()[23] - MARGIN, "{f:?}");
}

#[test]
fn a_limit_is_found_by_m2_where_the_curve_comes_near_it() {
    let seen = curve(|x| 0.3 + 40.0 * x.powf(-0.4));
    let f = published().fit(Which::M2, &seen).unwrap();
    assert!((f.e_inf - 0.3).abs() < 1e-4 && (f.c + 0.4).abs() < 1e-3, "{f:?}");
    assert!(f.turns > GRADIENT_TURNS + 2);
}

#[test]
fn both_ends_are_found_by_m4_and_predicted_on_its_grid() {
    let law = models::find("m4").unwrap();
    let truth = [0.1, 0.999, 0.5, 60.0, -0.4];
    let seen = curve(|x| law.eval(&models::At::at(&[x]), &truth));
    let f = published().fit(Which::M4, &seen).unwrap();
    let want = law.eval(&models::At::at(&[1e9]), &truth);
    assert!((f.at(1e9) - want).abs() < 2e-3, "{} for {want}: {f:?}", f.at(1e9));
    // On the grid: a whole number of steps above e_inf.
    let steps = (f.at(1e9) - f.e_inf) / ((f.e_0 - f.e_inf) / 9_999.0);
    assert!((steps - steps.round()).abs() < 1e-6, "{steps}");
}

#[test]
fn the_grid_search_is_the_search_of_all_values() {
    let f = Fitted { which: Which::M4, b: 3.0, c: -0.2, g: 0.0, a: 0.7, e_inf: 0.05, e_0: 1.1, turns: 0, grid: true };
    for power in [1e-4, 0.03, 0.5, 2.0, 50.0, 1e4] {
        let gap = f.e_0 - f.e_inf;
        let all = (0..VALUES).map(|k| if k == VALUES - 1 { gap } else { k as f64 * (gap / (VALUES - 1) as f64) });
        let miss = |w: &f64| (w - power * (gap - w).powf(f.a)).abs();
        let best = all.min_by(|a, b| miss(a).total_cmp(&miss(b))).unwrap();
        assert_eq!(f.on_grid(power), best, "{power}");
        let w = f.solved(power);
        assert!((w - best).abs() <= gap / (VALUES - 1) as f64 && (w / (power * (gap - w).powf(f.a)) - 1.0).abs() < 1e-6, "{power}: {w}");
    }
}

#[test]
fn coefficients_are_not_negative() {
    let design = DMatrix::from_row_slice(4, 2, &[1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0]);
    let solve = |labels: [f64; 4]| NonNegative::new(&design).solve(&labels);
    let rising = solve([1.0, 3.0, 5.0, 7.0]);
    assert!((rising[0] - 1.0).abs() < 1e-12 && (rising[1] - 2.0).abs() < 1e-12 && rising[2] == 0.0, "{rising:?}");
    // The slope would be negative: the mean is what is left.
    assert!((solve([4.0, 3.0, 2.0, 1.0])[0] - 2.5).abs() < 1e-12 && solve([4.0, 3.0, 2.0, 1.0])[1] == 0.0);
    assert_eq!(solve([-1.0, -1.0, -1.0, -1.0]), [0.0; 3]);
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let all = published();
    let two = Curve::new(vec![1.0, 2.0], vec![0.5, 0.4]).unwrap();
    let zero = Curve::new(vec![1.0, 2.0, 3.0], vec![0.5, 0.4, 0.0]).unwrap();
    let origin = Curve::new(vec![0.0, 2.0, 3.0], vec![0.5, 0.4, 0.3]).unwrap();
    for a in all.forecast(&Question::of(&two, &[5.0]), 0) {
        assert!(matches!(a.forecast, Err(FitError::TooFewPoints { have: 2, .. })), "{}", a.name);
    }
    assert!(matches!(all.fit(Which::M4, &zero), Err(FitError::NotPositive { row: 2, .. })));
    assert!(matches!(all.fit(Which::M1, &origin), Err(FitError::Setting(_))));
    assert!(Saturating { laws: vec![Which::M1, Which::M1], ..published() }.checked().is_err());
    assert!(Saturating { guess: Guess::At(-1.0), ..published() }.checked().is_err());
    // A constant curve is one that falls no more, and values above the first e_0 leave M4 to M2.
    let flat = Curve::new((1..=9).map(f64::from).collect(), vec![0.5; 9]).unwrap();
    for a in all.forecast(&Question::of(&flat, &[20.0]), 0) {
        assert!((a.forecast.unwrap().median(0) - 0.5).abs() < 1e-3, "{}", a.name);
    }
    let high = curve(|x| 1.5 + 40.0 * x.powf(-0.4));
    let (m2, m4) = (all.fit(Which::M2, &high).unwrap(), all.fit(Which::M4, &high).unwrap());
    assert!(m4.a == 0.0 && (m2.at(1e9) - m4.at(1e9)).abs() < 1e-6, "{m2:?} {m4:?}");
}
