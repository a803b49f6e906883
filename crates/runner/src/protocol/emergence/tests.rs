//! A small source with everything that real ones have: grids that differ, a checkpoint twice, NaN, tasks of one model only.

use std::collections::BTreeMap;

use curves::{Better, CurveSet, Entry, Measure, Resource};
use evaluation::Frame;

use super::*;

fn entry(model: &str, task: &str, kind: &str, components: &str, x: &[f64], y: &[f64]) -> Entry {
    let covariates = [("model", model), ("task", task), ("kind", kind), ("components", components), ("size", model.split('-').next().unwrap_or_default())];
    Entry {
        id: format!("{model}/{task}"),
        covariates: covariates.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect(),
        x: x.to_vec(),
        y: y.to_vec(),
        given: None,
        rates: None,
    }
}

fn set_of(entries: Vec<Entry>, better: Better) -> CurveSet {
    let measure = Measure { name: "accuracy".into(), unit: String::new(), better, bounds: None };
    CurveSet::new(Resource { name: "billion tokens".into() }, measure, entries).unwrap()
}

const GRID: [f64; 9] = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// A step from 0 to `top` at checkpoint `at` of the grid.
fn step(at: usize, top: f64) -> Vec<f64> {
    (0..GRID.len()).map(|k| if k >= at { top } else { 0.0 }).collect()
}

/// Two twins of size `s` and one other model; five elementary tasks and three composites.
fn source() -> CurveSet {
    let mut all = Vec::new();
    for (model, late) in [("s-one", 0), ("s-two", 0), ("m-one", 1)] {
        for (t, at) in [("copy", 1), ("upper", 2), ("first", 6), ("plural", 3)] {
            all.push(entry(model, t, "elemental", "", &GRID, &step(at + late, 1.0)));
        }
        all.push(entry(model, "math", "elemental", "", &GRID, &[0.0; 9]));
        all.push(entry(model, "plural_upper", "composite", "plural+upper", &GRID, &step(4 + late, 0.9)));
        all.push(entry(model, "upper_first", "composite", "upper+first+upper", &GRID, &step(4, 0.9)));
    }
    // Only in one model, and made of what no model has.
    all.push(entry("s-one", "lost_upper", "composite", "lost+upper", &GRID, &step(5, 0.9)));
    set_of(all, Better::Higher)
}

fn ask() -> (About, AskHead) {
    let about = "title = 't'\npaper = { arxiv = '2604.08510', bib = 'b' }\nversion = 1\nseed = 7";
    (toml::from_str(about).unwrap(), AskHead { id: "e".into(), source: "s".into() })
}

fn run_on(spec: &str, set: &CurveSet) -> Frame {
    let asked: EmergenceSpec = toml::from_str(spec).unwrap();
    assert_eq!(asked.check(), Ok(()));
    let (about, ask) = ask();
    run(&about, &ask, &asked, set, None).rows
}

/// Unsmoothed, at half of all.
const PLAIN: &str = "[smooth]\nsigma = 0.0\n[[definition]]\nid = 'half'\nthreshold = 0.5\n";

fn find(frame: &Frame, what: &[(&str, &str)]) -> Vec<usize> {
    let filter: BTreeMap<String, Vec<String>> = what.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect();
    frame.select(&filter).unwrap()
}

fn only(frame: &Frame, what: &[(&str, &str)]) -> usize {
    let rows = find(frame, what);
    assert_eq!(rows.len(), 1, "{what:?}");
    rows[0]
}

#[test]
fn curves_are_cleaned_and_say_what_was_dropped() {
    let mut odd = entry("a", "t", "", "", &[4.0, 1.0, 2.0, 2.0, 0.0, f64::NAN, 9.0], &[0.4, 0.1, 0.2, 0.6, 0.0, 0.5, f64::NAN]);
    let second = Entry { id: "again".into(), ..odd.clone() };
    let empty = entry("a", "none", "", "", &[0.0], &[0.3]);
    odd.covariates.insert("kind".into(), "elemental".into());
    let set = set_of(vec![odd, second, empty], Better::Higher);
    let f = run_on(&format!("views = ['point']\n{PLAIN}"), &set);
    let row = find(&f, &[("view", "curve"), ("task", "t")])[0];
    let number = |c: &str| f.number(c, row);
    assert_eq!([number("points"), number("not-finite"), number("duplicates"), number("outside")], [Some(3.0), Some(2.0), Some(1.0), Some(1.0)]);
    assert_eq!([number("first-x"), number("final"), number("maximum")], [Some(1.0), Some(0.4), Some(0.4)]);
    assert_eq!(find(&f, &[("view", "curve"), ("status", "duplicate-curve")]).len(), 1);
    assert_eq!(find(&f, &[("view", "curve"), ("status", "no-points")]).len(), 1);
    // First of the two values at 2 is 0.2: with the last, 0.6, it would have emerged there.
    assert_eq!(f.text("outcome", only(&f, &[("view", "point")])), Some("censored"));
    let last = run_on(&format!("views = ['point']\nduplicates = 'last'\n{PLAIN}"), &set);
    assert_eq!(last.number("emergence", only(&last, &[("view", "point")])), Some(2.0));
}

