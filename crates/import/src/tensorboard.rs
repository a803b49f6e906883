//! TensorBoard's event files: every scalar that was written, in either of the forms in which scalars are written.
//!
//! An event file is a TFRecord file of `Event` messages. A scalar is a `simple_value`, or a tensor of one element whose tag belongs to
//! the plugin `scalars`, as TensorFlow 2 writes it; the plugin stands in the first event of a tag alone. All files of a folder are of
//! one run. A `SessionLog` that says `START`, which `purge_step` writes, makes void what was logged from its step on.

mod messages;
mod records;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use prost::Message;

use self::messages::{Event, START, Value};
use self::records::{Record, Records};
use crate::folder::folder_of;
use crate::log::Run;
use crate::{ImportError, Importer, Log, Source, Warning};

/// A part of the names of event files.
const NAMED: &str = "tfevents";

/// The plugin of scalars.
const SCALARS: &str = "scalars";

/// The column of the time at which an event was written, in seconds since 1970.
const WALL_TIME: &str = "wall_time";

/// The format.
pub(crate) struct TensorBoard;

impl Importer for TensorBoard {
    fn name(&self) -> &'static str {
        "tensorboard"
    }

    fn title(&self) -> &'static str {
        "event files of TensorBoard, by whatever library; a folder of runs"
    }

    fn recognises(&self, source: &Source<'_>) -> bool {
        source.plain_name().contains(NAMED) || records::begin_with_an_event(source.head())
    }

    fn run(&self, path: &Path) -> PathBuf {
        folder_of(path)
    }

    fn read(&self, source: &Source<'_>, run: &str, log: &mut Log) -> Result<(), ImportError> {
        let file = source.name();
        log.counts("step", &file)?;
        let mut records = Records::new(source.reader()?, &file);
        let mut tags = Tags::default();
        let into = log.run(run);
        for record in &mut records {
            let Record { at, data } = record?;
            let event = Event::decode(data.as_slice()).map_err(|e| ImportError::NotAnEvent { file: file.clone(), at, why: e.to_string() })?;
            tags.take(event, into);
        }
        if let Some(tag) = tags.others.first() {
            log.warn(Warning::NotScalars { file: file.clone(), tags: tags.others.len(), tag: tag.clone() });
        }
        if let Some(at) = records.cut {
            log.warn(Warning::Cut { file, at });
        }
        Ok(())
    }
}

/// What is known of the tags of a file.
#[derive(Default)]
struct Tags {
    /// Does the plugin of a tag hold scalars? Tags without a plugin are not in here.
    scalar: HashMap<String, bool>,
    /// Tags that are no scalars.
    others: BTreeSet<String>,
}

impl Tags {
    /// Puts the scalars of an event into the run.
    fn take(&mut self, event: Event, run: &mut Run) {
        // steps beyond 2^53 are rounded
        let step = event.step as f64;
        if event.session_log.is_some_and(|s| s.status == START) {
            run.restart(step);
        }
        let mut logged = false;
        for value in event.summary.map(|s| s.values).unwrap_or_default() {
            match self.number(&value) {
                Some(number) if value.tag == WALL_TIME => run.series(&format!("{WALL_TIME} (logged)")).push(step, number),
                Some(number) => run.series(&value.tag).push(step, number),
                None => {
                    self.others.insert(value.tag);
                    continue;
                }
            }
            logged = true;
        }
        if logged {
            run.other(WALL_TIME).push(step, event.wall_time);
        }
    }

    /// The number of a value that is a scalar.
    fn number(&mut self, value: &Value) -> Option<f64> {
        let plugin = value.metadata.as_ref().and_then(|m| m.plugin.as_ref()).map(|p| p.name.as_str()).filter(|name| !name.is_empty());
        if let Some(plugin) = plugin {
            self.scalar.insert(value.tag.clone(), plugin == SCALARS);
        }
        if let Some(simple) = value.simple_value {
            return Some(f64::from(simple));
        }
        let tensor = value.tensor.as_ref().filter(|_| self.scalar.get(&value.tag) != Some(&false));
        tensor.and_then(messages::Tensor::number)
    }
}
