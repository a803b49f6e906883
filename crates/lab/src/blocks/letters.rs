//! Letters of the Brown corpus, one after the other, as tokens.
//!
//! Words are put one blank apart, as the corpus has them: punctuation marks are words. Letters lose their case, all digits are one token, and all
//! other marks than a full stop, a comma and an apostrophe are one.

use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "brown_tagged";

/// Its file.
pub(crate) const FILE: &str = "brown_tagged.txt";

/// Tokens there are: 26 letters, a blank, a digit, three marks and any other.
pub(crate) const VOCABULARY: usize = 32;

/// The token of a byte.
fn token(byte: u8) -> u32 {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => u32::from(letter - b'a'),
        b' ' => 26,
        b'0'..=b'9' => 27,
        b'.' => 28,
        b',' => 29,
        b'\'' => 30,
        _ => 31,
    }
}

/// All letters of the corpus, with a blank after every word.
///
/// # Errors
/// A file that is absent or damaged, a line without a tab, or a word without a tag, with the number of the line.
pub(crate) fn read(files: &dyn Files) -> Result<Vec<u32>, StudyError> {
    let wrong = |what: String| StudyError::Other(format!("{DATASET}: {FILE}: {what}"));
    let bytes = files.read(DATASET, FILE).map_err(wrong)?;
    let text = String::from_utf8(bytes).map_err(|e| wrong(e.to_string()))?;
    let mut letters = Vec::with_capacity(text.len());
    for (k, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let expected = |found: &str| wrong(format!("line {}: expected `document<TAB>word/tag word/tag ...`, found {found}", k + 1));
        let (_, words) = line.split_once('\t').ok_or_else(|| expected("no tab"))?;
        for word in words.split_ascii_whitespace() {
            let (word, _) = word.rsplit_once('/').ok_or_else(|| expected(&format!("`{word}` without a tag")))?;
            letters.extend(word.bytes().chain([b' ']).map(token));
        }
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(&'static str);

    impl Files for Text {
        fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.as_bytes().to_vec())
        }
    }

    #[test]
    fn words_are_spelt_without_their_tags() {
        let letters = read(&Text("ca01\tThe/at 1//od ''/'' é/x\n\nca02\t./.\n")).unwrap();
        assert_eq!(letters, [19, 7, 4, 26, 27, 31, 26, 30, 30, 26, 31, 31, 26, 28, 26]);
        assert!(letters.iter().all(|t| (*t as usize) < VOCABULARY));
    }

    #[test]
    fn what_is_no_line_of_it_is_named() {
        assert!(read(&Text("ca01\ta/b\nca02 a/b")).unwrap_err().to_string().contains("line 2: expected `document<TAB>"));
        assert!(read(&Text("ca01\ta/b c")).unwrap_err().to_string().contains("`c` without a tag"));
    }
}
