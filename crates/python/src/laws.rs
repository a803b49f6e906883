//! `laws`: the catalogue.

use pyo3::prelude::*;

/// A law.
#[derive(IntoPyObject)]
pub(crate) struct Law {
    name: String,
    title: String,
    formula: String,
    inputs: Vec<String>,
    parameters: Vec<Param>,
    cite: String,
}

/// A parameter of a law.
#[derive(IntoPyObject)]
struct Param {
    name: String,
    domain: String,
    doc: String,
}

/// Every law.
#[pyfunction]
pub(crate) fn laws() -> Vec<Law> {
    let param = |p: &models::Param| Param { name: p.name.to_owned(), domain: p.domain.to_string(), doc: p.doc.to_owned() };
    let law = |law: &&dyn models::Law| Law {
        name: law.name().to_owned(),
        title: law.title().to_owned(),
        formula: law.formula_text().to_owned(),
        inputs: law.inputs().iter().map(|i| (*i).to_owned()).collect(),
        parameters: law.params().iter().map(param).collect(),
        cite: law.cite().to_owned(),
    };
    models::all().iter().map(law).collect()
}
