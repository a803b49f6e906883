//! Numbers from NumPy 2.4.6 and SciPy 1.17.1 (`gaussian_filter1d`, `spearmanr`, `kendalltau`, `ecdf(...).sf`, `linalg.solve`,
//! `lstsq`) on the data written here, or by hand where that is said.

use super::agreement::{Settings, Statistic, Why, agreement, mean_agreement};
use super::censor::{Censoring, Column, Compared, Subset, compared, levels};
use super::order::{Facts, Order, contrast, degeneracy, triple};
use super::survival::{kaplan_meier, median, time};
use super::trajectory::{Combine, Gram, Kernel, combine, scores, weighted};
use super::trend::{Detrend, block_correlation, blocks, co_movement, detrended, line, prediction_error};
use super::*;

const X: [f64; 9] = [2.0, 21.0, 42.0, 84.0, 210.0, 420.0, 630.0, 840.0, 1000.0];
const Y: [f64; 9] = [0.0, 0.05, 0.1, 0.4, 0.35, 0.7, 0.9, 0.88, 0.95];
const NEVER: Emergence = Emergence::Never { last: 1000.0 };
const LACKING: Emergence = Emergence::NoCurve("missing");

fn near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() < 1e-12 * w.abs().max(1.0), "{got:?} is not {want:?}");
    }
}

fn at(x: f64) -> Emergence {
    Emergence::At { x, after: None }
}

/// Emergence points of two models; infinity for what never emerged.
fn two() -> (Vec<Emergence>, Vec<Emergence>) {
    let of = |v: [f64; 10]| v.into_iter().map(|x| if x.is_finite() { at(x) } else { NEVER }).collect();
    let inf = f64::INFINITY;
    (of([2.0, 2.0, 21.0, 42.0, inf, inf, 84.0, 210.0, inf, 42.0]), of([5.0, 2.0, 21.0, 84.0, inf, 210.0, 42.0, inf, inf, 84.0]))
}

fn settings(statistic: Statistic) -> Settings {
    Settings { statistic, min_tasks: 3, permutations: 99, resamples: 50, confidence: 0.9 }
}

fn correlation(c: &Compared, statistic: Statistic) -> Result<f64, Why> {
    let families: Vec<usize> = (0..10).collect();
    agreement(c, &families, 10, &settings(statistic), 1, 2).correlation
}

#[test]
fn draws_kept_give_the_interval_of_draws_made() {
    let values = [0.3, 0.9, 0.1, 0.4, 0.7, 0.2, 0.5];
    let mut kept = Vec::new();
    let made = resample(&[7], 300, 5, 0.9, |drawn| {
        let mean = drawn[0].iter().map(|&i| values[i]).sum::<f64>() / 7.0;
        kept.push(mean);
        mean
    });
    assert!(made.is_some());
    assert_eq!(interval_of_draws(&kept, 7, 0.9), made);
    assert_eq!(interval_of_draws(&[], 7, 0.9), None);
    assert_eq!(interval_of_draws(&[1.0], 7, 0.9), None);
}

#[test]
fn smoothing_over_the_index_is_scipys() {
    let one = [
        0.02251354517441239,
        0.06762057814945102,
        0.17090783430573253,
        0.31306433026112684,
        0.46403870231761246,
        0.6556206640441685,
        0.8176666394039975,
        0.8934279573468773,
        0.9251397489966215,
    ];
    near(&smooth::over_index(&Y, 1.0).unwrap(), &one);
    let wider = smooth::over_index(&Y, 2.5).unwrap();
    near(&wider[..3], &[0.14181637378991663, 0.1822406857820581, 0.25873668823069007]);
    // Curves shorter than the kernel are mirrored again and again.
    near(&smooth::over_index(&[0.2, 0.9], 1.0).unwrap(), &[0.4480698934826286, 0.6519301065173715]);
    near(&smooth::over_index(&[0.2, 0.9, 0.4], 3.0).unwrap(), &[0.4992790059943315, 0.5000050865834551, 0.5007159074222136]);
    near(&smooth::over_index(&[0.3], 1.0).unwrap(), &[0.3]);
    assert_eq!(smooth::over_index(&[], 1.0), Some(vec![]));
    assert_eq!(smooth::over_index(&Y, 0.0), Some(Y.to_vec()));
    for sigma in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert_eq!(smooth::over_index(&Y, sigma), None, "{sigma}");
    }
    assert_eq!(smooth::over_index(&[0.1, f64::NAN], 1.0), None);
}