#[test]
fn points_pairs_and_their_mean() {
    let f = run_on(&format!("twin = 'size'\n{PLAIN}[agreement]\npermutations = 99\nresamples = 40\nmin-tasks = 3\n"), &source());
    let at = only(&f, &[("view", "point"), ("model", "m-one"), ("task", "plural_upper")]);
    // The sixth checkpoint of the grid with step 0.
    assert_eq!((f.number("emergence", at), f.number("after", at), f.number("rank-emergence", at)), (Some(16.0), Some(8.0), Some(5.0)));
    let never = only(&f, &[("view", "point"), ("model", "s-one"), ("task", "math")]);
    assert_eq!((f.number("emergence", never), f.number("emerged", never), f.number("rank-emergence", never)), (None, Some(0.0), Some(8.0)));
    let pair = |relation: &str, subset: &str| find(&f, &[("view", "pair"), ("relation", relation), ("subset", subset), ("statistic", "spearman")]);
    let twins = pair("twin", "all");
    assert_eq!((twins.len(), f.text("pair", twins[0]), f.number("n", twins[0])), (1, Some("s-one | s-two"), Some(7.0)));
    assert!((f.number("correlation", twins[0]).unwrap() - 1.0).abs() < 1e-12);
    assert_eq!((f.number("emerged", twins[0]), f.number("both", twins[0])), (Some(6.0), Some(6.0)));
    assert_eq!(pair("other", "both-emerged").len(), 2);
    // Six of seven emerged in each: the one that did not is the same.
    assert!((f.number("correlation", pair("other", "binary")[0]).unwrap() - 1.0).abs() < 1e-12);
    for relation in ["all", "twin", "other"] {
        let row = only(&f, &[("view", "agreement"), ("relation", relation), ("subset", "all"), ("statistic", "kendall")]);
        assert_eq!(
            f.number("pairs", row),
            Some(if relation == "all" {
                3.0
            } else if relation == "twin" {
                1.0
            } else {
                2.0
            })
        );
        assert!(f.is_ok(row) && f.number("low", row) <= f.number("correlation", row));
    }
    assert_eq!(find(&f, &[("view", "agreement"), ("definition", "final-level"), ("subset", "level")]).len(), 6);
}

#[test]
fn pairs_without_an_answer_have_a_reason() {
    let flat = |m: &str, t: &str, v: f64| entry(m, t, "", "", &GRID, &[v; 9]);
    let all = ["t1", "t2", "t3", "t4", "t5"].into_iter().flat_map(|t| [flat("a", t, 0.0), flat("b", t, 0.0), flat("c", t, 1.0)]).collect();
    let f = run_on(PLAIN, &set_of(all, Better::Higher));
    let status = |subset: &str| f.text("status", find(&f, &[("view", "pair"), ("subset", subset)])[0]).unwrap().to_owned();
    assert_eq!([status("all"), status("both-emerged"), status("binary"), status("level")], ["constant", "too-few-tasks", "constant", "constant"]);
    assert_eq!(find(&f, &[("view", "agreement"), ("status", "no-pairs")]).len(), 10);
}

