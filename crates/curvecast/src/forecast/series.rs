//! The curve that is continued, and how it is read from a file.

use std::path::Path;

use crate::Error;
use crate::separator::load;

/// What has been seen of a run: one measure against one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Resource values, increasing.
    pub x: Vec<f64>,
    /// The measure there.
    pub y: Vec<f64>,
    /// What the resource is called.
    pub resource: String,
    /// What the measure is called.
    pub measure: String,
}

/// Which columns of a file are what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSeries {
    /// The column of the resource. Default: the first one.
    pub x: Option<String>,
    /// The column of the measure. Default: the second one.
    pub y: Option<String>,
}

impl Series {
    /// Resource values and the measure there.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        Self { x, y, resource: "x".to_owned(), measure: "y".to_owned() }
    }

    /// Reads two columns of a CSV, JSON-lines or Parquet file; rows without both numbers are no observations.
    ///
    /// # Errors
    /// A file that cannot be read, columns that are not there, and text where a number should be.
    pub fn read(path: &Path, how: &ReadSeries) -> Result<Self, Error> {
        let table = load(path)?;
        let (there, file) = (table.columns(), path.display().to_string());
        let column = |asked: &Option<String>, k: usize| -> Result<String, Error> {
            match asked.clone().or_else(|| there.get(k).cloned()) {
                None => Err(Error::Columns { file: file.clone(), what: "needs two columns, of the resource and of the measure".to_owned() }),
                Some(name) if !there.contains(&name) => Err(Error::NoColumn { file: file.clone(), column: name, there: there.clone() }),
                Some(name) => Ok(name),
            }
        };
        let (resource, measure) = (column(&how.x, 0)?, column(&how.y, 1)?);
        let (x, y) = (table.numbers(&resource)?, table.numbers(&measure)?);
        // A row may hold another measure's value only: rows without this one are not observations of it.
        let (x, y) = x.into_iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).unzip();
        Ok(Self { x, y, resource, measure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str, how: &ReadSeries) -> Result<Series, Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.csv");
        std::fs::write(&path, content).unwrap();
        Series::read(&path, how)
    }

    #[test]
    fn rows_of_other_measures_are_left_out() {
        let how = ReadSeries { x: None, y: Some("acc".into()) };
        let series = read("epoch,loss,acc\n1,0.7,\n2,,0.4\n3,0.5,0.5\n", &how).unwrap();
        assert_eq!((series.x, series.y, series.resource.as_str()), (vec![2.0, 3.0], vec![0.4, 0.5], "epoch"));
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        let good = "epoch,val_loss\n1,0.7\n";
        let why = |content: &str, y: Option<&str>| read(content, &ReadSeries { x: None, y: y.map(str::to_owned) }).unwrap_err().to_string();
        assert!(why(good, Some("loss")).contains("there are epoch, val_loss"));
        assert!(why("epoch\n1\n", None).contains("two columns"));
        assert!(why("epoch\tloss\n1\t0.7\n", None).contains("tabs"));
        assert!(why("epoch,loss\n1,many\n", None).contains("many"));
    }
}
