//! Reads tagged sentences from text.
//!
//! Two formats are read: that of our copy of the Brown corpus (one sentence per line, `document<TAB>word/tag word/tag ...`), and
//! that of our extract of the English Web Treebank (one token per line, `form<TAB>universal tag<TAB>Penn tag`, after a line
//! `# sent_id` and before a blank line). Both are described in the `SOURCE.md` of the datasets. Words and tags become numbers in
//! the order in which they are met, so a text always gives the same numbers; words are kept as they are spelt.

use std::collections::HashMap;
use std::ops::Range;

/// Tagged sentences, and what their numbers stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Corpus {
    /// The sentences in the order of the text, none empty: pairs of a word and its tag, indices into the next two.
    pub(super) sentences: Vec<Vec<(u32, u16)>>,
    /// The spelling of every word, each once.
    pub(super) words: Vec<String>,
    /// The name of every tag, each once.
    pub(super) tags: Vec<String>,
    /// The index of every spelling in `words`.
    word_ids: HashMap<String, u32>,
    /// The index of every name in `tags`.
    tag_ids: HashMap<String, u16>,
}

impl Corpus {
    /// Adds the sentences of a text in the format of the Brown corpus and says which they are. A token is divided at its last
    /// `/`, since a word may have one. Blank lines are skipped.
    ///
    /// # Errors
    ///
    /// A line without a tab or without a token, and a token without a word or a tag, with the number of the line. No sentence
    /// of the text is added then.
    pub(super) fn read_brown(&mut self, text: &str) -> Result<Range<usize>, String> {
        self.read(|corpus| {
            for (number, line) in numbered(text).filter(|(_, line)| !line.trim().is_empty()) {
                let wrong = |found: &str| format!("line {number}: expected `document<TAB>word/tag word/tag ...`, found {found}");
                let (_, tokens) = line.split_once('\t').ok_or_else(|| wrong("no tab"))?;
                let mut sentence = Vec::new();
                for token in tokens.split_ascii_whitespace() {
                    let (word, tag) = token.rsplit_once('/').ok_or_else(|| wrong(&format!("`{token}` without a `/`")))?;
                    if word.is_empty() || tag.is_empty() {
                        return Err(wrong(&format!("`{token}` without a word or a tag")));
                    }
                    sentence.push((corpus.word(word, number)?, corpus.tag(tag, number)?));
                }
                if sentence.is_empty() {
                    return Err(wrong("no token"));
                }
                corpus.sentences.push(sentence);
            }
            Ok(())
        })
    }

    /// Adds the sentences of a text in the format of the extract of the English Web Treebank and says which they are. The tag is
    /// the third field (Penn Treebank). A line that begins with `#` and has no tab is a heading; a token `#` has tabs.
    ///
    /// # Errors
    ///
    /// A token without a heading before it, with another number of fields than three or with an empty form or tag, and a heading
    /// without a token after it, with the number of the line. No sentence of the text is added then.
    pub(super) fn read_conll(&mut self, text: &str) -> Result<Range<usize>, String> {
        self.read(|corpus| {
            let mut sentence = Vec::new();
            let mut heading = None;
            for (number, line) in numbered(text) {
                let wrong = |expected: &str| format!("line {number}: expected {expected}, found `{line}`");
                if line.trim().is_empty() {
                    corpus.close(&mut sentence, heading.take())?;
                } else if line.starts_with('#') && !line.contains('\t') {
                    if !sentence.is_empty() {
                        return Err(wrong("a blank line between the last token of a sentence and the heading of the next one"));
                    }
                    heading = Some(number);
                } else if heading.is_none() {
                    return Err(wrong("a heading `# sent_id` before the first token of a sentence"));
                } else {
                    let fields: Vec<&str> = line.split('\t').collect();
                    let [form, _, tag] = fields[..] else {
                        return Err(wrong("three fields `form<TAB>universal tag<TAB>Penn tag`"));
                    };
                    if form.is_empty() || tag.is_empty() {
                        return Err(wrong("a form and a Penn tag that are not empty"));
                    }
                    sentence.push((corpus.word(form, number)?, corpus.tag(tag, number)?));
                }
            }
            corpus.close(&mut sentence, heading)
        })
    }