#[test]
fn components_before_composites() {
    let f = run_on(&format!("views = ['order', 'contrast', 'audit']\n{PLAIN}"), &source());
    let outcome = |model: &str, task: &str, component: &str| {
        let row = only(&f, &[("view", "order"), ("level", "each"), ("model", model), ("task", task), ("component", component)]);
        (f.text("outcome", row).unwrap().to_owned(), f.text("status", row).unwrap().to_owned())
    };
    let words = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(outcome("s-one", "plural_upper", "upper"), words("strict", "ok"));
    assert_eq!(outcome("m-one", "upper_first", "first"), words("violation", "ok"));
    assert_eq!(outcome("s-one", "lost_upper", "lost"), words("", "missing-component"));
    let whole = only(&f, &[("view", "order"), ("level", "all"), ("degenerate", "")]);
    // 3 × (2 + 2) triples, "upper" twice being one, and one of lost_upper; in each model "first" comes after "upper_first".
    assert_eq!([f.number("triples", whole), f.number("violations", whole), f.number("ties", whole)], [Some(13.0), Some(3.0), Some(0.0)]);
    assert!(f.number("low", whole).unwrap() < 3.0 / 13.0);
    let c = only(&f, &[("view", "contrast"), ("level", "each"), ("model", "s-one"), ("task", "upper_first")]);
    // Its components are upper and first; the other component that some composite has is plural, which came before.
    assert_eq!([f.number("violation", c), f.number("control-violation", c), f.number("controls", c)], [Some(0.5), Some(0.0), Some(1.0)]);
    let audit = |task: &str| f.text("outcome", only(&f, &[("view", "audit"), ("task", task)])).unwrap().to_owned();
    assert_eq!([audit("plural_upper"), audit("lost_upper")], ["fine", "component-missing"]);
}

#[test]
fn curves_predicted_with_trivial_predictors_beside() {
    let spec = format!("views = ['trajectory']\n{PLAIN}[trajectory]\nshuffles = 5\n");
    let f = run_on(&spec, &source());
    let row =
        |method: &str, basis: &str| only(&f, &[("view", "trajectory"), ("model", "s-one"), ("task", "plural_upper"), ("method", method), ("basis", basis)]);
    // plural is 1 from the third checkpoint after step 0, upper from the second, plural_upper 0.9 from the fourth: by hand.
    let product = row("product", "");
    assert!((f.number("mae", product).unwrap() - (1.0 + 5.0 * 0.1) / 8.0).abs() < 1e-12);
    assert_eq!(f.number("mae", product), f.number("mae", row("minimum", "")));
    for method in ["ridge-components", "ridge-component-trajectories", "ridge-other-models"] {
        for basis in ["all", "elementary"] {
            assert!(f.is_ok(row(method, basis)), "{method} {basis}");
            assert!(f.number("mae", row(&format!("{method}-shuffled"), basis)).is_some());
        }
    }
    // math never moves, nor does copy, which is there at the first checkpoint after step 0: neither is learned from.
    assert_eq!(f.number("basis-tasks", row("mean-of-others", "elementary")), Some(3.0));
    let lost = only(&f, &[("view", "trajectory"), ("task", "lost_upper"), ("method", "product")]);
    assert_eq!(f.text("status", lost), Some("missing-component"));
}

#[test]
fn survival_of_models_and_of_all_together() {
    let f = run_on(&format!("views = ['survival']\n{PLAIN}[survival]\ngroups = ['all', 'kind']\n"), &source());
    let row = only(&f, &[("view", "survival"), ("level", "all"), ("model", "all"), ("group", "all")]);
    assert_eq!((f.number("tasks", row), f.number("emerged-share", row)), (Some(22.0), Some(19.0 / 22.0)));
    let kind = only(&f, &[("view", "survival"), ("level", "all"), ("model", "s-two"), ("group", "kind:composite")]);
    assert_eq!((f.number("median", kind), f.number("emerged-share", kind)), (Some(8.0), Some(1.0)));
}

#[test]
fn models_are_compared_in_when_their_tasks_emerge() {
    let f = run_on(&format!("views = ['log-rank']\n{PLAIN}[survival]\ngroups = ['all', 'kind']\n"), &source());
    assert!(find(&f, &[("view", "survival")]).is_empty());
    let close = |column: &str, row: usize, expected: f64| assert!((f.number(column, row).unwrap() - expected).abs() < 1e-9, "{column} {row}");
    // lifelines 0.30, of emergence at checkpoints 1, 2, 4 … and of one task that never emerges and leaves at 128.
    let every = only(&f, &[("view", "log-rank"), ("level", "all"), ("group", "all")]);
    close("chi-squared", every, 0.18902276204821353);
    close("p", every, 0.9098173799135729);
    let counts = ["freedom", "models", "tasks", "events"].map(|column| f.number(column, every));
    assert_eq!(counts, [2.0, 3.0, 22.0, 19.0].map(Some));
    assert_eq!(find(&f, &[("view", "log-rank"), ("level", "each"), ("group", "all")]).len(), 3);
    let two = only(&f, &[("view", "log-rank"), ("level", "each"), ("group", "all"), ("pair", "m-one | s-one")]);
    close("chi-squared", two, 0.14834749573978337);
    close("expected", two, 6.633333333333334);
    close("expected-b", two, 6.366666666666666);
    let counts = ["freedom", "tasks", "tasks-b", "events", "events-b"].map(|column| f.number(column, two));
    assert_eq!(counts, [1.0, 7.0, 8.0, 6.0, 7.0].map(Some));
    assert_eq!((f.text("model", two), f.text("model-b", two), f.text("definition", two)), (Some("m-one"), Some("s-one"), Some("half")));
    // Composites by hand: at 8 three of four emerge, one of the two of m-one, of which 1½ are expected with variance 3·(1/3)·(1/4); then one is left.
    let kind = only(&f, &[("view", "log-rank"), ("group", "kind:composite"), ("pair", "m-one | s-two")]);
    close("chi-squared", kind, 1.0);
}

