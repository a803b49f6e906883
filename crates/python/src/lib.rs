//! The compiled part of the Python package `curvecast`: the façade's functions, one a file.
//!
//! What a person imports is the Python package around it (`python/curvecast`), which takes arrays of any kind, gives names to
//! results and warns. Here dictionaries of numbers come in and go out, and the interpreter is let go while something is computed.
//!
//! A crate of its own because it needs Python.

mod decide;
mod fit;
mod forecast;
mod laws;
mod options;
mod said;
mod series;
mod simulate;

use pyo3::prelude::*;

/// The compiled part of `curvecast`.
#[pymodule]
fn _curvecast(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(decide::decide, module)?)?;
    module.add_function(wrap_pyfunction!(fit::fit, module)?)?;
    module.add_function(wrap_pyfunction!(forecast::forecast, module)?)?;
    module.add_function(wrap_pyfunction!(laws::laws, module)?)?;
    module.add_function(wrap_pyfunction!(simulate::simulate, module)?)?;
    Ok(())
}
