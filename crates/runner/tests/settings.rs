//! The settings of a run that are in force: nothing that moves a number stays unseen.

mod common;

use std::path::Path;

use common::{SPEC, workspace};
use runner::settings_in_force::shared;
use runner::{Experiment, Setting, settings_in_force};

const ASKS: &str = r#"
[[ask]]
id = "when"
source = "runs"
[ask.emergence]
task = "config"
model = ["task"]
smooth = { sigma = 0.5 }
names = { t = "T" }
[[ask.emergence.definition]]
id = "half"
threshold = 0.5

[[ask]]
id = "when-raw"
source = "runs"
[ask.emergence]
task = "config"
model = ["task"]

"#;

fn in_force(root: &Path, spec: &str, size: &str, overrides: &[&str]) -> Vec<Setting> {
    std::fs::write(root.join("experiments/tiny/spec.toml"), spec).unwrap();
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    settings_in_force(&Experiment::load(root, "tiny", size, &overrides).unwrap()).unwrap()
}

/// The one value of a setting, and whether it is given.
fn of<'a>(all: &'a [Setting], ask: &str, setting: &str) -> (&'a str, bool) {
    let found: Vec<&Setting> = all.iter().filter(|s| s.ask == ask && s.setting == setting).collect();
    assert_eq!(found.len(), 1, "{ask} {setting}: {found:?}");
    (&found[0].value, found[0].given)
}

#[test]
fn defaults_are_listed_beside_what_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let spec = SPEC.replace("[size.full]", &format!("{ASKS}[size.full]"));
    let all = in_force(&root, &spec, "full", &[]);
    assert_eq!(of(&all, "when", "emergence.smooth.sigma"), ("0.5", true));
    // The table is given, this key of it is not.
    assert_eq!(of(&all, "when", "emergence.smooth.axis"), ("index", false));
    assert_eq!(of(&all, "when-raw", "emergence.smooth.sigma"), ("0.0", false));
    assert_eq!(of(&all, "when", "emergence.trajectory.flat"), ("0.0001", false));
    // A list by its ids, and a default list that the spec does not name.
    assert_eq!(of(&all, "when", "emergence.definition.half.threshold"), ("0.5", true));
    assert_eq!(of(&all, "when-raw", "emergence.definition.fixed-0.8.threshold"), ("0.8", false));
    // A text in place of a list gives the list.
    assert_eq!(
        (of(&all, "when", "emergence.task").1, of(&all, "when", "emergence.model"), of(&all, "when", "emergence.kind")),
        (true, ("task", true), ("kind", false))
    );
    assert_eq!(of(&all, "when-raw", "emergence.names"), ("none", false));
    assert_eq!(of(&all, "forecast", "extrapolate.cutoffs"), ("10%, 200", true));
    assert_eq!(of(&all, "stopping", "stop.policy.forecast.below"), ("0.05", true));
    // Asks in the order of the spec, and what they are asked of is no setting.
    let mut asks: Vec<&str> = all.iter().map(|s| s.ask.as_str()).collect();
    asks.dedup();
    assert_eq!(asks, ["forecast", "real", "stopping", "when", "when-raw"]);
    assert!(all.iter().all(|s| s.setting.contains('.')));
}

#[test]
fn sizes_and_overrides_give_settings_too() {
    let dir = tempfile::tempdir().unwrap();
    let root = workspace(dir.path());
    let spec = SPEC
        .replace("[size.full]", &format!("{ASKS}[size.full]"))
        .replace("\"source.prior.curves\" = 20", "\"ask.when.emergence.trajectory\" = { flat = 0.5 }");
    let all = in_force(&root, &spec, "laptop", &["ask.when-raw.emergence.smooth={ sigma = 2.0 }"]);
    assert_eq!(of(&all, "when", "emergence.trajectory.flat"), ("0.5", true));
    assert_eq!(of(&all, "when-raw", "emergence.smooth.sigma"), ("2.0", true));
    assert_eq!(of(&in_force(&root, &spec, "full", &[]), "when", "emergence.trajectory.flat"), ("0.0001", false));
}

#[test]
fn what_asks_have_alike_is_one_row() {
    let row = |ask: &str, setting: &str, value: &str, given: bool| Setting { ask: ask.into(), setting: setting.into(), value: value.into(), given };
    let all = [row("a", "p.x", "1", false), row("a", "p.y", "2", true), row("b", "p.x", "1", false), row("c", "p.x", "1", true), row("c", "p.y", "3", true)];
    let found: Vec<(String, String, String, bool)> = shared(&all).into_iter().map(|s| (s.asks.join(" "), s.setting, s.value, s.given)).collect();
    let expected = [("a b", "p.x", "1", false), ("c", "p.x", "1", true), ("a", "p.y", "2", true), ("c", "p.y", "3", true)];
    assert_eq!(found, expected.map(|(a, s, v, g)| (a.to_owned(), s.to_owned(), v.to_owned(), g)));
}

/// Every committed experiment has its settings told, and what stands behind an empty setting of a fit is told too.
#[test]
fn every_experiment_tells_its_settings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in runner::list(&root).unwrap() {
        let experiment = Experiment::load(&root, &name, "full", &[]).unwrap();
        let all = settings_in_force(&experiment).unwrap();
        for ask in experiment.spec.asks.iter().filter(|a| a.table.is_none()) {
            assert!(all.iter().any(|s| s.ask == ask.id), "{name} {}", ask.id);
        }
        println!("{name}: {} rows, {} shared, {} shared defaults", all.len(), shared(&all).len(), shared(&all).iter().filter(|s| !s.given).count());
        if name == "porian" { for s in shared(&all) { println!("  {} = {} [{}] {}", s.setting, s.value, if s.given { "given" } else { "default" }, s.asks.join(" ")); } }
        // Nothing is told of an ask twice.
        let mut places: Vec<(&str, &str)> = all.iter().map(|s| (s.ask.as_str(), s.setting.as_str())).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|w| w[0] != w[1]), "{name}");
        if name == "data-constrained" {
            assert_eq!(of(&all, "fits", "surface.fit.published.delta"), ("0.001", false));
            assert_eq!(of(&all, "fits", "surface.fit.converged.starts"), ("400", true));
        }
        if name == "porian" {
            assert_eq!(of(&all, "isoflop", "surface.allocation.akima.digits"), ("2", false));
            assert_eq!(of(&all, "isoflop", "surface.allocation.akima.resamples"), ("1000", false));
        }
    }
}
