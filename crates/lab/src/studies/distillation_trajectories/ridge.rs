//! A linear model with squared loss, for which distillation is closed form.
//!
//! Ridge regression on n digits is `W = (XᵀX/n + λ I)⁻¹ XᵀY/n`. Let `W = U diag(s) Vᵀ`. The pictures `S = Uᵣᵀ` (r of them) with the answers
//! `T = (1 + r λ) S W` have the ridge solution `Uᵣ Uᵣᵀ W`: W itself where r is its rank, and otherwise the nearest there is to W of rank r (Eckart
//! and Young 1936), which no r pictures can beat, since their solution has no higher rank.

use linalg::{solve_spd, svd};
use ndarray::{Array2, s};

use super::data::{self, CLASSES, PIXELS};
use super::other;
use super::outcome::outcome;
use super::plan::Ridge;
use crate::{Context, Outcome, Status, StudyError};

/// λ.
const PENALTY: f64 = 0.1;

/// Ridge regression of answers on pictures.
pub(super) fn ridge(pictures: &Array2<f64>, answers: &Array2<f64>) -> Result<Array2<f64>, StudyError> {
    let n = pictures.nrows().max(1) as f64;
    let mut gram = pictures.t().dot(pictures) / n;
    gram.diag_mut().iter_mut().for_each(|v| *v += PENALTY);
    solve_spd(gram.view(), (pictures.t().dot(answers) / n).view()).map_err(other)
}

/// So many pictures with answers whose ridge solution is as near to this one as that of so many can be, and how far it is.
pub(super) fn distilled(solution: &Array2<f64>, points: usize) -> Result<(Array2<f64>, Array2<f64>, f64), StudyError> {
    let (u, values, _) = svd(solution.view()).map_err(other)?;
    let points = points.min(values.len());
    let pictures = u.slice(s![.., ..points]).t().to_owned();
    let answers = pictures.dot(solution) * (1.0 + points as f64 * PENALTY);
    let rest = values.iter().skip(points).map(|v| v * v).sum::<f64>().sqrt();
    Ok((pictures, answers, rest))
}

/// Distils all digits into so many points.
pub(super) fn run(own: &Ridge, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let [learn, _, _] = data::draw(own.world, &own.counts, context.seed, context.files)?;
    let n = learn.labels.len();
    let pictures = Array2::from_shape_fn((n, PIXELS), |(i, j)| learn.pixels.get(i * PIXELS + j).copied().unwrap_or(0.0));
    let answers = Array2::from_shape_fn((n, CLASSES), |(i, c)| f64::from(u8::from(learn.labels.get(i) == Some(&(c as u32)))));
    let solution = ridge(&pictures, &answers)?;
    let (few, said, rest) = distilled(&solution, own.points)?;
    let length = |of: &Array2<f64>| of.iter().map(|v| v * v).sum::<f64>().sqrt();
    let (gap, whole) = (length(&(ridge(&few, &said)? - &solution)), length(&solution));
    Ok(outcome(&[], &[("ridge-gap", Some(gap / whole)), ("ridge-least", Some(rest / whole))], None, Status::Done))
}
