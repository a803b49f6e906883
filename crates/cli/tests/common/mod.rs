//! The program, run as a person runs it: from the root of the checkout, or from a small house of its own; without real data.
#![allow(dead_code, reason = "each file of tests uses some of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, to be run in a folder, with nothing of the environment that it listens to.
pub fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_curvecast"));
    command.current_dir(dir);
    for name in ["CURVECAST_DATA", "CURVECAST_CACHE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// The checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the program answers in the checkout.
pub fn curvecast(args: &[&str]) -> Output {
    program(&checkout()).args(args).output().unwrap()
}

/// What the program answers in a folder.
pub fn curvecast_in(dir: &Path, args: &[&str]) -> Output {
    program(dir).args(args).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn file(dir: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// Curves of a prior, and three runs of a dataset.
const TINY: &str = r#"
[experiment]
title = "tiny"
paper = { arxiv = "0000.00000", bib = "none" }
version = 1
seed = 7

[source.prior]
draw = "domhan3"
curves = 6

[source.runs]
from = "runs"
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
id = "log-linear"
use = "log-linear"

[[ask]]
id = "forecast"
source = "prior"

[ask.extrapolate]
cutoffs = ["20%"]
methods = ["persist", "log-linear"]

[[ask]]
id = "real"
source = "runs"

[ask.extrapolate]
cutoffs = ["40%"]
methods = ["persist"]

[[table]]
id = "errors"
title = "Absolute error"
rows = "method"
cols = "seen"
cell = { select = { ask = "forecast" }, metric = "absolute-error" }

[size.full]
[size.laptop]
[size.smoke.set]
"source.prior.curves" = 4
"#;

/// One claim that every run can judge, and one that none can.
const CLAIMS: &str = r#"
[[claim]]
id = "small-error"
says = "errors are small"
where = "nowhere"
kind = "value"
level = "statement"
source = "recomputed"
of = { select = { ask = "forecast", method = "persist" }, metric = "absolute-error" }
at-most = 1000.0
because = "any error of a curve between 0 and 1 is smaller"

[[claim]]
id = "unwritten"
says = "something else"
where = "nowhere"
kind = "value"
level = "statement"
source = "paper"
untested = "it is not written yet"
"#;

/// All of it is of the dataset.
const FAR: &str = r#"
[experiment]
title = "far"
paper = { arxiv = "0000.00000", bib = "none" }
version = 1
seed = 7

[source.runs]
from = "runs"
drop-initial = true

[source.runs.scale]
hard-low = 0.0
soft-low = 0.0
soft-high = "initial"
hard-high = inf

[[method]]
id = "persist"
use = "persist"

[[ask]]
id = "real"
source = "runs"

[ask.extrapolate]
cutoffs = ["40%"]
methods = ["persist"]

[size.full]
[size.laptop]
[size.smoke]
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
    "task,config,e0,e1,e2,e3,e4,e5,e6\nt,0,0.7,0.6,0.5,0.45,0.42,0.4,0.39\nt,1,0.7,0.69,0.68,0.67,0.67,0.67,0.67\nt,2,0.7,0.68,0.67,0.66,0.66,0.66,0.66\n";

/// A checkout with two experiments, `tiny` and `far`, whose dataset lies in `mirror` and nowhere else.
pub fn house(dir: &tempfile::TempDir) -> PathBuf {
    let root = dir.path().join("house");
    let put = |name: &str, content: &str| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    put("Cargo.toml", "");
    put("README.md", "# House\n\n<!-- BEGIN: scoreboard -->\n<!-- END: scoreboard -->\n");
    put("experiments/tiny/spec.toml", TINY);
    put("experiments/tiny/published.toml", CLAIMS);
    put("experiments/far/spec.toml", FAR);
    put("experiments/far/published.toml", "");
    put("datasets/runs/dataset.toml", &DATASET.replace("SHA", &runner::dataset::sha256(RUNS.as_bytes())));
    put("mirror/runs/runs.csv", RUNS);
    root
}

/// How many files of rows there are.
pub fn row_files(results: &Path) -> usize {
    let entries = std::fs::read_dir(results.join(".rows")).unwrap();
    entries.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "rows")).count()
}
