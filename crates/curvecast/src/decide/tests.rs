//! Runs whose ends are known, and the edges: young, finished, diverged.

use super::*;
use crate::forecast;

fn curve(measure: &str, n: u32, value: impl Fn(f64) -> f64) -> Series {
    let x: Vec<f64> = (1..=n).map(f64::from).collect();
    let y = x.iter().map(|x| value(*x) + 0.003 * (1.7 * x).sin()).collect();
    Series { resource: "epoch".to_owned(), measure: measure.to_owned(), ..Series::new(x, y) }
}

/// Ends at 0.3647 after 50 epochs.
fn loss(n: u32) -> Series {
    curve("val_loss", n, |x| 0.3 + x.powf(-0.7))
}

fn asked(series: &Series, best: f64) -> Decision {
    decide(series, &DecideOptions::new(50.0, best)).unwrap()
}

#[test]
fn a_hopeless_run_is_stopped_and_a_good_one_goes_on() {
    let hopeless = asked(&loss(12), 0.2);
    assert_eq!((hopeless.stop, hopeless.ground, hopeless.seen, hopeless.last), (true, Ground::Forecast, 12, 12.0));
    assert_eq!(hopeless.reason, "P(final below 0.2) = 0.01 after 12 of 50 epochs");
    let good = asked(&loss(12), 0.9);
    assert!(!good.stop && good.p_better.unwrap() > 0.995 && good.reason.contains("P(final below 0.9) > 0.99"), "{good:?}");
    assert_eq!((good.value, good.forecast.as_ref().map(|f| f.at)), (loss(12).y.last().copied(), Some(50.0)));
    // It is the threshold that decides.
    let bold = DecideOptions { below: 0.001, ..DecideOptions::new(50.0, 0.2) };
    assert!(!decide(&loss(12), &bold).unwrap().stop);
}

#[test]
fn more_is_better_where_that_is_so() {
    let rising = curve("accuracy", 12, |x| 0.9 - 0.6 * x.powf(-0.7));
    let (low, high) = (asked(&rising, 0.7), asked(&rising, 0.99));
    assert!(!low.stop && low.p_better.unwrap() > 0.95, "{low:?}");
    assert!(high.stop && high.reason.starts_with("P(final above 0.99) = 0.0"), "{high:?}");
    // Nothing is better than a bound.
    assert_eq!(asked(&rising, 1.0).p_better, Some(0.0));
}

#[test]
fn the_probability_is_that_of_the_forecast_and_falls_with_the_best() {
    let plain = forecast(&loss(12), &[50.0], &ForecastOptions::default()).unwrap();
    for q in &plain.points[0].quantiles {
        let p = asked(&loss(12), q.value.unwrap()).p_better.unwrap();
        assert!((p - q.level).abs() < 1e-6, "{p} for {}", q.level);
    }
    let along: Vec<f64> = (0..60).map(|k| asked(&loss(12), 0.02 * f64::from(k)).p_better.unwrap()).collect();
    assert!(along.is_sorted() && along[0] == 0.0 && along[59] > 0.99, "{along:?}");
    assert_eq!(asked(&loss(12), 0.3).forecast, plain.points.into_iter().next());
}

#[test]
fn a_young_run_goes_on_whatever_it_looks_like() {
    for n in 1..4 {
        let young = asked(&loss(n), 1e-9);
        assert_eq!((young.stop, young.ground, young.p_better, young.forecast), (false, Ground::TooFew, None, None), "{n}");
    }
    assert_eq!(asked(&loss(1), 0.2).reason, "1 point of val_loss, and no run is judged on fewer than 4");
    let patient = DecideOptions { min_points: 20, ..DecideOptions::new(50.0, 1e-9) };
    assert_eq!(decide(&loss(19), &patient).unwrap().ground, Ground::TooFew);
    assert!(decide(&loss(20), &patient).unwrap().stop);
    // NaN this early may be that of a first step.
    let odd = Series { y: vec![1.0, f64::NAN, f64::NAN], ..loss(3) };
    assert_eq!(asked(&odd, 0.2).ground, Ground::TooFew);
}

