//! The façade's words, which name options as the program has them, with the names that Python has.

use curvecast::{Better, Error, Level, Warning};
use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// What messages say of the program's options, and of Python's arguments. A test of the package holds that nothing else is left.
const WORDS: [(&str, &str); 5] = [
    ("--keep-first keeps it", "keep_first=True keeps it"),
    ("as in --bounds -1,1", "as in bounds=(-1, 1)"),
    ("give the schedule (--lr)", "give the schedule"),
    ("leave out what came before by --from", "leave out what came before"),
    ("ask for more starts (--starts)", "ask for more starts"),
];

/// An error as Python has it.
pub(crate) fn error(why: Error) -> PyErr {
    PyValueError::new_err(in_python(&why.to_string()))
}

/// What has to be said of an answer at a level, in words.
pub(crate) fn at(level: Level, found: &[Warning]) -> Vec<String> {
    found.iter().filter(|w| w.level() == level).map(|w| in_python(&w.to_string())).collect()
}

fn in_python(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (program, python)| text.replace(program, python))
}

/// A number where there is one: a bound that is infinite is none.
pub(crate) fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|v| v.is_finite())
}

/// The word for a direction.
pub(crate) fn better(direction: Better) -> &'static str {
    match direction {
        Better::Lower => "lower",
        Better::Higher => "higher",
    }
}
