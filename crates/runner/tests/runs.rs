//! Whole runs of a tiny experiment: the same bytes on any number of threads, resumed or not; failures as rows; errors that name the place.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use runner::{Experiment, Plan, RunError, exit};

const SPEC: &str = r#"
[experiment]
title = "tiny"
paper = { arxiv = "0000.00000", bib = "none" }
version = 1
seed = 7

[source.prior]
draw = "domhan3"
curves = 30

[source.runs]
from = "runs"
curves = 10
drop-initial = true

[source.runs.scale]
hard-low = 0.0
soft-low = 0.0
soft-high = "initial"
hard-high = inf

[[method]]
id = "persist"
use = "persist"

[[method]]
id = "ls"
use = "least-squares"
with = { laws = ["pow3", "ilog2"], starts = 2, draws = 20 }

[[method]]
id = "mcmc"
use = "ensemble"
with = { prior = "domhan3", walkers = 26, readings = [{ name = "m", samples = 20, burn-in = 5, thin = 1 }], draws = 100 }
curves = { prior = 3 }

[[ask]]
id = "forecast"
source = "prior"

[ask.extrapolate]
cutoffs = ["10%", "200"]
methods = ["persist", "ls", "mcmc"]

[[ask]]
id = "real"
source = "runs"

[ask.extrapolate]
cutoffs = ["40%"]
methods = ["persist"]

[[ask]]
id = "stopping"
source = "runs"

[ask.stop]
methods = ["persist"]
orders = 3
budget = 2

[[ask.stop.policy]]
id = "no-stop"
rule = "never"

[[ask.stop.policy]]
id = "forecast"
rule = "forecast"
answer = "persist"
below = 0.05

[size.full]
[size.laptop.set]
"source.prior.curves" = 20
"#;

const DATASET: &str = r#"
title = "three runs"
licence = "ours"
bib = "none"
folder = "runs"

[files."runs.csv"]
sha256 = "SHA"

[curves]
file = "runs.csv"
resource = { name = "epoch" }
measure = { name = "loss", unit = "nats", better = "lower" }
wide = { id = ["task", "config"], prefix = "e" }
expect = 3
"#;

const RUNS: &str =
    "task,config,e0,e1,e2,e3,e4,e5,e6\nt,0,0.7,0.6,0.5,0.45,0.42,0.4,0.39\nt,1,0.7,0.69,nan,nan,nan,nan,nan\nt,2,0.7,0.68,0.67,0.66,0.66,0.66,0.66\n";

fn workspace(dir: &Path) -> PathBuf {
    let root = dir.join("house");
    for d in ["experiments/tiny", "datasets/runs", "mirror/runs"] {
        std::fs::create_dir_all(root.join(d)).unwrap();
    }
    std::fs::write(root.join("Cargo.toml"), "").unwrap();
    std::fs::write(root.join("experiments/tiny/spec.toml"), SPEC).unwrap();
    std::fs::write(root.join("experiments/tiny/published.toml"), "").unwrap();
    std::fs::write(root.join("datasets/runs/dataset.toml"), DATASET.replace("SHA", &runner::dataset::sha256(RUNS.as_bytes()))).unwrap();
    std::fs::write(root.join("mirror/runs/runs.csv"), RUNS).unwrap();
    root
}

fn plan(root: &Path, size: &str, set: &[&str], results: &Path) -> Plan {
    let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    let e = Experiment::load(root, "tiny", size, &set).unwrap();
    Plan::new(root, e, Some(&root.join("mirror")), Some(results)).unwrap()
}

fn run(p: &Plan, threads: usize, shard: Option<&str>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| p.run(shard.map(|s| s.parse().unwrap()), |_, _| {})).unwrap();
}

/// What every job found, whatever its seconds: rows and kept forecasts.
fn found(p: &Plan) -> Vec<String> {
    let print = |f: &evaluation::Frame| runner::frames::fingerprint(f, &[]);
    p.jobs.iter().map(|j| print(&p.store.rows(&j.key).unwrap().0) + &print(&p.store.kept(&j.key).unwrap())).collect()
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let (a, b) = (plan(&root, "full", &[], &dir.path().join("a")), plan(&root, "full", &[], &dir.path().join("b")));
    run(&a, 1, None);
    run(&b, 2, None);
    assert_eq!(a.jobs, b.jobs);
    assert_eq!(found(&a), found(&b));
    let hash = |p: &Plan| p.gather().unwrap().manifest.rows_sha256;
    assert_eq!(hash(&a), hash(&b));
}

