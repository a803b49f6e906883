//! BigScience's evaluations of checkpoints to one tidy table.
//!
//! Upstream is `evaluation/results/tr*/<run>-1B3-<corpus>…_agg.json` of the repository bigscience. Each file is one object of
//! parallel lists, a place in them a checkpoint:
//! `{"tokens": […], "checkpoints": […], "results": {task: {"acc": […], "acc_stderr": […], "acc_norm": […], …}, …}}`.
//! `checkpoints` are steps; a measure without a `…_stderr` has no standard error.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Converter, NamedBytes};
use crate::TableError;
use crate::text::seven_digits;

/// One JSON file a run, as BigScience keeps its evaluations of checkpoints.
pub(super) const CONVERTER: Converter = Converter {
    name: "bigscience-json",
    says: "evaluations of checkpoints as BigScience keeps them, one JSON file a run: checkpoint_evals.csv",
    convert: tidy,
};

/// The runs, in the order of the tidy table, and what each was trained on.
const RUNS: [(&str, &str); 5] =
    [("tr3d", "OSCAR-en"), ("tr3e", "C4"), ("tr3m", "The Pile"), ("tr12a", "OSCAR-en filtered"), ("tr12b", "OSCAR-en filtered dedup")];

/// What a standard error is called.
const STDERR: &str = "_stderr";

/// Columns of the tidy table.
const HEADER: &str = "run,corpus,params,step,tokens_b,task,metric,value,stderr\n";

/// One file.
#[derive(Deserialize)]
struct Run {
    tokens: Vec<f64>,
    checkpoints: Vec<u64>,
    results: Ordered<Ordered<Vec<Option<f64>>>>,
}

/// The tidy file.
fn tidy(files: &[NamedBytes]) -> Result<Vec<NamedBytes>, TableError> {
    Ok(vec![("checkpoint_evals.csv".to_owned(), convert_bigscience(files)?.into_bytes())])
}

/// The tidy table of some files, each given as the stem of its name and its bytes: seven significant digits of every
/// value, four decimals of 10⁹ tokens. The order of the files does not matter, that of the tasks in a file does.
pub fn convert_bigscience(files: &[(String, Vec<u8>)]) -> Result<String, TableError> {
    let mut runs: Vec<(usize, &str, Run)> = Vec::with_capacity(files.len());
    for (stem, bytes) in files {
        let name = stem.split('-').next().unwrap_or_default();
        let Some(place) = RUNS.iter().position(|(run, _)| *run == name) else {
            let known: Vec<&str> = RUNS.iter().map(|(run, _)| *run).collect();
            return Err(wrong(stem, format!("its name begins with none of the runs ({})", known.join(", "))));
        };
        if runs.iter().any(|(other, ..)| *other == place) {
            return Err(wrong(stem, format!("another file is of the run {name} as well")));
        }
        runs.push((place, stem.as_str(), serde_json::from_slice(bytes).map_err(|e| wrong(stem, e.to_string()))?));
    }
    runs.sort_by_key(|run| run.0);
    let mut csv = String::from(HEADER);
    for (place, stem, run) in &runs {
        let (name, corpus) = RUNS[*place];
        if run.tokens.len() != run.checkpoints.len() {
            return Err(wrong(stem, format!("{} tokens and {} checkpoints", run.tokens.len(), run.checkpoints.len())));
        }
        for (task, measures) in &run.results.0 {
            for (metric, values) in measures.0.iter().filter(|(m, _)| !m.ends_with(STDERR)) {
                let errors = measures.0.iter().find(|(m, _)| m.strip_suffix(STDERR) == Some(metric.as_str())).map(|(_, e)| e);
                for (what, list) in [(metric.as_str(), Some(values)), (STDERR, errors)] {
                    if let Some(list) = list.filter(|l| l.len() != run.tokens.len()) {
                        return Err(wrong(stem, format!("task {task:?}, {metric:?}: {} values of {what:?} for {} checkpoints", list.len(), run.tokens.len())));
                    }
                }
                for (k, value) in values.iter().enumerate() {
                    let (tokens, step) = (four_decimals(run.tokens[k] / 1e9), run.checkpoints[k]);
                    let value = value.map(seven_digits).unwrap_or_default();
                    let error = errors.and_then(|e| e[k]).map(seven_digits).unwrap_or_default();
                    csv.push_str(&format!("{name},{corpus},1.3e+09,{step},{tokens},{task},{metric},{value},{error}\n"));
                }
            }
        }
    }
    Ok(csv)
}

fn wrong(stem: &str, why: String) -> TableError {
    TableError::BigScience { file: stem.to_owned(), why }
}

/// Four decimals, without zeros at their end.
fn four_decimals(value: f64) -> String {
    format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A JSON object in the order of the file.
struct Ordered<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Ordered(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::four_decimals;

    #[test]
    fn tokens_have_four_decimals_at_most() {
        for (value, text) in [(10.044178432, "10.0442"), (11.617042432, "11.617"), (112.280338432, "112.2803"), (100.0, "100"), (0.5, "0.5"), (0.0, "0")] {
            assert_eq!(four_decimals(value), text);
        }
    }
}
