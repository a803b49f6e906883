//! Hourly measurements of two electricity transformers, from the files of the dataset `ett`.

use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "ett";

/// Numbers of every hour.
pub(crate) const CHANNELS: usize = 7;

fn wrong(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{DATASET}: {what}"))
}

/// The columns of one transformer (`ETTh1` or `ETTh2`), each an hour after the other.
///
/// # Errors
/// A file that is absent or damaged.
pub(crate) fn read(files: &dyn Files, transformer: &str) -> Result<Vec<Vec<f64>>, StudyError> {
    let file = format!("{transformer}.csv");
    let bytes = files.read(DATASET, &file).map_err(wrong)?;
    let text = String::from_utf8(bytes).map_err(|e| wrong(format!("{file}: {e}")))?;
    columns(&text).map_err(|e| wrong(format!("{file}: {e}")))
}

/// Columns of a table with a header, whose first is a date.
fn columns(text: &str) -> Result<Vec<Vec<f64>>, String> {
    let mut all = vec![Vec::new(); CHANNELS];
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let mut cells = line.split(',').map(str::trim);
        let date = cells.next().unwrap_or_default();
        for column in &mut all {
            let cell = cells.next().unwrap_or_default();
            let number = cell.parse::<f64>().ok().filter(|v| v.is_finite());
            column.push(number.ok_or_else(|| format!("at {date} there is {cell:?}, which is no number"))?);
        }
        if cells.next().is_some() {
            return Err(format!("at {date} there are more than {CHANNELS} numbers"));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    #[test]
    fn columns_are_read_hour_by_hour() {
        let found = columns("date,a,b,c,d,e,f,g\n2016-07-01 00:00:00,1,2,3,4,5,6,7.5\n2016-07-01 01:00:00,-1,2,3,4,5,6,7\n").unwrap();
        assert_eq!((found.len(), found[0].clone(), found[6].clone()), (7, vec![1.0, -1.0], vec![7.5, 7.0]));
        assert!(columns("date\n2016-07-01,1,2\n").unwrap_err().contains("2016-07-01"));
        assert!(columns("date\n2016-07-01,1,2,3,4,5,6,7,8\n").unwrap_err().contains("more than 7"));
        assert!(read(&NoFiles, "ETTh1").unwrap_err().to_string().contains("ETTh1.csv"));
    }
}