#[test]
fn smoothing_over_log_tokens_is_a_weighted_mean() {
    let half = [
        0.0,
        0.06896265958176158,
        0.15480419369654216,
        0.31861588432653815,
        0.47223063584866554,
        0.7489345167848801,
        0.846365388579078,
        0.8808179484908788,
        0.8938247457085703,
    ];
    near(&smooth::over_log(&X, &Y, 0.5).unwrap(), &half);
    assert_eq!(smooth::over_log(&X, &Y, 0.0), Some(Y.to_vec()));
    assert_eq!(smooth::over_log(&[0.0, 1.0], &[0.1, 0.2], 1.0), None);
    assert_eq!(smooth::over_log(&[2.0, 1.0], &[0.1, 0.2], 1.0), None);
    assert_eq!(smooth::over_log(&[1.0], &[0.1, 0.2], 1.0), None);
}

fn rule(definition: Definition, axis: Axis, interpolate: bool) -> Rule {
    Rule { definition, axis, interpolate }
}

#[test]
fn thresholds_are_met_at_checkpoints_or_between() {
    let y = smooth::over_index(&Y, 1.0).unwrap();
    let plain = |d| rule(d, Axis::LogTokens, false).emergence(&X, &y);
    assert_eq!(plain(Definition::Fixed { threshold: 0.8 }), Emergence::At { x: 630.0, after: Some(420.0) });
    assert_eq!(plain(Definition::Fixed { threshold: 0.0 }), at(2.0));
    assert_eq!(plain(Definition::Fixed { threshold: 0.93 }), NEVER);
    assert_eq!(plain(Definition::Relative { share: 0.5, floor: 0.0 }).x(), Some(210.0));
    let between = |axis| rule(Definition::Fixed { threshold: 0.8 }, axis, true).emergence(&X, &y).x().unwrap();
    near(&[between(Axis::LogTokens), between(Axis::Tokens), between(Axis::Index)], &[602.7575509834722, 607.1052982550088, 607.1052982550088]);
}

#[test]
fn stability_wants_a_run_and_room_for_it() {
    let y = [0.9, 0.1, 0.9, 0.9, 0.2, 0.9, 0.9, 0.9, 0.1];
    let stable = |run| rule(Definition::Stable { threshold: 0.8, run }, Axis::Index, false).emergence(&X, &y);
    assert_eq!([stable(1).x(), stable(2).x(), stable(3).x(), stable(4).x()], [Some(2.0), Some(42.0), Some(420.0), None]);
    // The last two checkpoints are no run of three.
    let late = rule(Definition::Stable { threshold: 0.8, run: 3 }, Axis::Index, false).emergence(&X[..3], &[0.1, 0.9, 0.9]);
    assert_eq!(late, Emergence::Never { last: 42.0 });
}

#[test]
fn a_curve_of_zeros_emerges_relatively_only_below_its_floor() {
    let relative = |floor| rule(Definition::Relative { share: 0.5, floor }, Axis::Index, false).emergence(&X, &[0.0; 9]);
    assert_eq!((relative(0.0), relative(-1.0)), (NEVER, at(2.0)));
}

#[test]
fn areas_become_the_place_of_a_step() {
    let y = smooth::over_index(&Y, 1.0).unwrap();
    let area = |axis, own_maximum| rule(Definition::Area { own_maximum }, axis, false).emergence(&X, &y).x().unwrap();
    near(&[area(Axis::LogTokens, false), area(Axis::LogTokens, true)], &[164.67435688497065, 142.31054839632395]);
    near(&[area(Axis::Tokens, false), area(Axis::Tokens, true)], &[340.1085214929129, 286.71157063266895]);
    near(&[area(Axis::Index, false), area(Axis::Index, true)], &[240.20359588795847, 188.80600309932288]);
    let ends = |v: f64| rule(Definition::Area { own_maximum: false }, Axis::Tokens, false).emergence(&X, &[v; 9]);
    near(&[ends(1.0).x().unwrap(), ends(0.0).x().unwrap()], &[2.0, 1000.0]);
    assert_eq!(rule(Definition::Area { own_maximum: true }, Axis::Tokens, false).emergence(&X, &[0.0; 9]), NEVER);
}

