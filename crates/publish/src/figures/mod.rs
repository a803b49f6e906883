//! Figures of a spec, drawn from rows: one kind, one file, and one line in the list below.
//!
//! ```toml
//! [[figure]]
//! id = "regret"
//! title = "Anytime regret of early stopping"
//! [figure.regret]
//! select = { ask = "stopping" }
//! ```
//!
//! The settings of a kind are a struct of their own, which is read from the sub-table of its name and refuses keys it does
//! not know. To add a kind: a file with the settings and their [`Figure`], its `mod`, and its line in the list.

pub mod bump;
pub mod calibration;
pub mod fans;
pub mod heat_map;
pub mod intervals;
pub mod lines;
mod names;
mod parts;
pub mod regret;
mod rows;
pub mod scatter;
pub mod score_vs_seconds;
pub mod survival;
#[cfg(test)]
mod tests;
pub mod timeline;

use std::collections::BTreeMap;

use evaluation::{Claim, Frame, Strings};
use runner::RunError;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::place;

pub use parts::Along;

/// For each column named, the texts that a row must have one of. Where several are listed, what is drawn of them comes in that order.
pub type Select = BTreeMap<String, Strings>;

/// What every figure has, whatever its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its name, as in its files' names.
    pub id: String,
    /// The line above it.
    pub title: String,
}

impl Head {
    /// The figure with nothing on it yet.
    pub(crate) fn figure(&self) -> report::Figure {
        report::Figure::new(&self.id, &self.title)
    }
}

/// What a figure is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// All rows of the run.
    pub frame: &'a Frame,
    /// What is drawn and is no row: regret over epochs, and the forecasts of a few curves.
    pub series: &'a Frame,
    /// What the paper says.
    pub claims: &'a [Claim],
    /// What is spent along the curves of a source, by its name, where that is known.
    pub resources: &'a BTreeMap<String, String>,
}

/// A kind of figure: implemented by its settings.
pub trait Figure {
    /// Its key in a spec.
    const NAME: &'static str;
    /// What it draws, in a sentence.
    const SAYS: &'static str;

    /// The rows it is drawn from.
    fn select(&self) -> &Select;

    /// The claims whose published numbers it marks.
    fn claims(&self) -> &[String] {
        &[]
    }

    /// Why these settings cannot be drawn, whatever the rows are.
    fn check(&self, head: &Head) -> Result<(), String> {
        let _ = head;
        Ok(())
    }

    /// The figure, or why these rows do not make one.
    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String>;
}

/// Makes of the list of kinds the enum, the parser and the catalogue.
macro_rules! figures {
    ($($key:ident => $kind:ident,)+) => {
        /// What is drawn: one of the kinds, with its settings.
        #[derive(Clone, Debug)]
        pub enum Kind {
            $(
                #[doc = concat!("The settings of `", stringify!($key), "`.")]
                $kind(Box<$key::$kind>),
            )+
        }

        impl Kind {
            /// Its key in a spec.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$key::$kind as Figure>::NAME,)+
                }
            }

            /// The rows it is drawn from.
            pub fn select(&self) -> &Select {
                match self {
                    $(Self::$kind(settings) => settings.select(),)+
                }
            }

            /// The claims whose published numbers it marks.
            pub fn claims(&self) -> &[String] {
                match self {
                    $(Self::$kind(settings) => settings.claims(),)+
                }
            }

            /// Why its settings cannot be drawn.
            pub fn check(&self, head: &Head) -> Result<(), String> {
                match self {
                    $(Self::$kind(settings) => settings.check(head),)+
                }
            }

            /// The figure, or why these rows do not make one.
            pub fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
                match self {
                    $(Self::$kind(settings) => settings.draw(head, inputs),)+
                }
            }
        }

        /// `[[figure]]` as it is written: a head, and a sub-table for each kind, of which one is there.
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        #[schemars(rename = "Figure", transform = of_one_kind)]
        struct Written {
            /// Its name, as in its files' names.
            #[schemars(with = "String")]
            id: Spanned<String>,
            /// The line above it.
            title: String,
            $($key: Option<$key::$kind>,)+
        }

        impl Written {
            /// Where it stands, its head, and the kinds that are there.
            fn parts(self) -> (usize, Head, Vec<Kind>) {
                let mut kinds = Vec::new();
                $(kinds.extend(self.$key.map(|settings| Kind::$kind(Box::new(settings))));)+
                (self.id.span().start, Head { id: self.id.into_inner(), title: self.title }, kinds)
            }
        }

        /// Every kind of figure: its key in a spec, and what it draws.
        pub fn catalogue() -> Vec<(&'static str, &'static str)> {
            vec![$((<$key::$kind as Figure>::NAME, <$key::$kind as Figure>::SAYS)),+]
        }
    };
}

figures! {
    fans => Fans,
    score_vs_seconds => ScoreVsSeconds,
    calibration => Calibration,
    regret => Regret,
    heat_map => HeatMap,
    bump => Bump,
    timeline => Timeline,
    survival => Survival,
    scatter => Scatter,
    lines => Lines,
    intervals => Intervals,
}

/// The schema of `[[figure]]`.
pub fn schema(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Written>()
}

/// A figure has exactly one of the tables of the list; each says what it draws.
fn of_one_kind(schema: &mut Schema) {
    let kinds = catalogue();
    let properties = schema.as_object_mut().and_then(|all| all.get_mut("properties")).and_then(Value::as_object_mut);
    if let Some(properties) = properties {
        for (key, says) in &kinds {
            if let Some(table) = properties.get_mut(*key).and_then(Value::as_object_mut) {
                table.entry("description").or_insert_with(|| Value::from(*says));
            }
        }
    }
    runner::schema::exactly_one(schema, &kinds);
}

/// One figure of a spec.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Its name and title.
    pub head: Head,
    /// What is drawn.
    pub kind: Kind,
    /// Where it stands in the text of the spec, as `file:line:column`.
    pub place: String,
}

impl Drawing {
    /// Draws it, or says why it cannot be.
    pub fn draw(&self, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        self.kind.draw(&self.head, inputs)
    }
}

/// The part of a spec that is about figures.
#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default, rename = "figure")]
    figures: Vec<Written>,
}

/// Reads the figures of a spec from its text; `shown` is how an error names the text. Every figure has one kind, and only
/// keys of that kind; the settings themselves are not checked here.
pub fn read(text: &str, shown: &str) -> Result<Vec<Drawing>, RunError> {
    let part: Part = runner::parse(text, shown)?;
    part.figures.into_iter().map(|written| one(written, text, shown)).collect()
}

/// A figure of exactly one kind.
fn one(written: Written, text: &str, shown: &str) -> Result<Drawing, RunError> {
    let (at, head, mut kinds) = written.parts();
    let place = place::of(text, at, shown);
    if let (Some(kind), true) = (kinds.pop(), kinds.is_empty()) {
        return Ok(Drawing { head, kind, place });
    }
    let known: Vec<String> = catalogue().iter().map(|(name, _)| format!("[figure.{name}]")).collect();
    Err(RunError::Spec(format!("{place}: figure {:?} needs exactly one sub-table that says what is drawn: {}", head.id, known.join(", "))))
}
