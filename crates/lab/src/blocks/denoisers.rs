//! Text with gaps, and what is asked for: the denoisers of UL2 (Tay et al., arXiv 2205.05131), of which T5 (Raffel et al., arXiv 1910.10683) has one.
//!
//! A denoiser leaves out a share of a text in spans of a mean length. What is left is the input, with a sentinel in the place of each span; what is
//! asked for are the sentinels, each followed by its span. Spans are as in T5: their number is the missing symbols over the mean length, rounded, and
//! all ways to cut the missing and the remaining symbols into as many pieces are equally likely. The first symbol is never missing. A token of its
//! own may say before the input which kind of denoiser it was (R, S or X).
//!
//! Every row has a place: that of its symbol in the text, counted from 1; 0 is that of the mode. A sentinel of the input has the place of the first
//! symbol of its span, and the row from which a symbol is asked for has the place before it. So the input says how long a gap is.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// A kind of denoiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Regular: short spans, few missing.
    R,
    /// Sequential: the end of the text is missing.
    S,
    /// Extreme: long spans, or many missing.
    X,
}

/// What is left out of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Denoiser {
    /// Its kind.
    pub(crate) mode: Mode,
    /// Mean length of a span; of S it is the whole of what is missing.
    pub(crate) span: usize,
    /// Share of the symbols that are missing.
    pub(crate) share: f64,
}

/// The seven denoisers of the paper, in its order: R, S, X.
pub(crate) const TABLE: [Denoiser; 7] = [
    Denoiser { mode: Mode::R, span: 3, share: 0.15 },
    Denoiser { mode: Mode::R, span: 8, share: 0.15 },
    Denoiser { mode: Mode::S, span: 0, share: 0.25 },
    Denoiser { mode: Mode::X, span: 3, share: 0.5 },
    Denoiser { mode: Mode::X, span: 8, share: 0.5 },
    Denoiser { mode: Mode::X, span: 64, share: 0.15 },
    Denoiser { mode: Mode::X, span: 64, share: 0.5 },
];

/// The only denoiser of T5, the first of the table.
pub(crate) const SPAN_CORRUPTION: Denoiser = TABLE[0];

/// So many parts of one or more that add up to `total`; all such lists are equally likely.
fn parts(total: usize, count: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut cuts: Vec<usize> = (1..total).collect();
    cuts.shuffle(rng);
    cuts.truncate(count.saturating_sub(1));
    cuts.extend([0, total]);
    cuts.sort_unstable();
    cuts.windows(2).map(|w| w[1] - w[0]).collect()
}

impl Denoiser {
    /// Missing symbols of a text of this length, at least 2, and gaps.
    pub(crate) fn counts(self, length: usize) -> (usize, usize) {
        let missing = ((length as f64 * self.share).round() as usize).clamp(1, length.saturating_sub(1).max(1));
        if self.mode == Mode::S {
            return (missing, 1);
        }
        let count = (missing as f64 / self.span.max(1) as f64).round() as usize;
        (missing, count.clamp(1, missing.min(length.saturating_sub(missing)).max(1)))
    }

    /// What is missing of such a text, from left to right.
    pub(crate) fn gaps(self, length: usize, rng: &mut Pcg64) -> Vec<Range<usize>> {
        let (missing, count) = self.counts(length);
        if self.mode == Mode::S {
            return std::iter::once(length - missing..length).collect();
        }
        // One piece more than gaps; what follows the last gap may be nothing.
        let kept = parts(length - missing + 1, count + 1, rng);
        let missing = parts(missing, count, rng);
        let mut at = 0;
        let gap = |(kept, missing): (&usize, &usize)| {
            let start = at + kept;
            at = start + missing;
            start..at
        };
        kept.iter().zip(&missing).map(gap).collect()
    }
}

/// The tokens that there are: symbols of text, then sentinels, then a token for each mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alphabet {
    /// Symbols of text.
    pub(crate) symbols: usize,
    sentinels: usize,
}

impl Alphabet {
    /// For texts of this length.
    pub(crate) fn new(symbols: usize, length: usize) -> Self {
        Self { symbols, sentinels: TABLE.iter().map(|denoiser| denoiser.counts(length).1).max().unwrap_or(1) }
    }

    /// Tokens there are.
    pub(crate) fn tokens(self) -> usize {
        self.symbols + self.sentinels + 3
    }

    /// The token of the k-th gap; of more gaps than any denoiser makes, the last one.
    fn sentinel(self, k: usize) -> u32 {
        (self.symbols + k.min(self.sentinels.saturating_sub(1))) as u32
    }

    /// The token of a mode.
    pub(crate) fn mode(self, mode: Mode) -> u32 {
        (self.symbols + self.sentinels + mode as usize) as u32
    }
}

/// A text with gaps, as a network reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Corrupted {
    /// The input, and then what is asked for, but for its last token.
    pub(crate) tokens: Vec<u32>,
    /// The place of each of these rows.
    pub(crate) places: Vec<u32>,
    /// Rows of the input, at least 1, which all rows see.
    pub(crate) input: usize,
    /// What is asked for, by the last row of the input and all that follow.
    pub(crate) wanted: Vec<u32>,
    /// Which of it are symbols that count.
    pub(crate) counted: Vec<bool>,
}

