//! A network is cut out, and its features are looked at in two tasks.

use nets::{Params, Training};
use rand::seq::SliceRandom;

use super::data::{self, Parts};
use super::other;
use super::outcome::{SERIES, diverged, outcome};
use super::plan::Look;
use super::pretraining::begin;
use crate::blocks::elastic::{Cut, Elastic, Size};
use crate::blocks::handover::taken_over;
use crate::blocks::probes::{Ridge, accuracy, chosen_ridge, neighbours, unit_rows};
use crate::blocks::spectrum::{Spectrum, effective_rank};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Outcome, Status, StudyError};

/// Neighbours that vote.
const NEIGHBOURS: usize = 20;

/// A network of this size, cut out of one with these parameters.
///
/// # Errors
/// A size that is larger.
pub(super) fn cut_out(whole: &Params<f32>, origin: Size, size: Size) -> Result<(Elastic, Training<f32>), StudyError> {
    let (net, mut part) = begin(size, 0);
    let cut = Cut::new(whole, &part, (origin.blocks, size.blocks)).ok_or_else(|| other("a size is larger than the network that it is cut out of"))?;
    cut.take(&whole.values, &mut part.values);
    Ok((net, Training::new(part, 0.0)))
}

/// What was learned from labelled pictures.
pub(super) struct Known {
    /// Their features, and the same divided by their lengths.
    features: Vec<f32>,
    unit: Vec<f32>,
    ridge: Ridge,
    /// The mean of neighbours and ridge on pictures for validation, by which the ridge's penalty was chosen.
    pub(super) valid: f64,
}

/// Gives batch norm the statistics of the labelled pictures, and learns from them; `None` where features are not finite.
///
/// # Errors
/// No labelled pictures.
pub(super) fn known(net: &Elastic, training: &mut Training<f32>, parts: &Parts) -> Result<Option<Known>, StudyError> {
    net.settle(&mut training.params, &parts.known);
    let dim = net.size.width;
    let (features, valid) = (net.all_features(training, &parts.known), net.all_features(training, &parts.valid));
    if features.iter().chain(&valid).any(|v| !v.is_finite()) {
        return Ok(None);
    }
    let mut unit = features.clone();
    unit_rows(&mut unit, dim);
    let (ridge, by_ridge) =
        chosen_ridge((features.as_slice(), parts.known.labels.as_slice()), (valid.as_slice(), parts.valid.labels.as_slice()), parts.classes, dim)?;
    let by_neighbours = nearest(&unit, parts, valid, &parts.valid.labels, dim);
    Ok(Some(Known { features, unit, ridge, valid: 0.5 * (by_ridge + by_neighbours) }))
}

/// Share of pictures that their nearest neighbours tell.
fn nearest(unit: &[f32], parts: &Parts, mut asked: Vec<f32>, labels: &[u32], dim: usize) -> f64 {
    unit_rows(&mut asked, dim);
    accuracy(&neighbours(unit, &parts.known.labels, &asked, dim, NEIGHBOURS), labels)
}

/// Looks at a network; its pretraining, if it has one, is what it needs.
pub(super) fn run(own: &Look, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let seed = context.seed;
    let (_, mut params) = begin(own.origin, seed);
    let mut before = vec![[1.0, 0.0]];
    let mut found: Vec<(&str, Option<f64>)> = Vec::new();
    if let Some(begun) = needs.first() {
        before = begun.points(SERIES[0].0);
        let Some(weights) = begun.handed_over()? else { return Ok(diverged(&before, "its pretraining diverged".to_owned())) };
        let all = params.len();
        taken_over(&mut params, all, weights)?;
        found.extend(["used", "valid", "work", "rate", "edge"].map(|name| (name, begun.scalar(name))));
    } else {
        found.push(("work", Some(0.0)));
    }
    let (net, mut training) = cut_out(&params, own.origin, own.size)?;
    let (_, first) = data::first(own.world, &own.counts, false, seed, context.files)?;
    let tasks = [(first, "knn-digits", "ridge-digits"), (data::second(&own.counts, seed), "knn-shapes", "ridge-shapes")];
    for (k, (mut parts, by_neighbours, by_ridge)) in tasks.into_iter().enumerate() {
        if own.null {
            parts.known.labels.shuffle(&mut stream(seed, Purpose::Deal, k as u64));
        }
        let Some(known) = known(&net, &mut training, &parts)? else {
            return Ok(diverged(&before, format!("{by_ridge}: features are not finite")));
        };
        let (dim, test) = (own.size.width, net.all_features(&mut training, &parts.test));
        found.push((by_ridge, Some(accuracy(&known.ridge.classes(&test), &parts.test.labels))));
        found.push((by_neighbours, Some(nearest(&known.unit, &parts, test, &parts.test.labels, dim))));
        if k == 0 {
            let rank = Spectrum::of(&known.features, dim).and_then(|spectrum| effective_rank(&spectrum.variances));
            found.push(("effective-rank", rank));
        }
    }
    Ok(outcome(&before, &found, None, Status::Done))
}
