//! Every row of `datasets/scaling_oracles` is judged by claims whose committed verdicts hold, or carries a reason.
//!
//! Reads what is in the repository: `rows.toml`, the claims of the experiments and their results. Where the list of numbers itself is at hand
//! (`CURVECAST_DATA`), the numbers behind the verdicts are held against it as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use evaluation::Published;
use evaluation::claim::Expect;
use report::Mark;
use serde::Deserialize;

/// Rows of the list, without its header.
const ROWS: usize = 73;

/// `rows.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Oracles {
    row: Vec<Row>,
}

/// Who judges a row of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    row: usize,
    #[serde(default)]
    claims: Vec<String>,
    /// Why no claim judges it, or why one that does fails.
    why: Option<String>,
    /// Why the number is further from the list's than the list allows, although the claims hold.
    apart: Option<String>,
    #[expect(dead_code, reason = "for people; the file may have no other key")]
    note: Option<String>,
}

/// How a claim came out.
struct Judged {
    mark: Mark,
    ours: Option<f64>,
    /// It was expected to fail, and why is said beside it.
    expected: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("datasets/scaling_oracles/rows.toml")).unwrap();
    toml::from_str::<Oracles>(&text).unwrap().row
}

/// The claims of the experiments that the rows name, as `experiment/claim`; `Err` where one is not judged.
fn judged(rows: &[Row]) -> BTreeMap<String, Result<Judged, String>> {
    let named: BTreeSet<&str> = rows.iter().flat_map(|r| &r.claims).filter_map(|c| c.split_once('/')).map(|(experiment, _)| experiment).collect();
    let mut all = BTreeMap::new();
    for experiment in named {
        let text = std::fs::read_to_string(root().join(format!("experiments/{experiment}/published.toml"))).unwrap();
        let published: Published = toml::from_str(&text).unwrap();
        let file = root().join(format!("results/{experiment}/tables/verdicts.csv"));
        let found: BTreeMap<String, (String, String)> = if file.is_file() {
            let table = tables::load(&file, None).unwrap();
            let (ids, marks, ours) = (table.text("claim").unwrap(), table.text("verdict").unwrap(), table.text("ours").unwrap());
            ids.into_iter().zip(marks.into_iter().zip(ours)).collect()
        } else {
            BTreeMap::new()
        };
        for claim in published.claims {
            let one = match found.get(&claim.id).map(|(mark, ours)| (Mark::from_symbol(mark), ours)) {
                Some((Some(mark), ours)) => {
                    let expected = mark == Mark::NotReproduced && claim.expect == Some(Expect::NotReproduced) && claim.because.is_some();
                    Ok(Judged { mark, ours: ours.parse().ok(), expected })
                }
                Some((None, _)) => Err("its verdict cannot be read".to_owned()),
                None => Err(format!("results/{experiment} does not judge it")),
            };
            all.insert(format!("{experiment}/{}", claim.id), one);
        }
    }
    all
}

/// What is wrong with the account of a row; nothing for one whose claims hold, or that says why one does not.
fn trouble(row: &Row, judged: &BTreeMap<String, Result<Judged, String>>) -> Option<String> {
    let why = row.why.as_ref().is_some_and(|w| !w.trim().is_empty());
    let mut failing = Vec::new();
    for claim in &row.claims {
        match judged.get(claim) {
            None => return Some(format!("row {}: there is no claim {claim}", row.row)),
            Some(Err(what)) => failing.push(format!("{claim}: {what}")),
            Some(Ok(j)) if j.mark == Mark::Reproduced || (j.mark == Mark::NotReproduced && j.expected) => {}
            Some(Ok(j)) => failing.push(format!("{claim} is {}", j.mark.name())),
        }
    }
    match (row.claims.is_empty(), failing.is_empty(), why) {
        (true, _, false) => Some(format!("row {}: neither a claim nor a `why`", row.row)),
        (false, false, false) => Some(format!("row {}: no `why` for {}", row.row, failing.join(", "))),
        (false, true, true) => Some(format!("row {}: all its claims hold, and `why` says that one does not", row.row)),
        _ => None,
    }
}

#[test]
fn every_row_holds_or_says_why_not() {
    let rows = rows();
    let numbers: Vec<usize> = rows.iter().map(|r| r.row).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>(), "every row of the list, once and in order");
    let judged = judged(&rows);
    let troubles: Vec<String> = rows.iter().filter_map(|row| trouble(row, &judged)).collect();
    assert!(troubles.is_empty(), "{} of {ROWS} rows:\n{}", troubles.len(), troubles.join("\n"));
}

