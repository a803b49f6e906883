//! The protocol on tables whose law is known.

use curves::runs::RunTable;
use evaluation::Frame;
use models::At;

use super::{SurfaceSpec, run};
use crate::protocol::AskHead;

const TRUTH: [f64; 5] = [1.8, 480.0, 2100.0, 0.35, 0.37];

fn law(name: &str, x: &[f64], theta: &[f64]) -> f64 {
    models::find(name).unwrap().eval(&At::at(x), theta)
}

/// Six sizes, eight checkpoints each; ln loss errs by up to `noise`.
fn sizes(noise: f64) -> String {
    let mut csv = String::from("family,run,params,tokens,loss,bits\n");
    for i in 0..48i32 {
        let x = [1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8)];
        let loss = law("chinchilla", &x, &TRUTH) * (1.0 + noise * (1.7 * f64::from(i) + 0.3 * f64::from(i % 5)).sin());
        csv.push_str(&format!("f{},m{},{},{},{loss},{}\n", i / 24, i / 8, x[0], x[1], loss / std::f64::consts::LN_2));
    }
    csv
}

fn table(csv: &str, text: &[&str], numbers: &[&str]) -> RunTable {
    let read = tables::load_bytes("t.csv", csv.as_bytes(), None).unwrap();
    let texts = text.iter().map(|n| ((*n).to_owned(), read.text(n).unwrap())).collect();
    let numbers = numbers.iter().map(|n| ((*n).to_owned(), read.numbers(n).unwrap())).collect();
    RunTable::new(texts, numbers).unwrap()
}

fn runs(noise: f64) -> RunTable {
    table(&sizes(noise), &["family", "run"], &["params", "tokens", "loss", "bits"])
}

const HEAD: &str = "inputs = { params = 'params', tokens = 'tokens' }\ntarget = 'loss'\n";

fn rows_of(spec: &str, table: &RunTable) -> Frame {
    let ask = AskHead { id: "a".into(), source: "s".into() };
    let about = toml::from_str("title = 't'\nversion = 1\nseed = 3\npaper = { arxiv = '0', bib = 'b' }").unwrap();
    let asked: SurfaceSpec = toml::from_str(spec).unwrap();
    assert_eq!(asked.check(), Ok(()));
    run(&about, &ask, &asked, table, 0..asked.jobs()).rows
}

fn find(f: &Frame, wanted: &[(&str, &str)]) -> Vec<usize> {
    (0..f.len()).filter(|&r| wanted.iter().all(|(c, v)| f.text(c, r) == Some(*v))).collect()
}

fn only(f: &Frame, wanted: &[(&str, &str)]) -> usize {
    let rows = find(f, wanted);
    assert_eq!(rows.len(), 1, "{wanted:?}\n{}", f.to_csv());
    rows[0]
}

fn near(f: &Frame, row: usize, column: &str, want: f64, share: f64) {
    let got = f.number(column, row).unwrap_or(f64::NAN);
    assert!((got / want - 1.0).abs() <= share, "{column}: {got} {want}");
}

