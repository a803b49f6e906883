//! A mixture of denoisers (UL2; Tay et al., arXiv 2205.05131) against each of them, span corruption and language models.
//!
//! **What the paper claims.** Objectives of pretraining are one family: which spans of a text are missing. A mixture of regular, sequential and
//! extreme denoisers (R, S, X; see `blocks::denoisers`) does well where each of them does, beats T5's span corruption and GPT-like models in many
//! setups, and a token that says the mode lets later tasks choose among them.
//!
//! **What is trained.** A decoder of one block and width 32 that sees all of its input (see `blocks::prefix_model`), on windows of text. What is then
//! measured, on windows that nobody learned from, are bits for each missing symbol: of the last quarter (`continuation`), of T5's short spans
//! (`short`), and of a quarter in the middle (`long`). Every model is asked in all formats that it knows (sentinels with each of its modes, sentinels
//! without, the text as it is), and answers in the one that takes the fewest bits on other windows. Probabilities are those among symbols, so that no
//! format pays for its sentinels. Where text has genres, these are told by all weights after a few labels (`genre-tuned`), and by a ridge classifier
//! on frozen features (`genre-frozen`). `score` is the mean of the logarithms of all of them, so that a difference is a mean relative gain.
//!
//! **Worlds.** `chain`: made text whose next word depends on the last two, and of which the least bits there can be are known exactly, given both
//! sides or the left one alone. `null`: its words say nothing of each other, and objectives cannot differ. `english`: letters of six genres. `made`:
//! made genres.
//!
//! **Objectives.** `ul2`; `r`, `s`, `x`: one kind of it alone, with its mode; `no-modes`: the mixture without the tokens of modes; `r-x`, `r-s`: two
//! kinds; `span-corruption`: T5's; `prefix-lm`: any part of the text is the input and the rest is asked for; `clm`: every symbol is asked for by
//! those before it, which sees no right side of a gap.
//!
//! **Controls.** Equal `tokens`: all objectives pass as many rows forward and backward, sentinels and modes among them. Equal `flop`: as many
//! operations as the mixture takes. `scrambled`: the mixture on windows whose symbols are drawn one by one from all of the text: formats and
//! frequencies are left, order, words and genres are not. `random`: first weights. `longer`: first weights, and labels for as many more operations as
//! pretraining took. Rates of pretraining are chosen for every objective by its own loss, those of the fit by the genres of other texts, from one
//! grid each, on seeds from 1000 on. Arms of one seed share text, first weights, windows of every step, and questions.
//!
//! **Sources.** The abstract; a survey of ours, which has the table of denoisers from a documented implementation. The places of rows (which tell how
//! long a gap is) and gaps that need not end with the text are ours.

mod asked;
mod exam;
mod fit;
mod gather;
mod genre;
mod objective;
mod plan;
mod pretraining;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

pub use asked::{Budget, Method, Settings, World};

use crate::blocks::planned;
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Ul2;

impl Study for Ul2 {
    const NAME: &'static str = "ul2";
    const TITLE: &'static str = "A mixture of denoisers against each of them, span corruption and language models, at equal tokens and at equal operations";
    const CITE: &'static str = "tay2023ul2";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
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
            plan::Piece::Pretraining(own) => pretraining::run(&own, needs, context),
            plan::Piece::Chosen(own) => pretraining::chosen(&own, stage.seed, needs),
            plan::Piece::Trial(own) => fit::trial(&own, needs, context),
            plan::Piece::Fit(own) => fit::run(&own, needs, context),
            plan::Piece::Arm(_) => gather::run(needs),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Ul2::NAME))
}