#[test]
fn a_run_cut_short_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let (whole, cut) = (plan(&root, "full", &[], &dir.path().join("whole")), plan(&root, "full", &[], &dir.path().join("cut")));
    run(&whole, 2, None);
    // Half of the jobs, and the half-written file a kill leaves behind.
    run(&cut, 1, Some("1/2"));
    let open = cut.open();
    assert!(open > 0 && open < cut.jobs.len(), "{open}");
    let undone = cut.jobs.iter().find(|j| !cut.store.has(&j.key)).unwrap();
    let half = dir.path().join("cut/.rows").join(format!(".{}.rows.4000000000-1.tmp", undone.key));
    std::fs::write(&half, "half").unwrap();
    run(&cut, 2, None);
    assert_eq!(cut.open(), 0);
    assert_eq!(found(&whole), found(&cut));
    // Nothing is left to do, and nothing is done twice.
    assert_eq!(cut.run(None, |_, _| {}).unwrap(), 0);
}

#[test]
fn a_larger_size_takes_over_the_rows_of_a_smaller() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let small = plan(&root, "laptop", &[], &dir.path().join("r"));
    run(&small, 2, None);
    let large = plan(&root, "full", &[], &dir.path().join("r"));
    assert!(large.open() > 0 && large.open() < large.jobs.len(), "{} of {}", large.open(), large.jobs.len());
    assert_ne!(small.results, large.results);
}

#[test]
fn what_cannot_be_asked_is_a_row_with_a_status() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    let g = p.gather().unwrap();
    let count = |pairs: &[(&str, &str)]| {
        let filter = pairs.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect();
        g.frame.select(&filter).unwrap().len()
    };
    // A cutoff beyond the end, on every curve and for every method.
    assert_eq!(count(&[("seen", "200"), ("status", "nothing-to-foresee")]), 30 + 2 * 30 + 3);
    // A run that diverged.
    assert_eq!(count(&[("ask", "real"), ("status", "no-curve")]), 1);
    assert_eq!(count(&[("ask", "real"), ("status", "ok")]), 2);
    // Replays reach every policy, order and level, and no stopping is its own measure.
    assert_eq!(count(&[("ask", "stopping"), ("level", "order")]), 2 * 3);
    let rows = g.frame.select(&[("method".to_owned(), vec!["no-stop".to_owned()]), ("level".to_owned(), vec!["all".to_owned()])].into()).unwrap();
    assert_eq!(g.frame.number("speed-up", rows[0]), Some(1.0));
    assert!(g.frame.numbers("seconds").unwrap().iter().any(|v| v.is_finite()));
}

#[test]
fn data_that_are_absent_leave_their_part_out_and_damaged_data_stop_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    std::fs::write(root.join("mirror/runs/runs.csv"), RUNS.replace("0.39", "0.38")).unwrap();
    let err = plan(&root, "full", &[], &dir.path().join("r")).run(None, |_, _| {}).unwrap_err();
    assert_eq!(err.code(), exit::DATA);
    assert!(err.to_string().contains("runs.csv: its checksum is"), "{err}");
    let e = Experiment::load(&root, "tiny", "full", &[]).unwrap();
    let p = Plan::new(&root, e, None, Some(&dir.path().join("r"))).unwrap();
    assert!(p.missing["runs"].to_string().contains("curvecast get runs"), "{}", p.missing["runs"]);
    assert!(!p.available().contains("data:runs"));
    p.run(None, |_, _| {}).unwrap();
    let manifest = p.gather().unwrap().manifest.to_json();
    assert!(manifest.contains("\"runs\": \"dataset") && !manifest.contains(&root.display().to_string()), "a manifest knows no path: {manifest}");
}

