//! Rows go in and come out, from memory and from text.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn filter(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    pairs.iter().map(|(k, v)| (k.to_string(), v.iter().map(|s| s.to_string()).collect())).collect()
}

fn sample() -> Frame {
    let mut f = Frame::new();
    f.push_row(&[("data", "prior"), ("method", "p3")], &[("crps", Some(0.1))]);
    f.push_row(&[("data", "prior"), ("method", "m3")], &[("crps", None), ("seconds", Some(54.4))]);
    f.push_row(&[("method", "p3"), ("note", "a, \"b\"\nc")], &[("crps", Some(f64::NAN))]);
    f
}

/// The same columns in the same order and the same cells.
fn same(a: &Frame, b: &Frame) -> bool {
    a.len() == b.len()
        && a.text_columns().eq(b.text_columns())
        && a.number_columns().eq(b.number_columns())
        && (0..a.len()).all(|r| a.text_columns().all(|c| a.text(c, r) == b.text(c, r)) && a.number_columns().all(|c| a.number(c, r) == b.number(c, r)))
}

#[test]
fn columns_appear_on_demand_and_missing_is_missing() {
    let f = sample();
    assert_eq!(f.len(), 3);
    assert_eq!(f.text_columns().collect::<Vec<_>>(), ["data", "method", "note"]);
    assert_eq!(f.number_columns().collect::<Vec<_>>(), ["crps", "seconds"]);
    assert_eq!((f.text("data", 2), f.text("note", 0), f.text("nope", 0), f.text("data", 3)), (Some(""), Some(""), None, None));
    assert_eq!((f.number("crps", 0), f.number("crps", 1), f.number("crps", 2), f.number("seconds", 0)), (Some(0.1), None, None, None));
    assert_eq!(f.levels("method").unwrap(), ["p3", "m3"]);
    assert!(f.levels("crps").is_none());
}

#[test]
fn a_name_given_twice_keeps_the_last_value() {
    let mut f = Frame::new();
    f.push_row(&[("a", "x")], &[("v", Some(1.0))]);
    f.push_row(&[("a", "x"), ("a", "y")], &[("v", Some(2.0)), ("v", Some(3.0))]);
    assert_eq!((f.len(), f.text("a", 1), f.number("v", 1)), (2, Some("y"), Some(3.0)));
}

#[test]
fn selection_needs_every_column_and_any_value() {
    let f = sample();
    assert_eq!(f.select(&filter(&[])).unwrap(), [0, 1, 2]);
    assert_eq!(f.select(&filter(&[("method", &["p3"])])).unwrap(), [0, 2]);
    assert_eq!(f.select(&filter(&[("method", &["p3", "m3"]), ("data", &["prior"])])).unwrap(), [0, 1]);
    assert!(f.select(&filter(&[("method", &["p4"])])).unwrap().is_empty());
    assert!(f.select(&filter(&[("method", &[])])).unwrap().is_empty());
    let e = f.select(&filter(&[("metod", &["p3"])])).unwrap_err();
    assert_eq!(e.to_string(), "no text column \"metod\"; did you mean \"method\"?");
    let e = f.numbers("crsp").unwrap_err();
    assert_eq!(e.to_string(), "no number column \"crsp\"; did you mean \"crps\"?");
}

#[test]
fn extending_is_pushing_all_rows() {
    let mut a = Frame::new();
    a.push_row(&[("seed", "1"), ("method", "m3")], &[("seconds", Some(1.0))]);
    let mut b = a.clone();
    let s = sample();
    a.extend(&s);
    for r in 0..s.len() {
        let keys: Vec<(&str, &str)> = s.text_columns().map(|c| (c, s.text(c, r).unwrap())).collect();
        let numbers: Vec<(&str, Option<f64>)> = s.number_columns().map(|c| (c, s.number(c, r))).collect();
        b.push_row(&keys, &numbers);
    }
    assert!(same(&a, &b), "{}\n{}", a.to_csv(), b.to_csv());
    assert_eq!((a.len(), a.text("seed", 3), a.number("crps", 0)), (4, Some(""), None));
}

#[test]
fn status_decides_and_silence_is_consent() {
    let mut f = Frame::new();
    f.push_row(&[("a", "1")], &[]);
    assert!(f.is_ok(0));
    f.push_row(&[("a", "1"), ("status", "ok")], &[]);
    f.push_row(&[("a", "1"), ("status", "diverged")], &[]);
    assert_eq!((f.is_ok(0), f.is_ok(1), f.is_ok(2)), (true, true, false));
}

#[test]
fn text_is_quoted_as_the_rfc_says() {
    assert_eq!(sample().to_csv(), "data,method,note,crps,seconds\nprior,p3,,0.1,\nprior,m3,,,54.4\n,p3,\"a, \"\"b\"\"\nc\",,\n");
}