    /// Lets `parse` add sentences, and takes them back where it fails.
    fn read(&mut self, parse: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<Range<usize>, String> {
        let first = self.sentences.len();
        match parse(self) {
            Ok(()) => Ok(first..self.sentences.len()),
            Err(error) => {
                self.sentences.truncate(first);
                Err(error)
            }
        }
    }

    /// Ends a sentence that has a heading on the line of this number, if there is one.
    fn close(&mut self, sentence: &mut Vec<(u32, u16)>, heading: Option<usize>) -> Result<(), String> {
        match heading {
            Some(number) if sentence.is_empty() => Err(format!("line {number}: expected a token after this heading, found the end of the sentence")),
            Some(_) => {
                self.sentences.push(std::mem::take(sentence));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The index of this word, a new one if it was not met before.
    fn word(&mut self, word: &str, number: usize) -> Result<u32, String> {
        if let Some(&id) = self.word_ids.get(word) {
            return Ok(id);
        }
        let id = u32::try_from(self.words.len()).map_err(|_| format!("line {number}: expected at most 2^32 different words"))?;
        self.words.push(word.to_owned());
        self.word_ids.insert(word.to_owned(), id);
        Ok(id)
    }

    /// The index of this tag, a new one if it was not met before.
    fn tag(&mut self, tag: &str, number: usize) -> Result<u16, String> {
        if let Some(&id) = self.tag_ids.get(tag) {
            return Ok(id);
        }
        let id = u16::try_from(self.tags.len()).map_err(|_| format!("line {number}: expected at most 2^16 different tags"))?;
        self.tags.push(tag.to_owned());
        self.tag_ids.insert(tag.to_owned(), id);
        Ok(id)
    }
}

/// The lines of a text with their numbers, from 1. A byte order mark is no part of the first one.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate().map(|(k, line)| (k + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences with their words and tags spelt out.
    fn spelt(corpus: &Corpus) -> Vec<Vec<(&str, &str)>> {
        let token = |&(word, tag): &(u32, u16)| (corpus.words[word as usize].as_str(), corpus.tags[usize::from(tag)].as_str());
        corpus.sentences.iter().map(|sentence| sentence.iter().map(token).collect()).collect()
    }

    #[test]
    fn brown_is_divided_at_the_last_slash() {
        let mut corpus = Corpus::default();
        let read = corpus.read_brown("ca01\tThe/at 1/2/cd //in dog/nn\n\nca02\tdog/nn ./.\r\n");
        assert_eq!(read, Ok(0..2));
        assert_eq!(spelt(&corpus), [vec![("The", "at"), ("1/2", "cd"), ("/", "in"), ("dog", "nn")], vec![("dog", "nn"), (".", ".")]]);
        assert_eq!(corpus.sentences, [vec![(0, 0), (1, 1), (2, 2), (3, 3)], vec![(3, 3), (4, 4)]]);
        assert_eq!(corpus.read_brown("ca03\tcat/nn"), Ok(2..3));
        assert_eq!(corpus.sentences[2], [(5, 3)]);
    }

    #[test]
    fn conll_takes_the_third_field_and_a_token_of_a_hash() {
        let mut corpus = Corpus::default();
        let read = corpus.read_conll("\u{feff}# a-1\nAl\tPROPN\tNNP\n#\tSYM\tNN\n\n# a-2\nAl\tX\tFW\n");
        assert_eq!(read, Ok(0..2));
        assert_eq!(spelt(&corpus), [vec![("Al", "NNP"), ("#", "NN")], vec![("Al", "FW")]]);
        assert_eq!(corpus.sentences, [vec![(0, 0), (1, 1)], vec![(0, 2)]]);
    }

    #[test]
    fn errors_say_the_line_and_what_was_expected() {
        let brown = |text: &str| Corpus::default().read_brown(text).unwrap_err();
        assert_eq!(brown("a\tb/c\nno tab"), "line 2: expected `document<TAB>word/tag word/tag ...`, found no tab");
        assert_eq!(brown("a\tb"), "line 1: expected `document<TAB>word/tag word/tag ...`, found `b` without a `/`");
        assert_eq!(brown("a\tb/"), "line 1: expected `document<TAB>word/tag word/tag ...`, found `b/` without a word or a tag");
        assert_eq!(brown("a\t "), "line 1: expected `document<TAB>word/tag word/tag ...`, found no token");
        let conll = |text: &str| Corpus::default().read_conll(text).unwrap_err();
        assert_eq!(conll("b\tX\tY"), "line 1: expected a heading `# sent_id` before the first token of a sentence, found `b\tX\tY`");
        assert_eq!(conll("# a\nb\tX\n"), "line 2: expected three fields `form<TAB>universal tag<TAB>Penn tag`, found `b\tX`");
        assert_eq!(conll("# a\nb\t\tX\tY\n"), "line 2: expected three fields `form<TAB>universal tag<TAB>Penn tag`, found `b\t\tX\tY`");
        assert_eq!(conll("# a\nb\tX\t\n"), "line 2: expected a form and a Penn tag that are not empty, found `b\tX\t`");
        assert_eq!(conll("# a\n\n"), "line 1: expected a token after this heading, found the end of the sentence");
        let late = "line 3: expected a blank line between the last token of a sentence and the heading of the next one, found `# b`";
        assert_eq!(conll("# a\nb\tX\tY\n# b\n"), late);
    }

    #[test]
    fn nothing_of_a_bad_text_is_added() {
        let mut corpus = Corpus::default();
        assert_eq!(corpus.read_brown("a\tb/c"), Ok(0..1));
        assert!(corpus.read_brown("a\tb/c\na\tb").is_err());
        assert_eq!(corpus.sentences.len(), 1);
        assert_eq!(corpus.read_brown(""), Ok(1..1));
    }
}
