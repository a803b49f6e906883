//! What a comparison over pairs decided.

use evaluation::Cell;

use super::Teller;
use super::names::code;
use super::number::{brackets, count, decimals, exact, fixed};

/// "`alpha=4` differs from `alpha=0.25` by 0.425 [0.286, 0.563], on 8 pairs; a difference counts from 0.1 on. It holds." `None` for a cell that
/// is not the decision of one comparison (a row of view `comparison`, metric `holds` or `refuted`): its number is a flag, and tells nothing by
/// itself.
pub(super) fn tell(teller: &Teller<'_>, of: &Cell) -> Option<String> {
    let frame = teller.frame;
    if !["holds", "refuted"].contains(&of.metric.as_str()) {
        return None;
    }
    let filter = of.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let [row] = frame.select(&filter).ok()?[..] else { return None };
    let (text, number) = (|c: &str| frame.text(c, row).filter(|t| !t.is_empty()), |c: &str| frame.number(c, row));
    let (arm, control, outcome) = (text("group")?, text("relation")?, text("outcome")?);
    let (difference, n, least) = (number("difference")?, number("n")?, number("min-effect")?);
    let interval = number("low").zip(number("high"));
    let (low, high) = interval.unzip();
    let digits = decimals(&[difference, low.unwrap_or(0.0), high.unwrap_or(0.0)], 3);
    let one = |v: f64| fixed(v, digits);
    let answer = if outcome == "holds" { "It holds".to_owned() } else { format!("It is {outcome}") };
    Some(format!(
        "{} differs from {} by {}{}, on {} pairs; a difference counts from {} on. {answer}.",
        code(arm),
        code(control),
        one(difference),
        brackets(interval, &one),
        count(n as usize),
        exact(least)
    ))
}
