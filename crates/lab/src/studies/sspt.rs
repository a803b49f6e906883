//! Pretraining on tasks made for stocks: which stock is it, which sector, where is its mean (SSPT; Wang et al., arXiv 2506.16746).
//!
//! **What the paper claims.** A transformer of two layers that is pretrained to tell the code of a stock from a window of its prices (SCC), or its
//! sector (SSC), or to give the mean price of a window with holes in it (MAP), selects stocks better afterwards than the same network from scratch,
//! the market and other methods, by return and by Sharpe ratio. On simulated series the tasks find statistics such as the volatility.
//!
//! **What is trained.** Such a network, of width 16, on windows of 16 days of five numbers: the price and its means over 5, 10, 20 and 30 days.
//! After a pretraining it learns the return of the next day of all stocks, day by day, and is asked to rank them. `rank-ic` is the mean over test
//! days of the rank correlation of what it says and what comes; the best few stocks of every day are held for `irr` and `sharpe`.
//!
//! **Markets.** Made ones (see `blocks::stocks`) in which the sector decides whether a trend goes on or turns (`identity`), in which all trends go on
//! (`alike`), and in which nothing can be foreseen (`coin`); and 84 stocks of the United States (`stocknet`). In a made market the answers are known:
//! `oracle` ranks by what can be foreseen; in `alike` who a stock is says nothing, so that SCC and SSC should have nothing to give. A network
//! comes closer to `oracle` there, which leaves less to gain: so gains are also held against those of `shuffled` and `map`, which meet the same
//! ceiling.
//!
//! **Controls.** `longer`: no pretraining, and as many more windows as pretraining passed. `shuffled`: SCC with codes dealt out at random.
//! `scratch`: no pretraining; its first weights are the random features that `volatility` is read from. `momentum`: the gain of 20 days, no
//! network. Arms of one seed share the market, first weights and the order of days. Learning rate and the weight of the rank loss are chosen for
//! every arm on seeds from 1000 on, from one grid, by the rank correlation on days for validation.
//!
//! **What the authors' code does, beside what it says.** Each is an arm beside the mended one.
//! - `scaling = "whole"`: prices are divided by their largest over the whole sample, test days included, so that a price near one has nowhere to
//!   go. `train` divides by the largest of the training days, and looks ahead while it learns; `past`, which all arms have unless they say
//!   otherwise, divides by the largest so far and never looks ahead. The rule `room` ranks by how far a price is below its divisor, and shows what
//!   there is to be seen.
//! - `ranking = "released"`: the rank loss holds differences of predictions against a prediction less a return, where `mended` holds them against
//!   differences of returns.
//! - `accumulated`: SCC with gradients that are never cleared.
//! - MAP can nearly be read off the numbers that are not hidden: `readable`. `masked` asks for the hidden numbers themselves.
//! - Which epoch is tested is not said. Here it is the last; `peek` is what could be had by choosing it on test days.
//!
//! **Stages.** A pretraining for each task and seed, at one rate for all tasks; a fit for each seed and candidate; then an arm, which holds its fit
//! against `longer`, and after SCC and SSC in a made market also against `shuffled` and `map`.
//!
//! **Sources.** Network, losses and measures: the authors' code (Pre-training-Time-Series-Models-with-Stock-Data-Customization, commit a2940e4), as a
//! survey of ours read it, and the abstract. What is smaller here, and what differs, stands in the deviations of `experiments/sspt`.

mod asked;
mod fit;
mod frames;
mod gather;
mod measure;
mod network;
mod plan;
mod pretraining;
mod probe;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use asked::{Method, Ranking, Scaling, Settings, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Sspt;

impl Study for Sspt {
    const NAME: &'static str = "sspt";
    const TITLE: &'static str = "Networks pretrained to tell stocks, sectors and means from windows of prices, and how they rank returns afterwards";
    const CITE: &'static str = "wang2025sspt";
    const EPOCH: u32 = 2;
    const RESOURCE: &'static str = "day";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "learning rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Pretraining(own) => pretraining::run(&own, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
            plan::Piece::Arm(own) => gather::run(&own, needs),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Sspt::NAME))
}