#[test]
fn models_that_cannot_be_compared_say_why() {
    let status = |entries: Vec<Entry>, level: &str| {
        let f = run_on(&format!("views = ['log-rank']\n{PLAIN}"), &set_of(entries, Better::Higher));
        let row = only(&f, &[("view", "log-rank"), ("level", level)]);
        assert_eq!((f.number("chi-squared", row), f.number("p", row)), (None, None));
        f.text("status", row).unwrap().to_owned()
    };
    let task = |model: &str, at: usize| entry(model, "t", "", "", &GRID, &step(at, 1.0));
    assert_eq!(status(vec![task("a", 1)], "all"), "too-few-models");
    assert_eq!(status(vec![task("a", GRID.len()), task("b", GRID.len())], "each"), "no-events");
    assert_eq!(status(vec![task("a", 2), task("b", 2)], "each"), "no-variation");
}

#[test]
fn trends_need_points_and_families() {
    let x: Vec<f64> = (1..=24).map(|k| f64::from(k).exp2().sqrt()).collect();
    let wave = |k: usize, phase: usize| if (k + phase) % 4 < 2 { 0.03 } else { -0.03 };
    let curve = |phase: usize| -> Vec<f64> { (0..24).map(|k| 0.02 * k as f64 + wave(k, phase)).collect() };
    let mut all = Vec::new();
    for m in ["a", "b"] {
        for (t, phase) in [("exam-1", 0), ("exam-2", 0), ("chat-1", 1), ("chat-2", 1)] {
            all.push(entry(m, t, "", "", &x, &curve(phase)));
        }
    }
    let spec = "views = ['similarity', 'movement', 'domain']\nfamilies = { exams = 'exam-*', chats = 'chat-*' }\n[smooth]\nsigma = 0.0\n[trend]\nresamples = 40\ndetrend = ['none', 'line']\n";
    let f = run_on(spec, &set_of(all.clone(), Better::Higher));
    let same = find(&f, &[("view", "similarity"), ("task", "exam-1"), ("detrend", "line")]);
    assert!((f.number("correlation", same[0]).unwrap() - 1.0).abs() < 1e-9);
    let moves = |detrend: &str| only(&f, &[("view", "movement"), ("level", "all"), ("model", "a"), ("detrend", detrend)]);
    // The trend hides that the families wave apart.
    assert!(f.number("across", moves("none")).unwrap() > 0.9 && f.number("across", moves("line")).unwrap() < 0.3);
    assert!((f.number("within", moves("line")).unwrap() - 1.0).abs() < 1e-9 && f.number("low", moves("line")).unwrap() > 0.3);
    let domain = only(&f, &[("view", "domain"), ("model", "a"), ("task", "exam-1")]);
    assert!(f.number("mae-domain", domain).unwrap() < 1e-9 && f.number("mae-others", domain).unwrap() > 0.01);
    let short: Vec<Entry> = all.into_iter().map(|e| Entry { x: e.x[..5].to_vec(), y: e.y[..5].to_vec(), ..e }).collect();
    let f = run_on(spec, &set_of(short, Better::Higher));
    assert_eq!(find(&f, &[("view", "movement"), ("status", "too-few-points")]).len(), 4);
}

