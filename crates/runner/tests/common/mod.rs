//! A checkout with a tiny experiment, for tests that run it.
#![allow(dead_code, reason = "each file of tests uses some of it")]

use std::path::{Path, PathBuf};

use runner::{Experiment, Plan};

/// An experiment with a source of each of two kinds, three methods and two protocols.
pub const SPEC: &str = r#"
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

/// The dataset that it reads.
pub const DATASET: &str = r#"
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

/// Its file: three runs, one of which diverges.
pub const RUNS: &str =
    "task,config,e0,e1,e2,e3,e4,e5,e6\nt,0,0.7,0.6,0.5,0.45,0.42,0.4,0.39\nt,1,0.7,0.69,nan,nan,nan,nan,nan\nt,2,0.7,0.68,0.67,0.66,0.66,0.66,0.66\n";

/// A checkout with the experiment `tiny`, and a mirror with its data.
pub fn workspace(dir: &Path) -> PathBuf {
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

/// What a run of it would do.
pub fn plan(root: &Path, size: &str, set: &[&str], results: &Path) -> Plan {
    let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
    let e = Experiment::load(root, "tiny", size, &set).unwrap();
    Plan::new(root, e, Some(&root.join("mirror")), Some(results)).unwrap()
}

/// Changes one place of a file of the checkout.
pub fn edit(root: &Path, file: &str, from: &str, to: &str) {
    let path = root.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}
