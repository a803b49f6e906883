//! Whether the pages of a Parquet file are as long as its footer says.
//!
//! polars makes room for as many values as the header of a page claims, before it looks for them. A damaged header that claims 2⁶⁴ − 1 ends the program,
//! since no allocation of that size can fail in a way that could be caught. So headers are looked at first; what they describe is not.

use std::io::Cursor;

use polars_buffer::Buffer;
use polars_parquet::parquet::metadata::ColumnChunkMetadata;
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::{PageReader, read_metadata};

use crate::TableError;

/// Rows of a group at most: a column of them is 16 GB.
const ROWS: usize = 1 << 31;

/// That every page of the columns without nesting has as many values as its group has rows, at most.
///
/// # Errors
/// A page that claims more, and headers that cannot be read.
pub(crate) fn check(file: &str, bytes: &[u8]) -> Result<(), TableError> {
    let broken = |why: String| TableError::Malformed { file: file.to_owned(), why };
    let footer = read_metadata(&mut Cursor::new(bytes)).map_err(|e| broken(e.to_string()))?;
    for group in &footer.row_groups {
        let rows = group.num_rows();
        if rows > ROWS {
            return Err(broken(format!("its footer says {rows} rows in one group")));
        }
        for column in group.parquet_columns().iter().filter(|c| c.descriptor().descriptor.max_rep_level == 0) {
            let name = || column.descriptor().path_in_schema.join(".");
            let pages = pages(column, bytes).ok_or_else(|| broken(format!("column {:?} lies beyond its end", name())))?;
            for page in pages {
                let page = page.map_err(|e| broken(format!("column {:?}: {e}", name())))?;
                if let CompressedPage::Data(page) = page
                    && page.num_values() > rows
                {
                    return Err(broken(format!("a page of column {:?} says {} values, in a group of {rows} rows", name(), page.num_values())));
                }
            }
        }
    }
    Ok(())
}

/// The pages of a column as they lie in the file.
fn pages(column: &ColumnChunkMetadata, bytes: &[u8]) -> Option<PageReader> {
    let range = column.byte_range();
    let chunk = bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)?;
    Some(PageReader::new(Cursor::new(Buffer::from(chunk.to_vec())), column, Vec::new(), chunk.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TableColumn, load_bytes, parquet_bytes};

    #[test]
    fn a_page_that_claims_more_than_its_group_is_refused() {
        // Found by fuzzing: the header of a page says that it has a negative number of values, for which polars asked for 2⁶¹ bytes.
        let error = load_bytes("page.parquet", include_bytes!("../tests/fixtures/page-too-long.parquet"), None).unwrap_err();
        assert!(matches!(&error, TableError::Malformed { why, .. } if why.contains("says 18446744") && why.contains("rows")), "{error}");
    }

    #[test]
    fn whole_files_pass_and_cut_ones_do_not() {
        let text: Vec<String> = (0..3000).map(|i| format!("{}", i % 7)).collect();
        let whole = parquet_bytes(&[("run", TableColumn::Text(text)), ("y", TableColumn::Number((0..3000).map(f64::from).collect()))]).unwrap();
        assert_eq!(check("whole.parquet", &whole), Ok(()));
        assert!(check("cut.parquet", &whole[..whole.len() - 9]).is_err() && check("none.parquet", b"").is_err());
    }
}
