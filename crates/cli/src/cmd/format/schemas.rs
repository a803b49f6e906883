//! The JSON schemas of the TOML files that people write. Each type says what it is; only figures, which are read by who draws them, are put in here.

use evaluation::Published;
use runner::dataset::Dataset;
use runner::spec::Spec;
use runner::{RunError, schema};

/// The schemas: their files below the root, and the texts of these.
pub fn files() -> Result<Vec<(&'static str, String)>, RunError> {
    let mut generator = schema::generator();
    let figure = publish::figures::schema(&mut generator);
    let mut spec = generator.into_root_schema_for::<Spec>();
    let properties = spec.as_object_mut().and_then(|all| all.get_mut("properties"));
    if let Some(figures) = properties.and_then(|all| all.pointer_mut("/figure/items")) {
        *figures = figure.into();
    }
    let published = schema::generator().into_root_schema_for::<Published>();
    let dataset = schema::generator().into_root_schema_for::<Dataset>();
    let asks = "What an experiment asks: sources, methods, asks, tables, figures and sizes.";
    let says = "What a paper says: headlines, claims and deviations.";
    let are = "Where data are, and how they become curves or runs.";
    let all = [
        ("schemas/spec.schema.json", spec, "experiments/NAME/spec.toml", asks),
        ("schemas/published.schema.json", published, "experiments/NAME/published.toml", says),
        ("schemas/dataset.schema.json", dataset, "datasets/NAME/dataset.toml", are),
    ];
    all.into_iter().map(|(file, made, title, says)| Ok((file, schema::text(made, title, says)?))).collect()
}