/// Two models, 24 checkpoints; `left` and `right` are the curves of task `one` in each, `two` is another family's.
fn two_models(curves: [[&dyn Fn(usize) -> f64; 2]; 2]) -> CurveSet {
    let x: Vec<f64> = (1..=24).map(f64::from).collect();
    let of = |m: &str, t: &str, f: &dyn Fn(usize) -> f64| entry(m, t, "", "", &x, &(0..24).map(f).collect::<Vec<_>>());
    let [[a1, a2], [b1, b2]] = curves;
    set_of(vec![of("a", "one", a1), of("a", "two", a2), of("b", "one", b1), of("b", "two", b2)], Better::Higher)
}

#[test]
fn curves_are_as_recorded_unless_smoothing_is_asked_for() {
    let wave = |k: usize| 0.5 + if k.is_multiple_of(2) { 0.1 } else { -0.1 };
    let other = |k: usize| 0.5 + if (k / 2).is_multiple_of(2) { 0.1 } else { -0.1 };
    let set = two_models([[&wave, &other], [&wave, &wave]]);
    let trend = "views = ['similarity', 'movement', 'domain']\n[trend]\nresamples = 0\ndetrend = ['none']\n";
    let (raw, smooth) = (run_on(trend, &set), run_on(&format!("{trend}[smooth]\nsigma = 1.0\n"), &set));
    let row = |f: &Frame| only(f, &[("view", "similarity"), ("task", "two")]);
    // By hand: 24 products of ±0.1, half of them of one sign.
    assert!(raw.number("correlation", row(&raw)).unwrap().abs() < 1e-12);
    assert!(smooth.number("correlation", row(&smooth)).unwrap().abs() > 1e-3);
    for view in ["similarity", "movement", "domain"] {
        let words = |f: &Frame| find(f, &[("view", view)]).iter().map(|r| f.text("smoothing", *r).unwrap().to_owned()).collect::<Vec<_>>();
        assert!(!words(&raw).is_empty() && words(&raw).iter().all(|w| w == "none"), "{view}");
        assert!(words(&smooth).iter().all(|w| w == "sigma 1 over index"), "{view}");
    }
}

#[test]
fn what_two_curves_share_is_held_against_unrelated_tasks() {
    // Everything rises alike: a correlation of 1 is worth nothing.
    let rise = |k: usize| 0.02 * k as f64;
    let trend = "views = ['similarity']\n[trend]\nresamples = 0\ndetrend = ['none']\n";
    let f = run_on(trend, &two_models([[&rise, &rise], [&rise, &rise]]));
    let row = only(&f, &[("view", "similarity"), ("task", "one")]);
    let numbers = |c: &str| f.number(c, row).unwrap();
    assert!((numbers("correlation") - 1.0).abs() < 1e-12 && (numbers("unrelated") - 1.0).abs() < 1e-12 && numbers("excess").abs() < 1e-12);
    assert_eq!((numbers("pairs-unrelated"), f.text("moving", row)), (2.0, Some("unknown")));
    // One task waves by itself, in both models alike: the correlation of 1 is its own.
    let wave = |k: usize| 0.5 + if k.is_multiple_of(2) { 0.1 } else { -0.1 };
    let f = run_on(trend, &two_models([[&wave, &rise], [&wave, &rise]]));
    let row = only(&f, &[("view", "similarity"), ("task", "one")]);
    assert!((f.number("correlation", row).unwrap() - 1.0).abs() < 1e-12 && f.number("excess", row).unwrap() > 0.9);
    // Tasks of one family are not unrelated: of one family alone nothing is left to hold against.
    let f = run_on(&format!("families = {{ all = '*' }}\n{trend}"), &two_models([[&wave, &rise], [&wave, &rise]]));
    let row = only(&f, &[("view", "similarity"), ("task", "one")]);
    assert_eq!((f.number("unrelated", row), f.number("excess", row), f.is_ok(row)), (None, None, true));
}

