//! The phases of a training, from its looks.

use evaluation::stat::pearson;

use super::Settings;
use super::gather::Look;
use crate::blocks::turns::{legs, smoothed};

/// The first fall, the rise after it and the fall after that, of the logarithm of a rank; all that is smaller than the hysteresis is none, and a
/// rise before the first fall belongs to no phase. Where nothing falls there may be an expansion alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Phases {
    pub(super) collapse: f64,
    pub(super) expansion: f64,
    pub(super) compression: f64,
    /// Where the expansion begins and ends.
    pub(super) expanded: Option<(usize, usize)>,
    /// Where the compression begins and ends.
    pub(super) compressed: Option<(usize, usize)>,
    /// Rises and falls in all.
    pub(super) legs: usize,
}

impl Phases {
    /// Of ranks along checkpoints.
    pub(super) fn of(ranks: &[f64], window: usize, hysteresis: f64) -> Self {
        let logarithms: Vec<f64> = ranks.iter().map(|rank| rank.ln()).collect();
        let all = legs(&smoothed(&logarithms, window), hysteresis);
        // What rises before it falls has yet to collapse.
        let first = all.iter().position(|leg| leg.change < 0.0);
        let fallen = first.and_then(|k| all.get(k));
        let mut rest = all.iter().skip(first.map_or(0, |k| k + 1));
        let (risen, back) = (rest.next(), rest.next());
        Self {
            collapse: fallen.map_or(0.0, |leg| -leg.change),
            expansion: risen.map_or(0.0, |leg| leg.change),
            compression: back.map_or(0.0, |leg| -leg.change),
            expanded: risen.map(|leg| (leg.from, leg.to)),
            compressed: back.map(|leg| (leg.from, leg.to)),
            legs: all.len(),
        }
    }

    /// The least of the three, which is above zero where all are there.
    pub(super) fn depth(&self) -> f64 {
        self.collapse.min(self.expansion).min(self.compression)
    }

    fn sequence(&self) -> f64 {
        f64::from(u8::from(self.depth() > 0.0))
    }
}

/// What a measure changes by from one look to another.
fn change(looks: &[Look], between: Option<(usize, usize)>, of: impl Fn(&Look) -> f64) -> Option<f64> {
    let (from, to) = between?;
    Some(of(looks.get(to)?) - of(looks.get(from)?))
}

/// The phases of a training in numbers.
pub(super) fn numbers(own: &Settings, looks: &[Look]) -> Vec<(&'static str, Option<f64>)> {
    let column = |of: fn(&Look) -> f64| looks.iter().map(of).collect::<Vec<f64>>();
    let phases = |of: fn(&Look) -> f64| Phases::of(&column(of), own.window, own.hysteresis);
    let (found, before) = (phases(|look| look.rank), phases(|look| look.before));
    let at = |place: Option<usize>| place.and_then(|k| looks.get(k));
    let (least, most) = (at(found.expanded.map(|e| e.0)), at(found.expanded.map(|e| e.1)));
    let copying = |look: &Look| look.copying;
    // The first of the looks with the highest alignment.
    let peak = (0..looks.len()).reduce(|best, k| if looks[k].alignment > looks[best].alignment { k } else { best });
    // The look before the first step counts as the first step.
    let distance = |a: &Look, b: &Look| (a.step.max(1.0) / b.step.max(1.0)).ln().abs();
    let gained = change(looks, peak.map(|k| (0, k)), |look| look.alignment).filter(|gain| *gain > 0.0);
    let within = found.expanded.zip(peak).map(|((from, to), peak)| (from.min(peak), to.min(peak)));
    let aligned = change(looks, within, |look| look.alignment).zip(gained).map(|(part, all)| part / all);
    let ranks = column(|look| look.rank.ln());
    vec![
        ("collapse", Some(found.collapse)),
        ("expansion", Some(found.expansion)),
        ("compression", Some(found.compression)),
        ("depth", Some(found.depth())),
        ("sequence", Some(found.sequence())),
        ("legs", Some(found.legs as f64)),
        ("least-step", least.map(|look| look.step)),
        ("most-step", most.map(|look| look.step)),
        ("least-rank", least.map(|look| look.rank)),
        ("most-rank", most.map(|look| look.rank)),
        ("factor", least.zip(most).map(|(least, most)| most.rank / least.rank)),
        ("alpha-collapse", change(looks, found.expanded.map(|(from, _)| (0, from)), |look| look.alpha)),
        ("alpha-expansion", change(looks, found.expanded, |look| look.alpha)),
        ("peak-gap", most.zip(at(peak)).map(|(most, peak)| distance(most, peak))),
        ("aligned-expansion", aligned),
        ("copying-expansion", Some(change(looks, found.expanded, copying).unwrap_or(0.0))),
        ("copying-compression", Some(change(looks, found.compressed, copying).unwrap_or(0.0))),
        ("copying-rank", pearson(&column(copying), &column(|look| look.rank))),
        ("copying-alpha", pearson(&column(copying), &column(|look| look.alpha))),
        ("definitions", pearson(&ranks, &column(|look| look.singular.ln()))),
        ("fit", Some(column(|look| look.fit).iter().sum::<f64>() / looks.len().max(1) as f64)),
        ("collapse-before", Some(before.collapse)),
        ("expansion-before", Some(before.expansion)),
        ("compression-before", Some(before.compression)),
        ("sequence-before", Some(before.sequence())),
        ("copying-compression-before", Some(change(looks, before.compressed, copying).unwrap_or(0.0))),
    ]
}
