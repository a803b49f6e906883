//! Running text of several genres, as symbols of a small alphabet: English ones of the datasets `ewt_genres` and `tinyshakespeare`, and made ones.
//!
//! Letters are small, every digit is a zero, a run of blanks and ends of lines is one blank, and what is left is ten signs and one symbol for all
//! else. Made genres are texts of made words in the order of domains (see `corpora`) that are relatives of one another.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::corpora::{Domain, Language};
use crate::{Files, StudyError};

/// The datasets that have them.
pub(crate) const DATASETS: [&str; 2] = ["ewt_genres", "tinyshakespeare"];

/// The genres, in their order.
pub(crate) const GENRES: [&str; 6] = ["answers", "email", "newsgroup", "reviews", "weblog", "shakespeare"];

/// Symbols there are.
pub(crate) const SYMBOLS: usize = 40;

/// What is between words.
pub(crate) const BLANK: u8 = 0;

/// The signs that have a symbol of their own, after the blank, the letters and the digit.
const SIGNS: &str = ".,?!'\"-:;()";

/// Symbols of a document of plays: they have no borders but those of speeches.
const SPEECHES: usize = 2_000;

/// Symbols of the plays that are read, about as many as of every other genre.
const PLAYS: usize = 240_000;

/// What every document of a genre says.
pub(crate) type Genre = Vec<Vec<u8>>;

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Which genre.
    pub(crate) genre: usize,
    /// What it says.
    pub(crate) text: Vec<u8>,
}

/// The symbol of a character that is no blank.
fn symbol(character: char) -> u8 {
    let small = character.to_ascii_lowercase();
    if small.is_ascii_lowercase() {
        return small as u8 - b'a' + 1;
    }
    if small.is_ascii_digit() {
        return 27;
    }
    SIGNS.find(small).map_or(SYMBOLS as u8 - 1, |place| 28 + place as u8)
}

/// A text as symbols.
pub(crate) fn symbols(text: &str) -> Vec<u8> {
    let mut found: Vec<u8> = Vec::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !found.is_empty() {
            found.push(BLANK);
        }
        found.extend(word.chars().map(symbol));
    }
    found
}

/// Words of a text.
pub(crate) fn words(text: &[u8]) -> Vec<&[u8]> {
    text.split(|s| *s == BLANK).filter(|word| !word.is_empty()).collect()
}

/// A text of these words.
pub(crate) fn joined<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut text = Vec::new();
    for word in words {
        if !text.is_empty() {
            text.push(BLANK);
        }
        text.extend_from_slice(word);
    }
    text
}

/// The English genres.
///
/// # Errors
/// Files that are absent or damaged.
pub(crate) fn read(files: &dyn Files) -> Result<Vec<Genre>, StudyError> {
    let text = |dataset: &str, file: &str| {
        let wrong = |what: String| StudyError::Other(format!("{dataset}: {file}: {what}"));
        String::from_utf8(files.read(dataset, file).map_err(wrong)?).map_err(|e| wrong(e.to_string()))
    };
    let [web, plays] = DATASETS;
    let mut genres = Vec::with_capacity(GENRES.len());
    for name in &GENRES[..GENRES.len() - 1] {
        genres.push(web_documents(&text(web, &format!("{name}.txt"))?));
    }
    genres.push(play_documents(&text(plays, "input.txt")?));
    match genres.iter().zip(GENRES).find(|(documents, _)| documents.is_empty()) {
        Some((_, name)) => Err(StudyError::Other(format!("{web}, {plays}: there is no document of the genre {name}; another file, or damaged"))),
        None => Ok(genres),
    }
}

/// Documents between lines that begin with `<doc>`.
fn web_documents(text: &str) -> Genre {
    let mut documents: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("<doc>") {
            documents.push(String::new());
        } else if let Some(open) = documents.last_mut() {
            open.push_str(line);
            open.push('\n');
        }
    }
    documents.iter().map(|document| symbols(document)).filter(|document| !document.is_empty()).collect()
}