#[test]
fn a_row_without_an_account_is_found() {
    let row = |claims: &[&str], why: Option<&str>| Row {
        row: 7,
        claims: claims.iter().map(|c| (*c).to_owned()).collect(),
        why: why.map(str::to_owned),
        apart: None,
        note: None,
    };
    let as_judged = |mark, expected| Ok(Judged { mark, ours: None, expected });
    let judged = BTreeMap::from([
        ("e/holds".to_owned(), as_judged(Mark::Reproduced, false)),
        ("e/near".to_owned(), as_judged(Mark::Near, false)),
        ("e/expected".to_owned(), as_judged(Mark::NotReproduced, true)),
        ("e/unexpected".to_owned(), as_judged(Mark::NotReproduced, false)),
        ("e/not-run".to_owned(), Err("results/e does not judge it".to_owned())),
    ]);
    let of = |claims: &[&str], why| trouble(&row(claims, why), &judged);
    assert_eq!(of(&["e/holds", "e/expected"], None), None);
    assert_eq!(of(&[], Some("numbers from memory")), None);
    assert_eq!(of(&["e/holds", "e/near"], Some("weights that are not released")), None);
    let cases: [(&[&str], Option<&str>, &str); 7] = [
        (&[], None, "neither"),
        (&[], Some(" "), "neither"),
        (&["e/other"], Some("why"), "no claim e/other"),
        (&["e/holds", "e/near"], None, "e/near is near"),
        (&["e/unexpected"], None, "is not-reproduced"),
        (&["e/not-run"], None, "does not judge"),
        (&["e/holds"], Some("it fails"), "all its claims hold"),
    ];
    for (claims, why, word) in cases {
        let found = of(claims, why);
        assert!(found.as_ref().is_some_and(|f| f.contains(word)), "{claims:?} {why:?}: {found:?}");
    }
}

/// What a row of the list allows: `rel 1e-3`, `abs 0.005`, with words behind; `None` for other criteria.
fn allowed(tolerance: &str, of: f64) -> Option<f64> {
    let mut words = tolerance.split([' ', ';']);
    let kind = words.next()?;
    let number: f64 = words.next()?.parse().ok()?;
    match kind {
        "rel" => Some(number * of.abs()),
        "abs" => Some(number),
        _ => None,
    }
}

#[test]
fn the_numbers_are_those_of_the_list() {
    let Some(file) = std::env::var_os("CURVECAST_DATA").map(|d| Path::new(&d).join("sl_oracles/oracles.csv")).filter(|f| f.is_file()) else {
        return;
    };
    let list = tables::load(&file, None).unwrap();
    assert_eq!(list.rows(), ROWS);
    let column = |name: &str| list.text(name).unwrap();
    let (published, recomputed, tolerance) = (column("published"), column("ours"), column("tolerance"));
    let rows = rows();
    let judged = judged(&rows);
    let (mut compared, mut off) = (0, Vec::new());
    // A claim that was expected to fail says why it is not the list's number.
    let expected = |row: &Row| row.claims.iter().any(|c| judged.get(c).is_some_and(|j| j.as_ref().is_ok_and(|j| j.expected)));
    for row in rows.iter().filter(|r| r.why.is_none() && !expected(r)) {
        let at = row.row - 1;
        // What was recomputed is the better known; of most papers there is only what they print.
        let Some(number) = [&recomputed[at], &published[at]].into_iter().find_map(|n| n.parse::<f64>().ok()) else { continue };
        let Some(allowed) = allowed(&tolerance[at], number) else { continue };
        let ours: Vec<f64> = row.claims.iter().filter_map(|c| judged.get(c)?.as_ref().ok()?.ours).collect();
        compared += 1;
        // A row has several numbers where a paper's and the optimum's are judged apart: the recomputed one is among them.
        match (ours.iter().any(|o| (o - number).abs() <= allowed), &row.apart) {
            (true, None) | (false, Some(_)) => {}
            (false, None) => off.push(format!("row {}: {ours:?}, where {number} ± {allowed:e} is asked", row.row)),
            (true, Some(_)) => off.push(format!("row {}: {ours:?} is within {allowed:e} of {number}, and it is said to be apart", row.row)),
        }
    }
    assert!(compared >= 40, "{compared} rows compared");
    assert!(off.is_empty(), "{}", off.join("\n"));
}