#[test]
fn elbows_are_farthest_from_the_chord() {
    let y = smooth::over_index(&Y, 1.0).unwrap();
    let elbow = |axis| rule(Definition::Elbow, axis, false).emergence(&X, &y).x();
    // Over log tokens the whole curve is below its chord, and the point farthest below it is taken.
    assert_eq!([elbow(Axis::Tokens), elbow(Axis::Index), elbow(Axis::LogTokens)], [Some(420.0), Some(630.0), Some(21.0)]);
    let line: Vec<f64> = X.iter().map(|x| x / 1000.0).collect();
    assert_eq!(rule(Definition::Elbow, Axis::Tokens, false).emergence(&X, &line), Emergence::NoCurve("straight"));
    assert_eq!(rule(Definition::Elbow, Axis::Tokens, false).emergence(&X, &[0.5; 9]), Emergence::NoCurve("not-rising"));
    assert_eq!(rule(Definition::Elbow, Axis::Tokens, false).emergence(&X[..3], &Y[..3]), Emergence::NoCurve("too-few-points"));
}

#[test]
fn what_is_no_curve_has_no_point() {
    let fixed = rule(Definition::Fixed { threshold: 0.5 }, Axis::LogTokens, false);
    for (x, y) in
        [(vec![], vec![]), (vec![1.0], vec![f64::NAN]), (vec![2.0, 1.0], vec![0.1, 0.2]), (vec![1.0, 2.0], vec![0.1]), (vec![f64::INFINITY], vec![0.1])]
    {
        assert_eq!(fixed.emergence(&x, &y), Emergence::NoCurve("not-a-curve"));
    }
    // Step 0 has no logarithm, and needs none when nothing is read between checkpoints.
    assert_eq!(fixed.emergence(&[0.0, 1.0], &[0.1, 0.6]).x(), Some(1.0));
    assert_eq!(rule(Definition::Fixed { threshold: 0.5 }, Axis::LogTokens, true).emergence(&[0.0, 1.0], &[0.1, 0.6]), Emergence::NoCurve("zero-tokens"));
    for d in [Definition::Fixed { threshold: f64::NAN }, Definition::Stable { threshold: 0.5, run: 0 }, Definition::Relative { share: 1.5, floor: 0.0 }] {
        assert!(rule(d, Axis::Index, false).check().is_err(), "{d:?}");
    }
    assert_eq!(fixed.check(), Ok(()));
}

#[test]
fn agreement_in_its_four_ways() {
    let (a, b) = two();
    let of = |subset, statistic| correlation(&compared(&a, &b, subset, Censoring::Bottom), statistic).unwrap();
    near(&[of(Subset::All, Statistic::Spearman), of(Subset::All, Statistic::Kendall)], &[0.9090953759181285, 0.7901836773196718]);
    near(&[of(Subset::BothEmerged, Statistic::Spearman), of(Subset::BothEmerged, Statistic::Kendall)], &[0.8060599359358184, 0.6671243849949912]);
    near(&[of(Subset::Binary, Statistic::Spearman), of(Subset::Binary, Statistic::Kendall)], &[0.5238095238095238; 2]);
    let level: Vec<Option<f64>> = (0..10).map(|k| (k != 4).then_some(f64::from(k))).collect();
    let c = levels(&level, &level);
    assert_eq!(c.tasks.len(), 9);
    near(&[correlation(&c, Statistic::Spearman).unwrap()], &[1.0]);
}

#[test]
fn intervals_count_only_what_is_known() {
    // By hand: of ten pairs 34 is unknown on the left and 24 on the right; 12 and 14 are discordant, six concordant.
    let inf = f64::INFINITY;
    let left = Column::Spans(vec![(-inf, 10.0), (10.0, 20.0), (20.0, 30.0), (90.0, inf), (90.0, inf)]);
    let right = Column::Spans(vec![(-inf, 5.0), (30.0, 40.0), (5.0, 30.0), (90.0, inf), (10.0, 20.0)]);
    let c = Compared { tasks: (0..5).collect(), left, right };
    assert_eq!(correlation(&c, Statistic::Kendall), Ok(0.5));
    assert_eq!(correlation(&c, Statistic::Spearman), Err(Why::NoRankOfIntervals));
    let none = compared(&[NEVER; 4], &[NEVER; 4], Subset::All, Censoring::Interval);
    assert_eq!(correlation(&none, Statistic::Kendall), Err(Why::NothingKnown));
}