/// A folder where a file should be, a link that leads nowhere.
#[test]
fn a_file_that_is_none_is_absent() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let file = root.join("mirror/runs/runs.csv");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(plan(&root, "full", &[], &dir.path().join("r")).missing.contains_key("runs"));
}

fn edit(root: &Path, file: &str, from: &str, to: &str) {
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Faults B1 and 1: rows made by another recipe must not be taken for those of this one.
#[test]
fn an_edited_recipe_opens_the_jobs_that_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let results = dir.path().join("r");
    let of_runs = |p: &Plan| p.jobs.iter().filter(|j| j.ask > 0).map(|j| j.key.clone()).collect::<Vec<_>>();
    let before = plan(&root, "full", &[], &results);
    for (from, to) in
        [("better = \"lower\"", "better = \"higher\""), ("prefix = \"e\"", "prefix = \"e\", first = 1.0"), ("id = [\"task\", \"config\"]", "id = [\"config\"]")]
    {
        edit(&root, "datasets/runs/dataset.toml", from, to);
        let after = plan(&root, "full", &[], &results);
        assert!(of_runs(&before).iter().all(|k| !of_runs(&after).contains(k)), "{to}");
        assert_eq!(before.jobs[0].key, after.jobs[0].key, "the prior's jobs stay");
        edit(&root, "datasets/runs/dataset.toml", to, from);
    }
    edit(&root, "datasets/runs/dataset.toml", "title = \"three runs\"", "title = \"3 runs\"");
    assert_eq!(of_runs(&before), of_runs(&plan(&root, "full", &[], &results)), "a title decides nothing");
}

/// Fault 10: without a checksum in the description the bytes themselves decide.
#[test]
fn data_without_a_checksum_are_hashed() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let sum = format!("sha256 = \"{}\"", runner::dataset::sha256(RUNS.as_bytes()));
    edit(&root, "datasets/runs/dataset.toml", &sum, "");
    let before = plan(&root, "full", &[], &dir.path().join("r"));
    std::fs::write(root.join("mirror/runs/runs.csv"), RUNS.replace("0.39", "0.38")).unwrap();
    let after = plan(&root, "full", &[], &dir.path().join("r"));
    assert_ne!(before.identities["runs"], after.identities["runs"]);
    assert_ne!(before.jobs.last().map(|j| &j.key), after.jobs.last().map(|j| &j.key));
}

/// Also of the audit: the size of a tidy file was never looked at.
#[test]
fn a_tidy_file_of_another_size_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    edit(&root, "datasets/runs/dataset.toml", "sha256 = ", "bytes = 1\nsha256 = ");
    let e = plan(&root, "full", &[], &dir.path().join("r")).run(None, |_, _| {}).unwrap_err();
    assert!(e.code() == exit::DATA && e.to_string().contains("dataset.toml says 1"), "{e}");
}

/// Faults B3 and 7: a wrong recipe is no absent data.
#[test]
fn a_recipe_that_does_not_fit_its_data_stops_the_run() {
    for (from, to, word) in [("expect = 3", "expect = 4", "3 curves, where 4 are expected"), ("\"config\"", "\"confi\"", "did you mean \"config\"?")] {
        let dir = tempfile::tempdir().unwrap();
        let root = workspace(dir.path());
        edit(&root, "datasets/runs/dataset.toml", from, to);
        let p = plan(&root, "full", &[], &dir.path().join("r"));
        assert!(p.missing.is_empty());
        let e = p.run(None, |_, _| {}).unwrap_err();
        assert!(e.code() == exit::DATA && e.to_string().contains(word), "{e}");
    }
}

fn refused(root: &Path, spec: &str) -> String {
    std::fs::write(root.join("experiments/tiny/spec.toml"), spec).unwrap();
    let e = Experiment::load(root, "tiny", "full", &[]).unwrap_err();
    assert_eq!(e.code(), exit::SPEC, "{e}");
    e.to_string()
}

