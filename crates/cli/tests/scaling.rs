//! `fit` and `eval` as a person meets them.

mod common;

use common::{curvecast, file, text};

/// Six sizes, eight checkpoints each, of a known surface; ln loss errs by up to a share.
fn runs(noise: f64) -> String {
    let mut csv = String::from("run,params,tokens,loss\n");
    for i in 0..48i32 {
        let (n, d) = (1e7 * 3f64.powi(i / 8), 4e8 * 2.2f64.powi(i % 8));
        let loss = (1.8 + 480.0 * n.powf(-0.35) + 2100.0 * d.powf(-0.37)) * (1.0 + noise * (1.7 * f64::from(i)).sin());
        csv.push_str(&format!("m{},{n},{d},{loss}\n", i / 8));
    }
    csv
}

/// The value and the ends of a line of the table.
fn line(csv: &str, name: &str) -> Vec<Option<f64>> {
    let found = csv.lines().find(|l| l.contains(name)).unwrap_or_else(|| panic!("no {name} in\n{csv}"));
    // Names may hold commas, and are quoted then.
    let rest = found.rsplitn(6, ',').collect::<Vec<_>>();
    rest[..5].iter().rev().map(|c| c.parse().ok()).collect()
}

#[test]
fn a_surface_is_fitted_with_intervals_predictions_and_optima() {
    let dir = tempfile::tempdir().unwrap();
    let csv = file(&dir, "runs.csv", &runs(0.005));
    let plot = dir.path().join("fit.svg").display().to_string();
    let args = [
        "fit",
        &csv,
        "--law",
        "chinchilla",
        "--predict",
        "params=70B,tokens=1.4T",
        "--budget",
        "1e24",
        "--resamples",
        "40",
        "--plot",
        &plot,
        "--format",
        "csv",
    ];
    let out = curvecast(&args);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let table = text(&out.stdout);
    let alpha = line(&table, "parameter,alpha,");
    assert!((alpha[0].unwrap() - 0.35).abs() < 0.03 && alpha[1] < alpha[0] && alpha[0] < alpha[2], "{table}");
    let predicted = line(&table, "params=70B");
    assert!((predicted[0].unwrap() / (1.8 + 480.0 * 70e9f64.powf(-0.35) + 2100.0 * 1.4e12f64.powf(-0.37)) - 1.0).abs() < 0.02, "{table}");
    let params = line(&table, "params at 1e24");
    assert!(params[3] < params[0] && params[0] < params[4], "{table}");
    assert!(std::fs::read_to_string(&plot).unwrap().contains("equal compute"));
    assert!(text(&out.stderr).contains("48 rows, 6 runs"), "{}", text(&out.stderr));
    // The same bytes every time.
    assert_eq!(curvecast(&args).stdout, out.stdout);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let good = file(&dir, "good.csv", &runs(0.005));
    let negative = file(&dir, "negative.csv", &runs(0.0).replacen(",2.", ",-2.", 1));
    let zero = file(&dir, "zero.csv", "params,tokens,loss\n0,1e9,3\n1e7,1e9,2.9\n");
    let few = file(&dir, "few.csv", "params,tokens,loss\n1e7,1e9,3\n2e7,1e9,2.9\n");
    let cases: [(&[&str], i32, &str); 10] = [
        (&["fit", &good, "--y", "los"], 101, "loss"),
        (&["fit", &good, "--x", "size,tokens"], 101, "size"),
        (&["fit", &good, "--x", "params"], 101, "reads params, tokens"),
        (&["fit", &good, "--law", "chinchila"], 4, "did you mean `chinchilla`"),
        (&["fit", &good, "--law", "multi-power"], 4, "schedules"),
        (&["fit", &good, "--predict", "params=70e9"], 4, "params, tokens"),
        (&["fit", &good, "--law", "kaplan", "--budget", "1e21", "--resamples", "0"], 4, "no compute-optimal split"),
        (&["fit", &negative], 101, "--loss squares"),
        (&["fit", &zero], 101, "must be positive"),
        (&["fit", &few], 101, "--pin"),
    ];
    for (args, code, says) in cases {
        let out = curvecast(args);
        let err = text(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
}

#[test]
fn doubts_are_warnings() {
    let dir = tempfile::tempdir().unwrap();
    let warned = |content: &str, args: &[&str], says: &str| {
        let csv = file(&dir, "runs.csv", content);
        let out = curvecast(&[&["fit", csv.as_str(), "--resamples", "0"], args].concat());
        let err = text(&out.stderr);
        assert!(out.status.code() == Some(0) && err.contains(says), "{says}: {err}");
    };
    let all = runs(0.005);
    let two: String = all.lines().filter(|l| ["run,", "m0,", "m3,"].iter().any(|s| l.starts_with(s))).map(|l| format!("{l}\n")).collect();
    warned(&two, &[], "only two values of `params`");
    let billions: String = all
        .lines()
        .map(|l| {
            let cells: Vec<&str> = l.split(',').collect();
            cells[1].parse::<f64>().map_or_else(|_| format!("{l}\n"), |n| format!("{},{},{},{}\n", cells[0], n / 1e9, cells[2], cells[3]))
        })
        .collect();
    warned(&billions, &[], "--scale params=1e9");
    let perplexity: String = all
        .lines()
        .map(|l| {
            let cells: Vec<&str> = l.split(',').collect();
            cells[3].parse::<f64>().map_or_else(|_| format!("{l}\n"), |y| format!("{},{},{},{}\n", cells[0], cells[1], cells[2], y.exp()))
        })
        .collect();
    warned(&perplexity, &[], "--unit perplexity");
    warned(&format!("{all}m9,1e9,,2.5\n"), &[], "1 of 49 rows");
    // Units put right give the same surface.
    let csv = file(&dir, "billions.csv", &billions);
    let out = curvecast(&["fit", &csv, "--scale", "params=1e9", "--resamples", "0", "--format", "csv"]);
    let same = curvecast(&["fit", &file(&dir, "all.csv", &all), "--resamples", "0", "--format", "csv"]);
    let of = |o: &std::process::Output| line(&text(&o.stdout), "parameter,a,")[0].unwrap();
    assert!((of(&out) / of(&same) - 1.0).abs() < 1e-6, "{} {}", of(&out), of(&same));
}

#[test]
fn laws_are_evaluated_with_published_constants_or_ones_own() {
    let out = curvecast(&["eval", "data-constrained", "N=8.67e9", "D=178e9", "U=25e9"]);
    assert!(text(&out.stdout).contains("2.22696"), "{} {}", text(&out.stdout), text(&out.stderr));
    let own = curvecast(&["eval", "chinchilla", "N=1e9", "D=20B", "E=2", "a=0.0001", "B=0.0001", "alpha=1", "beta=1"]);
    assert!(text(&own.stdout).contains("2.00000"), "{} {}", text(&own.stdout), text(&own.stderr));
    let listed = curvecast(&["eval", "chinchilla", "--constants", "list", "--format", "csv"]);
    assert!(text(&listed.stdout).lines().count() >= 3, "{}", text(&listed.stdout));
    let cases: [(&[&str], &str); 6] = [
        (&["eval", "chinchilla", "N=1e9"], "needs tokens"),
        (&["eval", "chinchilla", "N=1e9", "D=1e9", "--constants", "nobody"], "there are"),
        (&["eval", "chinchilla", "Q=1"], "its inputs are params, tokens"),
        (&["eval", "chinchilla", "N=-1", "D=1e9"], "must be positive"),
        (&["eval", "kaplan", "N=1e9", "D=1e9"], "give its parameters"),
        (&["eval", "chinchilla", "N:1e9"], "NAME=NUMBER"),
    ];
    for (args, says) in cases {
        let out = curvecast(args);
        assert!(out.status.code() == Some(4) && text(&out.stderr).contains(says), "{args:?}: {}", text(&out.stderr));
    }
}