#[test]
fn other_peoples_text_is_read() {
    let f = Frame::from_csv("\u{feff}a,v\r\n\"x\",1e-3\r\ny,\r\n,inf", |c| c == "v").unwrap();
    assert_eq!((f.len(), f.text("a", 0), f.number("v", 0)), (3, Some("x"), Some(0.001)));
    assert_eq!((f.text("a", 1), f.number("v", 1), f.number("v", 2)), (Some("y"), None, Some(f64::INFINITY)));
    assert_eq!(Frame::from_csv("", |_| true).unwrap().len(), 0);
    assert_eq!(Frame::from_csv("a,v", |_| true).unwrap().len(), 0);
}

#[test]
fn broken_text_names_its_line() {
    let cases = [
        ("a,v\n\"x\ny\",1\nz,one\n", "line 4: \"one\" in column \"v\" is not a number"),
        ("a,v\nx\n", "line 2: 1 fields, but the header has 2"),
        ("a,v\nx,1,2\n", "line 2: 3 fields, but the header has 2"),
        ("a,v\nx,1\n\"y,2\n", "line 3: a quote is opened and never closed"),
        ("a,v\n\"x\"y,2\n", "line 2: text follows the quoted \"x\""),
        ("a,v\nx\"y,2\n", "line 2: a quote inside the unquoted \"x\\\"y\""),
        ("a,a\n", "line 1: two columns are called \"a\""),
    ];
    for (text, message) in cases {
        assert_eq!(Frame::from_csv(text, |c| c == "v").unwrap_err().to_string(), message);
    }
}

#[test]
fn many_rows_are_cheap() {
    let mut f = Frame::new();
    for k in 0..200_000_u32 {
        let curve = (k / 40).to_string();
        f.push_row(&[("curve", &curve), ("method", if k.is_multiple_of(2) { "a" } else { "b" })], &[("crps", Some(f64::from(k)))]);
    }
    let chosen = f.select(&filter(&[("method", &["b"]), ("curve", &["7", "4999"])])).unwrap();
    assert_eq!(chosen.len(), 40);
    let back = Frame::from_csv(&f.to_csv(), |c| c == "crps").unwrap();
    assert_eq!((back.len(), back.number("crps", 199_999), back.levels("curve").unwrap().len()), (200_000, Some(199_999.0), 5_000));
}

proptest! {
    #[test]
    fn csv_round_trips(
        rows in proptest::collection::vec(("[a-c\",\n\r \u{e9}]{0,6}", "[xy\"]{0,3}", proptest::option::of(any::<f64>())), 0..20),
        columns in 1usize..4,
    ) {
        let mut f = Frame::new();
        for (a, b, v) in &rows {
            let keys = [("first", a.as_str()), ("the \"second\", of\ntwo", b.as_str())];
            let keys = &keys[..columns.min(2)];
            let numbers = [("v", *v)];
            f.push_row(keys, &numbers[..usize::from(columns > 2)]);
        }
        let back = Frame::from_csv(&f.to_csv(), |c| c == "v").unwrap();
        prop_assert!(same(&f, &back), "{:?}", f.to_csv());
    }

    #[test]
    fn reading_never_panics(text in "[a,\"\n\r1]{0,40}") {
        let _ = Frame::from_csv(&text, |c| c == "1");
    }
}

#[test]
fn a_star_in_a_selection_stands_for_any_text() {
    let mut f = Frame::new();
    for method in ["mcmc-m1", "mcmc-m2", "p1", "a*b"] {
        f.push_row(&[("method", method)], &[]);
    }
    let select = |value: &str| f.select(&[("method".to_owned(), vec![value.to_owned()])].into()).unwrap();
    assert_eq!((select("mcmc-*"), select("p*"), select("*z")), (vec![0, 1], vec![2], vec![]));
    // A text that holds a star is found as it is.
    assert_eq!(select("a*b"), [3]);
}

#[test]
fn standard_names_find_what_rows_carry_under_older_ones() {
    let mut f = Frame::new();
    f.push_row(&[("seen", "50%"), ("status", "ok")], &[("crps", Some(0.1))]);
    f.push_row(&[("seen", "75%"), ("status", "no-curve")], &[("crps", None)]);
    f.push_row(&[("seen", "50%"), ("status", "nothing-to-foresee")], &[("crps", None)]);
    assert_eq!(f.select(&filter(&[("cutoff", &["50%"])])).unwrap(), [0, 2]);
    assert_eq!(f.select(&filter(&[("seen", &["50%"]), ("status", &["no-test-points"])])).unwrap(), [2]);
    assert_eq!(f.select(&filter(&[("status", &["diverged", "ok"])])).unwrap(), [0, 1]);
    assert_eq!((f.text("cutoff", 1), f.levels("cutoff").map(<[String]>::len)), (Some("75%"), Some(2)));
    assert_eq!((column_of("cutoff"), column_of("method")), ("seen", "method"));
    // A column of that name comes first.
    f.push_row(&[("cutoff", "own")], &[]);
    assert_eq!(f.select(&filter(&[("cutoff", &["own"])])).unwrap(), [3]);
    assert!(f.select(&filter(&[("cutof", &["own"])])).unwrap_err().to_string().contains("cutoff"));
}