#[test]
fn few_constant_or_censored_tasks_have_a_reason_instead() {
    let (a, b) = two();
    let all = |x: &[Emergence], y: &[Emergence]| correlation(&compared(x, y, Subset::All, Censoring::Bottom), Statistic::Kendall);
    assert_eq!(all(&a[..2], &b[..2]), Err(Why::TooFewTasks));
    assert_eq!(all(&[], &[]), Err(Why::TooFewTasks));
    assert_eq!(all(&[NEVER; 5], &b[..5]), Err(Why::Constant));
    assert_eq!(all(&[LACKING; 5], &b[..5]), Err(Why::TooFewTasks));
    let lists = agreement(&compared(&a, &b, Subset::All, Censoring::Bottom), &[], 0, &settings(Statistic::Spearman), 1, 2);
    assert!(lists.correlation.is_ok() && lists.interval.is_none() && lists.draws.is_empty());
}

#[test]
fn the_permutation_p_is_that_of_all_permutations() {
    // Of the 720 permutations a share of 0.0333 is as extreme as ρ = 0.8857; four standard errors of 20,000 draws are 0.005.
    let column = |v: [f64; 6]| Column::Numbers(v.to_vec());
    let c = Compared { tasks: (0..6).collect(), left: column([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), right: column([1.0, 3.0, 2.0, 4.0, 6.0, 5.0]) };
    let s = Settings { permutations: 20_000, resamples: 0, ..settings(Statistic::Spearman) };
    let got = agreement(&c, &[0, 1, 2, 3, 4, 5], 6, &s, 7, 8);
    near(&[got.correlation.unwrap()], &[0.8857142857142858]);
    assert!((got.p.unwrap() - 0.0333).abs() < 0.005, "{:?}", got.p);
    // The exact 95 % quantile is 0.829; its neighbours among the possible values are 0.771 and 0.886.
    assert!((0.77..0.89).contains(&got.null_95.unwrap()));
    assert_eq!(got.interval, None);
    assert_eq!(agreement(&c, &[0, 1, 2, 3, 4, 5], 6, &Settings { permutations: 0, ..s }, 7, 8).p, None);
}

#[test]
fn pairs_share_their_resamples_and_their_mean_has_an_interval() {
    let (a, b) = two();
    let families: Vec<usize> = (0..10).map(|t| t / 2).collect();
    let s = Settings { resamples: 200, ..settings(Statistic::Spearman) };
    let of = |x: &[Emergence], y: &[Emergence]| agreement(&compared(x, y, Subset::All, Censoring::Bottom), &families, 5, &s, 1, 2);
    let (ab, ba, aa, none) = (of(&a, &b), of(&b, &a), of(&a, &a), of(&a, &[LACKING; 10]));
    assert_eq!(ab.draws.len(), 201);
    // NaN is no equal: a resample of one family twice may be constant.
    assert!(ab.draws.iter().zip(&ba.draws).all(|(x, y)| (x - y).abs() < 1e-12 || x.is_nan() && y.is_nan()));
    assert_eq!((ab.families, none.families), (5, 0));
    let m = mean_agreement(&[&ab, &none, &aa], 5, 0.9).unwrap();
    near(&[m.mean, m.minimum, m.maximum], &[0.5 * (1.0 + 0.9090953759181285), 0.9090953759181285, 1.0]);
    assert_eq!(m.pairs, 2);
    let (one, both) = (ab.interval.unwrap(), m.interval.unwrap());
    // A pair that never varies halves the spread of the mean.
    assert!((both.se / one.se - 0.5).abs() < 0.05, "{} {}", both.se, one.se);
    assert_eq!(mean_agreement(&[&none], 5, 0.9), None);
}

#[test]
fn triples_know_who_came_first_and_who_came_at_all() {
    let t = |a: Emergence, b: Emergence| triple(&a, &b).map(|t| (t.order, t.known));
    assert_eq!(t(at(10.0), at(100.0)), Some((Order::Strict, "both")));
    assert_eq!(t(at(10.0), at(10.0)), Some((Order::Tie, "both")));
    assert_eq!(t(at(10.0), NEVER), Some((Order::Strict, "component-only")));
    assert_eq!(t(NEVER, at(10.0)), Some((Order::Violation, "composite-only")));
    assert_eq!(t(NEVER, Emergence::Never { last: 5.0 }), Some((Order::Tie, "neither")));
    assert_eq!(t(LACKING, at(10.0)), None);
    assert_eq!(triple(&at(10.0), &at(1000.0)).unwrap().lag, Some(2.0));
    assert_eq!(triple(&at(10.0), &NEVER).unwrap().lag, None);
    assert_eq!(triple(&at(0.0), &at(10.0)).unwrap().lag, None);
}

#[test]
fn a_contrast_sets_components_beside_controls() {
    let (early, late) = (at(1.0), at(90.0));
    let c = contrast(&at(10.0), &[&early, &late], &[&late, &NEVER, &early, &at(10.0), &LACKING]).unwrap();
    near(&[c.violation, c.control_violation, c.strict, c.control_strict], &[0.5, 0.5, 0.5, 0.25]);
    assert_eq!((c.components, c.controls), (2, 4));
    assert_eq!(contrast(&LACKING, &[&early], &[&late]), Err("missing-composite"));
    assert_eq!(contrast(&late, &[&LACKING], &[&late]), Err("no-components"));
    assert_eq!(contrast(&late, &[&early], &[]), Err("no-controls"));
}

#[test]
fn an_audit_names_what_a_composite_is_worth() {
    let fine = Facts { models: 4, emerged: 2, range: 0.7, farthest: Some(0.3), missing: 0 };
    let audit = |f: Facts| degeneracy(&f, 0.05, 0.05);
    assert_eq!(audit(fine), "fine");
    assert_eq!(audit(Facts { models: 0, ..fine }), "no-models");
    assert_eq!(audit(Facts { range: 0.01, emerged: 0, ..fine }), "flat");
    assert_eq!(audit(Facts { emerged: 0, ..fine }), "never");
    assert_eq!(audit(Facts { farthest: Some(0.05), missing: 1, ..fine }), "one-component");
    assert_eq!(audit(Facts { farthest: None, missing: 1, ..fine }), "component-missing");
}

#[test]
fn scores_are_named_for_what_they_are() {
    let s = scores(&[0.1, 0.2, 0.5, 0.9], &[0.2, 0.2, 0.4, 0.7]).unwrap();
    near(&[s.pearson_r2.unwrap(), s.determination.unwrap(), s.mae], &[0.9822821376986033, 0.8451612903225806, 0.1]);
    // A rising line far off is a perfect forecast by squared correlation alone.
    let far = scores(&[0.0, 0.1, 0.2], &[0.7, 0.8, 0.9]).unwrap();
    assert!(far.pearson_r2.unwrap() > 0.999_999 && far.determination.unwrap() < -70.0);
    let flat = scores(&[0.1, 0.2], &[0.3, 0.3]).unwrap();
    assert!(flat.pearson_r2.is_none() && flat.determination.is_some());
    assert_eq!(scores(&[0.1, 0.1], &[0.3, 0.2]).unwrap().determination, None);
    assert_eq!(scores(&[], &[]), None);
    assert_eq!(scores(&[0.1], &[f64::NAN]), None);
}

#[test]
fn kernel_ridge_is_numpys() {
    let vectors = [vec![1.0, 0.0, 0.0], vec![0.0, 2.0, 0.0], vec![1.0, 1.0, 0.0], vec![0.5, 0.0, 1.0]];
    let curves: [&[f64]; 3] = [&[0.1, 0.5, 0.9], &[0.0, 0.2, 0.4], &[0.05, 0.3, 0.6]];
    let predicted = |kernel, sigma| {
        let w = Gram::new(&vectors, kernel, sigma).unwrap().weights(&[0, 1, 2], 3, 0.01).unwrap();
        weighted(&w, &curves).unwrap()
    };
    near(&predicted(Kernel::Rbf, None), &[0.05476434225980552, 0.3188158229512254, 0.5786962993546145]);
    near(&predicted(Kernel::Rbf, Some(0.7)), &[0.03100495908300914, 0.17000099531068452, 0.31200882605150493]);
    near(&predicted(Kernel::Linear, None), &[0.041130365550634936, 0.19148904889196317, 0.3497140945720187]);
    let gram = Gram::new(&vectors, Kernel::Rbf, None).unwrap();
    near(&[gram.sigma()], &[1.1104413967828985]);
    assert_eq!(gram.weights(&[], 3, 0.01), Err("no-basis"));
    assert_eq!(gram.weights(&[0], 9, 0.01), Err("no-basis"));
    assert_eq!(gram.weights(&[0, 1], 2, -2.0), Err("not-positive-definite"));
    assert_eq!(gram.weights(&[0, 1], 2, f64::NAN), Err("not-positive-definite"));
    assert_eq!(Gram::new(&[vec![0.0, 0.0]], Kernel::Rbf, None), None);
    assert_eq!(Gram::new(&[vec![1.0], vec![1.0, 2.0]], Kernel::Rbf, None), None);
    assert_eq!(Gram::new(&[], Kernel::Rbf, None), None);
    assert_eq!(Gram::new(&vectors, Kernel::Rbf, Some(0.0)), None);
    // Tasks that are all alike are predicted by their mean, but for λ.
    let alike = Gram::new(&[vec![1.0], vec![2.0], vec![3.0]], Kernel::Rbf, None).unwrap();
    near(&alike.weights(&[0, 1], 2, 1e-6).unwrap().iter().map(|w| (w * 1e4).round() / 1e4).collect::<Vec<_>>(), &[0.5, 0.5]);
}

#[test]
fn trivial_predictors_by_hand() {
    let (a, b): (&[f64], &[f64]) = (&[0.2, 0.8], &[0.5, 0.6]);
    near(&combine(Combine::Mean, &[a, b]).unwrap(), &[0.35, 0.7]);
    near(&combine(Combine::Product, &[a, b]).unwrap(), &[0.1, 0.48]);
    near(&combine(Combine::Minimum, &[a, b]).unwrap(), &[0.2, 0.6]);
    assert_eq!(combine(Combine::Mean, &[]), None);
    assert_eq!(combine(Combine::Mean, &[a, &[0.1]]), None);
    assert_eq!(weighted(&[1.0], &[a, b]), None);
}

#[test]
fn kaplan_meier_on_the_leukaemia_remissions() {
    // Freireich et al. 1963, the 21 patients on 6-mercaptopurine; SciPy's ecdf with confidence intervals "log-log".
    let events = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
    let left = [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0];
    let times: Vec<(f64, bool)> = events.iter().map(|t| (*t, true)).chain(left.iter().map(|t| (*t, false))).collect();
    let steps = kaplan_meier(&times, 0.95).unwrap();
    assert_eq!(steps.len(), 16);
    let close = |s: &survival::Step, survival: f64, low: f64, high: f64| {
        // The normal quantile used here and there differ in the last digits.
        assert!((s.survival - survival).abs() < 1e-12 && (s.low.unwrap() - low).abs() < 1e-7 && (s.high.unwrap() - high).abs() < 1e-7, "{s:?}");
    };
    close(&steps[0], 0.8571428571428571, 0.6197179552659838, 0.951551747646997);
    assert_eq!((steps[0].x, steps[0].at_risk, steps[0].events, steps[0].censored), (6.0, 21, 3, 1));
    close(&steps[3], 0.7529411764705881, 0.5031995107999564, 0.8893618351692655);
    close(&steps[11], 0.4481792717086834, 0.18805200595923235, 0.6801426284952414);
    assert_eq!(median(&steps), Some(23.0));
}

#[test]
fn survival_of_all_of_none_and_of_nonsense() {
    let all = kaplan_meier(&[(1.0, true), (2.0, true)], 0.9).unwrap();
    assert_eq!((all[1].survival, all[1].low, median(&all)), (0.0, None, Some(1.0)));
    let none = kaplan_meier(&[(5.0, false); 3], 0.9).unwrap();
    assert_eq!((none.len(), none[0].survival, none[0].low, median(&none)), (1, 1.0, None, None));
    assert_eq!(kaplan_meier(&[], 0.9), None);
    assert_eq!(kaplan_meier(&[(f64::NAN, true)], 0.9), None);
    assert_eq!(kaplan_meier(&[(1.0, true)], 1.0), None);
    assert_eq!((time(&at(3.0)), time(&NEVER), time(&LACKING)), (Some((3.0, true)), Some((1000.0, false)), None));
}

#[test]
fn trends_are_taken_out_as_numpy_does() {
    let (x, y) = ([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], [0.1, 0.25, 0.2, 0.5, 0.55, 0.9]);
    let common = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7];
    let of = |how| detrended(&x, &y, &common, how).unwrap();
    let line_left = [0.05476190476190479, 0.056190476190476235, -0.14238095238095233, 0.009047619047619193, -0.08952380952380934, 0.11190476190476206];
    near(&of(Detrend::Line), &line_left);
    let common_left = [0.03571428571428592, 0.053571428571428714, -0.1285714285714285, 0.03928571428571431, -0.04285714285714293, 0.042857142857142816];
    near(&of(Detrend::Common), &common_left);
    near(&of(Detrend::Difference), &[0.15, -0.05, 0.3, 0.05, 0.35]);
    assert_eq!(of(Detrend::None), y);
    assert_eq!(detrended(&x[..2], &y[..2], &common[..2], Detrend::None), None);
    assert_eq!(detrended(&x, &y, &common[..2], Detrend::Common), None);
    assert_eq!(detrended(&[0.0, 1.0, 2.0], &[0.1, 0.2, 0.3], &[], Detrend::Line), None);
    // A curve that is its own trend leaves nothing, not rounding that correlates.
    assert_eq!(detrended(&x, &y, &y, Detrend::Common), Some(vec![0.0; 6]));
    assert_eq!(line(&[2.0, 2.0], &[1.0, 3.0]), Some((2.0, 0.0)));
    assert!((prediction_error(&common, &y, 4).unwrap() - 0.06).abs() < 1e-12);
    assert_eq!(prediction_error(&common, &y, 2), None);
    assert_eq!(prediction_error(&common, &y, 6), None);
}

