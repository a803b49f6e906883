//! Protocols: kinds of questions. One file below `protocol/` and one line in the list is one kind.
//!
//! The settings of a protocol are the protocol: they are read from their own table of an ask (`[ask.surface]`), and say which data they
//! read, in which parts they are answered, how a part runs, and what is settled over all rows afterwards. Nothing else in the house knows a
//! protocol by name.

pub mod agree;
pub mod compare;
pub mod emergence;
pub mod extrapolate;
pub mod ladder;
pub mod published_table;
pub mod speed_up;
pub mod stop;
pub mod surface;

use std::ops::Range;

use curves::CurveSet;
use curves::runs::RunTable;
use evaluation::Frame;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::eval_curves::EvalCurves;
use crate::job::Output;
use crate::method::Built;
use crate::source::Offer;
use crate::spec::About;

/// More resamples, permutations or starts than this are a slip of a key, and would fill the memory.
pub(crate) const MOST_REPEATS: usize = 1_000_000;

/// Makes the list of protocols: the keys of an ask, their parser and the catalogue.
macro_rules! protocols {
    ($($field:ident: $settings:ty = $key:literal, $says:literal;)+) => {
        /// One question about a source. Exactly one of the tables below says which kind of question, and has its settings.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(transform = of_one_protocol)]
        pub struct Ask {
            /// Its name: the `ask` column of its rows.
            pub id: String,
            /// Asked of which source.
            pub source: String,
            $(
                #[doc = $says]
                #[serde(default, rename = $key, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$settings>,
            )+
        }

        /// Every protocol: its key in an ask, and the question that it asks.
        pub const CATALOGUE: &[(&str, &str)] = &[$(($key, $says)),+];

        impl Ask {
            /// Its protocol with its key; the error says that it has none, or several.
            pub fn protocol(&self) -> Result<(&'static str, &dyn Protocol), String> {
                let mut found: Vec<(&'static str, &dyn Protocol)> = Vec::new();
                $(found.extend(self.$field.as_ref().map(|p| ($key, p as &dyn Protocol)));)+
                match found.as_slice() {
                    [one] => Ok(*one),
                    [] => Err(format!("it has no table that says what is asked; give it one of {}", CATALOGUE.iter().map(|c| c.0).collect::<Vec<_>>().join(", "))),
                    several => Err(format!("it has several tables ({}); one ask is one question", several.iter().map(|p| p.0).collect::<Vec<_>>().join(", "))),
                }
            }

            /// The settings of its protocol as TOML, for keys.
            fn settings(&self) -> Result<String, toml::ser::Error> {
                let mut all = String::new();
                $(if let Some(p) = &self.$field {
                    all.push_str(&toml::to_string(p)?);
                })+
                Ok(all)
            }
        }
    };
}

protocols! {
    extrapolate: extrapolate::Extrapolate = "extrapolate", "Given the start of a curve, where does it go?";
    stop: stop::Stop = "stop", "Which runs can be cut short?";
    surface: surface::SurfaceSpec = "surface", "Given small runs, what will the large one do?";
    emergence: emergence::EmergenceSpec = "emergence", "When does each skill appear, and in which order?";
    ladder: ladder::LadderSpec = "ladder", "What accuracy will a large model reach, judged by small ones?";
    speed_up: speed_up::SpeedUpSpec = "speed-up", "How many times sooner does one run reach a loss than another?";
    compare: compare::CompareSpec = "compare", "Does one arm beat another, seed by seed?";
    agree: agree::AgreeSpec = "match", "Does theory equal measurement, point by point?";
    table: published_table::PublishedTable = "table", "What does a table say? Its rows become rows of the run.";
}

/// An ask has exactly one of the tables of the list.
fn of_one_protocol(schema: &mut Schema) {
    crate::schema::exactly_one(schema, CATALOGUE);
}

/// What an ask is called and what it is asked of.
#[derive(Clone, Debug, PartialEq)]
pub struct AskHead {
    /// The `ask` column of its rows.
    pub id: String,
    /// The source it is asked of.
    pub source: String,
}

/// The shape in which a protocol reads a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Curves on the unit scale, one after the other, each ready to be asked about.
    EvalCurves,
    /// Curves as recorded, all at once.
    Curves,
    /// A table of runs.
    Runs,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Shape::EvalCurves | Shape::Curves => "curves",
            Shape::Runs => "a table of runs",
        })
    }
}

/// A source that a protocol reads, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// The source by name.
    pub source: String,
    /// Its shape.
    pub shape: Shape,
}

impl Input {
    /// A source in a shape.
    pub fn new(source: &str, shape: Shape) -> Self {
        Self { source: source.to_owned(), shape }
    }
}

/// What a protocol can check itself against before anything runs.
pub struct Names<'a> {
    /// What a source offers; `None` where there is no such source.
    pub offer: &'a dyn Fn(&str) -> Option<&'a Offer>,
    /// The ids of the spec's methods.
    pub methods: &'a [String],
    /// The names of all their answers.
    pub answers: &'a [String],
}

