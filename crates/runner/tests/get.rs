//! `curvecast get` against servers of every kind: what is not right is not kept, and nothing hangs or escapes.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use runner::dataset::sha256;
use runner::get::{Limits, get, get_within};
use runner::{RunError, exit};

const CSV: &str = "run,loss\na,2.5\nb,2.25\n";
const HTML: &str = "<!doctype html><title>Log in</title>";

/// Limits that a test can wait for.
const SHORT: Limits = Limits { connect: Duration::from_secs(2), idle: Duration::from_millis(300), least: 1_000, whole: Duration::from_secs(2), most: 100_000 };

/// A server that answers request number n for a path as it is told, until the process ends.
fn serve(answer: impl Fn(usize, &str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { continue };
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap_or(0);
            let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
            answer(n, request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/'), &mut stream);
        }
    });
    base
}

/// A whole answer. A client that has gone is no fault of the server.
fn send(stream: &mut TcpStream, body: &[u8]) {
    let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(body);
}

/// The beginning of an answer whose end is that of the connection.
fn begin(stream: &mut TcpStream) {
    let _ = write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

/// A checkout with one dataset, `d`: its tidy files and its upstream, as TOML.
fn house(files: &str, converter: &str, upstream: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("house");
    std::fs::create_dir_all(root.join("datasets/d")).unwrap();
    let text = format!(
        "title = \"t\"\nlicence = \"l\"\nbib = \"b\"\nfolder = \"f\"\n{files}\n[upstream]\nhome = \"h\"\nbase = \"http://127.0.0.1:1\"\nconverter = \"{converter}\"\nfiles = [{upstream}]\n"
    );
    std::fs::write(root.join("datasets/d/dataset.toml"), text).unwrap();
    (dir, root)
}

/// A dataset of one file, with what is known of the upstream file.
fn one(known: &str) -> (tempfile::TempDir, PathBuf) {
    house("[files.\"x.csv\"]", "none", &format!("{{ path = \"data/x.csv\"{known} }}"))
}

/// All files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            all.extend(below(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all
}

/// What `get` says; nothing is kept and it does not take long.
fn refused(root: &Path, base: &str) -> String {
    let begun = Instant::now();
    let e = get_within(root, "d", Some(base), &SHORT, |_| {}).unwrap_err();
    assert_eq!(e.code(), exit::DATA, "{e}");
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    assert_eq!(below(&root.join("datasets/d/data")), Vec::<PathBuf>::new(), "{e}");
    e.to_string()
}

#[test]
fn the_right_file_is_kept_and_not_fetched_again() {
    let sum = sha256(CSV.as_bytes());
    let base = serve(|_, _, s| send(s, CSV.as_bytes()));
    for known in [String::new(), format!(", bytes = {}", CSV.len()), format!(", bytes = {}, sha256 = \"{sum}\"", CSV.len())] {
        let (_dir, root) = one(&known);
        let mut said = Vec::new();
        let folder = get(&root, "d", Some(&base), |w| said.push(w.to_owned())).unwrap();
        assert_eq!(said, ["fetching data/x.csv"]);
        assert_eq!(std::fs::read_to_string(folder.join("x.csv")).unwrap(), CSV);
        get(&root, "d", Some("http://127.0.0.1:1"), |w| panic!("{w}")).unwrap();
        // damaged where it is kept: with a checksum, it is fetched again
        std::fs::write(folder.join("upstream/data_x.csv"), CSV.replace("2.5", "3.5")).unwrap();
        get(&root, "d", Some(&base), |_| {}).unwrap();
        let healed = std::fs::read_to_string(folder.join("x.csv")).unwrap() == CSV;
        assert_eq!(healed, known.contains("sha256"), "{known:?}");
    }
}

