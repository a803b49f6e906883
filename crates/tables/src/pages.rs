//! Whether what a Parquet file says of itself can be: how long lists in its footer are, and how many values its pages have.
//!
//! polars makes room for as many columns or values as a file claims, before it looks for them. A damaged one that claims 2⁶⁴ − 1 ends the program,
//! since an allocation that fails cannot be caught. So claims are looked at first; what they describe is not.

use std::io::Cursor;

use polars_buffer::Buffer;
use polars_parquet::parquet::metadata::ColumnChunkMetadata;
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::{PageReader, read_metadata};
use polars_parquet_format::FileMetaData;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;

use crate::TableError;

/// Rows of a group at most: a column of them is 16 GB.
const ROWS: usize = 1 << 31;

/// What ends a Parquet file: the length of its footer, and four letters.
const TAIL: usize = 8;

/// That the footer of a file is as long as the file at most, and the lists in it as the footer.
fn footer(bytes: &[u8]) -> Result<(), String> {
    let (body, tail) = bytes.split_last_chunk::<TAIL>().ok_or("it is too short")?;
    let long = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    let start = body.len().checked_sub(long).ok_or_else(|| format!("its footer says {long} bytes, and it has {}", body.len()))?;
    // An item of a list takes a byte or more, and is counted as eight; a text as its bytes.
    let mut protocol = TCompactInputProtocol::new(Cursor::new(&body[start..]), 9 * long);
    FileMetaData::read_from_in_protocol(&mut protocol).map(drop).map_err(|e| format!("its footer cannot be read: {e}"))
}

/// That every page of the columns without nesting has as many values as its group has rows, at most.
///
/// # Errors
/// A page or a footer that claims more than can be, and headers that cannot be read.
pub(crate) fn check(file: &str, bytes: &[u8]) -> Result<(), TableError> {
    let broken = |why: String| TableError::Malformed { file: file.to_owned(), why };
    footer(bytes).map_err(broken)?;
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
    fn a_footer_that_claims_more_than_it_holds_is_refused() {
        // Found by fuzzing, and made short: a list of 2³¹ − 1 columns in nine bytes, for which polars asked for 100 GB.
        let list: &[u8] = &[0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07];
        let file = |footer: &[u8], long: u32| [b"PAR1", footer, &long.to_le_bytes(), b"PAR1"].concat();
        for (bytes, says) in [(file(list, 9), "message too long"), (file(list, 99), "says 99 bytes, and it has 13"), (b"PAR1".to_vec(), "too short")] {
            let why = check("footer.parquet", &bytes).unwrap_err().to_string();
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn whole_files_pass_and_cut_ones_do_not() {
        let text: Vec<String> = (0..3000).map(|i| format!("{}", i % 7)).collect();
        let whole = parquet_bytes(&[("run", TableColumn::Text(text)), ("y", TableColumn::Number((0..3000).map(f64::from).collect()))]).unwrap();
        assert_eq!(check("whole.parquet", &whole), Ok(()));
        assert!(check("cut.parquet", &whole[..whole.len() - 9]).is_err() && check("none.parquet", b"").is_err());
    }
}
