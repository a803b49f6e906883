//! Emergence as a right-censored time: Kaplan and Meier's estimate of the share of tasks that have not emerged yet.
//!
//! `S(t) = Π_{tᵢ ≤ t} (1 − dᵢ/nᵢ)`, with dᵢ tasks that emerged at tᵢ of nᵢ that could have. A task that never emerged leaves at
//! its last checkpoint, after the events there. Intervals rest on Greenwood's variance `S² Σ dᵢ/(nᵢ(nᵢ − dᵢ))`, taken on the
//! scale of ln(−ln S) so that they stay within [0, 1] (Kalbfleisch & Prentice; `conf.type = "log-log"` in R).

use curves::normal;

use super::Emergence;

/// The estimate from one time until the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// From here on.
    pub x: f64,
    /// Tasks that had not emerged before and were still watched.
    pub at_risk: usize,
    /// Tasks that emerged here.
    pub events: usize,
    /// Tasks that were watched no longer than this.
    pub censored: usize,
    /// Share of tasks that have not emerged by here.
    pub survival: f64,
    /// Lower end of its interval; `None` before the first event and once no task is left.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// When a task emerged, or until when it was watched; `None` without a curve, or at a time that is not finite.
pub fn time(e: &Emergence) -> Option<(f64, bool)> {
    let (x, emerged) = match e {
        Emergence::At { x, .. } => (*x, true),
        Emergence::Never { last } => (*last, false),
        Emergence::NoCurve(_) => return None,
    };
    x.is_finite().then_some((x, emerged))
}

/// The estimate, a step for every time at which a task emerged or left. `level` is that of the intervals, between 0 and 1.
///
/// `None` without times, with one that is not finite, or a level outside (0, 1).
pub fn kaplan_meier(times: &[(f64, bool)], level: f64) -> Option<Vec<Step>> {
    if times.is_empty() || times.iter().any(|t| !t.0.is_finite()) || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let z = normal::quantile(0.5 * (1.0 + level));
    let mut sorted = times.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut at_risk, mut survival, mut greenwood) = (sorted.len(), 1.0_f64, 0.0_f64);
    let mut steps = Vec::new();
    for here in sorted.chunk_by(|a, b| a.0 == b.0) {
        let events = here.iter().filter(|t| t.1).count();
        let censored = here.len() - events;
        if events > 0 {
            survival *= 1.0 - events as f64 / at_risk as f64;
            greenwood += events as f64 / (at_risk as f64 * (at_risk - events) as f64);
        }
        let interval = (survival > 0.0 && survival < 1.0).then(|| {
            let half = z * greenwood.sqrt() / survival.ln().abs();
            (survival.powf(half.exp()), survival.powf((-half).exp()))
        });
        let (low, high) = interval.unzip();
        steps.push(Step { x: here[0].0, at_risk, events, censored, survival, low, high });
        at_risk -= here.len();
    }
    Some(steps)
}

/// The first time by which at least half of the tasks have emerged; `None` when that never happens.
pub fn median(steps: &[Step]) -> Option<f64> {
    steps.iter().find(|s| s.survival <= 0.5).map(|s| s.x)
}
