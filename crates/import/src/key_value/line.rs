//! The pairs of names and numbers in one line of a log: `step 250: train loss 2.1, lr=3e-4`.
//!
//! A name is one to five words before a number, with or without `:` or `=` between. Commas, bars, brackets and the like end a name. A
//! token that only begins as a number is none: a date, a time of day, a version, a number parted into thousands.

/// The most words of a name; more are prose.
const WORDS: usize = 5;

/// The most letters of a unit.
const UNIT: usize = 12;

/// A name with a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair<'a> {
    pub words: Vec<&'a str>,
    pub value: f64,
    /// What stands right behind the number: `ms` in `7413ms`. A percent sign is no unit, and `k`, `M` and the like are multiplied out.
    pub unit: &'a str,
    /// Does `:` or `=` stand between the name and the number?
    pub tied: bool,
}

impl Pair<'_> {
    /// The name of the column: the words and the unit, with `_` between.
    pub fn name(&self) -> String {
        let unit = Some(self.unit).filter(|u| !u.is_empty());
        self.words.iter().copied().chain(unit).collect::<Vec<_>>().join("_")
    }

    /// The last word, in lower case.
    pub fn last(&self) -> String {
        self.words.last().map(|w| w.to_lowercase()).unwrap_or_default()
    }
}

/// All pairs of a line, in their order.
pub(super) fn pairs(line: &str) -> Vec<Pair<'_>> {
    match counted(line) {
        Some(pairs) => pairs,
        None => Scan { line, at: 0, words: Vec::new(), tied: false, pairs: Vec::new() }.run(),
    }
}

/// A line of the form `250 val 3.28`, with the step in front: the step is called so.
fn counted(line: &str) -> Option<Vec<Pair<'_>>> {
    let mut tokens = line.split_ascii_whitespace();
    let first = tokens.next().filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
    let mut pairs = vec![Pair { words: vec!["step"], value: first.parse().ok()?, unit: "", tied: true }];
    while let Some(word) = tokens.next() {
        let value = tokens.next()?.parse().ok()?;
        let is_word = word.starts_with(|c: char| c.is_alphabetic()) && word.parse::<f64>().is_err();
        if !is_word || !word.chars().all(|c| c.is_alphanumeric() || "_/-.".contains(c)) {
            return None;
        }
        pairs.push(Pair { words: vec![word], value, unit: "", tied: false });
    }
    Some(pairs).filter(|p| p.len() > 1)
}

/// A line as it is gone through.
struct Scan<'a> {
    line: &'a str,
    at: usize,
    /// The words before the next number.
    words: Vec<&'a str>,
    tied: bool,
    pairs: Vec<Pair<'a>>,
}

impl<'a> Scan<'a> {
    fn run(mut self) -> Vec<Pair<'a>> {
        while let Some(byte) = self.byte(0) {
            let next_is_digit = self.byte(1).is_some_and(|b| b.is_ascii_digit());
            if byte.is_ascii_digit() || (matches!(byte, b'+' | b'-') && next_is_digit) {
                self.number();
            } else if begins_word(byte) || (byte == b'-' && odd(self.rest()).is_some()) {
                self.word();
            } else {
                match byte {
                    b':' | b'=' => self.tied = !self.words.is_empty(),
                    b' ' | b'\t' | b'\'' | b'"' | b'#' => {}
                    // a colour of a terminal
                    0x1b => self.at += colour(self.rest()),
                    _ => self.end(),
                }
                self.at += 1;
            }
        }
        self.pairs
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.line.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// What came before is no name.
    fn end(&mut self) {
        self.words.clear();
        self.tied = false;
    }

    /// A number belongs to the words before it.
    fn pair(&mut self, value: f64, unit: &'a str) {
        if (1..=WORDS).contains(&self.words.len()) {
            self.pairs.push(Pair { words: std::mem::take(&mut self.words), value, unit, tied: self.tied });
        }
        self.end();
    }