/// Faults B2 and 8: a protocol on data of another shape.
#[test]
fn a_protocol_on_the_wrong_shape_of_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let surface = "[[ask]]\nid = \"fit\"\nsource = \"runs\"\n[ask.surface]\ninputs = { params = \"n\" }\ntarget = \"loss\"\n[[ask.surface.fit]]\nid = \"a\"\nlaw = \"kaplan\"\n";
    let e = refused(&root, &SPEC.replace("[size.full]", &format!("{surface}\n[size.full]")));
    assert!(e.contains("ask \"fit\": surface reads a table of runs, and source \"runs\" is curves"), "{e}");
    let on_prior = "[[ask]]\nid = \"when\"\nsource = \"prior\"\n[ask.emergence]\n\n[size.full]";
    let e = refused(&root, &SPEC.replace("[size.full]", on_prior));
    assert!(e.contains("emergence reads curves"), "{e}");
    let table = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n[ask.table]\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", table)).contains("reads a table of runs"));
    let none = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", none)).contains("extrapolate, stop, surface"));
    let two = "[[ask]]\nid = \"rows\"\nsource = \"runs\"\n[ask.table]\n[ask.emergence]\n\n[size.full]";
    assert!(refused(&root, &SPEC.replace("[size.full]", two)).contains("one ask is one question"));
}

/// Faults B5, 2, 3 and 4: ids that stand for two things.
#[test]
fn ids_that_stand_for_two_things_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    assert!(refused(&root, &SPEC.replace("id = \"real\"", "id = \"forecast\"")).contains("two of [[ask]] have the id \"forecast\""));
    assert!(refused(&root, &SPEC.replace("id = \"ls\"", "id = \"persist\"")).contains("two of [[method]] have the id \"persist\""));
    let policies = SPEC.replace("id = \"no-stop\"", "id = \"forecast\"");
    assert!(refused(&root, &policies).contains("every policy has an id of its own"));
    assert!(refused(&root, &SPEC.replace("curves = { prior = 3 }", "curves = { pior = 3 }")).contains("did you mean \"prior\"?"));
}

const CLAIM: &str = "[[claim]]\nid = \"a\"\nsays = \"s\"\nwhere = \"w\"\nkind = \"value\"\nsource = \"paper\"\npublished = 1.0\nwithin = { abs = 0.1 }\nbecause = \"b\"\nof = { select = { ask = \"forecast\", method = \"persist\" }, metric = \"crps\" }\n";

/// Faults B4, 4 and 9: claims of one id, deviations about nothing, selections of what is not there.
#[test]
fn claims_are_held_to_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let load = |claims: &str| {
        std::fs::write(root.join("experiments/tiny/published.toml"), claims).unwrap();
        Experiment::load(&root, "tiny", "full", &[]).map(|_| ()).map_err(|e| {
            assert_eq!(e.code(), exit::SPEC);
            e.to_string()
        })
    };
    assert_eq!(load(CLAIM), Ok(()));
    assert!(load(&format!("{CLAIM}{CLAIM}")).unwrap_err().contains("another claim has this id"));
    let about_nothing = format!("{CLAIM}[[deviation]]\nid = \"d\"\nwhere = \"w\"\nsays = \"s\"\nwe = \"we\"\ntouches = [\"b\"]\n");
    assert!(load(&about_nothing).unwrap_err().contains("touches \"b\""));
    assert!(load(&CLAIM.replace("\"persist\"", "\"presist\"")).unwrap_err().contains("did you mean \"persist\"?"));
    assert!(load(&CLAIM.replace("ask = \"forecast\"", "ask = \"forcast\"")).unwrap_err().contains("did you mean \"forecast\"?"));
    // A network that is not there is what the claim waits for.
    assert_eq!(load(&CLAIM.replace("\"persist\"", "\"p9\"").replace("because", "needs = [\"weights:p9\"]\nbecause")), Ok(()));
}

/// Faults 9 and 21: settings that cannot work are refused before anything runs.
#[test]
fn settings_that_cannot_work_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    assert!(refused(&root, &SPEC.replace("soft-high = \"initial\"", "soft-high = nan")).contains("is no number"));
    assert!(refused(&root, &SPEC.replace("curves = 30", "curves = 9223372036854775807")).contains("neither more than"));
    assert!(refused(&root, &SPEC.replace("orders = 3", "orders = 9223372036854775807")).contains("`orders` and `budget`"));
    assert!(refused(&root, &SPEC.replace("orders = 3", "orders = 100_000").replace("budget = 2", "budget = 100_000")).contains("their product"));
    assert!(refused(&root, &SPEC.replace("budget = 2", "budget = 0")).contains("`orders` and `budget`"));
}