#[test]
fn a_file_that_is_not_the_one_described_is_not_kept() {
    let sum = sha256(CSV.as_bytes());
    let base = serve(|_, _, s| send(s, CSV.replace("2.5", "3.5").as_bytes()));
    let (_dir, root) = one(&format!(", sha256 = \"{sum}\""));
    assert!(refused(&root, &base).contains(&format!("where {sum} is expected; the file changed upstream")));
    let (_dir, root) = one(&format!(", bytes = {}", CSV.len() + 1));
    assert!(refused(&root, &base).contains("the download broke off or the file changed"));
    // the server promises more than it sends
    let base = serve(|_, _, s| {
        let _ = s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nrun,loss\n");
    });
    let (_dir, root) = one("");
    assert!(refused(&root, &base).contains("check the network"));
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let forever = || std::thread::sleep(Duration::from_secs(20));
    let (_dir, root) = one("");
    let silent = serve(move |_, _, _| forever());
    let e = refused(&root, &silent);
    assert!(e.contains("no byte came for 0.3 s; check the network"), "{e}");
    let stuck = serve(move |_, _, s| {
        begin(s);
        let _ = s.write_all(b"run,");
        forever();
    });
    let e = refused(&root, &stuck);
    assert!(e.contains("no byte came for 0.3 s"), "{e}");
    let drip = serve(|_, _, s| {
        begin(s);
        while s.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let e = refused(&root, &drip);
    assert!(e.contains("too slow: ") && e.contains(" bytes in "), "{e}");
}

#[test]
fn an_answer_without_an_end_is_cut() {
    let base = serve(|_, _, s| {
        begin(s);
        while s.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let (_dir, root) = one(", bytes = 12");
    let e = refused(&root, &base);
    assert!(e.contains("more than the 12 bytes that are expected"), "{e}");
    let (_dir, root) = one("");
    let e = refused(&root, &base);
    assert!(e.contains("more than 100000 bytes, the most of a file whose size is not known"), "{e}");
}

#[test]
fn a_packed_answer_is_counted_unpacked() {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(&vec![b'0'; 3_000_000]).unwrap();
    let bomb = out.finish().unwrap();
    assert!(bomb.len() < 10_000);
    let base = serve(move |_, _, s| {
        let _ = write!(s, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bomb.len());
        let _ = s.write_all(&bomb);
    });
    let (_dir, root) = one("");
    assert!(refused(&root, &base).contains("more than 100000 bytes"));
}

#[test]
fn what_a_login_page_left_is_forgotten() {
    let base = serve(|n, _, s| send(s, if n == 0 { HTML } else { CSV }.as_bytes()));
    let (_dir, root) = house(&format!("[files.\"x.csv\"]\nsha256 = \"{}\"", sha256(CSV.as_bytes())), "none", "{ path = \"data/x.csv\" }");
    let e = refused(&root, &base);
    assert!(e.contains("x.csv, made of the upstream files, is not the file that is described: its checksum is "), "{e}");
    assert!(e.contains("what came for data/x.csv was removed: run `cargo curvecast get d` again"), "{e}");
    let folder = get_within(&root, "d", Some(&base), &SHORT, |_| {}).unwrap();
    assert_eq!(std::fs::read_to_string(folder.join("x.csv")).unwrap(), CSV);
}

#[test]
fn what_cannot_be_converted_is_forgotten() {
    let losses = ["0.5"; 4].join(", ");
    let hp = r#"{"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-08, "l1": 1e-05, "l2": 1e-05, "linear_decay": 1e-06, "exponential_decay": 1e-06}"#;
    let loss = format!("{{\"loss\": [{losses}]}}");
    let json = format!("[{{\"hp\": {hp}, \"train\": {loss}, \"valid\": {loss}, \"test\": {loss}}}]");
    let sum = sha256(json.as_bytes());
    // of two files, one has a checksum and comes right; the other is a page at first
    let base = serve(move |n, path, s| send(s, if n < 2 && path.ends_with("b.json") { HTML.as_bytes() } else { json.as_bytes() }));
    let files = format!("{{ path = \"t/FixedTextRNNClassification_a.json\", sha256 = \"{sum}\" }}, {{ path = \"t/FixedTextRNNClassification_b.json\" }}");
    let (_dir, root) = house("[files.\"taskset_curves.csv.gz\"]", "taskset-json", &files);
    let e = get_within(&root, "d", Some(&base), &SHORT, |_| {}).unwrap_err();
    assert_eq!(e.code(), exit::DATA);
    let e = e.to_string();
    assert!(e.contains("not a TaskSet file"), "{e}");
    assert!(e.contains("what came for t/FixedTextRNNClassification_b.json was removed"), "{e}");
    let kept = below(&root.join("datasets/d/data"));
    assert_eq!(kept, [root.join("datasets/d/data/upstream/t_FixedTextRNNClassification_a.json")]);
    let mut said = Vec::new();
    let folder = get_within(&root, "d", Some(&base), &SHORT, |w| said.push(w.to_owned())).unwrap();
    assert_eq!(said, ["fetching t/FixedTextRNNClassification_b.json", "converting"]);
    assert_eq!(tables::load(&folder.join("taskset_curves.csv.gz"), None).unwrap().rows(), 6);
    assert_eq!(tables::load(&folder.join("taskset_configs.csv.gz"), None).unwrap().rows(), 2);
}

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let base = serve(|_, _, s| send(s, CSV.as_bytes()));
    let wrong = |files: &str, path: &str| {
        let (dir, root) = house(files, "none", &format!("{{ path = \"{path}\" }}"));
        let e = get_within(&root, "d", Some(&base), &SHORT, |_| {}).unwrap_err();
        assert_eq!(e.code(), exit::SPEC, "{files} {path}: {e}");
        assert_eq!(below(dir.path()), [root.join("datasets/d/dataset.toml")], "{files} {path}");
    };
    wrong("[files.\"../../../escaped.csv\"]", "data/../../../escaped.csv");
    wrong("[files.\"../../../escaped.csv\"]", "escaped.csv");
    wrong("[files.\"/tmp/curvecast-escaped.csv\"]", "x/tmp/curvecast-escaped.csv");
    wrong("[files.\"x.csv\"]", "../x.csv");
    wrong("[files.\"x.csv\"]", "data//x.csv");
    let (dir, root) = one("");
    for name in ["../../outside", "..", "", ".", "d/", "./d", "/etc"] {
        let e = get_within(&root, name, Some(&base), &SHORT, |_| {}).unwrap_err();
        assert!(matches!(e, RunError::Nothing(_)) && e.to_string().contains("is not the name of a dataset"), "{name}: {e}");
    }
    assert_eq!(below(dir.path()), [root.join("datasets/d/dataset.toml")]);
}

#[test]
fn a_description_that_cannot_work_is_refused_before_anything_is_fetched() {
    let base = serve(|_, _, s| send(s, CSV.as_bytes()));
    let (_dir, root) = house("[files.\"x.csv\"]", "none", "{ path = \"a/b_c.csv\" }, { path = \"a_b/c.csv\" }");
    let e = get_within(&root, "d", Some(&base), &SHORT, |_| {}).unwrap_err();
    assert!(e.code() == exit::SPEC && e.to_string().contains("\"a/b_c.csv\" and \"a_b/c.csv\" would be kept under one name"), "{e}");
    let (_dir, root) = house("[files.\"x.csv\"]", "taskset_json", "{ path = \"x.csv\" }");
    let e = get_within(&root, "d", Some(&base), &SHORT, |_| {}).unwrap_err();
    assert!(e.code() == exit::SPEC && e.to_string().contains("taskset-json"), "{e}");
}

#[test]
fn get_fetches_checks_and_converts() {
    let dir = tempfile::tempdir().unwrap();
    let root = common::workspace(dir.path());
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
    let served = upstream.clone();
    let base = serve(move |_, path, s| {
        if path == "data/FixedTextRNNClassification_imdb_x.json" {
            send(s, &served)
        }
    });

    std::fs::write(&path, dataset(&"0".repeat(64))).unwrap();
    let e = get(&root, "small", Some(&base), |_| {}).unwrap_err();
    assert!(e.code() == exit::DATA && e.to_string().contains("changed upstream"), "{e}");

    std::fs::write(&path, dataset(&sha256(&upstream))).unwrap();
    let e = get(&root, "small", None, |_| {}).unwrap_err();
    assert!(e.to_string().contains("check the network"), "{e}");
    get(&root, "small", Some(&base), |_| {}).unwrap();
    let found = runner::dataset::Dataset::verified(&root, "small", None).unwrap();
    let set = found.curves(found.dataset.curves.as_ref().unwrap()).unwrap();
    assert_eq!(set.entries()[0].id, "imdb_x/0");
    assert_eq!(set.entries()[0].y.len(), 51);
    assert!((set.entries()[0].y[50] - 0.65).abs() < 1e-6);
    // Fetched and right: the second time needs no server.
    get(&root, "small", Some("http://127.0.0.1:1"), |_| {}).unwrap();

    let e = get(&root, "runs", Some(&base), |_| {}).unwrap_err();
    assert!(e.to_string().contains("names no upstream files"), "{e}");
}

#[test]
fn files_of_one_name_in_several_folders_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    let root = common::workspace(dir.path());
    let data = |size: &str| format!("run,loss\n{size},2.5\n");
    let base = serve(move |_, path, s| {
        if let Some(size @ ("small" | "large")) = path.split('/').nth(1) {
            send(s, data(size).as_bytes());
        }
    });
    let path = root.join("datasets/folders/dataset.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(
        &path,
        "title = \"t\"\nlicence = \"l\"\nbib = \"b\"\nfolder = \"f\"\n[files.\"small/cosine.csv\"]\n[files.\"large/cosine.csv\"]\n[upstream]\nhome = \"h\"\nbase = \"http://127.0.0.1:1\"\nconverter = \"none\"\nfiles = [{ path = \"curves/small/cosine.csv\" }, { path = \"curves/large/cosine.csv\" }]\n",
    )
    .unwrap();
    let folder = get(&root, "folders", Some(&base), |_| {}).unwrap();
    for size in ["small", "large"] {
        assert_eq!(std::fs::read_to_string(folder.join(size).join("cosine.csv")).unwrap(), data(size));
    }
}
