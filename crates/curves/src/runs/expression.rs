//! Columns from columns: `flop / 6 / params`, `1e9 * params-b`, `params + embedding`.

use std::borrow::Cow;

/// A sum of products, as written: names and numbers, and `*`, `/`, `+`, `-` between them with spaces around.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negative: bool,
    /// Each with whether it divides.
    factors: Vec<(bool, Factor)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Factor {
    Number(f64),
    Column(String),
}

impl Expression {
    /// Reads an expression; the error says what is wrong with it.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, String> {
        let text = text.as_ref();
        let wrong = || format!("{text:?} is no column and no expression: names and numbers joined by *, /, + or - with spaces around them");
        let mut terms = vec![Term { negative: false, factors: Vec::new() }];
        let mut divides = Some(false);
        for word in text.split_whitespace() {
            let Some(term) = terms.last_mut() else { return Err(wrong()) };
            match (word, divides) {
                ("*" | "/" | "+" | "-", Some(_)) => return Err(wrong()),
                ("*", None) => divides = Some(false),
                ("/", None) => divides = Some(true),
                ("+" | "-", None) => {
                    terms.push(Term { negative: word == "-", factors: Vec::new() });
                    divides = Some(false);
                }
                (_, None) => return Err(wrong()),
                (_, Some(d)) => {
                    let factor = match word.parse::<f64>() {
                        Ok(v) if v.is_finite() => Factor::Number(v),
                        _ => Factor::Column(word.to_owned()),
                    };
                    term.factors.push((d, factor));
                    divides = None;
                }
            }
        }
        if divides.is_some() { Err(wrong()) } else { Ok(Self { terms }) }
    }

    /// The columns it names, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().flat_map(|t| &t.factors).filter_map(|(_, f)| match f {
            Factor::Column(name) => Some(name.as_str()),
            Factor::Number(_) => None,
        })
    }

    /// Its value in each of so many rows; the error is the first column that `column` does not know.
    pub fn values<'a>(&self, rows: usize, column: impl Fn(&str) -> Option<Cow<'a, [f64]>>) -> Result<Vec<f64>, String> {
        let mut sum = vec![0.0; rows];
        for term in &self.terms {
            let mut product = vec![if term.negative { -1.0 } else { 1.0 }; rows];
            for (divides, factor) in &term.factors {
                let values = match factor {
                    Factor::Number(v) => Cow::Owned(vec![*v; rows]),
                    Factor::Column(name) => column(name).ok_or_else(|| name.clone())?,
                };
                for (p, v) in product.iter_mut().zip(values.iter()) {
                    if *divides { *p /= v } else { *p *= v }
                }
            }
            sum.iter_mut().zip(&product).for_each(|(s, p)| *s += p);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Vec<f64>, String> {
        Expression::parse(text)?.values(2, |name| match name {
            "a" => Some(Cow::Owned(vec![6.0, 12.0])),
            "b-c" => Some(Cow::Owned(vec![2.0, 4.0])),
            _ => None,
        })
    }

    #[test]
    fn products_bind_tighter_than_sums() {
        assert_eq!(value("a"), Ok(vec![6.0, 12.0]));
        assert_eq!(value("a / b-c / 3"), Ok(vec![1.0, 1.0]));
        assert_eq!(value("1e1 + a * b-c - b-c"), Ok(vec![20.0, 54.0]));
        assert_eq!(value("0.5"), Ok(vec![0.5, 0.5]));
        assert_eq!(value("-2 * a"), Ok(vec![-12.0, -24.0]));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "  ", "a b-c", "a *", "* a", "a / / a", "a + "] {
            assert!(Expression::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(value("a*b"), Err("a*b".to_owned()));
    }
}