#[test]
fn a_law_is_found_and_predicts_the_largest_model() {
    let spec = format!(
        "budgets = [5.76e23]\nbaselines = ['best-seen', 'last-value']\nlast = 1\n{HEAD}[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\n[[split]]\nid = 'largest'\nkind = 'largest-model'\nmodels = [3, 5, 9]\ntest-from = 1.0\n[[point]]\nid = 'big'\ninputs = {{ params = 70e9, tokens = 1.4e12 }}\n"
    );
    let f = rows_of(&spec, &runs(0.0));
    let fit = only(&f, &[("view", "fit"), ("subset", "5")]);
    for (name, want) in [("e", 1.8), ("a", 480.0), ("b", 2100.0), ("alpha", 0.35), ("beta", 0.37), ("exponent", 0.37 / 0.72), ("ln-b", 2100f64.ln())] {
        near(&f, fit, name, want, 1e-4);
    }
    assert_eq!(
        (f.text("outcome", fit), f.number("n", fit), f.number("runs", fit), f.number("free", fit)),
        (Some("converged"), Some(40.0), Some(5.0), Some(5.0))
    );
    // A family has five smaller models: nine are no cell.
    assert_eq!(find(&f, &[("view", "fit")]).len(), 2);
    let held = only(&f, &[("view", "prediction"), ("level", "each"), ("method", "ours"), ("subset", "5")]);
    assert_eq!(f.text("model", held), Some("m5"));
    assert!(f.number("are", held).unwrap() < 1e-4);
    let actual = law("chinchilla", &[1e7 * 243.0, 4e8 * 2.2f64.powi(7)], &TRUTH);
    near(&f, held, "actual", actual, 1e-12);
    // Both baselines are the end of the largest run trained on, here.
    let end = law("chinchilla", &[1e7 * 81.0, 4e8 * 2.2f64.powi(7)], &TRUTH);
    for method in ["best-seen", "last-value"] {
        let all = only(&f, &[("view", "prediction"), ("level", "all"), ("method", method), ("subset", "5")]);
        near(&f, all, "are", 100.0 * (end / actual - 1.0), 1e-9);
        near(&f, all, "worst", 100.0 * (end / actual - 1.0), 1e-9);
    }
    let best = only(&f, &[("view", "optimum"), ("budget", "5.76e23"), ("subset", "5")]);
    let g = (0.35 * 480.0 / (0.37 * 2100.0f64)).powf(1.0 / 0.72);
    near(&f, best, "params", g * (5.76e23 / 6.0f64).powf(0.37 / 0.72), 1e-3);
    assert!(f.number("near-params-low", best) < f.number("params", best) && f.number("params", best) < f.number("near-params-high", best));
    near(&f, only(&f, &[("view", "point"), ("model", "big"), ("subset", "5")]), "predicted", law("chinchilla", &[70e9, 1.4e12], &TRUTH), 1e-5);
}

