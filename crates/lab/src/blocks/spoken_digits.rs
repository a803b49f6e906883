//! Spoken digits, from the files of the dataset `fsdd`: ten digits, six speakers, fifty takes of each.

use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "fsdd";

/// All samples, 16 bits each, the lower byte first.
pub(crate) const SAMPLES_FILE: &str = "fsdd_pcm_s16le_8k.bin";

/// A row for every recording: which it is, and where its samples lie.
pub(crate) const INDEX_FILE: &str = "index.csv";

/// Digits there are.
pub(crate) const DIGITS: usize = 10;

/// Speakers there are.
pub(crate) const SPEAKERS: usize = 6;

/// Takes of each digit by each speaker.
pub(crate) const TAKES: usize = 50;

/// One spoken digit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recording {
    /// Which digit.
    pub(crate) digit: u32,
    /// Who speaks: his place among the names.
    pub(crate) speaker: u32,
    /// Which take.
    pub(crate) take: usize,
    /// Samples between −1 and 1.
    pub(crate) sound: Vec<f32>,
}

/// A row of the index.
struct Row<'a> {
    digit: u32,
    speaker: &'a str,
    take: usize,
    offset: usize,
    samples: usize,
}

fn wrong(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{DATASET}: {what}"))
}

/// The recordings of these takes.
///
/// # Errors
/// Files that are absent or damaged, or other digits, speakers and takes than these.
pub(crate) fn read(files: &dyn Files, takes: &[usize]) -> Result<Vec<Recording>, StudyError> {
    let index = String::from_utf8(files.read(DATASET, INDEX_FILE).map_err(wrong)?).map_err(|e| wrong(format!("{INDEX_FILE}: {e}")))?;
    let rows = index.lines().skip(1).filter(|line| !line.trim().is_empty());
    let rows: Vec<Row<'_>> = rows.map(|line| row(line).ok_or_else(|| wrong(format!("{INDEX_FILE}: {line:?} is no recording")))).collect::<Result<_, _>>()?;
    let mut names: Vec<&str> = rows.iter().map(|row| row.speaker).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() != SPEAKERS || rows.len() != DIGITS * SPEAKERS * TAKES {
        let expected = format!("expected {} of {SPEAKERS}", DIGITS * SPEAKERS * TAKES);
        return Err(wrong(format!("{} recordings of {} speakers; {expected}", rows.len(), names.len())));
    }
    let bytes = files.read(DATASET, SAMPLES_FILE).map_err(wrong)?;
    let mut found = Vec::new();
    for row in rows.iter().filter(|row| takes.contains(&row.take)) {
        let samples = bytes.get(2 * row.offset..2 * (row.offset + row.samples));
        let samples = samples.ok_or_else(|| wrong(format!("{SAMPLES_FILE} ends before a recording of {}", row.speaker)))?;
        let sound = samples.as_chunks::<2>().0.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
        let speaker = names.binary_search(&row.speaker).unwrap_or_default() as u32;
        found.push(Recording { digit: row.digit, speaker, take: row.take, sound });
    }
    Ok(found)
}

/// `file,digit,speaker,take,offset,samples`.
fn row(line: &str) -> Option<Row<'_>> {
    let mut cells = line.split(',').map(str::trim).skip(1);
    let digit = cells.next()?.parse::<u32>().ok().filter(|digit| (*digit as usize) < DIGITS)?;
    let speaker = cells.next().filter(|name| !name.is_empty())?;
    let mut number = || cells.next()?.parse::<usize>().ok().filter(|n| *n < usize::MAX / 4);
    let (take, offset, samples) = (number()?, number()?, number()?);
    Some(Row { digit, speaker, take, offset, samples })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    /// Recordings of two samples each, the second the negative of the first, of so many speakers.
    struct Made {
        speakers: usize,
        bytes: usize,
    }

    impl Files for Made {
        fn read(&self, _: &str, file: &str) -> Result<Vec<u8>, String> {
            let all = || (0..DIGITS * SPEAKERS * TAKES).map(|k| (k % DIGITS, k / DIGITS % SPEAKERS, k / (DIGITS * SPEAKERS), k));
            if file == INDEX_FILE {
                let rows = all().map(|(digit, speaker, take, k)| format!("f.wav,{digit},s{},{take},{},2\n", speaker % self.speakers, 2 * k));
                return Ok(format!("file,digit,speaker,take,offset_samples,n_samples\n{}", rows.collect::<String>()).into_bytes());
            }
            let mut bytes: Vec<u8> = all().flat_map(|(_, _, _, k)| [k as i16, -(k as i16)]).flat_map(i16::to_le_bytes).collect();
            bytes.truncate(self.bytes);
            Ok(bytes)
        }
    }

    #[test]
    fn recordings_of_takes_are_read() {
        let found = read(&Made { speakers: SPEAKERS, bytes: 100_000 }, &[0, 49]).unwrap();
        assert_eq!(found.len(), 2 * DIGITS * SPEAKERS);
        let last = found.last().unwrap();
        assert_eq!((last.digit, last.speaker, last.take, last.sound.clone()), (9, 5, 49, vec![2_999.0 / 32_768.0, -2_999.0 / 32_768.0]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |made: Made| read(&made, &[49]).unwrap_err().to_string();
        assert!(refused(Made { speakers: 4, bytes: 100_000 }).contains("3000 recordings of 4 speakers; expected 3000 of 6"));
        assert!(refused(Made { speakers: 6, bytes: 11_000 }).contains("ends before a recording of s"));
        assert!(row("a,10,x,0,0,1").is_none() && row("a,1,,0,0,1").is_none() && row("a,1,x,0,-1,1").is_none() && row("a,1,x,0,0,1").is_some());
        assert!(read(&NoFiles, &[0]).unwrap_err().to_string().contains(INDEX_FILE));
    }
}
