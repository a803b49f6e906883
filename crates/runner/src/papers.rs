//! `experiments/papers.toml`: every paper that Curvecast is about, with or without an experiment.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{RunError, toml_file};

/// The file, as errors name it.
const FILE: &str = "experiments/papers.toml";

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Papers {
    #[serde(default, rename = "paper")]
    papers: Vec<Paper>,
}

/// A paper. Its experiment, once there is one, has its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Paper {
    /// The name of its experiment.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Who wrote it: "Kaplan et al.".
    pub authors: String,
    /// Where it is read: an arXiv number, a DOI or a venue; may be empty.
    #[serde(default)]
    pub source: String,
    /// The statements of its abstract, in its own words, while it has no experiment. With one they stand in `published.toml`, as headlines.
    #[serde(default)]
    pub statements: Vec<String>,
}

/// All papers, in the order of the file; none where there is no file.
///
/// # Errors
/// A file that cannot be read; a paper twice; a paper whose statements stand in two places, or nowhere.
pub fn papers(root: &Path) -> Result<Vec<Paper>, RunError> {
    let path = root.join(FILE);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let listed: Papers = toml_file::parse(&toml_file::read_text(&path)?, FILE)?;
    let experiments: BTreeSet<String> = crate::list(root)?.into_iter().collect();
    let mut ids = BTreeSet::new();
    for paper in &listed.papers {
        let wrong = |what: &str| RunError::Spec(format!("{FILE}: paper {:?}: {what}", paper.id));
        if !ids.insert(paper.id.as_str()) {
            return Err(wrong("another paper has this id"));
        }
        if [&paper.id, &paper.title, &paper.authors].iter().any(|text| text.trim().is_empty()) {
            return Err(wrong("id, title and authors must not be empty"));
        }
        match (experiments.contains(&paper.id), paper.statements.is_empty()) {
            (true, false) => return Err(wrong("it has an experiment: move its statements to the headlines of published.toml")),
            (false, true) => return Err(wrong("it has neither an experiment nor statements: what its abstract says would be counted as nothing")),
            _ => {}
        }
    }
    Ok(listed.papers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Paper>, String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("experiments/there")).unwrap();
        std::fs::write(root.path().join("experiments/there/spec.toml"), "").unwrap();
        std::fs::write(root.path().join(FILE), text).unwrap();
        papers(root.path()).map_err(|e| e.to_string())
    }

    fn paper(id: &str, more: &str) -> String {
        format!("[[paper]]\nid = \"{id}\"\ntitle = \"t\"\nauthors = \"a\"\n{more}\n")
    }

    #[test]
    fn statements_stand_in_one_place() {
        let both = [paper("there", ""), paper("later", "statements = [\"s\"]")].concat();
        assert_eq!(read(&both).unwrap().iter().map(|p| p.statements.len()).collect::<Vec<_>>(), [0, 1]);
        assert!(read(&paper("there", "statements = [\"s\"]")).unwrap_err().contains("move its statements"));
        assert!(read(&paper("later", "")).unwrap_err().contains("neither an experiment nor statements"));
        assert!(read(&both.repeat(2)).unwrap_err().contains("another paper has this id"));
        assert!(read(&paper("later", "statement = \"s\"")).unwrap_err().contains("papers.toml:5:1"));
    }

    #[test]
    fn without_a_file_there_are_no_papers() {
        assert!(papers(tempfile::tempdir().unwrap().path()).unwrap().is_empty());
    }
}
