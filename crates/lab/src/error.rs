//! What can stop a study.

use thiserror::Error;

/// Why a study was not planned, or a stage has no outcome. A run that diverges is no error: it is an outcome with a status.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StudyError {
    /// A setting, an arm or a name is wrong; the text names it and says what to do.
    #[error("{0}")]
    Setting(String),
    /// The caller said stop. The progress is saved, and the next run goes on from it.
    #[error("stopped as asked; the progress is saved and the next run goes on from it")]
    Interrupted,
    /// Anything else, such as progress that cannot be saved.
    #[error("{0}")]
    Other(String),
}

/// `; did you mean …?`, where a name is near enough to be meant.
pub(crate) fn hint<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    curves::nearest(wrong, known).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
