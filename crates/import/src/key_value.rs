//! Text logs of any program that writes names with numbers: nanoGPT, llm.c, modded-nanogpt, Megatron, what Hugging Face's Trainer prints.
//!
//! A line counts when one of its pairs is a step (`step`, `iter`, `iteration`, …, or `s:` as llm.c has it) and another one a measure.
//! Where no line of the file has a step, the epoch is taken in its place. The words of a name are joined with `_`, and a unit
//! behind a number joins them: `time 123ms` is the column `time_ms`.

mod line;

use self::line::{Pair, pairs};
use crate::names::is_other;
use crate::{ImportError, Importer, Log, Source, Warning};

/// Last words of the names of steps, the surest one first.
const STEPS: [&str; 8] = ["step", "global_step", "iteration", "iter", "update", "num_updates", "it", "s"];

/// Those of them that are a step only at the beginning of a line, with `:` or `=` behind.
const SHORT: [&str; 2] = ["it", "s"];

/// Words before them that make something else of them: `best step 10`, `seconds per iter 0.5`.
const NOT: [&str; 9] = ["best", "max", "last", "total", "per", "every", "warmup", "of", "num"];

/// The name of the resource where there is no step.
const EPOCH: &str = "epoch";

/// The end of the names of measures that would be missed where they have no step.
const LOSS: &str = "loss";

/// Ends of the names of files that are no text logs, whatever they hold.
const TABLES: [&str; 5] = [".csv", ".tsv", ".json", ".jsonl", ".parquet"];

/// From how many lines on a text is a log.
const LINES: usize = 2;

/// The format.
pub(crate) struct KeyValue;

/// Which pair of a line says where the run is.
type Place = fn(&[Pair<'_>]) -> Option<usize>;

impl Importer for KeyValue {
    fn name(&self) -> &'static str {
        "log"
    }

    fn title(&self) -> &'static str {
        "text logs with steps and numbers, as of nanoGPT, llm.c, modded-nanogpt, Megatron or Trainer"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        let name = source.plain_name();
        let head = source.head();
        // text in UTF-16, and what is no text, has zeros
        if TABLES.iter().any(|end| name.ends_with(end)) || head.contains(&0) {
            return false;
        }
        let text = String::from_utf8_lossy(head);
        let points = |place: Place| lines(&text).filter(|(_, l)| is_point(&pairs(l), place)).take(LINES).count();
        points(step) == LINES || points(epoch) == LINES
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let file = source.name();
        let bytes = source.bytes()?;
        let text = String::from_utf8_lossy(&bytes);
        let by_step = lines(&text).any(|(_, l)| is_point(&pairs(l), step));
        let place: Place = if by_step { step } else { epoch };
        log.counts(if by_step { "step" } else { EPOCH }, &file)?;
        let into = log.run(run);
        let (mut begun, mut without, mut first) = (false, 0, None);
        for (number, l) in lines(&text) {
            let all = pairs(l);
            let Some(at) = place(&all) else {
                // before the run begins, settings and source code are printed
                if begun && all.iter().any(|p| p.last().ends_with(LOSS)) {
                    without += 1;
                    first.get_or_insert(number);
                }
                continue;
            };
            begun = true;
            let step = all.get(at).map_or(f64::NAN, |p| p.value);
            for pair in all.iter().enumerate().filter(|(k, _)| *k != at).map(|(_, p)| p) {
                let series = if is_measure(pair) { into.series(&pair.name()) } else { into.other(&pair.name()) };
                series.push(step, pair.value);
            }
        }
        if let Some(line) = first {
            log.warn(Warning::WithoutStep { file, rows: without, line });
        }
        Ok(())
    }
}

/// The lines of a text with their numbers, from 1. What a progress bar writes over itself are several lines of one number.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').enumerate().flat_map(|(k, line)| line.split('\r').map(move |part| (k + 1, part)))
}

