//! `__NAME__` (authors, year, arXiv number).
//!
//! **What the paper claims.** One or two sentences.
//!
//! **What is trained instead.** Here, until it is written: gradient descent on `w²/2` from a random start, which ends at 0.
//!
//! **Controls.** Arms with one seed begin from the same draws, and are compared in pairs.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{Arm, Context, Go, Outcome, Series, Stage, Status, Study, StudyError, settings};

/// The study.
pub struct __TYPE__;

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Steps, at least 1.
    pub steps: usize,
    /// Learning rate, above 0.
    pub rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: 100, rate: 0.1 }
    }
}

impl Settings {
    fn check(&self) -> Result<(), StudyError> {
        let sensible = self.steps > 0 && self.rate > 0.0 && self.rate.is_finite();
        if !sensible {
            return Err(StudyError::Setting(format!("__NAME__: steps is {} and rate {}; both must be positive", self.steps, self.rate)));
        }
        Ok(())
    }
}

impl Study for __TYPE__ {
    const NAME: &'static str = "__NAME__";
    const TITLE: &'static str = "What is trained, in a line";
    const CITE: &'static str = "author2026word";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &[("loss", "What is minimised")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[("final-loss", "The loss after the last step")];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        // What a stage costs, in floating-point operations.
        settings::stages(settings, arms, seeds, |own| own.check().map(|_| 4.0 * own.steps as f64))
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        // All that is random comes from the seed of the context.
        let mut w = 1.0 + (context.seed % 1000) as f64 / 1000.0;
        let mut loss = Series { name: "loss".to_owned(), x: Vec::new(), y: Vec::new() };
        let mut status = Status::Done;
        for step in 1..=settings.steps {
            w -= settings.rate * w;
            let now = 0.5 * w * w;
            if !now.is_finite() {
                status = Status::Diverged(format!("the loss is no longer finite after step {step}; lower the rate"));
                break;
            }
            loss.x.push(step as f64);
            loss.y.push(now);
            // A long study saves its progress here (`context.checkpoint`), and goes on from it.
            if (context.watch)(step as f64 / settings.steps as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        let last = if status == Status::Done { loss.y.last().copied() } else { None };
        let series = if loss.x.is_empty() { Vec::new() } else { vec![loss] };
        Ok(Outcome { series, scalars: vec![("final-loss".to_owned(), last)], weights: None, status })
    }
}
