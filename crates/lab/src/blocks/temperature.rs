//! One temperature for all scores of a classifier (Guo et al., arXiv 1706.04599): the one at which pictures that are held out are likeliest.
//!
//! Their likelihood is convex in one over the temperature, so that the place where its slope is zero is found by halving a bracket.

use super::confidence::probabilities;

/// Where temperatures lie: answers that are all right would have none above zero, and answers that are no better than chance no finite one.
const COLDEST: f64 = 0.02;
const HOTTEST: f64 = 50.0;

/// How often the bracket of the logarithm is halved.
const HALVINGS: usize = 60;

/// Mean of −ln of the probability of the right class, in nats, with scores over a temperature: a row of so many scores for each label. `None` of no
/// rows, of scores that are not finite, and where rows and labels do not fit.
pub(crate) fn negative_log_likelihood(scores: &[f32], labels: &[u32], classes: usize, temperature: f64) -> Option<f64> {
    fits(scores, labels, classes)?;
    let mut sum = 0.0;
    for (row, label) in scores.chunks_exact(classes).zip(labels) {
        let over = |z: f32| f64::from(z) / temperature;
        let top = row.iter().map(|z| over(*z)).fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = row.iter().map(|z| (over(*z) - top).exp()).sum();
        sum += top + all.ln() - over(*row.get(*label as usize)?);
    }
    Some(sum / labels.len() as f64)
}

/// The temperature at which these labels are likeliest. `None` as above.
pub(crate) fn likeliest(scores: &[f32], labels: &[u32], classes: usize) -> Option<f64> {
    fits(scores, labels, classes)?;
    let (mut low, mut high) = (HOTTEST.recip().ln(), COLDEST.recip().ln());
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if slope(scores, labels, classes, middle.exp()) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some((-0.5 * (low + high)).exp())
}

/// How much the sum of −ln of right probabilities rises with one over the temperature: mean scores less those of right classes.
fn slope(scores: &[f32], labels: &[u32], classes: usize, colder: f64) -> f64 {
    let mut p = Vec::with_capacity(classes);
    let mut sum = 0.0;
    for (row, label) in scores.chunks_exact(classes).zip(labels) {
        probabilities(row, colder.recip(), &mut p);
        let mean: f64 = row.iter().zip(&p).map(|(z, p)| f64::from(*z) * p).sum();
        sum += mean - row.get(*label as usize).map_or(0.0, |z| f64::from(*z));
    }
    sum
}

/// Something where there is a row of finite scores for each label, and every label is a class.
fn fits(scores: &[f32], labels: &[u32], classes: usize) -> Option<()> {
    let whole = classes > 0 && !labels.is_empty() && scores.len() == labels.len() * classes;
    (whole && scores.iter().all(|z| z.is_finite()) && labels.iter().all(|label| (*label as usize) < classes)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::super::confidence::largest;
    use super::*;

    #[test]
    fn likelihoods_by_hand() {
        // Odds of three to one, right once and wrong once.
        let (scores, labels) = ([0.0, 3.0f32.ln(), 0.0, 3.0f32.ln()], [1, 0]);
        let found = negative_log_likelihood(&scores, &labels, 2, 1.0).unwrap();
        assert!((found + 0.5 * (0.75f64.ln() + 0.25f64.ln())).abs() < 1e-7);
        assert!((negative_log_likelihood(&scores, &labels, 2, 1e9).unwrap() - 2.0f64.ln()).abs() < 1e-7);
        assert_eq!(negative_log_likelihood(&scores, &[1, 2], 2, 1.0), None);
        assert_eq!(negative_log_likelihood(&scores, &[1], 2, 1.0), None);
        assert_eq!(negative_log_likelihood(&[f32::NAN, 0.0], &[1], 2, 1.0), None);
        assert_eq!(likeliest(&[], &[], 2), None);
    }

    #[test]
    fn a_temperature_gives_the_odds_that_are_seen() {
        // Scores say e to one throughout; three of four answers are right: the odds are three to one.
        let scores = [0.0, 1.0].repeat(4);
        let found = likeliest(&scores, &[1, 1, 0, 1], 2).unwrap();
        assert!((found - 3.0f64.ln().recip()).abs() < 1e-9, "{found}");
        // All right, or half of them: the ends.
        assert!((likeliest(&scores, &[1, 1, 1, 1], 2).unwrap() - COLDEST).abs() < 1e-9);
        assert!((likeliest(&scores, &[1, 0, 0, 1], 2).unwrap() - HOTTEST).abs() < 1e-6);
    }

    #[test]
    fn no_other_temperature_is_likelier() {
        let scores: Vec<f32> = (0..90).map(|k| 3.0 * (k as f32 * 1.7).sin()).collect();
        // Two of three answers are right, about.
        let labels: Vec<u32> = scores.chunks(3).enumerate().map(|(k, row)| if k % 3 == 0 { 0 } else { largest(row) as u32 }).collect();
        let found = likeliest(&scores, &labels, 3).unwrap();
        let at = |t: f64| negative_log_likelihood(&scores, &labels, 3, t).unwrap();
        assert!([0.1, 0.5, 0.9 * found, 1.0, 1.1 * found, 3.0].into_iter().all(|t| at(found) <= at(t) + 1e-12));
    }
}
