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
protocol = "extrapolate"
source = "prior"
seen = ["10%", "200"]
methods = ["persist", "ls", "mcmc"]

[[ask]]
id = "real"
protocol = "extrapolate"
source = "runs"
seen = ["40%"]
methods = ["persist"]

[[ask]]
id = "stopping"
protocol = "stop"
source = "runs"
methods = ["persist"]
orders = 3
budget = 2

[[ask.policy]]
id = "no-stop"
rule = "never"

[[ask.policy]]
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

fn bytes(p: &Plan) -> Vec<Vec<u8>> {
    p.jobs.iter().map(|j| p.store.bytes(&j.key).unwrap()).collect()
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let (a, b) = (plan(&root, "full", &[], &dir.path().join("a")), plan(&root, "full", &[], &dir.path().join("b")));
    run(&a, 1, None);
    run(&b, 2, None);
    assert_eq!(a.jobs, b.jobs);
    assert_eq!(bytes(&a), bytes(&b));
    let hash = |p: &Plan| runner::Manifest::of(p, 0).unwrap().rows_sha256;
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
    std::fs::write(dir.path().join("cut/.rows").join(format!("{}.csv.123.tmp", undone.key)), "ask,sour").unwrap();
    run(&cut, 2, None);
    assert_eq!(cut.open(), 0);
    assert_eq!(bytes(&whole), bytes(&cut));
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
    let e = Experiment::load(&root, "tiny", "full", &[]).unwrap();
    let err = Plan::new(&root, e.clone(), Some(&root.join("mirror")), None).err().unwrap();
    assert_eq!(err.code(), exit::DATA);
    assert!(err.to_string().contains("runs.csv: its checksum is"), "{err}");
    let p = Plan::new(&root, e, None, None).unwrap();
    assert!(p.missing["runs"].contains("curvecast get runs"), "{}", p.missing["runs"]);
    assert!(!p.available().contains("data:runs"));
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
    assert!(with("seen = [\"10%\", \"200\"]", "seen = [\"110%\"]").contains("no part of a curve"));
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

#[test]
fn a_damaged_rows_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let p = plan(&root, "full", &[], &dir.path().join("r"));
    run(&p, 2, None);
    std::fs::write(dir.path().join("r/.rows").join(format!("{}.csv", p.jobs[0].key)), "ask,log-score\nforecast,one\n").unwrap();
    let e = p.gather().err().unwrap().to_string();
    assert!(e.contains(&p.jobs[0].key) && e.contains("remove the file"), "{e}");
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
    let found = runner::dataset::Dataset::find(&root, "small", None).unwrap();
    let set = found.curves("small").unwrap();
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
