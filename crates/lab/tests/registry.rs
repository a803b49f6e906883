//! Every registered study: names, titles, defaults, and how it is found.

use std::collections::BTreeSet;

use lab::{STUDIES, arms, find};

fn is_kebab(name: &str) -> bool {
    !name.is_empty() && name.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

#[test]
fn names_are_found_and_a_slip_is_mended() {
    for study in STUDIES {
        assert_eq!(find(study.name()).unwrap().title(), study.title());
    }
    let e = find("lazy-to-ritch").err().unwrap().to_string();
    assert_eq!(e, "unknown study `lazy-to-ritch`; did you mean `lazy-to-rich`?");
    assert_eq!(find("quux").err().unwrap().to_string(), "unknown study `quux`");
}

#[test]
fn a_study_says_what_it_makes() {
    let names: BTreeSet<&str> = STUDIES.iter().map(|study| study.name()).collect();
    assert_eq!(names.len(), STUDIES.len());
    assert!(STUDIES.iter().map(|study| study.name()).is_sorted());
    for study in STUDIES {
        assert!(is_kebab(study.name()) && is_kebab(study.resource()), "{}", study.name());
        assert!(!study.title().is_empty() && !study.cite().is_empty() && study.epoch() > 0, "{}", study.name());
        // Series and scalars share one space of names: both are columns.
        let measures: Vec<&str> = study.series().iter().chain(study.scalars()).map(|(name, _)| *name).collect();
        assert!(!measures.is_empty() && measures.iter().all(|name| is_kebab(name)), "{}: {measures:?}", study.name());
        assert_eq!(measures.iter().collect::<BTreeSet<_>>().len(), measures.len(), "{}", study.name());
        assert!(study.series().iter().chain(study.scalars()).all(|(_, title)| !title.is_empty()), "{}", study.name());
    }
}

#[test]
fn defaults_are_whole_and_decide_the_stage() {
    let default = arms::product(&toml::Table::new()).unwrap();
    for study in STUDIES {
        let defaults = study.defaults();
        assert!(!defaults.is_empty() && defaults.keys().all(|key| is_kebab(key)), "{}", study.name());
        let stages = study.stages(&toml::Table::new(), &default, 0..1).unwrap();
        assert!(!stages.is_empty() && stages.iter().all(|stage| stage.flops > 0.0), "{}", study.name());
        // Asking for the defaults is asking for nothing.
        assert_eq!(study.stages(&defaults, &default, 0..1).unwrap(), stages, "{}", study.name());
    }
}