/// Fault 28: a name is a folder of experiments/ and nothing else.
#[test]
fn a_path_is_no_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    for name in ["tiny/", "./tiny", "../experiments/tiny", "", "."] {
        assert_eq!(Experiment::load(&root, name, "full", &[]).unwrap_err().code(), exit::NOTHING, "{name}");
    }
}

/// Fault 5: a trial with overrides has a folder of its own.
#[test]
fn overrides_never_write_over_results() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let plain = plan(&root, "full", &[], &dir.path().join("r"));
    let trial = plan(&root, "full", &["source.prior.curves=5"], &dir.path().join("r"));
    let other = plan(&root, "full", &["source.prior.curves=6"], &dir.path().join("r"));
    assert!(trial.results.starts_with(dir.path().join("r/overrides")) && trial.results != other.results && plain.results == dir.path().join("r"));
}

/// Fault 6: a file of rows that is not as it was written, in whichever way.
#[test]
fn rows_that_were_changed_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    let path = p.store.path(&p.jobs[0].key);
    let whole = std::fs::read(&path).unwrap();
    for damaged in [Vec::new(), whole[..whole.len() - 1].to_vec(), whole[..40].to_vec(), [whole.clone(), vec![0]].concat()] {
        std::fs::write(&path, damaged).unwrap();
        let e = p.gather().err().unwrap().to_string();
        assert!(e.contains(&p.jobs[0].key) && e.contains("remove the file"), "{e}");
    }
    std::fs::write(&path, whole).unwrap();
    assert!(p.gather().is_ok());
}

/// Rows that are committed say the same as the run that made them.
#[test]
fn kept_rows_give_the_results_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    let made = p.gather().unwrap();
    made.keep_rows().unwrap();
    std::fs::write(p.results.join("manifest.json"), made.manifest.to_json()).unwrap();
    let read = runner::Results::load(made.experiment.clone(), &p.results).unwrap();
    let print = |f: &evaluation::Frame| runner::frames::fingerprint(f, &[]);
    assert_eq!((print(&made.frame), print(&made.series)), (print(&read.frame), print(&read.series)));
    assert_eq!((&made.manifest, &made.available, &made.unfinished, &made.resources), (&read.manifest, &read.available, &read.unfinished, &read.resources));
    // Kept again they are the same file: nothing changed.
    let before = std::fs::metadata(p.results.join("rows.parquet")).unwrap().modified().unwrap();
    made.keep_rows().unwrap();
    assert_eq!(before, std::fs::metadata(p.results.join("rows.parquet")).unwrap().modified().unwrap());
    std::fs::write(p.results.join("rows.parquet"), "not rows").unwrap();
    assert!(runner::Results::load(made.experiment, &p.results).is_err());
}

/// What figures show of forecasts: curves that move, what was observed of them once, and every quantile of every answer.
#[test]
fn series_hold_what_figures_show() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    let series = p.gather().unwrap().series;
    let select = |pairs: &[(&str, &str)]| series.select(&pairs.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect()).unwrap();
    let observed = select(&[("ask", "forecast"), ("view", "observed"), ("seen", "10%")]);
    // Four curves of a hundred points, whichever methods were asked.
    assert_eq!(observed.len(), 400);
    let forecast = select(&[("ask", "forecast"), ("view", "forecast"), ("seen", "10%"), ("method", "persist")]);
    assert_eq!(forecast.len(), 4 * 90);
    for column in ["q05", "q25", "q50", "q75", "q95"] {
        assert!(forecast.iter().all(|&r| series.number(column, r).is_some()), "{column}");
    }
    assert!(!select(&[("view", "regret"), ("task", "all"), ("method", "no-stop")]).is_empty());
}

