//! What training tools write, as one tidy table: event files of TensorBoard, exports of W&B, the state of Hugging Face's
//! Trainer, the CSV files of Lightning and Keras, and text logs. Alone because event files need a reader of protocol
//! buffers and of checksums.
//!
//! [`import()`] reads files and folders of runs, whatever their format, into an [`Imported`]: a row for every run and step, a
//! column for every measure, and blanks where nothing was logged. [`read()`] does so only where `tables` cannot read the file as
//! it is, so that whoever takes a person's file calls it first. A format is an [`Importer`]: a file here and a line in
//! [`IMPORTERS`].
//!
//! Every point is kept that the last writer of a step wrote: of a run that went back, as after a restart, the later part
//! stays. What was replaced, left out or looks doubtful is a [`Warning`], whose
//! [`Level`] says whether it asks anything of its reader.

mod error;
mod folder;
mod gather;
mod imported;
mod importer;
mod join;
mod keras;
mod key_value;
mod level;
mod lightning;
mod log;
mod names;
mod rows;
mod source;
mod tensorboard;
mod trainer_state;
mod wandb;
mod warning;

use std::path::{Path, PathBuf};

pub use error::ImportError;
pub use imported::{Imported, json_lines};
pub use importer::{Importer, find};
pub use level::Level;
pub use log::Log;
pub use source::Source;
pub use warning::Warning;

/// All formats, in the order in which a file is offered to them.
#[rustfmt::skip]
pub static IMPORTERS: &[&dyn Importer] = &[
    &tensorboard::TensorBoard,
    &trainer_state::TrainerState,
    &lightning::Lightning,
    &wandb::Wandb,
    &keras::Keras,
    &key_value::KeyValue,
];

/// Reads files and folders of runs of one format into one table; with `format`, they are of this format whatever they look like.
///
/// A folder is looked through for files of a format, and every folder or file in it is a run. Files of one run are joined.
///
/// # Errors
/// A path that cannot be read, a file of no format or damaged, several formats, and files without a single point.
pub fn import(paths: &[PathBuf], format: Option<&str>) -> Result<Imported, ImportError> {
    let found = gather::gather(paths, format.map(find).transpose()?)?;
    let mut log = Log::default();
    found.warnings.into_iter().for_each(|w| log.warn(w));
    for file in &found.files {
        found.importer.read(&Source::file(&file.path), &file.run, &mut log)?;
    }
    let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    join::join(log, &names.join(", "), found.importer.name())
}

/// Reads what `tables` cannot read as it is: a folder of runs, event files, the state of a trainer, a text log. `None` is a file of
/// another kind, or one that is not there, of which `tables` knows what to say.
///
/// # Errors
/// As those of [`import`].
pub fn read(path: &Path) -> Result<Option<Imported>, ImportError> {
    let Ok(about) = std::fs::metadata(path) else { return Ok(None) };
    let ours = about.is_dir() || (about.is_file() && importer::of(&Source::file(path)).is_some_and(|i| !i.is_table()));
    if ours { import(&[path.to_owned()], None).map(Some) } else { Ok(None) }
}

/// Reads one file that is already in memory; `name` says what it is and appears in messages.
///
/// # Errors
/// As those of [`import`].
pub fn read_bytes(name: &str, bytes: &[u8], format: Option<&str>) -> Result<Imported, ImportError> {
    let source = Source::memory(name, bytes);
    let importer = match format {
        Some(format) => find(format)?,
        None => importer::of(&source).ok_or_else(|| ImportError::NotRecognised { file: name.to_owned() })?,
    };
    let mut log = Log::default();
    importer.read(&source, &gather::run_of(importer, Path::new(name)), &mut log)?;
    join::join(log, name, importer.name())
}
