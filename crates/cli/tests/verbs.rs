//! The program as a person meets it: help, exit codes, forecasts of one's own runs, and errors that teach.

mod common;

use common::{curvecast, file, text};

#[test]
fn help_lists_every_verb_with_examples_and_exit_codes() {
    let out = curvecast(&["--help"]);
    let help = text(&out.stdout);
    for word in [
        "ls",
        "show",
        "plan",
        "run",
        "check",
        "report",
        "reproduce",
        "rows",
        "validate",
        "new",
        "diff",
        "doctor",
        "laws",
        "get",
        "import",
        "forecast",
        "decide",
        "simulate",
        "design",
        "fit",
        "eval",
        "train",
        "completions",
        "man",
        "Examples:",
        "Exit codes:",
        "120",
    ] {
        assert!(help.contains(word), "{word}\n{help}");
    }
    assert_eq!(curvecast(&["nonsense"]).status.code(), Some(2));
    assert_eq!(curvecast(&["show", "lcpfnn"]).status.code(), Some(4));
    assert!(text(&curvecast(&["show", "lcpfnn"]).stderr).contains("did you mean \"lcpfn\"?"));
}

#[test]
fn a_run_of_ones_own_is_forecast() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..=30).map(|t| format!("{t},{:.5}\n", 0.4 + 0.9 * f64::from(t).powf(-0.6))).collect();
    let csv = file(&dir, "run.csv", &format!("epoch,val_loss\n{rows}"));
    for method in ["pfn", "least-squares", "persist", "log-linear"] {
        let out = curvecast(&["forecast", &csv, "--at", "100", "--method", method, "--format", "csv"]);
        assert_eq!(out.status.code(), Some(0), "{method}: {}", text(&out.stderr));
        let line = text(&out.stdout).lines().nth(1).unwrap().to_owned();
        let v: Vec<f64> = line.split(',').map(|c| c.parse().unwrap()).collect();
        assert!(v[0] == 100.0 && v[1] <= v[3] && v[3] <= v[5], "{method}: {line}");
        if method == "least-squares" || method == "pfn" {
            let truth = 0.4 + 0.9 * 100f64.powf(-0.6);
            assert!((v[3] - truth).abs() < 0.05, "{method}: {} for {truth}", v[3]);
        }
    }
}

#[test]
fn bad_input_is_answered_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let good = "epoch,loss\n1,0.7\n2,0.6\n3,0.5\n4,0.45\n";
    let cases: [(&str, &str, &[&str], i32, &str); 10] = [
        ("empty.csv", "", &["--at", "9"], 101, "empty"),
        ("twice.csv", "epoch,loss\n1,0.7\n1,0.6\n", &["--at", "9"], 101, "log at shorter intervals"),
        ("back.csv", "epoch,loss\n1,0.7\n2,0.6\n3,0.5\n1,0.7\n2,0.6\n3,0.5\n", &["--at", "9"], 101, "cut the file before line 5"),
        ("inf.csv", "epoch,loss\n1,0.7\n2,inf\n", &["--at", "9"], 101, "1 NaN or infinite"),
        ("few.csv", "epoch,loss\n1,0.7\n2,0.6\n", &["--at", "9"], 101, "a forecast needs 4"),
        ("word.csv", "epoch,loss\n1,0.7\n2,many\n", &["--at", "9"], 101, "many"),
        ("negative.csv", "epoch,loss\n1,0.7\n2,-0.6\n3,-0.7\n4,-0.8\n", &["--at", "9", "--method", "pfn"], 101, "--bounds"),
        ("past.csv", good, &["--at", "3"], 101, "not beyond the last"),
        ("column.csv", good, &["--y", "los", "--at", "9"], 101, "loss"),
        ("method.csv", good, &["--method", "pnf", "--at", "9"], 4, "did you mean \"pfn\"?"),
    ];
    for (name, content, args, code, says) in cases {
        let path = file(&dir, name, content);
        let out = curvecast(&[&["forecast", path.as_str()], args].concat());
        let err = text(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{name}: {err}");
        assert!(err.contains(says), "{name}: {err}");
    }
    let missing = curvecast(&["forecast", "no/such/file.csv", "--at", "9"]);
    assert!(missing.status.code() == Some(101) && text(&missing.stderr).contains("no/such/file.csv"), "{}", text(&missing.stderr));
}

#[test]
fn one_point_is_refused_and_a_constant_curve_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let one = file(&dir, "one.csv", "epoch,loss\n1,0.7\n");
    let out = curvecast(&["forecast", &one, "--at", "9"]);
    assert!(out.status.code() == Some(101) && text(&out.stderr).contains("needs two or more"), "{}", text(&out.stderr));
    let rows: String = (1..=20).map(|t| format!("{t},0.5\n")).collect();
    let flat = file(&dir, "flat.csv", &format!("epoch,acc\n{rows}"));
    let out = curvecast(&["forecast", &flat, "--better", "higher", "--at", "40", "--format", "csv"]);
    let v: f64 = text(&out.stdout).lines().nth(1).unwrap().split(',').nth(3).unwrap().parse().unwrap();
    assert!((v - 0.5).abs() < 0.02, "{v}");
}

#[test]
fn catalogues_are_complete_in_every_format() {
    let laws = curvecast(&["laws", "--format", "json"]);
    let parsed: Vec<serde_json::Value> = serde_json::from_slice(&laws.stdout).unwrap();
    assert_eq!(parsed.len(), models::all().len());
    assert!(text(&curvecast(&["ls", "--format", "csv"]).stdout).contains("experiment,lcpfn"));
    let shown = curvecast(&["show", "lcpfn", "--size", "smoke", "source.prior.curves=5"]);
    assert!(text(&shown.stdout).contains("curves = 5"), "{}", text(&shown.stderr));
    let plan = curvecast(&["plan", "lcpfn", "--size", "full", "--sbatch", "8"]);
    assert!(text(&plan.stdout).contains("--array=1-8"), "{}", text(&plan.stderr));
}
