//! Files of the real writers (fixtures/README.md): every value is the one that was written, whichever way they are read.

use std::path::{Path, PathBuf};

use import::{IMPORTERS, Imported, Warning, find, import, read, read_bytes};
use tables::TableColumn;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn of(names: &[&str]) -> Imported {
    import(&names.iter().map(|n| fixture(n)).collect::<Vec<_>>(), None).unwrap()
}

/// A value of a measure: run, step, measure, and the value to its last bit; any NaN is any other.
type Value = (String, u64, String, u64);

fn value(run: &str, step: f64, measure: &str, value: f64) -> Value {
    let value = if value.is_nan() { f64::NAN } else { value };
    (run.to_owned(), step.to_bits(), measure.to_owned(), value.to_bits())
}

/// What was written, as the script beside the fixtures kept it.
fn written(name: &str) -> Vec<Value> {
    let table = tables::load(&fixture(&format!("{name}.expected.csv")), None).unwrap();
    let (runs, measures) = (table.text("run").unwrap(), table.text("measure").unwrap());
    let (steps, values) = (table.numbers("step").unwrap(), table.numbers("value").unwrap());
    let mut all: Vec<Value> = (0..table.rows()).map(|r| value(&runs[r], steps[r], &measures[r], values[r])).collect();
    all.sort();
    all
}

/// What was read.
fn values(imported: &Imported) -> Vec<Value> {
    let long = imported.long();
    let column = |name: &str| &long.iter().find(|(n, _)| n == name).unwrap().1;
    let (TableColumn::Text(runs), TableColumn::Text(measures)) = (column("run"), column("measure")) else { panic!("texts") };
    let (TableColumn::Number(steps), TableColumn::Logged(values)) = (column(&imported.resource), column("value")) else { panic!("numbers") };
    let mut all: Vec<Value> = (0..runs.len()).map(|r| value(&runs[r], steps[r], &measures[r], values.values[r])).collect();
    all.sort();
    assert_eq!(all.len(), imported.points);
    all
}

#[test]
fn every_value_is_the_one_that_was_written() {
    let cases: [(&[&str], &str, &str, &str); 25] = [
        (&["tensorboard/torch"], "tensorboard/torch", "tensorboard", "step"),
        (&["tensorboard/tensors"], "tensorboard/tensors", "tensorboard", "step"),
        (&["tensorboard/tf2"], "tensorboard/tf2", "tensorboard", "step"),
        (&["tensorboard/resumed"], "tensorboard/resumed", "tensorboard", "step"),
        (&["tensorboard/purged"], "tensorboard/purged", "tensorboard", "step"),
        (&["tensorboard/x/events.out.tfevents.1700000000.host.1.0"], "tensorboard/x", "tensorboard", "step"),
        (&["hugging-face"], "hugging-face", "trainer-state", "step"),
        (&["hugging-face/checkpoint-400/trainer_state.json"], "hugging-face", "trainer-state", "step"),
        (&["lightning/version_0/metrics.csv"], "lightning", "lightning", "step"),
        (&["lightning"], "lightning", "lightning", "step"),
        (&["keras/training.csv"], "keras", "keras", "epoch"),
        (&["keras"], "keras", "keras", "epoch"),
        (&["wandb/history.csv"], "wandb/history.csv", "wandb", "step"),
        (&["wandb/rows.jsonl"], "wandb/rows.jsonl", "wandb", "step"),
        (&["wandb/histories.csv"], "wandb/histories.csv", "wandb", "step"),
        (&["wandb/panel.csv"], "wandb/panel.csv", "wandb", "step"),
        (&["wandb/me_demo_abc123_0.runhistory.parquet", "wandb/me_demo_abc123_1.runhistory.parquet"], "wandb/parquet", "wandb", "step"),
        (&["logs/nanogpt.log"], "logs/nanogpt.log", "log", "step"),
        (&["logs/llmc.log"], "logs/llmc.log", "log", "step"),
        (&["logs/modded.txt"], "logs/modded.txt", "log", "step"),
        (&["logs/megatron.log"], "logs/megatron.log", "log", "step"),
        (&["logs/trainer.log"], "logs/trainer.log", "log", "epoch"),
        (&["logs/build.log"], "logs/build.log", "log", "step"),
        // packed by python-zstandard
        (&["zstd/nanogpt.log.zst"], "logs/nanogpt.log", "log", "step"),
        (&["zstd/x/events.out.tfevents.1700000000.host.1.0.zst"], "tensorboard/x", "tensorboard", "step"),
    ];
    for (names, expected, format, resource) in cases {
        let imported = of(names);
        assert_eq!((imported.format, imported.resource.as_str()), (format, resource), "{names:?}");
        assert_eq!(values(&imported), written(expected), "{names:?}");
    }
}

