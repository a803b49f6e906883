//! `trainer_state.json` of Hugging Face's Trainer: the rows of `log_history`, of training, of evaluation, and one at the end.
//!
//! Every checkpoint has a state of its own with all of the history up to it; those of one run are joined.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::folder::folder_of;
use crate::{ImportError, Importer, Log, Source, Warning};

/// The name of the file.
const FILE: &str = "trainer_state.json";

/// The key of the history, as it stands in the file.
const HISTORY: &[u8] = b"\"log_history\"";

/// The key of the step in a row of the history.
const STEP: &str = "step";

/// How the folders of checkpoints are called; what follows is the step.
const CHECKPOINT: &str = "checkpoint-";

/// What is read of the state.
#[derive(Deserialize)]
struct State {
    log_history: Vec<Map<String, Value>>,
}

/// The format.
pub(crate) struct TrainerState;

impl Importer for TrainerState {
    fn name(&self) -> &'static str {
        "trainer-state"
    }

    fn title(&self) -> &'static str {
        "trainer_state.json of Hugging Face's Trainer; a folder of checkpoints"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let name = source.plain_name();
        // the keys are sorted, so that the history is near the beginning
        name == FILE || (name.ends_with(".json") && source.head().trim_ascii_start().starts_with(b"{") && has_history(source.head()))
    }

    fn run(&self, path: &Path) -> PathBuf {
        let folder = folder_of(path);
        let is_checkpoint = folder.file_name().is_some_and(|n| n.to_string_lossy().starts_with(CHECKPOINT));
        if is_checkpoint { folder_of(&folder) } else { folder }
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let file = source.name();
        let wrong = |e: serde_json::Error| ImportError::Json { file: file.clone(), line: e.line(), why: reason(&e) };
        let state: State = serde_json::from_slice(&tables::quoted(&source.bytes()?)).map_err(wrong)?;
        log.counts(STEP, &file)?;
        let mut without = Vec::new();
        let into = log.run(run);
        for (place, row) in state.log_history.iter().enumerate() {
            let Some(step) = row.get(STEP).and_then(number) else {
                without.push(place + 1);
                continue;
            };
            for (key, value) in row.iter().filter(|(key, _)| *key != STEP) {
                if let Some(value) = number(value) {
                    into.series(key).push(step, value);
                }
            }
        }
        if let Some(&line) = without.first() {
            log.warn(Warning::WithoutStep { file, rows: without.len(), line });
        }
        Ok(())
    }
}

/// Does the key of the history stand here?
fn has_history(text: &[u8]) -> bool {
    text.windows(HISTORY.len()).any(|w| w == HISTORY)
}

/// A number, also one that JSON does not have and that stands as text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What the parser says, without the place, which is said elsewhere.
fn reason(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bytes;

    #[test]
    fn rows_of_training_and_of_evaluation_are_joined() {
        let train = r#"{"epoch":0.5,"loss":2.1,"step":100},{"epoch":0.5,"eval_loss":NaN,"step":100}"#;
        let text = format!(r#"{{"log_history":[{train},{{"loss":1.9,"step":200,"note":"x"}},{{"loss":1}}]}}"#);
        let table = read_bytes("out/checkpoint-200/trainer_state.json", text.as_bytes(), None).unwrap();
        let lines = "{\"run\":\"out\",\"step\":100,\"loss\":2.1,\"eval_loss\":\"NaN\",\"epoch\":0.5}\n{\"run\":\"out\",\"step\":200,\"loss\":1.9}\n";
        assert_eq!((table.format, table.json_lines().as_str()), ("trainer-state", lines));
        assert_eq!(table.warnings, [Warning::WithoutStep { file: "out/checkpoint-200/trainer_state.json".into(), rows: 1, line: 4 }]);
    }

    #[test]
    fn json_that_is_none_is_refused_with_its_line() {
        for (text, says) in [
            ("{\n\"log_history\": [\n{\"step\": 1,}]}", "line 3: trailing comma"),
            ("{\n\"log_history\": [{\"step\": 1", "line 2: EOF while parsing an object"),
            ("{\n\"epoch\": 1}", "line 2: missing field `log_history`"),
            ("", "line 1: EOF while parsing a value"),
            ("{\"log_history\": [3]}", "line 1: invalid type: integer `3`, expected a map"),
        ] {
            let e = read_bytes("trainer_state.json", text.as_bytes(), None).unwrap_err().to_string();
            assert!(e.starts_with(&format!("trainer_state.json: {says}")), "{e}");
        }
        let e = read_bytes("trainer_state.json", b"{\"log_history\": []}", None).unwrap_err().to_string();
        assert!(e.contains("no value of any measure"), "{e}");
    }

    #[test]
    fn another_name_is_recognised_by_what_the_file_holds() {
        assert!(TrainerState.recognises(&Source::memory("state.json", b" {\"log_history\": []}")));
        assert!(!TrainerState.recognises(&Source::memory("state.jsonl", b"{\"log_history\": []}")));
        assert!(!TrainerState.recognises(&Source::memory("state.json", b"[{\"step\": 1}]")));
    }
}
