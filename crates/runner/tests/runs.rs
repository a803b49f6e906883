//! Whole runs of a tiny experiment: the same bytes on any number of threads, resumed or not; failures as rows; errors that name the place.

mod common;

use common::{RUNS, edit, plan, workspace};
use runner::{Experiment, Plan, RunError, exit};

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
                tables::TableColumn::Logged(_) => panic!("rows have no blanks: {name}"),
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