/// Does a line have a place and a measure?
fn is_point(all: &[Pair<'_>], place: Place) -> bool {
    place(all).is_some_and(|at| all.iter().enumerate().any(|(k, p)| k != at && is_measure(p)))
}

/// Is it a measure, and no step, epoch, time or speed? What has a unit is one of the latter.
fn is_measure(pair: &Pair<'_>) -> bool {
    pair.unit.is_empty() && !STEPS.contains(&pair.last().as_str()) && !is_other(&pair.name())
}

/// The pair that is the step.
fn step(all: &[Pair<'_>]) -> Option<usize> {
    let rank = |k: usize, p: &Pair<'_>| {
        let last = p.last();
        let before = p.words.len().checked_sub(2).and_then(|k| p.words.get(k)).map(|w| w.to_lowercase());
        let short = SHORT.contains(&last.as_str()) && !(k == 0 && p.words.len() == 1 && p.tied);
        let whole = p.value.is_finite() && p.value >= 0.0 && p.value.fract() == 0.0 && p.unit.is_empty();
        STEPS.iter().position(|s| *s == last).filter(|_| whole && !short && !before.is_some_and(|w| NOT.contains(&w.as_str())))
    };
    all.iter().enumerate().filter_map(|(k, p)| Some((rank(k, p)?, k))).min().map(|(_, k)| k)
}

/// The pair that is the epoch.
fn epoch(all: &[Pair<'_>]) -> Option<usize> {
    all.iter().position(|p| p.last() == EPOCH && p.unit.is_empty() && p.value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_bytes;

    fn step_of(line: &str) -> Option<f64> {
        let all = pairs(line);
        step(&all).map(|k| all[k].value)
    }

    #[test]
    fn the_step_is_found_by_its_name() {
        for (line, step) in [
            ("iter 16 step 1 loss 2", Some(1.0)),
            ("iteration 10/ 500 | lm loss: 2.5", Some(10.0)),
            ("s:12 tel:3.5", Some(12.0)),
            ("loss 2 s:12", None),
            ("best step 10 loss 2", None),
            ("seconds per iter 5 loss 2", None),
            ("INFO step 7 loss 2", Some(7.0)),
            ("step 1.5 loss 2", None),
            ("step -1 loss 2", None),
            ("global_step=3 loss=2", Some(3.0)),
        ] {
            assert_eq!(step_of(line), step, "{line}");
        }
    }

    #[test]
    fn a_log_is_recognised_by_two_points() {
        let is = |name: &str, text: &str| KeyValue.recognises(&Source::memory(name, text.as_bytes()));
        let log = "hello\nstep 1: loss 2.5\nstep 2: loss 2.25\n";
        assert!(is("run.log", log) && is("train", log) && is("a.txt", log) && is("x.log", "epoch 1 loss 2\repoch 2 loss 1\n"));
        for (name, text) in [
            ("run.csv", log),
            ("run.jsonl", log),
            ("run.log", "step 1: loss 2.5\n"),
            ("a.txt", "step loss\n1 2.5\n2 2.25\n"),
            ("a.txt", "step 1: time 5ms\nstep 2: time 5ms\n"),
        ] {
            assert!(!is(name, text), "{name} {text}");
        }
        let wide: Vec<u8> = log.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!KeyValue.recognises(&Source::memory("run.log", &wide)));
    }

    #[test]
    fn a_run_that_was_resumed_keeps_its_later_part() {
        let text = "total_loss = 0.0\nstep 1: loss 3\nstep 2: loss 2.5\nstep 3: loss 2.25\nresumed\nstep 2: loss 2.4\nval loss 7\n\
                    step 3: loss 2.3, time 5ms\n";
        let table = read_bytes("run.log", text.as_bytes(), None).unwrap();
        let lines = "{\"run\":\"run\",\"step\":1,\"loss\":3}\n{\"run\":\"run\",\"step\":2,\"loss\":2.4}\n\
                     {\"run\":\"run\",\"step\":3,\"loss\":2.3,\"time_ms\":5}\n";
        assert_eq!(table.json_lines(), lines);
        let without = Warning::WithoutStep { file: "run.log".into(), rows: 1, line: 7 };
        let resumed = Warning::Resumed { run: "run".into(), from: 3.0, to: 2.0, times: 1, measures: 1, replaced: 2 };
        assert_eq!(table.warnings, [without, resumed]);
    }

    #[test]
    fn what_holds_no_step_is_refused() {
        let e = read_bytes("run.log", b"nothing\n\xff\xfe here\n", Some("log")).unwrap_err().to_string();
        assert!(e.starts_with("run.log: no value of any measure at any step, read as log"), "{e}");
        assert!(read_bytes("run.log", b"", None).unwrap_err().to_string().starts_with("run.log: of no known format"));
    }
}