/// A metric that came later scores kept forecasts, and says what a run with it would have said.
#[test]
fn a_new_metric_scores_old_forecasts() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    let fresh = p.gather().unwrap().frame;
    // Rows as an earlier version wrote them: without the metric.
    for job in p.jobs.iter().filter(|j| j.ask < 2) {
        let (rows, _) = p.store.rows(&job.key).unwrap();
        let mut older = evaluation::Frame::new();
        for (name, column) in runner::frames::columns(&rows) {
            match column {
                tables::TableColumn::Text(cells) => older.push_text_column(&name, &cells),
                tables::TableColumn::Number(cells) if name != "interval-score-90" => older.push_number_column(&name, cells),
                tables::TableColumn::Number(_) => {}
            }
        }
        let out = runner::job::Output { rows: older, kept: p.store.kept(&job.key).unwrap(), seconds: Vec::new() };
        p.store.put(&job.key, &out).unwrap();
    }
    let rescored = p.gather().unwrap().frame;
    let (a, b) = (fresh.numbers("interval-score-90").unwrap(), rescored.numbers("interval-score-90").unwrap());
    assert!(a.iter().filter(|v| v.is_finite()).count() > 50);
    for (row, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * a.abs(), "row {row}: {a} {b}");
    }
}

#[test]
fn errors_name_file_place_and_nearest_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let with = |from: &str, to: &str| {
        std::fs::write(root.join("experiments/tiny/spec.toml"), SPEC.replacen(from, to, 1)).unwrap();
        let e = Experiment::load(&root, "tiny", "full", &[]).unwrap_err();
        assert_eq!(e.code(), exit::SPEC, "{e}");
        e.to_string()
    };
    let e = with("seed = 7", "sed = 7");
    assert!(e.starts_with("experiments/tiny/spec.toml:6:1: unknown field `sed`") && e.contains("did you mean `seed`?"), "{e}");
    assert!(with("draw = \"domhan3\"", "draw = \"domhan4\"").contains("did you mean"));
    assert!(with("use = \"persist\"", "use = \"presist\"").contains("did you mean \"persist\"?"));
    assert!(with("starts = 2", "strats = 2").contains("did you mean `starts`?"));
    assert!(with("\"pow3\"", "\"pow33\"").contains("pow3"));
    assert!(with("cutoffs = [\"10%\", \"200\"]", "cutoffs = [\"110%\"]").contains("no part of a curve"));
    assert!(with("walkers = 26", "walkers = 25").contains("even number"));
    assert!(with("source = \"prior\"", "source = \"pior\"").contains("did you mean \"prior\"?"));
    std::fs::write(root.join("experiments/tiny/spec.toml"), SPEC).unwrap();
    std::fs::write(root.join("experiments/tiny/published.toml"), "[[claim]]\nid = \"x\"\nsay = \"y\"\n").unwrap();
    let e = Experiment::load(&root, "tiny", "full", &[]).unwrap_err().to_string();
    assert!(e.starts_with("experiments/tiny/published.toml:3:1:") && e.contains("did you mean `says`?"), "{e}");
    assert_eq!(Experiment::load(&root, "tinny", "full", &[]).unwrap_err().code(), exit::NOTHING);
    std::fs::write(root.join("experiments/tiny/published.toml"), "").unwrap();
    assert_eq!(Experiment::load(&root, "tiny", "huge", &[]).unwrap_err().code(), exit::NOTHING);
}

#[test]
fn results_that_cannot_be_written_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "not a folder").unwrap();
    let p = plan(&root, "full", &[], &blocked);
    let e = p.run(None, |_, _| {}).unwrap_err();
    assert_eq!(e.code(), exit::WRITE);
    assert!(matches!(e, RunError::Write { .. }) && e.to_string().contains("writable"), "{e}");
}

/// A server that gives every path of `files` once or more, until the process ends.
fn serve(files: Vec<(String, Vec<u8>)>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut s) = stream else { continue };
            let mut buffer = [0; 4096];
            let n = s.read(&mut buffer).unwrap_or(0);
            let request = String::from_utf8_lossy(&buffer[..n]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
            let (status, body) = files.iter().find(|f| f.0 == path).map_or(("404 Not Found", Vec::new()), |f| ("200 OK", f.1.clone()));
            let _ = write!(s, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = s.write_all(&body);
        }
    });
    base
}