#[test]
fn a_curve_moves_when_its_change_is_beyond_its_errors() {
    let up = |k: usize| 0.3 + 0.01 * k as f64;
    let still = |k: usize| 0.5 + if k.is_multiple_of(2) { 0.02 } else { -0.02 };
    let set = two_models([[&up, &still], [&up, &up]]);
    let run_with = |spec: &str, errors: Option<&CurveSet>| {
        let asked: EmergenceSpec = toml::from_str(spec).unwrap();
        assert_eq!(asked.check(), Ok(()));
        let (about, ask) = ask();
        run(&about, &ask, &asked, &set, errors).rows
    };
    let trend = "views = ['similarity']\n[trend]\nresamples = 0\ndetrend = ['none']\n";
    let moving = |f: &Frame, task: &str| f.text("moving", only(f, &[("view", "similarity"), ("task", task)])).unwrap().to_owned();
    // From 0.3 to 0.53 with 100 items: 0.23 against 2 · √(0.0021 + 0.0025) = 0.135. From 0.52 to 0.48: 0.04 against 0.141.
    let f = run_with(&format!("items = {{ '*' = 100 }}\n{trend}"), None);
    assert_eq!([moving(&f, "one"), moving(&f, "two")], ["both", "one"]);
    let curve = only(&f, &[("view", "curve"), ("model", "a"), ("task", "one")]);
    assert!((f.number("change-se", curve).unwrap() - (0.3f64 * 0.7 / 100.0 + 0.53 * 0.47 / 100.0).sqrt()).abs() < 1e-12);
    assert_eq!(f.number("moves", curve), Some(1.0));
    // A task that does not move is not what others are held against.
    let one = only(&f, &[("view", "similarity"), ("task", "one")]);
    assert_eq!(f.number("pairs-unrelated", one), Some(1.0));
    // With 20 items its change is 0.23 against 0.30: nothing moves.
    let f = run_with(&format!("items = {{ '*' = 20 }}\n{trend}"), None);
    assert_eq!([moving(&f, "one"), moving(&f, "two")], ["neither", "neither"]);
    // Recorded errors go before those of items, and reach curves by their ids and checkpoints.
    let errors = |m: &str, t: &str, se: f64| entry(m, t, "", "", &(1..=24).map(f64::from).collect::<Vec<_>>(), &[se; 24]);
    let recorded = set_of(vec![errors("a", "one", 0.01), errors("b", "one", 0.2), errors("b", "two", f64::NAN)], Better::Lower);
    let f = run_with(&format!("errors = 'e'\n{trend}"), Some(&recorded));
    assert_eq!([moving(&f, "one"), moving(&f, "two")], ["one", "unknown"]);
    let f = run_with(&format!("errors = 'e'\nitems = {{ '*' = 100 }}\n{trend}"), Some(&recorded));
    assert_eq!([moving(&f, "one"), moving(&f, "two")], ["one", "one"]);
}

#[test]
fn names_selections_and_losses() {
    let spec = format!("views = ['point']\nselect = {{ model = 's-*' }}\nwithout = {{ task = ['math'] }}\nnames = {{ 's-one' = 'One' }}\n{PLAIN}");
    let f = run_on(&spec, &source());
    let models: Vec<&str> = f.levels("model").unwrap().iter().map(String::as_str).collect();
    assert_eq!(models, ["One", "s-two"]);
    assert!(find(&f, &[("task", "math")]).is_empty());
    let missing = run_on("family = 'kin'", &source());
    assert_eq!((missing.text("status", 0), missing.text("task", 0)), (Some("no-such-covariate"), Some("kin")));
    let loss = entry("a", "t", "", "", &[1.0, 2.0, 3.0], &[4.0, 2.0, 1.0]);
    let spec = "views = ['point']\n[smooth]\nsigma = 0.0\n[[definition]]\nid = 'two'\nthreshold = 2.0\n[[definition]]\nid = 'area'\nkind = 'area'\n";
    let f = run_on(spec, &set_of(vec![loss], Better::Lower));
    assert_eq!(f.number("emergence", only(&f, &[("definition", "two"), ("view", "point")])), Some(2.0));
    assert_eq!(f.text("status", only(&f, &[("definition", "area"), ("view", "point")])), Some("lower-is-better"));
}

#[test]
fn the_same_rows_every_time_and_back_from_parquet() {
    let spec = format!(
        "views = ['point', 'pair', 'order', 'contrast', 'audit', 'trajectory', 'survival', 'log-rank', 'similarity', 'movement', 'domain']\n{PLAIN}[agreement]\npermutations = 20\nresamples = 20\n[trajectory]\nshuffles = 2\n"
    );
    let (a, b) = (run_on(&spec, &source()), run_on(&spec, &source()));
    assert_eq!(a.to_csv(), b.to_csv());
    // And back from the file that they are kept in, types and all.
    let kept = crate::frames::from_parquet("t", &crate::frames::to_parquet(&a).unwrap()).unwrap();
    assert_eq!(crate::frames::fingerprint(&a, &[]), crate::frames::fingerprint(&kept, &[]));
    // An empty source is no panic.
    let nothing = run_on(&spec, &set_of(Vec::new(), Better::Higher));
    assert_eq!(nothing.text("status", 0), Some("no-such-covariate"));
}