/// Speeches, several of them a document.
fn play_documents(text: &str) -> Genre {
    let (mut documents, mut open, mut all) = (Vec::new(), Vec::new(), 0);
    for speech in text.split("\n\n").map(symbols).filter(|speech| !speech.is_empty()) {
        if all >= PLAYS {
            break;
        }
        all += speech.len();
        if !open.is_empty() {
            open.push(BLANK);
        }
        open.extend(speech);
        if open.len() >= SPEECHES {
            documents.push(std::mem::take(&mut open));
        }
    }
    if !open.is_empty() {
        documents.push(open);
    }
    documents
}

/// How made genres are drawn.
const LANGUAGE: Language = Language { words: 240, zipf: 0.9, spread: 1.0, far: 0.3 };

/// Share of the rows that two made genres have in common with the first one.
const SHARED: f64 = 0.4;

/// Different made words: syllables of a consonant, a vowel and perhaps a consonant.
pub(crate) fn lexicon(count: usize, rng: &mut Pcg64) -> Vec<Vec<u8>> {
    const CONSONANTS: &str = "bcdfghklmnprstvwz";
    const VOWELS: &str = "aeiou";
    let (consonants, vowels) = (symbols(CONSONANTS), symbols(VOWELS));
    let mut words: Vec<Vec<u8>> = Vec::with_capacity(count);
    // A word of four syllables is one of millions, so that a new one is found soon.
    let mut most = 1;
    while words.len() < count {
        let mut word = Vec::new();
        for _ in 0..rng.random_range(1..=most) {
            word.push(consonants[rng.random_range(0..consonants.len())]);
            word.push(vowels[rng.random_range(0..vowels.len())]);
            if rng.random::<f64>() < 0.3 {
                word.push(consonants[rng.random_range(0..consonants.len())]);
            }
        }
        if !words.contains(&word) {
            words.push(word);
        }
        most = (1 + words.len() / 40).min(4);
    }
    words
}

/// So many made genres of so many documents each, of `length` words in sentences.
pub(crate) fn made(genres: usize, documents: usize, length: usize, rng: &mut Pcg64) -> Vec<Genre> {
    let lexicon = lexicon(LANGUAGE.words, rng);
    let first = Domain::new(LANGUAGE, rng);
    let mut all = Vec::with_capacity(genres);
    for _ in 0..genres {
        let domain = first.relative(SHARED, rng);
        all.push((0..documents).map(|_| made_document(&domain, &lexicon, length, rng)).collect());
    }
    all
}

/// Sentences of 5 to 12 words, each with a full stop.
pub(crate) fn made_document(domain: &Domain, lexicon: &[Vec<u8>], length: usize, rng: &mut Pcg64) -> Vec<u8> {
    let stop = symbol('.');
    let (mut document, mut left) = (Vec::new(), length);
    while left > 0 {
        let mut sentence = Vec::new();
        domain.text(rng.random_range(5..=12).min(left), 0.0, rng, &mut sentence);
        left -= sentence.len();
        for word in sentence {
            if !document.is_empty() {
                document.push(BLANK);
            }
            document.extend_from_slice(lexicon.get(word as usize).map(Vec::as_slice).unwrap_or_default());
        }
        document.push(stop);
    }
    document
}

/// Pieces of a document: whole words, until there are `length` symbols or more; what is left is one too, from half of it on.
pub(crate) fn pieces(document: &[u8], length: usize) -> Vec<Vec<u8>> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for word in words(document) {
        if !open.is_empty() {
            open.push(BLANK);
        }
        open.extend_from_slice(word);
        if open.len() >= length {
            all.push(std::mem::take(&mut open));
        }
    }
    if open.len() >= length.div_ceil(2).max(1) {
        all.push(open);
    }
    all
}

