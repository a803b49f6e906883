//! Beginning an experiment, a study or a law; validating; what is said of a machine and of two results.

mod common;

use common::{curvecast_in, house, text};

#[test]
fn an_experiment_is_valid_or_it_is_said_why_not() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let out = curvecast_in(&root, &["validate", "tiny", "--data", "mirror"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let said = text(&out.stdout);
    insta::assert_snapshot!(said.trim_end(), @r"
    valid: 2 sources, 2 asks, 3 jobs, 2 claims
    jobs by size: full 3, laptop 3, smoke 3
    ");
    let out = curvecast_in(&root, &["validate", "tiny"]);
    assert!(text(&out.stdout).contains("2 jobs") && text(&out.stdout).contains("missing here: source \"runs\": "), "{}", text(&out.stdout));

    let spec = root.join("experiments/tiny/spec.toml");
    let good = std::fs::read_to_string(&spec).unwrap();
    for (from, to, says) in [
        ("curves = 6", "curvs = 6", "unknown field `curvs`"),
        ("\"source.prior.curves\" = 4", "\"source.prior.curves\" = 0", "at size smoke"),
        ("methods = [\"persist\", \"log-linear\"]", "methods = [\"persist\", \"log-liner\"]", "did you mean \"log-linear\"?"),
    ] {
        std::fs::write(&spec, good.replacen(from, to, 1)).unwrap();
        let out = curvecast_in(&root, &["validate", "tiny"]);
        assert!(out.status.code() == Some(102) && text(&out.stderr).contains(says), "{to}: {}", text(&out.stderr));
    }
}

#[test]
fn what_is_begun_from_a_template_runs() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let say = |args: &[&str]| {
        let out = curvecast_in(&root, args);
        (out.status.code().unwrap(), text(&out.stdout) + &text(&out.stderr))
    };
    let (code, said) = say(&["new", "experiment", "my-paper"]);
    assert!(code == 0 && said.contains("curvecast validate my-paper"), "{said}");
    let (code, said) = say(&["validate", "my-paper"]);
    assert!(code == 0 && said.starts_with("valid: 1 source, 1 ask, "), "{said}");
    let (code, said) = say(&["reproduce", "my-paper", "--size", "smoke"]);
    assert!(code == 0 && said.contains("1 untested") && said.contains("Absolute error by what was seen"), "{said}");
    let (code, said) = say(&["new", "experiment", "my-paper"]);
    assert!(code == 4 && said.contains("is there already"), "{said}");

    let (code, said) = say(&["new", "study", "slow-features"]);
    assert!(code == 0 && said.contains("pub mod slow_features;") && said.contains("&slow_features::SlowFeatures,"), "{said}");
    let study = std::fs::read_to_string(root.join("crates/lab/src/studies/slow_features.rs")).unwrap();
    assert!(study.contains("const NAME: &'static str = \"slow-features\";") && study.contains("impl Study for SlowFeatures"), "{study}");
    let (code, said) = say(&["new", "law", "pow5_shifted"]);
    assert!(code == 0 && said.contains("pub mod pow5_shifted;") && said.contains("curve::pow5_shifted::Pow5Shifted,"), "{said}");
    assert!(root.join("crates/models/src/curve/pow5_shifted.rs").is_file());
    assert_eq!(say(&["new", "law", "pow5_shifted"]).0, 4);
    for args in [["new", "experiment", "My-Paper"], ["new", "study", "slow_features"], ["new", "law", "pow-5"], ["new", "experiment", "../outside"]] {
        let (code, said) = say(&args);
        assert!(code == 2 && said.contains("lower-case words"), "{args:?}: {said}");
    }
}

#[test]
fn the_doctor_answers_outside_of_a_checkout() {
    let dir = tempfile::tempdir().unwrap();
    let out = curvecast_in(dir.path(), &["doctor", "--format", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&out.stdout).unwrap();
    let is = |what: &str| rows.iter().find(|r| r["what"] == what).and_then(|r| r["is"].as_str()).unwrap_or_default().to_owned();
    assert_eq!(out.status.code(), Some(0));
    assert!(is("checkout").starts_with("none: ") && is("curvecast") == env!("CARGO_PKG_VERSION"), "{rows:?}");
    for network in ["network lcpfn-p1", "network anneal-s1", "network anneal-m2", "network lcpfn-s0", "network lcpfn-s1", "network nsl-s1"] {
        assert!(is(network).contains(" parameters, "), "{network}: {rows:?}");
    }
    let root = house(&dir);
    let said = text(&curvecast_in(&root, &["doctor", "--data", "mirror"]).stdout);
    assert!(said.contains("dataset runs") && said.contains("here, checksums right"), "{said}");
}

#[test]
fn a_spec_is_shown_as_toml_or_json() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    let toml = text(&curvecast_in(&root, &["show", "tiny", "--size", "smoke"]).stdout);
    assert!(toml.contains("curves = 4") && toml.contains("hard-high = inf"), "{toml}");
    let json: serde_json::Value = serde_json::from_slice(&curvecast_in(&root, &["show", "tiny", "--size", "smoke", "--format", "json"]).stdout).unwrap();
    assert_eq!((json["source"]["prior"]["curves"].as_i64(), json["source"]["runs"]["scale"]["hard-high"].as_str()), (Some(4), Some("inf")));
}

#[test]
fn equal_results_have_no_difference() {
    let dir = tempfile::tempdir().unwrap();
    let root = house(&dir);
    for size in ["smoke", "full"] {
        assert_eq!(curvecast_in(&root, &["reproduce", "tiny", "--size", size]).status.code(), Some(0));
    }
    let same = curvecast_in(&root, &["diff", "results/tiny", "results/tiny"]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), "no difference\n"));
    assert_eq!(text(&curvecast_in(&root, &["diff", "results/tiny", "results/tiny", "--format", "json"]).stdout), "[]\n");
    let other = curvecast_in(&root, &["diff", "results/tiny", "results/tiny/smoke"]);
    assert!(other.status.code() == Some(100) && text(&other.stdout).contains("spec_sha256"), "{}", text(&other.stdout));
}