#[test]
fn a_folder_of_runs_is_one_table() {
    let all = of(&["tensorboard"]);
    assert_eq!(all.runs, ["purged", "resumed", "tensors", "tf2", "torch", "x"]);
    let mut written: Vec<Value> = all.runs.iter().flat_map(|run| written(&format!("tensorboard/{run}"))).collect();
    written.sort();
    assert_eq!(values(&all), written);
    assert_eq!(all.others, ["wall_time"]);
}

#[test]
fn a_bare_file_is_read_as_one_on_disk() {
    let state = "hugging-face/checkpoint-400/trainer_state.json";
    for name in ["wandb/history.csv", "logs/llmc.log", state, "wandb/me_demo_abc123_0.runhistory.parquet"] {
        let (path, bytes) = (fixture(name), std::fs::read(fixture(name)).unwrap());
        let memory = read_bytes(&path.display().to_string(), &bytes, None).unwrap();
        // a NaN is not equal to itself
        assert_eq!(memory.json_lines(), of(&[name]).json_lines(), "{name}");
        assert_eq!(memory.warnings, of(&[name]).warnings, "{name}");
    }
}

#[test]
fn what_gave_way_or_was_left_out_is_said() {
    let said = |name: &str| of(&[name]).warnings;
    let resumed = Warning::Resumed { run: "resumed".into(), from: 150.0, to: 110.0, times: 1, measures: 1, replaced: 5 };
    assert_eq!(said("tensorboard/resumed"), [resumed]);
    // both measures are void from step 4 on, and only one of them goes on
    let purged = Warning::Resumed { run: "purged".into(), from: 6.0, to: 4.0, times: 1, measures: 2, replaced: 6 };
    assert_eq!(said("tensorboard/purged"), [purged]);
    let torch = said("tensorboard/torch");
    assert!(matches!(torch.as_slice(), [Warning::NotScalars { tags: 2, tag, .. }] if tag == "note/text_summary"), "{torch:?}");
    assert!(matches!(said("tensorboard/tf2").as_slice(), [Warning::NotScalars { tags: 1, .. }]));
    for quiet in ["tensorboard/tensors", "tensorboard/x", "lightning", "keras", "wandb", "wandb/panel.csv", "logs/nanogpt.log", "logs/trainer.log"] {
        assert!(said(quiet).is_empty(), "{quiet}: {:?}", said(quiet));
    }
}

#[test]
fn what_tables_reads_is_left_to_it() {
    let parquet = "wandb/me_demo_abc123_0.runhistory.parquet";
    for name in ["keras/training.csv", "lightning/version_0/metrics.csv", "wandb/history.csv", parquet, "README.md", "no/such.csv"] {
        assert_eq!(read(&fixture(name)).unwrap().map(|i| i.format), None, "{name}");
    }
    for (name, format) in [
        ("tensorboard", "tensorboard"),
        ("lightning", "lightning"),
        ("hugging-face/checkpoint-400/trainer_state.json", "trainer-state"),
        ("logs/build.log", "log"),
        ("logs/modded.txt", "log"),
        ("zstd/nanogpt.log.zst", "log"),
        ("zstd/x", "tensorboard"),
    ] {
        assert_eq!(read(&fixture(name)).unwrap().map(|i| i.format), Some(format), "{name}");
    }
}

#[test]
fn names_of_formats_are_unique_and_found() {
    for importer in IMPORTERS {
        assert_eq!(find(importer.name()).unwrap().title(), importer.title());
        let kebab = importer.name().bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(kebab && importer.title().len() > 20, "{}", importer.name());
    }
    let e = find("tensorbord").err().unwrap().to_string();
    assert!(e.contains("did you mean \"tensorboard\"?") && e.contains("there are tensorboard, trainer-state"), "{e}");
}