#[test]
fn a_run_that_diverged_is_stopped_with_that_reason() {
    let mut broken = loss(12);
    broken.y[8..].fill(f64::NAN);
    let found = asked(&broken, 0.6);
    assert_eq!((found.stop, found.ground, found.p_better, found.seen, found.last), (true, Ground::Diverged, Some(0.0), 8, 12.0));
    assert_eq!(found.reason, "val_loss is NaN or infinite from epoch 9 on");
    // As a file says it, whose rows without numbers are left out.
    let note = Warning::Diverged { measure: "val_loss".into(), line: 10, resource: "epoch".into(), at: 9.0, rows: 4 };
    let read = Series { notes: vec![note], ..loss(8) };
    assert_eq!(asked(&read, 0.6).reason, found.reason);
    let never = Series { y: vec![f64::NAN; 6], ..loss(6) };
    assert_eq!((asked(&never, 0.6).ground, asked(&never, 0.6).value), (Ground::Diverged, None));
    // Far above its best at the end, and not for one point alone.
    let spike = |points: usize| {
        let mut series = loss(20);
        series.y[20 - points..].fill(80.0);
        asked(&series, 0.6)
    };
    assert!(spike(2).stop && spike(2).reason.contains("far above its best of 0.4"), "{:?}", spike(2));
    assert_ne!(spike(1).ground, Ground::Diverged);
}

#[test]
fn a_value_that_is_no_number_inside_is_left_out_and_said() {
    let mut gap = loss(12);
    gap.y[4] = f64::INFINITY;
    let found = asked(&gap, 0.6);
    assert_eq!((found.ground, found.seen), (Ground::Forecast, 11));
    assert!(found.warnings.contains(&Warning::NotNumbers { measure: "val_loss".into(), rows: 1, line: 5 }), "{:?}", found.warnings);
}

#[test]
fn a_run_that_is_there_is_finished_and_never_stopped() {
    let whole = loss(60);
    let there = whole.y[49];
    for (best, p, than) in [(0.6, 1.0, "better than 0.6"), (0.2, 0.0, "no better than 0.2"), (there, 0.0, "no better")] {
        let found = asked(&whole, best);
        assert_eq!((found.stop, found.ground, found.p_better, found.forecast.is_none()), (false, Ground::Finished, Some(p), true));
        assert!(found.reason.contains("at epoch 50") && found.reason.contains(than), "{}", found.reason);
    }
    // Between two points on a straight line; a run of two points is there as well, and one that begins later never was.
    let coarse = Series::new(vec![40.0, 60.0], vec![0.5, 0.3]);
    assert!(asked(&coarse, 0.41).reason.starts_with("0.4 at "), "{}", asked(&coarse, 0.41).reason);
    let late = Series::new(vec![60.0, 70.0], vec![0.5, 0.3]);
    assert!(decide(&late, &DecideOptions::new(50.0, 0.2)).unwrap_err().to_string().contains("give a later place"));
    // What is NaN after the place was fine there.
    let mut after = loss(60);
    after.y[55..].fill(f64::NAN);
    assert_eq!(asked(&after, 0.6).ground, Ground::Finished);
}

#[test]
fn sentences_name_the_resource() {
    let said = |resource: &str| asked(&Series { resource: resource.to_owned(), ..loss(12) }, 0.2).reason;
    assert!(said("trainer/global_step").ends_with("after 12 of 50 steps"));
    assert!(said("tokens").ends_with("after 12 of 50 tokens"));
    assert!(said("x").ends_with("after x 12 of 50"));
}

#[test]
fn what_cannot_be_asked_says_what_to_do() {
    let why = |options: DecideOptions| decide(&loss(12), &options).unwrap_err().to_string();
    assert!(why(DecideOptions::new(50.0, f64::NAN)).contains("value to beat"));
    assert!(why(DecideOptions::new(f64::INFINITY, 0.2)).contains("place that counts"));
    assert!(why(DecideOptions { below: 0.0, ..DecideOptions::new(50.0, 0.2) }).contains("between 0 and 1"));
    let none = decide(&Series::new(Vec::new(), Vec::new()), &DecideOptions::new(50.0, 0.2)).unwrap_err();
    assert!(matches!(none, Error::TooFewPoints { have: 0, .. }), "{none:?}");
    let uneven = Series::new(vec![1.0, 2.0], vec![1.0]);
    assert!(matches!(decide(&uneven, &DecideOptions::new(50.0, 0.2)), Err(Error::Curve(_))));
    let back = Series::new(vec![1.0, 3.0, 2.0, 4.0, 5.0], vec![1.0; 5]);
    assert!(matches!(decide(&back, &DecideOptions::new(50.0, 0.2)), Err(Error::Curve(_))));
}