    fn word(&mut self) {
        let rest = self.rest();
        if let Some((value, length)) = odd(rest).filter(|_| !self.words.is_empty()) {
            self.at += length;
            self.pair(value, "");
            return;
        }
        // the first byte is one of a word, or a sign
        let length = rest.bytes().skip(1).position(|b| !goes_on(b)).map_or(rest.len(), |k| k + 1);
        let word = rest.get(..length).unwrap_or_default().trim_end_matches(['.', '-']);
        if self.tied {
            self.end();
        }
        if !word.is_empty() {
            self.words.push(word);
        }
        self.at += length;
    }

    fn number(&mut self) {
        let rest = self.rest();
        match measured(rest) {
            Some((value, unit, length)) => {
                self.at += length;
                self.pair(value, unit);
            }
            None => {
                self.at += rest.find(char::is_whitespace).unwrap_or(rest.len());
                self.end();
            }
        }
    }
}

/// A number with its unit at the beginning of a text, and how many bytes they are; `None` where the token is something else.
fn measured(text: &str) -> Option<(f64, &str, usize)> {
    let bytes = text.as_bytes();
    let is = |at: usize, what: fn(&u8) -> bool| bytes.get(at).is_some_and(what);
    let digits = |from: usize| (from..).take_while(|&k| is(k, u8::is_ascii_digit)).count();
    let mut end = usize::from(is(0, |b| matches!(b, b'+' | b'-')));
    end += digits(end);
    if is(end, |b| *b == b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if is(end, |b| matches!(b, b'e' | b'E')) {
        let sign = usize::from(is(end + 1, |b| matches!(b, b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        end += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    let value: f64 = text.get(..end)?.parse().ok()?;
    let (mut unit, mut factor) = ("", 1.0);
    let after = text.get(end..)?;
    if let Some(total) = total(after) {
        end += total;
    } else if after.starts_with('%') {
        end += 1;
    } else {
        let letters = after.bytes().take_while(|b| b.is_ascii_alphabetic() || *b == b'/').count();
        unit = after.get(..letters).filter(|u| u.len() <= UNIT)?;
        end += letters;
        if let Some(times) = scale(unit) {
            (unit, factor) = ("", times);
        }
    }
    ends(text.get(end..)?).then_some((factor * value, unit, end))
}

/// The length of `/1750`, `/ 500000` or ` / 10` behind a step.
fn total(after: &str) -> Option<usize> {
    let rest = after.trim_start_matches(' ').strip_prefix('/')?.trim_start_matches(' ');
    let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    (digits > 0 && rest.starts_with(|c: char| c.is_ascii_digit())).then_some(after.len() - rest.len() + digits)
}

/// What a letter for thousands, millions and so on multiplies by.
fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "k" | "K" => 1e3,
        "M" => 1e6,
        "B" | "G" => 1e9,
        "T" => 1e12,
        _ => return None,
    })
}

/// May a number end before this?
fn ends(after: &str) -> bool {
    let mut chars = after.chars();
    let (first, second) = (chars.next(), chars.next());
    match first {
        None => true,
        Some(c) if c.is_whitespace() || ";|)]}'\"(\u{1b}".contains(c) => true,
        Some(',' | ':') => !second.is_some_and(|c| c.is_ascii_digit()),
        Some('.') => second.is_none_or(char::is_whitespace),
        Some(_) => false,
    }
}

/// NaN and the infinities at the beginning of a text, and their lengths.
fn odd(text: &str) -> Option<(f64, usize)> {
    let sign = usize::from(text.starts_with('-'));
    let letters = text.bytes().skip(sign).take_while(|b| goes_on(*b)).count();
    let word = text.get(sign..sign + letters)?;
    let value = match word.to_ascii_lowercase().as_str() {
        "nan" => f64::NAN,
        "inf" | "infinity" => f64::INFINITY,
        _ => return None,
    };
    Some((if sign == 1 { -value } else { value }, sign + letters))
}

/// The length of the rest of a sequence that sets a colour: `[32m` behind its first byte.
fn colour(text: &str) -> usize {
    let rest = text.bytes().skip(1);
    let parameters = rest.clone().take_while(|b| b.is_ascii_digit() || matches!(b, b'[' | b';')).count();
    if rest.clone().next() == Some(b'[') && rest.clone().nth(parameters).is_some_and(|b| b.is_ascii_alphabetic()) { parameters + 1 } else { 0 }
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn goes_on(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || matches!(byte, b'/' | b'.' | b'-' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names and numbers of a line.
    fn of(line: &str) -> String {
        pairs(line).iter().map(|p| format!("{}={}", p.name(), p.value)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_of_many_programs_are_understood() {
        for (line, read) in [
            ("step 250: train loss 2.1234, val loss 2.2345", "step=250 train_loss=2.1234 val_loss=2.2345"),
            ("iter 10: loss 3.2000, time 123.45ms, mfu 12.34%", "iter=10 loss=3.2 time_ms=123.45 mfu=12.34"),
            ("s:19560 tel:3.2722", "s=19560 tel=3.2722"),
            ("step:125/1750 val_loss:4.1 train_time:7413ms step_avg:nanms", "step=125 val_loss=4.1 train_time_ms=7413"),
            (
                "step    1/19560 | loss 11.009 (+nanz)| norm 15.4 (+nanz)| lr 8.57e-07 | 3056.36 ms | 171537 tok/s",
                "step=1 loss=11.009 norm=15.4 lr=0.000000857",
            ),
            (" [2024-05-01 10:00:00] iteration       10/  500000 | lm loss: 1.053412E+01 |", "iteration=10 lm_loss=10.53412"),
            ("Epoch 1 | iter 16 step 1 | loss train: 10.982, val: n/a |", "Epoch=1 iter=16 step=1 loss_train=10.982"),
            ("{'loss': '2.1', 'grad_norm': nan, 'learning_rate': 5e-05, 'epoch': 0.5}", "loss=2.1 grad_norm=NaN learning_rate=0.00005 epoch=0.5"),
            ("2024-05-01 10:00:00,123 INFO trainer: step=10 loss=-2.5 tokens=1.5M", "step=10 loss=-2.5 tokens=1500000"),
            ("step 20 train loss -inf best step 10", "step=20 train_loss=-inf best_step=10"),
            ("\u{1b}[32mstep 10\u{1b}[0m loss \u{1b}[1m2.5\u{1b}[0m", "step=10 loss=2.5"),
            ("step: 1  loss: 12.2637  memory: 39.09GiB(41.15%)  tps: 3,200  mfu: 5.1%", "step=1 loss=12.2637 memory_GiB=39.09 mfu=5.1"),
            ("250 val 3.2800", "step=250 val=3.28"),
            ("0 train 10.949124 lr 1e-4", "step=0 train=10.949124 lr=0.0001"),
        ] {
            assert_eq!(of(line), read, "{line}");
        }
    }

    #[test]
    fn what_is_no_number_or_has_no_name_is_passed_over() {
        for (line, read) in [
            ("", ""),
            ("tokens: 1,234,567 seen at 10:15:00 by v1.2.3 of gpt-2", ""),
            ("print0(f\"step:{step}/{steps} val_loss:{val_loss:.4f}\")", ""),
            ("a long story of seven words and then 7", ""),
            ("betas=(0.9, 0.95) 0x1f 12x34", ""),
            ("100 200 300", ""),
            ("1 a 2 b", "a=2"),
            ("loss 2.", "loss=2"),
            ("verlust \u{fc}ber alles 2.5 |", "verlust_\u{fc}ber_alles=2.5"),
            ("loss 3 (4) [5]", "loss=3"),
            ("5%|\u{258c}  | 500/10000 [01:02<20:00, 7.9it/s, loss=2.3]", "loss=2.3"),
            ("-", ""),
            ("- loss: 0.5 - val_loss: 0.25", "loss=0.5 val_loss=0.25"),
            ("lr 1e 5", "lr_e=1"),
        ] {
            assert_eq!(of(line), read, "{line}");
        }
    }
}