/// A text with sentinels in the place of its gaps, which lie from left to right and do not touch.
pub(crate) fn corrupt(text: &[u32], gaps: &[Range<usize>], mode: Option<Mode>, alphabet: Alphabet) -> Corrupted {
    let mut made = Corrupted::default();
    if let Some(mode) = mode {
        made.tokens.push(alphabet.mode(mode));
        made.places.push(0);
    }
    let (mut said, mut at) = (Vec::new(), 0);
    for (k, gap) in gaps.iter().enumerate() {
        let sentinel = alphabet.sentinel(k);
        made.tokens.extend(text.get(at..gap.start).unwrap_or_default());
        made.tokens.push(sentinel);
        made.places.extend((at..=gap.start).map(|place| place as u32 + 1));
        made.wanted.push(sentinel);
        made.wanted.extend(text.get(gap.clone()).unwrap_or_default());
        made.counted.push(false);
        made.counted.extend(gap.clone().map(|_| true));
        said.extend((gap.start..=gap.end).map(|place| place as u32));
        at = gap.end;
    }
    made.tokens.extend(text.get(at..).unwrap_or_default());
    made.places.extend((at..text.len()).map(|place| place as u32 + 1));
    made.input = made.tokens.len();
    // The last of what is asked for is read by nobody.
    let read = made.wanted.len().saturating_sub(1);
    made.tokens.extend_from_slice(&made.wanted[..read]);
    made.places.extend_from_slice(said.get(..read).unwrap_or_default());
    made
}

/// A text as it is, of which the first `input` symbols (at least 1) are seen by all rows and all others are asked for; what lies in gaps counts.
pub(crate) fn plain(text: &[u32], input: usize, gaps: &[Range<usize>]) -> Corrupted {
    let (input, rows) = (input.clamp(1, text.len().max(1)), text.len().saturating_sub(1));
    let counted = (input..text.len()).map(|place| gaps.iter().any(|gap| gap.contains(&place))).collect();
    Corrupted {
        tokens: text.get(..rows).unwrap_or_default().to_vec(),
        places: (1..=rows as u32).collect(),
        input,
        wanted: text.get(input..).unwrap_or_default().to_vec(),
        counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_text_with_two_gaps_by_hand() {
        let (text, alphabet) = ([1, 2, 3, 4, 5, 6], Alphabet { symbols: 10, sentinels: 2 });
        let found = corrupt(&text, &[1..3, 5..6], Some(Mode::X), alphabet);
        // X 1 ⟨0⟩ 4 5 ⟨1⟩ → ⟨0⟩ 2 3 ⟨1⟩ 6
        assert_eq!(found.tokens, [14, 1, 10, 4, 5, 11, 10, 2, 3, 11]);
        assert_eq!(found.places, [0, 1, 2, 4, 5, 6, 1, 2, 3, 5]);
        assert_eq!((found.input, found.wanted, found.counted), (6, vec![10, 2, 3, 11, 6], vec![false, true, true, false, true]));
        assert_eq!(alphabet.tokens(), 15);
        let found = plain(&text, 2, &[3..5, 5..6]);
        assert_eq!((found.tokens, found.places, found.input), (vec![1, 2, 3, 4, 5], vec![1, 2, 3, 4, 5], 2));
        assert_eq!((found.wanted, found.counted), (vec![3, 4, 5, 6], vec![false, true, true, true]));
    }

    #[test]
    fn objectives_are_cast_as_one_another() {
        // The sequential denoiser asks for the symbols that a prefix language model asks for, at the same places and given the same; one row more
        // says the sentinel.
        let text: Vec<u32> = (0..16).collect();
        let alphabet = Alphabet::new(16, 16);
        let gaps = TABLE[2].gaps(16, &mut Pcg64::seed_from_u64(1));
        let (denoised, prefix) = (corrupt(&text, &gaps, None, alphabet), plain(&text, 12, &gaps));
        let symbols = |made: &Corrupted| made.wanted.iter().zip(&made.counted).filter(|w| *w.1).map(|w| *w.0).collect::<Vec<u32>>();
        assert_eq!((gaps.len(), symbols(&denoised), symbols(&prefix)), (1, vec![12, 13, 14, 15], vec![12, 13, 14, 15]));
        assert_eq!((denoised.tokens[..12].to_vec(), denoised.places[..12].to_vec()), (prefix.tokens[..12].to_vec(), prefix.places[..12].to_vec()));
        assert_eq!((denoised.tokens.len(), prefix.tokens.len(), denoised.places[13]), (17, 15, 12));
    }

    #[test]
    fn gaps_are_as_many_and_as_long_as_the_table_says() {
        let length = 48;
        let counts: Vec<(usize, usize)> = TABLE.iter().map(|denoiser| denoiser.counts(length)).collect();
        assert_eq!(counts, [(7, 2), (7, 1), (12, 1), (24, 8), (24, 3), (7, 1), (24, 1)]);
        let mut rng = Pcg64::seed_from_u64(2);
        let mut ends = 0;
        for (denoiser, (missing, count)) in TABLE.into_iter().zip(counts) {
            for _ in 0..100 {
                let gaps = denoiser.gaps(length, &mut rng);
                assert_eq!((gaps.len(), gaps.iter().map(Range::len).sum::<usize>()), (count, missing));
                assert!(gaps[0].start > 0 && gaps.windows(2).all(|w| w[0].end < w[1].start) && gaps[count - 1].end <= length);
                ends += usize::from(gaps[count - 1].end == length);
            }
        }
        // S always, the others now and then.
        assert!((100..400).contains(&ends), "{ends}");
        assert_eq!(Alphabet::new(40, length).tokens(), 40 + 8 + 3);
        // The shortest text there is.
        assert!(TABLE.iter().all(|denoiser| denoiser.gaps(2, &mut rng).first() == Some(&(1..2))));
    }
}
