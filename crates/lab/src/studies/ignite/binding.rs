//! TFBind8: all sequences of eight bases, and how strongly a protein binds each.

use crate::{Files, StudyError};

use super::other;

/// The dataset.
pub(super) const DATASET: &str = "tf_bind_8";

/// Its table: a header, then a sequence, its reverse complement and the score of both, separated by tabs.
pub(super) const FILE: &str = "SIX6_REF_R1_8mers.txt";

/// Bases of a sequence, and how many there are to choose from.
pub(super) const LENGTH: usize = 8;
pub(super) const BASES: usize = 4;

/// How many sequences there are: 4⁸.
pub(super) const SEQUENCES: usize = 1 << (2 * LENGTH);

/// The number of a sequence: its bases as digits, the first one the highest.
fn code(sequence: &str) -> Option<usize> {
    let digit = |base: u8| b"ACGT".iter().position(|known| *known == base);
    if sequence.len() != LENGTH {
        return None;
    }
    sequence.bytes().try_fold(0, |number, base| Some(BASES * number + digit(base)?))
}

/// The score of every sequence, by its number.
pub(super) fn read(files: &dyn Files) -> Result<Vec<f64>, StudyError> {
    let wrong = |what: String| other(format!("{DATASET}: {FILE}: {what}"));
    let bytes = files.read(DATASET, FILE).map_err(wrong)?;
    let text = std::str::from_utf8(&bytes).map_err(|e| wrong(format!("{e}; it is another file, or damaged")))?;
    let mut scores = vec![f64::NAN; SEQUENCES];
    for (k, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let parsed = match fields.as_slice() {
            [one, two, score, ..] => code(one).zip(code(two)).zip(score.parse::<f64>().ok().filter(|s| s.is_finite())),
            _ => None,
        };
        let Some(((one, two), score)) = parsed else {
            return Err(wrong(format!("line {} is {line:?}; expected two sequences of {LENGTH} bases and a score", k + 1)));
        };
        (scores[one], scores[two]) = (score, score);
    }
    match scores.iter().filter(|s| s.is_nan()).count() {
        0 => Ok(scores),
        lacking => Err(wrong(format!("{lacking} of {SEQUENCES} sequences have no score; it is damaged"))),
    }
}

/// A one for the base at every place, zeros for the others: place after place.
pub(super) fn one_hot(code: usize) -> impl Iterator<Item = f32> {
    (0..LENGTH).flat_map(move |place| {
        let digit = (code >> (2 * (LENGTH - 1 - place))) % BASES;
        (0..BASES).map(move |base| f32::from(u8::from(base == digit)))
    })
}

/// The number of the sequence that has the largest of the four numbers at every place; the first of equals.
pub(super) fn decode(x: &[f32]) -> usize {
    x.chunks_exact(BASES).fold(0, |code, scores| {
        let mut best = 0;
        for (base, score) in scores.iter().enumerate() {
            if *score > scores[best] {
                best = base;
            }
        }
        BASES * code + best
    })
}
