//! `dataset.toml`: what is read survives being written, and every view is a recipe with files or is refused.
#![no_main]

use curvecast_fuzz::survives_toml;
use libfuzzer_sys::fuzz_target;
use runner::dataset::{Dataset, Recipe};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(dataset) = survives_toml::<Dataset>(text, "dataset.toml") else { return };
    for view in std::iter::once(None).chain(dataset.views.keys().map(|name| Some(name.as_str()))) {
        let Ok(recipe) = dataset.recipe("fuzz", view) else { continue };
        assert!(!recipe.files().is_empty());
        if let Recipe::Table(table) = recipe {
            let (texts, numbers) = table.columns();
            assert!(texts.len() >= table.text.len() && numbers.len() >= table.numbers.len());
        }
    }
});
