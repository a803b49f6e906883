//! Learning curves of LCDB 1.1: a naive Bayes beside logistic regression, data set by data set.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{LCDB, Naive, Settings, both, log_ratio, outcome, regimes};
use crate::{Context, Outcome, StudyError};

/// The dataset's file.
const FILE: &str = "lcdb11_er_noFS.csv.gz";
/// It unpacks to 27 MB; a file that unpacks to more than this is another one.
const MOST_UNPACKED: u64 = 256 << 20;
/// The learner that naive Bayes is held against.
const LOGISTIC: &str = "LogisticRegression";
/// The learners that are kept.
const LEARNERS: [&str; 5] = [LOGISTIC, "GaussianNB", "BernoulliNB", "MultinomialNB", "ComplementNB"];
/// The columns that are read: data set, learner, examples, mean error on the validation part.
const COLUMNS: [&str; 4] = ["openml_id", "learner", "anchor", "val_mean"];
/// Curves that share fewer points are not compared.
const FEWEST: usize = 4;

fn other(what: String) -> StudyError {
    StudyError::Other(format!("gen-vs-disc: {what}"))
}

fn learner(naive: Naive) -> &'static str {
    match naive {
        Naive::Gaussian => "GaussianNB",
        Naive::Bernoulli => "BernoulliNB",
        Naive::Multinomial => "MultinomialNB",
        Naive::Complement => "ComplementNB",
    }
}

/// Examples → error, by data set and learner. Data sets are in the order of their numbers.
type Curves = BTreeMap<(u64, String), BTreeMap<u64, f64>>;

/// Reads a table with a header. Rows of other learners, and those without an error, are left out.
fn curves(text: &str) -> Result<Curves, StudyError> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name).ok_or_else(|| other(format!("{FILE} has no column {name:?}")));
    let [set, learner, anchor, error] = [place(COLUMNS[0])?, place(COLUMNS[1])?, place(COLUMNS[2])?, place(COLUMNS[3])?];
    let mut all = Curves::new();
    for (k, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        if !LEARNERS.contains(&cell(learner)) || cell(error).is_empty() {
            continue;
        }
        let row = || -> Option<(u64, u64, f64)> {
            let error = cell(error).parse::<f64>().ok().filter(|e| e.is_finite())?;
            Some((cell(set).parse::<u64>().ok()?, cell(anchor).parse::<u64>().ok()?, error))
        };
        let Some((set, anchor, error)) = row() else {
            return Err(other(format!("{FILE}: line {} is not a data set, a number of examples and an error: {line:?}", k + 2)));
        };
        all.entry((set, cell(learner).to_owned())).or_default().insert(anchor, error);
    }
    Ok(all)
}

/// The same curves as text, for the stages of the data sets.
fn text(curves: &Curves) -> String {
    let mut text = format!("{}\n", COLUMNS.join(","));
    for ((set, learner), curve) in curves {
        for (anchor, error) in curve {
            text.push_str(&format!("{set},{learner},{anchor},{error}\n"));
        }
    }
    text
}

/// Where both learners have a point, in the order of examples: examples, errors of naive Bayes, errors of logistic regression.
fn shared(curves: &Curves, set: u64, naive: &str) -> [Vec<f64>; 3] {
    let mut out = [Vec::new(), Vec::new(), Vec::new()];
    let of = |learner: &str| curves.get(&(set, learner.to_owned()));
    let (Some(naive), Some(logistic)) = (of(naive), of(LOGISTIC)) else { return out };
    for (anchor, error) in naive {
        if let Some(other) = logistic.get(anchor) {
            let [x, a, b] = &mut out;
            x.push(*anchor as f64);
            a.push(*error);
            b.push(*other);
        }
    }
    out
}

/// The data sets in which both have a curve.
fn sets(curves: &Curves, naive: &str) -> Vec<u64> {
    let logistic = curves.keys().filter(|(_, learner)| learner == LOGISTIC);
    logistic.map(|(set, _)| *set).filter(|set| shared(curves, *set, naive)[0].len() >= FEWEST).collect()
}

/// Reads the file once, and keeps what the data sets need. Its curves are the means over all data sets that have a point.
pub(super) fn file(context: &Context<'_>) -> Result<Outcome, StudyError> {
    let packed = context.files.read(LCDB, FILE).map_err(other)?;
    let mut unpacked = String::new();
    let read = MultiGzDecoder::new(packed.as_slice()).take(MOST_UNPACKED).read_to_string(&mut unpacked);
    let size = read.map_err(|e| other(format!("{FILE} cannot be unpacked: {e}; get it again")))?;
    if size as u64 >= MOST_UNPACKED {
        return Err(other(format!("{FILE} unpacks to more than {MOST_UNPACKED} bytes; get it again")));
    }
    let curves = curves(&unpacked)?;
    let naive = learner(Naive::Gaussian);
    let mut sums: BTreeMap<u64, [f64; 3]> = BTreeMap::new();
    for set in sets(&curves, naive) {
        let [x, a, b] = shared(&curves, set, naive);
        for ((x, a), b) in x.iter().zip(&a).zip(&b) {
            let sum = sums.entry(*x as u64).or_default();
            *sum = [sum[0] + a, sum[1] + b, sum[2] + 1.0];
        }
    }
    if sums.is_empty() {
        return Err(other(format!("{FILE} has no data set with curves of {naive} and {LOGISTIC}")));
    }
    let x: Vec<f64> = sums.keys().map(|m| *m as f64).collect();
    let mean = |k: usize| sums.values().map(|sum| sum[k] / sum[2]).collect::<Vec<f64>>();
    let mut found = outcome(both(&x, &mean(0), &mean(1)), &[]);
    found.weights = Some(text(&curves).into_bytes());
    Ok(found)
}

/// One data set, the `seed`-th of those that have curves of both.
pub(super) fn data_set(settings: &Settings, file: &Outcome, seed: u64) -> Result<Outcome, StudyError> {
    let kept = file.weights.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let curves = curves(kept.ok_or_else(|| other("the stage that reads the file kept nothing; run it again".to_owned()))?)?;
    let naive = learner(settings.naive);
    let all = sets(&curves, naive);
    let Some(set) = usize::try_from(seed).ok().and_then(|k| all.get(k)) else {
        let count = all.len();
        let what = format!("gen-vs-disc: {count} data sets have curves of {naive} and {LOGISTIC}; ask for at most {count} seeds");
        return Err(StudyError::Setting(what));
    };
    let [x, naive, logistic] = shared(&curves, *set, naive);
    let (first, second) = (near_end(&x, &naive, settings.excess), near_end(&x, &logistic, settings.excess));
    let mut numbers = regimes(&x, &naive, &logistic, settings.excess);
    numbers.extend([("nb-first", first), ("lr-first", second), ("log-speed-up", log_ratio(first, second))]);
    Ok(outcome(both(&x, &naive, &logistic), &numbers))
}

/// The first number of examples at which the error is at most `excess` above the last one.
fn near_end(x: &[f64], y: &[f64], excess: f64) -> Option<f64> {
    let last = y.last()?;
    // Errors have four decimals, and their sums with the excess are not exact.
    x.iter().zip(y).find(|(_, y)| **y <= last + excess + 1e-9).map(|(x, _)| *x)
}
