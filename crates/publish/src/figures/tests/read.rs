//! What is refused when figures are read, and where.

use super::super::{catalogue, read};

fn why(text: &str) -> String {
    read(text, "experiments/x/spec.toml").err().map(|e| e.to_string()).unwrap_or_default()
}

#[test]
fn a_figure_is_read_with_its_head_its_kind_and_its_place() {
    let text = "[experiment]\nseed = 1\n\n[[figure]]\nid = \"a\"\ntitle = \"A\"\n[figure.score-vs-seconds]\nselect = { ask = \"forecast\" }\n";
    let figures = read(text, "spec.toml").unwrap();
    let figure = figures.first().unwrap();
    assert_eq!((figure.head.id.as_str(), figure.head.title.as_str(), figure.kind.name()), ("a", "A", "score-vs-seconds"));
    assert_eq!(figure.place, "spec.toml:5:6");
    assert_eq!(figure.kind.select()["ask"].0, ["forecast"]);
    assert_eq!(read("[experiment]\n", "spec.toml").unwrap().len(), 0);
}

#[test]
fn a_key_of_another_kind_is_refused_with_its_place_and_the_nearest() {
    let unknown = why("[[figure]]\nid = \"a\"\ntitle = \"A\"\n[figure.calibration]\npanel = \"source\"\n");
    assert!(unknown.starts_with("experiments/x/spec.toml:5:1: unknown field `panel`"), "{unknown}");
    assert!(unknown.ends_with("did you mean `panels`?"), "{unknown}");
    let kind = why("[[figure]]\nid = \"a\"\ntitle = \"A\"\n[figure.heatmap]\n");
    assert!(kind.contains("unknown field `heatmap`") && kind.ends_with("did you mean `heat-map`?"), "{kind}");
    // The old form.
    let old = why("[[figure]]\nid = \"a\"\ntitle = \"A\"\nkind = \"regret\"\n");
    assert!(old.contains(":4:1: unknown field `kind`"), "{old}");
}

#[test]
fn a_figure_has_exactly_one_kind() {
    for text in ["", "[figure.regret]\n[figure.bump]\n"] {
        let none = why(&format!("[[figure]]\nid = \"a\"\ntitle = \"A\"\n{text}"));
        assert!(none.starts_with("experiments/x/spec.toml:2:6: figure \"a\" needs exactly one sub-table"), "{none}");
        assert!(none.contains("[figure.regret]"), "{none}");
    }
}

#[test]
fn every_kind_is_in_the_catalogue_under_the_key_it_is_read_by() {
    let kinds = catalogue();
    assert_eq!(kinds.len(), 11);
    for (name, says) in kinds {
        assert!(says.ends_with('.'), "{name}: {says}");
        let needed = if name == "lines" { "x = \"a\"\ny = \"b\"\n" } else { "" };
        let figures = read(&format!("[[figure]]\nid = \"a\"\ntitle = \"A\"\n[figure.{name}]\n{needed}"), "spec.toml");
        assert_eq!(figures.unwrap().first().map(|f| f.kind.name()), Some(name));
    }
}