#[test]
fn splits_have_their_cells() {
    let spec = format!(
        "each = false\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n[[split]]\nid = 'grid'\nkind = 'largest-model'\nmodels = [4]\nfractions = [0.07, 1.0]\n[[split]]\nid = 'ends'\nkind = 'token-fraction'\nfractions = [0.5]\n[[split]]\nid = 'own'\nkind = 'token-fraction'\nfractions = [0.9]\neach-run = true\n[[split]]\nid = 'window'\nkind = 'expanding-window'\n[[split]]\nid = 'column'\nkind = 'column'\ntrain = {{ select = {{ family = 'f0' }} }}\ntest = {{ select = {{ family = 'f1' }}, above = {{ tokens = 1e10 }} }}\n"
    );
    let f = rows_of(&spec, &runs(0.0));
    let cells = |split: &str| {
        find(&f, &[("view", "fit"), ("split", split)]).into_iter().map(|r| (f.text("subset", r).unwrap(), f.text("seen", r).unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(cells("grid"), [("4", "7%"), ("4", "100%")]);
    // Strictly below all of the largest progress: each of the four lacks its last checkpoint.
    assert_eq!(f.number("n", only(&f, &[("view", "fit"), ("seen", "100%")])), Some(28.0));
    assert_eq!(cells("ends"), [("", "50%")]);
    assert_eq!(cells("own").len(), 6);
    // One size cannot tell five parameters, and a run has seven rows below nine tenths.
    assert_eq!(find(&f, &[("view", "warning"), ("split", "own"), ("kind", "single-level"), ("parameter", "params")]).len(), 6);
    assert_eq!(cells("window"), [("3", ""), ("4", ""), ("5", "")]);
    let all = only(&f, &[("view", "prediction"), ("level", "all"), ("split", "column")]);
    // 4e8 · 2.2^k lies above 1e10 from k = 5 on: three checkpoints of three runs.
    assert_eq!((f.number("n", all), f.number("runs", all)), (Some(9.0), Some(3.0)));
    assert!(find(&f, &[("view", "prediction"), ("level", "each")]).is_empty());
    assert_eq!(find(&f, &[("view", "prediction"), ("level", "run"), ("split", "column")]).len(), 3);
}

#[test]
fn intervals_are_rows_and_columns() {
    let spec = format!(
        "resamples = 40\nlikelihood = 1.0\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\nintervals = ['bootstrap', 'laplace', 'profile']\ndraws = true\ninfluence = true\nagainst = {{ e = 1.8, a = 480.0, b = 2100.0, alpha = 0.35, beta = 0.37 }}\n"
    );
    let f = rows_of(&spec, &runs(0.004));
    let fit = only(&f, &[("view", "fit")]);
    assert!(f.number("alpha-low", fit).unwrap() < f.number("alpha", fit).unwrap() && f.number("alpha", fit).unwrap() < f.number("alpha-high", fit).unwrap());
    assert!(f.number("log-likelihood", fit).is_some() && f.number("p-chi2", fit).is_some());
    // Our optimum is that of another loss, so the ratio may be negative, but not by much.
    assert!(f.number("lr", fit).unwrap() > -20.0);
    assert_eq!(find(&f, &[("view", "draw")]).len() as f64, f.number("resamples", fit).unwrap());
    let rows = find(&f, &[("view", "row")]);
    let share: f64 = rows.iter().map(|r| f.number("influence", *r).unwrap()).sum();
    assert!(rows.len() == 48 && share > 0.5 && share < 1.0 + 1e-6, "{share}");
    for way in ["bootstrap", "laplace", "profile"] {
        assert!(f.number("width", only(&f, &[("view", "parameter"), ("parameter", "alpha"), ("statistic", way)])).is_some(), "{way}");
    }
    let exponent = only(&f, &[("view", "parameter"), ("parameter", "exponent"), ("statistic", "profile")]);
    assert_eq!(f.text("status", exponent), Some("no-interval"));
    let z = f.number("z", only(&f, &[("view", "parameter"), ("parameter", "alpha"), ("statistic", "bootstrap")])).unwrap();
    assert!(z.abs() < 6.0, "{z}");
}

#[test]
fn the_old_recipe_is_set_against_the_global_optimum_and_given_parameters_are_scored() {
    let spec = format!(
        "{HEAD}[[fit]]\nid = 'old'\nlaw = 'chinchilla'\nrecipe = 'hoffmann'\nstarts = 60\n[[fit]]\nid = 'mean'\nlaw = 'chinchilla'\nrecipe = 'hoffmann'\nstarts = 60\nreduction = 'mean'\ntolerance = 'scipy'\n[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\n[[fit]]\nid = 'printed'\nlaw = 'chinchilla'\nrecipe = 'given'\nstart = {{ alpha = 0.35, beta = 0.37, e = 1.8 }}\nstart-ln = {{ a = {}, b = {} }}\n[[fit]]\nid = 'one'\nlaw = 'chinchilla'\nrecipe = 'from'\nloss = 'squares'\nstart = {{ alpha = 0.3, beta = 0.3 }}\npinned = {{ e = 1.8 }}\n",
        480f64.ln(),
        2100f64.ln()
    );
    let f = rows_of(&spec, &runs(0.01));
    let row = |id: &str| only(&f, &[("view", "fit"), ("method", id)]);
    // SciPy's optimum of these rows, see `separable/tests.rs` of fitters.
    near(&f, row("ours"), "objective", 2.614_906_655_962_57e-4, 1e-6);
    near(&f, row("old"), "optimum", 2.614_906_655_962_57e-4, 1e-6);
    near(&f, row("old"), "ratio-best", 1.0, 1e-4);
    assert!(f.number("success", row("old")).unwrap() >= 0.1 && f.number("success", row("mean")) == Some(0.0));
    near(&f, row("ours"), "huber", f.number("objective", row("ours")).unwrap(), 1e-9);
    assert_eq!((f.text("outcome", row("printed")), f.number("free", row("printed"))), (Some("given"), Some(0.0)));
    near(&f, row("printed"), "b", 2100.0, 1e-12);
    assert!(f.number("huber", row("printed")) > f.number("huber", row("ours")));
    assert!(f.number("r2", row("printed")).unwrap() > 0.99);
    assert_eq!((f.number("e", row("one")), f.number("free", row("one"))), (Some(1.8), Some(4.0)));
}

#[test]
fn units_counts_groups_and_filters() {
    let spec = "inputs = { params = '1e-6 * params', tokens = 'tokens / 1e9' }\ntarget = 'bits'\nunit = 'bits'\ngroup = 'family'\nrows = { last = { of = 'tokens', by = 'run' } }\n[[fit]]\nid = 'tied'\nlaw = 'ensemble'\ninputs = { members = 'params' }\nloss = 'squares'\npinned = { e = 1.9 }\n[[fit]]\nid = 'all'\nlaw = 'ensemble'\ninputs = { members = 'params' }\nrows = { select = { family = 'f9' } }\ndrop-highest = 1\n";
    let f = rows_of(spec, &runs(0.0));
    assert_eq!(find(&f, &[("view", "fit"), ("method", "tied"), ("status", "ok")]).iter().map(|r| f.number("n", *r)).collect::<Vec<_>>(), [Some(3.0); 2]);
    // A filter that keeps nothing leaves no group, and says so.
    assert_eq!(f.text("status", only(&f, &[("view", "fit"), ("method", "all")])), Some("no-rows"));
    let plain = rows_of(&format!("{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n"), &runs(0.0));
    let scaled = rows_of(
        "inputs = { params = '1e-6 * params', tokens = 'tokens / 1e9' }\ntarget = 'bits'\nunit = 'bits'\n[[fit]]\nid = 'a'\nlaw = 'chinchilla'\ndrop-highest = 5\n",
        &runs(0.0),
    );
    for name in ["e", "alpha", "beta"] {
        near(&scaled, 0, name, plain.number(name, 0).unwrap(), 1e-4);
    }
    near(&scaled, 0, "a", 480.0 * 1e-6f64.powf(0.35), 1e-3);
    assert_eq!((scaled.number("n", 0), scaled.number("highest-dropped", 0)), (Some(43.0), Some(5.0)));
}

#[test]
fn what_cannot_be_answered_is_a_row() {
    let f = rows_of("inputs = { params = 'params', tokens = 'toks' }\ntarget = 'loss'\n[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n", &runs(0.0));
    assert_eq!((f.text("status", 0), f.text("parameter", 0), f.len()), (Some("no-such-column"), Some("toks"), 1));
    let f = rows_of(&format!("{HEAD}rows = {{ select = {{ run = 'm0' }}, below = {{ tokens = 5e8 }} }}\n[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n"), &runs(0.0));
    assert_eq!(f.text("status", 0), Some("too-few-points"));
    let f = rows_of(&format!("{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n[[split]]\nid = 's'\nkind = 'largest-model'\ntarget = 'm7'\n"), &runs(0.0));
    assert_eq!((f.text("status", 0), f.text("parameter", 0)), (Some("no-such-run"), Some("m7")));
    let csv = "run,params,tokens,loss\na,1e6,1e8,-1\nb,1e7,,3\nc,1e8,1e9,2\nd,1e8,2e9,2\ne,1e8,3e9,2\nf,2e8,3e9,2\n";
    let f = rows_of(&format!("{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n"), &table(csv, &["run"], &["params", "tokens", "loss"]));
    assert_eq!(f.text("status", 0), Some("not-positive"));
}

#[test]
fn schedules_are_a_column() {
    let annealing = models::find("lr_annealing").unwrap();
    // S₂ reaches 7 here: a larger gain would bring the loss below zero.
    let truth = [2.6, 0.4, 0.5, 0.04, 0.9];
    let mut csv = String::from("schedule,step,lr,loss\n");
    for (name, floor) in [("slow", 0.3), ("fast", 0.05), ("logged", 0.1)] {
        let schedule = models::schedule::shapes::warm_up_stable_decay(300, 10, 150, 1.0, floor, models::schedule::shapes::Decay::Linear).unwrap();
        for step in (10..=300).step_by(10) {
            let loss = annealing.eval(&At::at(&[step as f64]).with_schedule(&schedule), &truth);
            csv.push_str(&format!("{name},{step},{},{loss}\n", schedule.rate(step).unwrap()));
        }
    }
    let shape =
        |id: &str, floor: f64| format!("[[shape]]\nid = '{id}'\nshape = 'wsd-linear'\nlast = 300\nwarm-up = 10\nfrom = 150\npeak = 1.0\nfloor = {floor}\n");
    let spec = format!(
        "inputs = {{ step = 'step' }}\ntarget = 'loss'\nrun = 'schedule'\nschedule = 'schedule'\nrate = 'lr'\nprogress = 'step'\n[[fit]]\nid = 'a'\nlaw = 'lr_annealing'\n[[split]]\nid = 'unseen'\nkind = 'column'\ntrain = {{ select = {{ schedule = ['slow', 'fast'] }} }}\ntest = {{ select = {{ schedule = 'logged' }} }}\n{}{}",
        shape("slow", 0.3),
        shape("fast", 0.05)
    );
    let f = rows_of(&spec, &table(&csv, &["schedule"], &["step", "lr", "loss"]));
    let fit = only(&f, &[("view", "fit")]);
    assert_eq!((f.text("status", fit), f.number("runs", fit)), (Some("ok"), Some(2.0)));
    // The rates between logged steps are straight lines, as they were made: nothing is lost.
    let all = only(&f, &[("view", "prediction"), ("level", "all")]);
    assert!(f.number("n", all) == Some(30.0) && f.number("are", all).unwrap() < 1e-3, "{:?} {}", f.number("are", all), f.to_csv());
}

#[test]
fn budgets_without_a_law() {
    // Equal exponents and centred profiles: the parabola has no bias, and sizes grow with the root of compute.
    let surface = fitters::Surface { e: 1.69, a: 400.0, b: 400.0, alpha: 0.31, beta: 0.31 };
    let mut csv = String::from("params,tokens,loss\n");
    for budget in [1e18, 1e19, 1e20] {
        let centre = surface.optimum(budget, 6.0).unwrap().params;
        for k in -7..=7 {
            let params = centre * (0.2 * f64::from(k)).exp();
            let tokens = budget / 6.0 / params;
            csv.push_str(&format!("{params},{tokens},{}\n", surface.loss(params, tokens)));
        }
    }
    let spec = format!("resamples = 20\n{HEAD}[[allocation]]\nid = 'iso'\nkind = 'parabola'\n[[allocation]]\nid = 'edge'\nkind = 'envelope'\nbins = 10\n");
    let f = rows_of(&spec, &table(&csv, &[], &["params", "tokens", "loss"]));
    let each = find(&f, &[("view", "isoflop"), ("method", "iso"), ("level", "each")]);
    assert_eq!(
        each.iter().map(|r| (f.text("budget", *r).unwrap(), f.number("n", *r).unwrap())).collect::<Vec<_>>(),
        [("1e18", 15.0), ("1e19", 15.0), ("1e20", 15.0)]
    );
    near(&f, each[1], "params", surface.optimum(1e19, 6.0).unwrap().params, 1e-9);
    let power = only(&f, &[("view", "isoflop"), ("method", "iso"), ("level", "all"), ("parameter", "params")]);
    near(&f, power, "exponent", 0.5, 1e-9);
    assert!(f.number("exponent-low", power).unwrap() <= 0.5 + 1e-9 && f.number("exponent-high", power).unwrap() >= 0.5 - 1e-9);
    let edge = only(&f, &[("view", "isoflop"), ("method", "edge"), ("level", "all"), ("parameter", "tokens")]);
    near(&f, edge, "exponent", 0.5, 1e-6);
}

/// Losses of a law at equal compute, sizes around the best one.
fn profiles(surface: fitters::Surface, budgets: &[f64], widest: i32, error: f64) -> RunTable {
    let mut csv = String::from("params,tokens,loss,flop\n");
    for budget in budgets {
        let centre = surface.optimum(*budget, 6.0).unwrap().params;
        for k in -widest..=widest {
            let params = centre * (0.2 * f64::from(k)).exp();
            // A budget as it comes of steps and batches: no two rows have quite the same.
            let flop = budget * (1.0 + error * f64::from(k));
            csv.push_str(&format!("{params},{},{},{flop}\n", flop / 6.0 / params, surface.loss(params, flop / 6.0 / params)));
        }
    }
    table(&csv, &[], &["params", "tokens", "loss", "flop"])
}

#[test]
fn a_budget_is_named_by_its_digits_and_computed_with_as_it_is() {
    let surface = fitters::Surface { e: 1.69, a: 400.0, b: 400.0, alpha: 0.31, beta: 0.31 };
    let budgets = [1.25e18, 2.5e18, 5e18, 1e19, 1.28e19, 2.56e19];
    for (kind, tolerance) in [("parabola", 1e-9), ("akima", 2e-3)] {
        let spec = format!("resamples = 20\n{HEAD}[[allocation]]\nid = 'iso'\nkind = '{kind}'\ncompute = 'flop'\n");
        let f = rows_of(&spec, &profiles(surface, &budgets, 7, 0.0));
        let each = find(&f, &[("view", "isoflop"), ("level", "each")]);
        let names: Vec<&str> = each.iter().map(|r| f.text("budget", *r).unwrap()).collect();
        assert_eq!(names, ["1.2e18", "2.5e18", "5e18", "1e19", "1.3e19", "2.6e19"], "{kind}");
        for (row, budget) in each.iter().zip(budgets) {
            // Not 1.2e18 for 1.25e18, and so not 4 % fewer tokens.
            assert_eq!(f.number("flop", *row), Some(budget), "{kind}");
            near(&f, *row, "tokens", surface.optimum(budget, 6.0).unwrap().tokens, tolerance);
            let product = 6.0 * f.number("params", *row).unwrap() * f.number("tokens", *row).unwrap();
            assert!((product / budget - 1.0).abs() < 1e-12, "{kind}: {product} {budget}");
        }
        for parameter in ["params", "tokens"] {
            let power = only(&f, &[("view", "isoflop"), ("level", "all"), ("parameter", parameter)]);
            // With rounded budgets it would be 0.4921.
            near(&f, power, "exponent", 0.5, tolerance);
            let interval = [f.number("exponent-low", power).unwrap(), f.number("exponent-high", power).unwrap()];
            assert!(interval[0] <= 0.5 * (1.0 + tolerance) && interval[1] >= 0.5 * (1.0 - tolerance), "{kind} {interval:?}");
        }
    }
}

#[test]
fn rows_of_a_budget_that_differ_have_their_geometric_mean() {
    let surface = fitters::Surface { e: 1.69, a: 400.0, b: 400.0, alpha: 0.31, beta: 0.31 };
    let f = rows_of(&format!("{HEAD}[[allocation]]\nid = 'iso'\nkind = 'parabola'\ncompute = 'flop'\n"), &profiles(surface, &[1e18, 4e18], 3, 0.001));
    let row = find(&f, &[("view", "isoflop"), ("level", "each")])[0];
    let mean = (1..=3).map(|k| (1.0 - (0.001 * f64::from(k)).powi(2)).ln()).sum::<f64>() / 7.0;
    assert_eq!(f.text("budget", row), Some("1e18"));
    near(&f, row, "flop", 1e18 * mean.exp(), 1e-12);
    assert!(f.number("flop", row) != Some(1e18));
}

#[test]
fn a_profile_can_be_drawn_through_the_logarithms_of_losses() {
    // ln loss is a parabola in ln params: only the profile of ln loss finds its vertex.
    let mut csv = String::from("params,tokens,loss\n");
    for (budget, centre) in [(1e18, 1e8), (1e20, 1e9)] {
        for k in -6..=8 {
            let d = 0.25 * f64::from(k);
            let params = centre * f64::exp(d);
            csv.push_str(&format!("{params},{},{}\n", budget / 6.0 / params, (1.0 + 0.3 * d * d).exp()));
        }
    }
    let two = "[[allocation]]\nid = 'ln'\nkind = 'parabola'\nprofile-of = 'ln-loss'\n[[allocation]]\nid = 'plain'\nkind = 'parabola'\n";
    let f = rows_of(&format!("slack = 0.01\n{HEAD}{two}"), &table(&csv, &[], &["params", "tokens", "loss"]));
    let row = |method: &str| find(&f, &[("view", "isoflop"), ("level", "each"), ("method", method)])[0];
    near(&f, row("ln"), "params", 1e8, 1e-9);
    near(&f, row("ln"), "loss", std::f64::consts::E, 1e-9);
    // A hundredth above the least loss: 0.3 d² = ln 1.01.
    near(&f, row("ln"), "near-high", 1e8 * f64::exp((1.01f64.ln() / 0.3).sqrt()), 1e-9);
    assert!((f.number("params", row("plain")).unwrap() / 1e8 - 1.0).abs() > 1e-3);
    let wrong: SurfaceSpec = toml::from_str(&format!("{HEAD}[[allocation]]\nid = 'edge'\nkind = 'envelope'\nprofile-of = 'ln-loss'\n")).unwrap();
    assert!(wrong.check().unwrap_err().contains("profile-of"));
    // A loss of 0 has no logarithm: a row that says so, not a panic.
    let none = rows_of(&format!("{HEAD}{two}"), &table(&csv.replace(&format!("{}\n", 1.0f64.exp()), "0\n"), &[], &["params", "tokens", "loss"]));
    assert!(find(&none, &[("view", "isoflop"), ("level", "each"), ("method", "ln")]).iter().all(|r| !none.is_ok(*r)));
}

#[test]
fn coverage_is_counted_against_the_truth() {
    let spec = format!(
        "resamples = 30\n{HEAD}[[simulate]]\nid = 'cover'\nlaw = 'chinchilla'\ntruth = {{ e = 1.8, a = 480.0, b = 2100.0, alpha = 0.35, beta = 0.37 }}\nloss = 'log-squares'\nrun-noise = 0.002\nrow-noise = 0.004\nrepeats = 3\nintervals = ['bootstrap']\n"
    );
    let f = rows_of(&spec, &runs(0.0));
    let rows = find(&f, &[("view", "coverage"), ("parameter", "alpha"), ("status", "ok")]);
    assert_eq!(rows.len(), 3, "{}", f.to_csv());
    for r in rows {
        let inside = (f.number("low", r).unwrap()..=f.number("high", r).unwrap()).contains(&0.35);
        assert_eq!(f.number("covered", r), Some(f64::from(u8::from(inside))));
        assert!(f.number("estimate", r) != Some(0.35));
    }
}

#[test]
fn the_same_rows_every_time_and_back_from_parquet() {
    let spec = format!(
        "resamples = 25\nbudgets = [1e21]\nlosses = [2.0]\nbaselines = ['last-value']\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\nintervals = ['bootstrap']\n[[fit]]\nid = 'b'\nlaw = 'kaplan'\nstarts = 30\n[[split]]\nid = 's'\nkind = 'largest-model'\nfractions = [0.6, 1.0]\n[[allocation]]\nid = 'edge'\nkind = 'envelope'\nbins = 5\n"
    );
    let (x, y) = (rows_of(&spec, &runs(0.01)), rows_of(&spec, &runs(0.01)));
    assert_eq!(x.to_csv(), y.to_csv());
    // And back from the file that they are kept in, types and all.
    let kept = crate::frames::from_parquet("t", &crate::frames::to_parquet(&x).unwrap()).unwrap();
    assert_eq!(crate::frames::fingerprint(&x, &[]), crate::frames::fingerprint(&kept, &[]));
    assert_eq!(find(&x, &[("view", "optimum"), ("method", "b"), ("status", "bad-setting")]).len(), 2);
}

#[test]
fn a_search_as_curve_fit_makes_it_stops_where_that_stops() {
    let fit = |id: &str, loss: &str| {
        format!(
            "[[fit]]\nid = '{id}'\nlaw = 'chinchilla'\nloss = '{loss}'\nrecipe = 'curve-fit'\nstart = {{ alpha = 0.3526596, beta = 0.3526596 }}\nstart-ln = {{ e = 0.6254804, a = 6.255414, b = 7.3049974 }}\n"
        )
    };
    let f = rows_of(&format!("{HEAD}{}", fit("theirs", "squares")), &runs(0.01));
    let row = only(&f, &[("view", "fit"), ("method", "theirs")]);
    // SciPy 1.17.1, least_squares(method="trf") on the same rows.
    for (column, want) in [
        ("ln-a", 6.173_472_136_866_742),
        ("ln-b", 7.545_887_054_607_349),
        ("ln-e", 0.583_595_837_975_168),
        ("alpha", 0.349_727_128_094_906_8),
        ("beta", 0.364_866_435_867_327_37),
        ("objective", 0.026_258_269_074_642_94),
    ] {
        near(&f, row, column, want, 1e-8);
    }
    assert_eq!((f.number("evaluations", row), f.text("outcome", row)), (Some(4.0), Some("converged")));
    let robust: SurfaceSpec = toml::from_str(&format!("{HEAD}{}", fit("robust", "log-huber"))).unwrap();
    assert!(robust.check().unwrap_err().contains("squares"));
}

#[test]
fn predictions_can_be_held_against_another_column_than_was_fitted() {
    let spec =
        format!("actual = '2 * loss'\n{HEAD}[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\n[[split]]\nid = 'largest'\nkind = 'largest-model'\nmodels = [5]\n");
    let f = rows_of(&spec, &runs(0.0));
    let all = only(&f, &[("view", "prediction"), ("level", "all"), ("method", "ours")]);
    near(&f, all, "are", 50.0, 1e-4);
    let asked: SurfaceSpec = toml::from_str(&format!("actual = '2 * * loss'\n{HEAD}[[fit]]\nid = 'ours'\nlaw = 'chinchilla'\n")).unwrap();
    assert!(asked.check().is_err());
}

#[test]
fn recipes_have_standard_names_beside_their_own() {
    use super::Recipe;
    for (own, standard) in [("from", "local"), ("given", "fixed"), ("stages", "su-three-stage"), ("hoffmann", "grid-lbfgs")] {
        let of = |word: &str| toml::from_str::<super::FitOf>(&format!("recipe = '{word}'")).unwrap().recipe;
        assert_eq!(of(own), of(standard));
        // What is written, and so what keys are made of, does not depend on the name that was used.
        assert!(toml::to_string(&super::FitOf { recipe: of(standard), ..Default::default() }).unwrap().contains(&format!("recipe = \"{own}\"")));
    }
    assert_eq!(toml::from_str::<super::FitOf>("").unwrap().recipe, Recipe::Global);
}

#[test]
fn the_tokens_that_a_loss_takes_are_those_of_its_row_where_the_law_holds() {
    let split = "[[split]]\nid = 's'\nkind = 'largest-model'\n";
    let spec = format!("needed = 'tokens'\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n{split}");
    let f = rows_of(&spec, &runs(0.0));
    let each = find(&f, &[("view", "prediction"), ("level", "each")]);
    assert!(!each.is_empty());
    for row in each {
        assert!((f.number("needed", row).unwrap() / f.number("tokens", row).unwrap() - 1.0).abs() < 1e-3);
        assert!(f.number("needed-are", row).unwrap() < 0.1 && f.number("reached", row) == Some(1.0));
    }
    // A floor above all losses is never come down from.
    let high = format!(
        "needed = 'tokens'\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\nrecipe = 'given'\nstart = {{ e = 9.0, a = 480.0, b = 2100.0, alpha = 0.35, beta = 0.37 }}\n{split}"
    );
    let f = rows_of(&high, &runs(0.0));
    for row in find(&f, &[("view", "prediction"), ("level", "each")]) {
        assert_eq!((f.number("needed", row), f.number("needed-are", row), f.number("reached", row)), (None, Some(100.0), Some(0.0)));
    }
    for (wrong, why) in [("needed = 'steps'", "none of inputs"), ("needed = 'tokens'\neach = false", "each = false")] {
        let asked: SurfaceSpec = toml::from_str(&format!("{wrong}\n{HEAD}[[fit]]\nid = 'a'\nlaw = 'chinchilla'\n")).unwrap();
        assert!(asked.check().unwrap_err().contains(why), "{wrong}");
    }
}