impl Names<'_> {
    /// That a table of runs has the number columns (or expressions of them) and the text columns named; sources whose columns are not known are believed.
    ///
    /// # Errors
    /// The first name that is not there, with the nearest that is.
    pub fn columns<'b>(
        &self,
        source: &str,
        numbers: impl IntoIterator<Item = &'b str>,
        texts: impl IntoIterator<Item = &'b str>,
        also: &[&str],
    ) -> Result<(), String> {
        // Of data that cannot be had nobody knows the columns.
        let Some(runs) = (self.offer)(source).and_then(|o| o.runs.as_ref()).filter(|r| !(r.texts.is_empty() && r.numbers.is_empty())) else { return Ok(()) };
        for text in numbers {
            let expression = curves::runs::Expression::parse(text)?;
            if let Some(wrong) = expression.columns().find(|c| !runs.numbers.iter().any(|n| n == c) && !also.contains(c)) {
                return Err(curves::no_such("number column", wrong, runs.numbers.iter().map(String::as_str).chain(also.iter().copied())));
            }
        }
        for text in texts {
            if !runs.texts.iter().any(|t| t == text) {
                return Err(curves::no_such("text column", text, runs.texts.iter().map(String::as_str)));
            }
        }
        Ok(())
    }
}

/// A part of an ask: the unit of work and of what a kill can lose.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The method that answers, by its id; none where the protocol answers by itself.
    pub method: Option<String>,
    /// Which of its pieces: curves, fits, tasks.
    pub range: Range<usize>,
    /// About how many seconds it takes on one core. Only the share of the whole matters.
    pub cost: f64,
}

impl Part {
    /// The pieces of a protocol that answers by itself, each a part that costs so much.
    pub fn pieces(count: usize, cost: f64) -> Vec<Self> {
        (0..count).map(|k| Self { method: None, range: k..k + 1, cost }).collect()
    }
}

/// How many curves a source has, and what a question costs a method.
pub struct Sizes<'a> {
    /// Curves of a source, as many as are asked about.
    pub curves: &'a dyn Fn(&str) -> usize,
    /// The methods that answer.
    pub methods: &'a [Built],
}

/// The opened data of an ask.
pub trait Inputs {
    /// Curves ready to be asked about.
    fn eval_curves(&self, source: &str) -> Option<&EvalCurves>;
    /// Curves as recorded.
    fn curves(&self, source: &str) -> Option<&CurveSet>;
    /// A table of runs.
    fn runs(&self, source: &str) -> Option<&RunTable>;
}

/// Where a part belongs.
pub struct At<'a> {
    /// The experiment: its seed.
    pub about: &'a About,
    /// The ask.
    pub ask: &'a AskHead,
    /// The method that answers, where there is one.
    pub method: Option<&'a Built>,
}

/// What parts kept beside their rows, read when it is asked for: it can be much.
pub trait Kept {
    /// What was kept of the first so many pieces.
    fn first(&self, pieces: usize) -> Frame;
}

/// What is settled over all rows of an ask.
pub struct Settled {
    /// The rows of the ask as they are shown and judged.
    pub rows: Frame,
    /// What figures draw that is no row.
    pub series: Frame,
}

/// A step on the way to a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a table.
    Key(String),
    /// The table of a list that has this id.
    Item(String),
}

/// A kind of question, made of its settings.
pub trait Protocol: Send + Sync {
    /// Rises whenever a change of the protocol, or of what it uses, moves a number.
    fn epoch(&self) -> u32;

    /// Can it be asked? Says what cannot, and what would do.
    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String>;

    /// The sources it reads, the ask's own among them.
    fn reads(&self, ask: &AskHead) -> Vec<Input>;

    /// The parts in which it is answered, in an order that depends on the spec alone.
    fn parts(&self, ask: &AskHead, sizes: &Sizes<'_>) -> Vec<Part>;

    /// What of its settings decides the bytes of a part's rows; `None` for all of them.
    fn decides(&self) -> Option<String> {
        None
    }

    /// Answers one part.
    fn run(&self, part: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output;

    /// The values that the `method` column of its rows can have; `None` where that is not known beforehand.
    fn answers(&self, ask: &AskHead, methods: &[Built]) -> Option<Vec<String>>;

    /// Settings that stand for another value when they are left out or 0: the way to them below the protocol's table, and that value.
    /// Readers of a run are shown it in their place; keys have settings as they are.
    fn stands_for(&self) -> Vec<(Vec<Step>, String)> {
        Vec::new()
    }

    /// Does every row rest on all parts, so that nothing can be told before all have run?
    fn rests_on_all_parts(&self) -> bool {
        true
    }

    /// Does [`Protocol::settle`] need the data?
    fn settles_with_data(&self) -> bool {
        false
    }

    /// What becomes of the rows of one part when they are read: columns that they lack because they are older. `kept` is what the part kept.
    fn refresh(&self, rows: &mut Frame, kept: &dyn Fn() -> Frame) {
        let _ = (rows, kept);
    }

    /// What becomes of the rows of all parts: ranks, replays. `complete` says that every part has run; `inputs` are there where
    /// [`Protocol::settles_with_data`] asks for them and the data are here.
    fn settle(&self, at: &At<'_>, rows: Frame, kept: &dyn Kept, inputs: Option<&dyn Inputs>, complete: bool) -> Settled {
        let _ = (at, kept, inputs, complete);
        Settled { rows, series: Frame::new() }
    }
}

impl Ask {
    /// Its name and source.
    pub fn head(&self) -> AskHead {
        AskHead { id: self.id.clone(), source: self.source.clone() }
    }

    /// What of it decides the bytes of its rows, for keys.
    ///
    /// # Errors
    /// Settings that cannot be written as TOML.
    pub fn identity(&self) -> Result<String, String> {
        let (key, protocol) = self.protocol()?;
        let settings = match protocol.decides() {
            Some(text) => text,
            None => self.settings().map_err(|e| e.to_string())?,
        };
        Ok(format!("{} {key} {} {}\n{settings}", self.id, protocol.epoch(), self.source))
    }
}