/// Deals the documents of every genre out at random to parts, so that part k has about the share `shares[k]` of the pieces; what is left goes to one
/// part more. No document is in two parts.
pub(crate) fn deal(genres: &[Genre], shares: &[f64], length: usize, rng: &mut Pcg64) -> Vec<Vec<Piece>> {
    let mut parts = vec![Vec::new(); shares.len() + 1];
    for (genre, documents) in genres.iter().enumerate() {
        let mut order: Vec<Vec<Vec<u8>>> = documents.iter().map(|document| pieces(document, length)).collect();
        order.shuffle(rng);
        let all: usize = order.iter().map(Vec::len).sum();
        let (mut part, mut dealt, mut border) = (0, 0, shares.first().copied().unwrap_or(1.0));
        for document in order {
            while part < shares.len() && dealt as f64 >= border * all as f64 {
                part += 1;
                border += shares.get(part).copied().unwrap_or(1.0);
            }
            dealt += document.len();
            parts[part].extend(document.into_iter().map(|text| Piece { genre, text }));
        }
    }
    parts.iter_mut().for_each(|part: &mut Vec<Piece>| part.shuffle(rng));
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::NoFiles;
    use rand::SeedableRng;

    #[test]
    fn text_becomes_symbols() {
        assert_eq!(symbols(" Ab\n z9 .)\u{e9}"), [1, 2, 0, 26, 27, 0, 28, 38, 39]);
        assert_eq!((words(&[0, 1, 0, 0, 2, 3]).len(), joined([[1].as_slice(), &[2, 3]]), symbols("  ").len()), (2, vec![1, 0, 2, 3], 0));
        let web = web_documents("lost\n<doc> a\nAb\nc\n<doc> b\n<doc> c\nd\n");
        assert_eq!(web, [vec![1, 2, 0, 3], vec![4]]);
        assert_eq!(play_documents("A:\nb\n\n\nC\n\n"), [vec![1, 35, 0, 2, 0, 3]]);
        assert!(read(&NoFiles).unwrap_err().to_string().contains("ewt_genres"));
    }

    #[test]
    fn pieces_are_whole_words_and_no_document_is_in_two_parts() {
        let document = symbols("abcd efgh ij klm nop q");
        let found: Vec<usize> = pieces(&document, 8).iter().map(Vec::len).collect();
        assert_eq!((found, pieces(&symbols("ab c"), 9).len()), (vec![9, 10], 0));
        let genres: Vec<Genre> = (0..2).map(|g| (1..=15).map(|d| vec![15 * g + d, BLANK, 15 * g + d]).collect()).collect();
        let parts = deal(&genres, &[0.2, 0.3], 1, &mut Pcg64::seed_from_u64(1));
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [12, 20, 28]);
        let letters = |part: &[Piece]| part.iter().map(|piece| piece.text[0]).collect::<BTreeSet<u8>>();
        let (first, second, rest) = (letters(&parts[0]), letters(&parts[1]), letters(&parts[2]));
        assert!(first.is_disjoint(&second) && first.is_disjoint(&rest) && second.is_disjoint(&rest));
        assert!(parts.iter().flatten().all(|piece| piece.genre == usize::from((piece.text[0] - 1) / 15)));
    }

    #[test]
    fn made_genres_are_drawn_again_and_differ() {
        let draw = || made(2, 3, 50, &mut Pcg64::seed_from_u64(4));
        let genres = draw();
        assert_eq!(genres, draw());
        assert!(genres.len() == 2 && genres.iter().all(|g| g.len() == 3 && g.iter().all(|d| words(d).len() == 50)));
        assert!(genres[0] != genres[1] && genres.iter().flatten().flatten().all(|s| usize::from(*s) < SYMBOLS));
        let mut lexicon = lexicon(300, &mut Pcg64::seed_from_u64(5));
        lexicon.sort();
        lexicon.dedup();
        assert_eq!(lexicon.len(), 300);
    }
}