#[test]
fn get_fetches_checks_and_converts() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let losses: Vec<String> = (0..51).map(|k| format!("{}", 0.7 - 0.001 * f64::from(k))).collect();
    let loss = format!("{{\"loss\": [{}]}}", losses.join(", "));
    let hp = r#"{"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-08, "l1": 1e-05, "l2": 1e-05, "linear_decay": 1e-06, "exponential_decay": 1e-06}"#;
    let upstream = format!("[{{\"hp\": {hp}, \"train\": {loss}, \"valid\": {loss}, \"test\": {loss}}}]").into_bytes();
    let dataset = |sha: &str| {
        let file = format!("{{ path = \"data/FixedTextRNNClassification_imdb_x.json\", sha256 = \"{sha}\" }}");
        format!(
            "title = \"t\"\nlicence = \"l\"\nbib = \"b\"\nfolder = \"f\"\n[files.\"taskset_curves.csv.gz\"]\n[curves]\nfile = \"taskset_curves.csv.gz\"\nresource = {{ name = \"epoch\" }}\nmeasure = {{ name = \"valid_loss\", better = \"lower\" }}\nwide = {{ id = [\"task\", \"config\"], prefix = \"e\", filter = {{ split = \"valid\" }} }}\nexpect = 1\n[upstream]\nhome = \"h\"\nbase = \"http://127.0.0.1:1\"\nconverter = \"taskset-json\"\nfiles = [{file}]\n"
        )
    };
    let path = root.join("datasets/small/dataset.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let base = serve(vec![("data/FixedTextRNNClassification_imdb_x.json".into(), upstream.clone())]);

    std::fs::write(&path, dataset(&"0".repeat(64))).unwrap();
    let e = runner::get::get(&root, "small", Some(&base), |_| {}).unwrap_err();
    assert!(e.code() == exit::DATA && e.to_string().contains("changed upstream"), "{e}");

    std::fs::write(&path, dataset(&runner::dataset::sha256(&upstream))).unwrap();
    let e = runner::get::get(&root, "small", None, |_| {}).unwrap_err();
    assert!(e.to_string().contains("check the network"), "{e}");
    runner::get::get(&root, "small", Some(&base), |_| {}).unwrap();
    let found = runner::dataset::Dataset::verified(&root, "small", None).unwrap();
    let set = found.curves(found.dataset.curves.as_ref().unwrap()).unwrap();
    assert_eq!(set.entries()[0].id, "imdb_x/0");
    assert_eq!(set.entries()[0].y.len(), 51);
    assert!((set.entries()[0].y[50] - 0.65).abs() < 1e-6);
    // Fetched and right: the second time needs no server.
    runner::get::get(&root, "small", Some("http://127.0.0.1:1"), |_| {}).unwrap();

    let e = runner::get::get(&root, "runs", Some(&base), |_| {}).unwrap_err();
    assert!(e.to_string().contains("names no upstream files"), "{e}");
}

#[test]
fn files_of_one_name_in_several_folders_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let data = |size: &str| format!("run,loss\n{size},2.5\n");
    let base = serve(["small", "large"].map(|size| (format!("curves/{size}/cosine.csv"), data(size).into_bytes())).to_vec());
    let path = root.join("datasets/folders/dataset.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(
        &path,
        "title = \"t\"\nlicence = \"l\"\nbib = \"b\"\nfolder = \"f\"\n[files.\"small/cosine.csv\"]\n[files.\"large/cosine.csv\"]\n[upstream]\nhome = \"h\"\nbase = \"http://127.0.0.1:1\"\nconverter = \"none\"\nfiles = [{ path = \"curves/small/cosine.csv\" }, { path = \"curves/large/cosine.csv\" }]\n",
    )
    .unwrap();
    let folder = runner::get::get(&root, "folders", Some(&base), |_| {}).unwrap();
    for size in ["small", "large"] {
        assert_eq!(std::fs::read_to_string(folder.join(size).join("cosine.csv")).unwrap(), data(size));
    }
}
