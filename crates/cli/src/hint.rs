//! An override whose path begins in the middle: `prior.curves=50` is meant as `source.prior.curves=50`.

use std::path::Path;

use runner::RunError;
use toml::{Table, Value};

/// The error as it is; where an override names a path that is not there and one that ends nearly so is, with that one.
pub fn path(e: RunError, root: &Path, name: &str) -> RunError {
    match e {
        RunError::Spec(text) => {
            let near = meant(&text, root, name).map(|path| format!("; did you mean {path}?")).unwrap_or_default();
            RunError::Spec(format!("{text}{near}"))
        }
        other => other,
    }
}

fn meant(text: &str, root: &Path, name: &str) -> Option<String> {
    let (wrong, rest) = text.strip_prefix("override \"")?.split_once('"')?;
    if !rest.contains("there is no") || rest.contains("did you mean") {
        return None;
    }
    let spec = std::fs::read_to_string(root.join("experiments").join(name).join("spec.toml")).ok()?;
    nearest(wrong, &toml::from_str::<Table>(&spec).ok()?)
}

/// The path of a spec whose last steps, as many as `wrong` has, are nearest to it.
fn nearest(wrong: &str, spec: &Table) -> Option<String> {
    let mut paths = Vec::new();
    collect(spec, "", &mut paths);
    let steps = wrong.split('.').count();
    let tail = |path: &str| -> Option<String> {
        let all: Vec<&str> = path.split('.').collect();
        all.len().checked_sub(steps).map(|from| all[from..].join("."))
    };
    let ends: Vec<(String, &String)> = paths.iter().filter_map(|path| Some((tail(path)?, path))).collect();
    let found = curves::nearest(wrong, ends.iter().map(|(end, _)| end.as_str()))?;
    ends.iter().find(|(end, _)| end == found).map(|(_, path)| (*path).clone())
}

/// Every path of a spec that an override can name. What sizes set is no place of its own.
fn collect(table: &Table, above: &str, into: &mut Vec<String>) {
    for (key, value) in table.iter().filter(|(key, _)| !(above.is_empty() && *key == "size")) {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Table(t) => collect(t, &path, into),
            Value::Array(list) => {
                for item in list.iter().filter_map(Value::as_table) {
                    if let Some(id) = item.get("id").and_then(Value::as_str) {
                        collect(item, &format!("{path}.{id}"), into);
                    }
                }
            }
            _ => {}
        }
        into.push(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_begin_in_the_middle_are_completed() {
        let spec: Table = toml::from_str(
            "[experiment]\nseed = 1\n[source.prior]\ncurves = 1\n[[method]]\nid = \"p1\"\n[method.with]\nsteps = 2\n[size.smoke.set]\n\"source.prior.curves\" = 2\n",
        )
        .unwrap();
        assert_eq!(nearest("prior.curves", &spec).as_deref(), Some("source.prior.curves"));
        assert_eq!(nearest("prices.curves", &spec).as_deref(), Some("source.prior.curves"));
        assert_eq!(nearest("p1.with.steps", &spec).as_deref(), Some("method.p1.with.steps"));
        assert_eq!(nearest("nothing.of.the.kind", &spec), None);
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("experiments/tiny");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("spec.toml"), "[source.prior]\ncurves = 1\n").unwrap();
        let said = |text: &str| path(RunError::Spec(text.into()), dir.path(), "tiny").to_string();
        assert_eq!(
            said("override \"prior.curves\": there is no \"prior\" (there are source)"),
            "override \"prior.curves\": there is no \"prior\" (there are source); did you mean source.prior.curves?"
        );
        let other = "experiments/tiny/spec.toml:1:1: unknown field `sorce`; did you mean `source`?";
        assert_eq!(said(other), other);
    }
}
