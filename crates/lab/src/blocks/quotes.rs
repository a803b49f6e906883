//! Daily prices of 84 stocks in nine sectors, from the files of the dataset `stocknet_prices`.

use super::stocks::Market;
use crate::{Files, StudyError};

/// The dataset that has them.
pub(crate) const DATASET: &str = "stocknet_prices";

/// Stocks with a price on all days; the four others of the dataset begin later.
pub(crate) const STOCKS: usize = 84;

/// Sectors.
pub(crate) const SECTORS: usize = 9;

/// Trading days.
pub(crate) const DAYS: usize = 1_258;

/// The file of symbols and sectors.
const TABLE: &str = "StockTable";

fn wrong(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{DATASET}: {what}"))
}

fn text(files: &dyn Files, file: &str) -> Result<String, StudyError> {
    let bytes = files.read(DATASET, file).map_err(wrong)?;
    String::from_utf8(bytes).map_err(|e| wrong(format!("{file}: {e}")))
}

/// The market of the dataset's files.
///
/// # Errors
/// Files that are absent or damaged, or other stocks and days than these.
pub(crate) fn read(files: &dyn Files) -> Result<Market, StudyError> {
    let listed = symbols(&text(files, TABLE)?)?;
    let mut names: Vec<String> = Vec::new();
    let (mut sector, mut columns): (Vec<u32>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let mut calendar: Option<Vec<String>> = None;
    for (symbol, name) in listed {
        let file = format!("raw/{symbol}.csv");
        let (dates, prices) = closes(&text(files, &file)?).map_err(|e| wrong(format!("{file}: {e}")))?;
        if dates.len() != DAYS {
            continue;
        }
        if calendar.as_ref().is_some_and(|known| *known != dates) {
            return Err(wrong(format!("{file}: its days are not those of the other stocks")));
        }
        calendar = Some(dates);
        let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        sector.push(place as u32);
        columns.push(prices);
    }
    if (columns.len(), names.len()) != (STOCKS, SECTORS) {
        let found = format!("{} stocks with {DAYS} days, in {} sectors", columns.len(), names.len());
        return Err(wrong(format!("{found}; expected {STOCKS} in {SECTORS}")));
    }
    let close = (0..DAYS).flat_map(|day| columns.iter().filter_map(move |prices| prices.get(day).copied())).collect();
    Ok(Market { days: DAYS, stocks: STOCKS, sectors: SECTORS, sector, close, foreseen: None })
}

/// Symbols and the names of their sectors, in the order of the table.
fn symbols(text: &str) -> Result<Vec<(String, String)>, StudyError> {
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let (sector, symbol) = (cells.next()?.trim(), cells.next()?.trim().strip_prefix('$')?);
        Some((symbol.to_owned(), sector.to_owned()))
    };
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    lines.map(|line| row(line).ok_or_else(|| wrong(format!("{TABLE}: {line:?} is no sector and symbol")))).collect()
}

/// Dates and prices at the end of these days; where there is no number, the day before stands in.
fn closes(text: &str) -> Result<(Vec<String>, Vec<f64>), String> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let place = header.split(',').position(|name| name.trim() == "Close").ok_or("there is no column Close")?;
    let (mut dates, mut prices) = (Vec::new(), Vec::new());
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let (date, cell) = (cells.first().copied().unwrap_or_default(), cells.get(place).copied().unwrap_or_default());
        let price = match cell {
            "null" | "" => prices.last().copied(),
            number => number.parse::<f64>().ok().filter(|p| p.is_finite() && *p > 0.0),
        };
        prices.push(price.ok_or_else(|| format!("the price of {date} is {cell:?}, which is no positive number"))?);
        dates.push(date.to_owned());
    }
    Ok((dates, prices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    #[test]
    fn a_day_without_numbers_is_the_day_before() {
        let (dates, prices) = closes("Date,Open,Close,Volume\n2012-09-04,1,2.5,9\n2012-09-05,null,null,null\n2012-09-06,1,3,9\n").unwrap();
        assert_eq!((dates[2].as_str(), prices), ("2012-09-06", vec![2.5, 2.5, 3.0]));
        assert!(closes("Date,Close\n2012-09-04,null\n").unwrap_err().contains("2012-09-04"));
        assert!(closes("Date,Close\n2012-09-04,-1\n").unwrap_err().contains("\"-1\""));
        assert!(closes("Date,Open\n").unwrap_err().contains("Close"));
    }

    #[test]
    fn symbols_have_their_sectors() {
        let found = symbols("Sector\tSymbol\tCompany\nUtilities\t$NEE\tNextEra\nServices\t$AMZN\tAmazon\n").unwrap();
        assert_eq!(found, [("NEE".to_owned(), "Utilities".to_owned()), ("AMZN".to_owned(), "Services".to_owned())]);
        assert!(symbols("Sector\tSymbol\nUtilities\tNEE\n").unwrap_err().to_string().contains("NEE"));
        assert!(read(&NoFiles).unwrap_err().to_string().contains(DATASET));
    }

    /// A dataset of as many stocks, all at one price but for the first.
    struct Made {
        sectors: usize,
    }

    impl Files for Made {
        fn read(&self, _: &str, file: &str) -> Result<Vec<u8>, String> {
            if file == TABLE {
                let rows = (0..=STOCKS).map(|s| format!("sector {}\t$S{s}\tS\n", s % self.sectors));
                return Ok(format!("Sector\tSymbol\tCompany\n{}", rows.collect::<String>()).into_bytes());
            }
            // The last stock begins later.
            let days = if file == format!("raw/S{STOCKS}.csv") { DAYS - 1 } else { DAYS };
            let price = if file == "raw/S0.csv" { 7 } else { 3 };
            let rows = (0..days).map(|day| format!("day {day},{price}\n"));
            Ok(format!("Date,Close\n{}", rows.collect::<String>()).into_bytes())
        }
    }

    #[test]
    fn stocks_that_begin_later_are_left_out() {
        let market = read(&Made { sectors: SECTORS }).unwrap();
        assert_eq!((market.stocks, market.price(5, 0), market.price(5, 1), market.sector[9]), (STOCKS, 7.0, 3.0, 0));
        assert_eq!(market.close.len(), STOCKS * DAYS);
        assert!(read(&Made { sectors: 2 }).unwrap_err().to_string().contains("in 2 sectors"));
    }
}
