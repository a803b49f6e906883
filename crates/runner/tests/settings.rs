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
fn what_several_places_have_alike_is_one_row() {
    let row = |ask: &str, item: &str, key: &str, value: &str, given: bool| {
        let (setting, general) =
            if item.is_empty() { (format!("p.{key}"), format!("p.{key}")) } else { (format!("p.fit.{item}.{key}"), format!("p.fit.*.{key}")) };
        Setting { ask: ask.into(), setting, general, item: item.into(), value: value.into(), given }
    };
    let of_asks = [row("a", "", "x", "1", false), row("b", "", "x", "1", false), row("c", "", "x", "1", true), row("c", "", "y", "3", true)];
    let of_items = [row("a", "f", "z", "2", false), row("a", "g", "z", "2", false), row("a", "h", "z", "9", true), row("b", "f", "z", "2", false)];
    let found: Vec<(String, String, String, bool)> =
        shared(&[of_asks, of_items].concat()).into_iter().map(|s| (s.places.join(" | "), s.setting, s.value, s.given)).collect();
    let expected = [
        ("a: f, g | b: f", "p.fit.*.z", "2", false),
        ("a: h", "p.fit.*.z", "9", true),
        ("a | b", "p.x", "1", false),
        ("c", "p.x", "1", true),
        ("c", "p.y", "3", true),
    ];
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
        // Nothing is told of an ask twice.
        let mut places: Vec<(&str, &str)> = all.iter().map(|s| (s.ask.as_str(), s.setting.as_str())).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|w| w[0] != w[1]), "{name}");
        if name == "data-constrained" {
            assert_eq!(of(&all, "fits", "surface.fit.published.delta"), ("0.001", false));
            let huber = shared(&all).into_iter().find(|s| s.setting == "surface.fit.*.delta").unwrap();
            assert!(huber.places[0].starts_with("fits: ") && huber.places[0].contains("published"), "{huber:?}");
            assert_eq!(of(&all, "fits", "surface.fit.converged.starts"), ("400", true));
        }
        if name == "porian" {
            assert_eq!(of(&all, "isoflop", "surface.allocation.akima.digits"), ("2", false));
            assert_eq!(of(&all, "isoflop", "surface.allocation.akima.resamples"), ("1000", false));
        }
    }
}