#[test]
fn blocks_keep_neighbours_together() {
    assert_eq!(blocks(&[4, 1, 0, 2, 3], 5, 2), [4, 0, 1, 2, 0]);
    assert_eq!(blocks(&[0, 1, 2], 3, 1), [0, 1, 2]);
    assert_eq!(blocks(&[], 0, 3), Vec::<usize>::new());
}

#[test]
fn a_shared_trend_correlates_and_its_residuals_do_not() {
    // Two rising lines with opposite waves on them.
    let x: Vec<f64> = (1..=40).map(|k| f64::from(k).exp2().powf(0.2)).collect();
    let wave: Vec<f64> = (0..40).map(|k| if k % 4 < 2 { 0.02 } else { -0.02 }).collect();
    let curve = |sign: f64| -> Vec<f64> { x.iter().zip(&wave).map(|(x, w)| 0.2 * x.ln() + sign * w).collect() };
    let (a, b) = (curve(1.0), curve(-1.0));
    let with = block_correlation(&a, &b, 4, 200, 3, 0.95);
    assert!(with.0.unwrap() > 0.99 && with.1.unwrap().low > 0.9);
    let left = |y: &[f64]| detrended(&x, y, &[], Detrend::Line).unwrap();
    let without = block_correlation(&left(&a), &left(&b), 4, 200, 3, 0.95);
    assert!(without.0.unwrap() < -0.9 && without.1.unwrap().high < -0.5);
    assert_eq!(block_correlation(&a, &[0.3; 40], 4, 200, 3, 0.95), (None, None));
    assert_eq!(block_correlation(&a, &b, 4, 0, 3, 0.95).1, None);
}

#[test]
fn families_move_together_by_hand() {
    // Two of one kind, two of the other, and one that never moves.
    let series = [vec![0.0, 1.0, 0.0, 1.0], vec![0.0, 2.0, 0.0, 2.0], vec![1.0, 1.0, 0.0, 0.0], vec![3.0, 3.0, 1.0, 1.0], vec![0.4; 4]];
    let all = [0, 1, 2, 3];
    let c = co_movement(&series, &[0, 0, 1, 1, 1], 2, &all);
    assert_eq!(c.len(), 3);
    let first = c[0].unwrap();
    assert!((first.within - 1.0).abs() < 1e-12 && first.across.abs() < 1e-12);
    assert_eq!((first.pairs_within, first.pairs_across), (1, 4));
    let whole = c[2].unwrap();
    assert_eq!((whole.pairs_within, whole.pairs_across), (2, 4));
    assert_eq!(co_movement(&series, &[0; 5], 1, &all), [None, None]);
    assert_eq!(co_movement(&[], &[], 1, &all), [None, None]);
}
