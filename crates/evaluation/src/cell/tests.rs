//! Cells by hand.

use super::*;

/// Three curves under three methods; one failed, one has no number.
fn frame() -> Frame {
    let mut f = Frame::new();
    let rows: [(&str, &str, &str, Option<f64>); 9] = [
        ("1", "a", "ok", Some(0.1)),
        ("2", "a", "ok", Some(0.2)),
        ("3", "a", "ok", Some(0.6)),
        ("1", "b", "ok", Some(0.2)),
        ("2", "b", "diverged", Some(0.0)),
        ("3", "b", "ok", Some(0.5)),
        ("1", "c", "ok", Some(0.2)),
        ("2", "c", "ok", None),
        ("3", "c", "ok", Some(0.7)),
    ];
    for (curve, method, status, crps) in rows {
        f.push_row(&[("curve", curve), ("method", method), ("status", status)], &[("crps", crps)]);
    }
    f
}

fn cell(method: &str, stat: Stat) -> Cell {
    Cell { stat, ..Cell::mean("crps", BTreeMap::from([("method".to_string(), method.into())])) }
}

fn value(cell: &Cell) -> CellValue {
    cell.evaluate(&frame(), 200, 1, 0.9).unwrap()
}

#[test]
fn every_stat_by_hand() {
    let expected = [(Stat::Mean, 0.3), (Stat::Median, 0.2), (Stat::Sum, 0.9), (Stat::Count, 3.0), (Stat::Min, 0.1), (Stat::Max, 0.6), (Stat::ShareOk, 1.0)];
    for (stat, wanted) in expected {
        let v = value(&cell("a", stat));
        assert!((v.value - wanted).abs() < 1e-12, "{stat:?} {v:?}");
        assert_eq!((v.n, v.failed, v.missing), (3, 0, 0), "{stat:?}");
        assert_eq!(v.low.is_some(), !matches!(stat, Stat::Count | Stat::Min | Stat::Max), "{stat:?}");
    }
    // s² = (0.04 + 0.01 + 0.09)/2 = 0.07, standard error √(0.07/3).
    assert!((value(&cell("a", Stat::Mean)).se.unwrap() - (0.07f64 / 3.0).sqrt()).abs() < 1e-12);
}

#[test]
fn rows_without_a_curve_stand_for_themselves_beside_rows_with_one() {
    let mut f = frame();
    for crps in [0.1, 0.2, 0.6] {
        f.push_row(&[("method", "bare"), ("status", "ok")], &[("crps", Some(crps))]);
    }
    let v = cell("bare", Stat::Mean).evaluate(&f, 200, 1, 0.9).unwrap();
    assert!((v.se.unwrap() - (0.07f64 / 3.0).sqrt()).abs() < 1e-12, "{v:?}");
}

#[test]
fn failed_rows_are_counted_and_left_out() {
    let v = value(&cell("b", Stat::Mean));
    assert!((v.value - 0.35).abs() < 1e-12);
    assert_eq!((v.n, v.failed, v.missing), (2, 1, 0));
    let v = value(&cell("c", Stat::Mean));
    assert_eq!((v.n, v.failed, v.missing), (2, 0, 1));
    assert!((value(&cell("b", Stat::ShareOk)).value - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(value(&cell("b", Stat::Count)).value, 2.0);
}

#[test]
fn mean_rank_by_hand() {
    // Curve 1: .1 .2 .2 → 1, 2.5, 2.5. Curve 2: .2, failed, no number → 1, 2.5, 2.5. Curve 3: .6 .5 .7 → 2, 1, 3.
    for (method, rank, failed) in [("a", 4.0 / 3.0, 0), ("b", 2.0, 1), ("c", 8.0 / 3.0, 1)] {
        let mut c = cell(method, Stat::MeanRank);
        c.among = Some(Among { column: "method".to_string(), values: ["a", "b", "c"].map(str::to_string).to_vec() });
        let v = value(&c);
        assert!((v.value - rank).abs() < 1e-12, "{method} {v:?}");
        assert_eq!((v.n, v.failed, v.missing), (3, failed, 0), "{method}");
    }
    // Only b is its rival: 1, 1, 2.
    let mut c = cell("a", Stat::MeanRank);
    c.among = Some(Among { column: "method".to_string(), values: ["a", "b"].map(str::to_string).to_vec() });
    assert!((value(&c).value - 4.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_rank_needs_a_direction() {
    let mut f = Frame::new();
    for (method, s) in [("a", 1.0), ("b", 2.0)] {
        f.push_row(&[("curve", "1"), ("method", method)], &[("regret", Some(s))]);
    }
    let mut c = Cell { metric: "regret".to_string(), ..cell("a", Stat::MeanRank) };
    c.among = Some(Among { column: "method".to_string(), values: ["a", "b"].map(str::to_string).to_vec() });
    assert!(matches!(c.evaluate(&f, 10, 1, 0.9), Err(EvaluationError::NoDirection { .. })));
    for (better, rank) in [(Better::Lower, 1.0), (Better::Higher, 2.0)] {
        c.better = Some(better);
        assert_eq!(c.evaluate(&f, 10, 1, 0.9).unwrap().value, rank);
    }
}

#[test]
fn clusters_widen_and_draws_are_read_as_they_are() {
    // The same four curves at 25 cutoffs each: 100 rows, four units.
    let mut f = Frame::new();
    for k in 0..100_u32 {
        f.push_row(&[("curve", &(k % 4).to_string())], &[("crps", Some(f64::from(k % 4)))]);
    }
    let by_curve = Cell::mean("crps", BTreeMap::new()).evaluate(&f, 500, 1, 0.9).unwrap();
    // s² over 0, 1, 2, 3 is 5/3; the standard error is that of four values.
    assert!((by_curve.se.unwrap() - (5.0f64 / 12.0).sqrt()).abs() < 1e-12);
    assert_eq!(by_curve.n, 100);
    let draws = Cell { draws: true, ..Cell::mean("crps", BTreeMap::new()) }.evaluate(&f, 500, 1, 0.9).unwrap();
    assert_eq!((draws.low, draws.high), (Some(0.0), Some(3.0)));
    assert!((draws.se.unwrap() - (125.0f64 / 99.0).sqrt()).abs() < 1e-12);
}

#[test]
fn without_the_default_unit_rows_are_units() {
    let mut f = Frame::new();
    for v in [1.0, 2.0, 3.0] {
        f.push_row(&[("param", "alpha")], &[("value", Some(v))]);
    }
    let c = Cell::mean("value", BTreeMap::new());
    assert!((c.evaluate(&f, 0, 1, 0.9).unwrap().se.unwrap() - (1.0f64 / 3.0).sqrt()).abs() < 1e-12);
    assert_eq!(c.evaluate(&f, 0, 1, 0.9).unwrap().low, None);
    let c = Cell { unit: "parm".to_string(), ..c };
    assert_eq!(c.evaluate(&f, 0, 1, 0.9).unwrap_err().to_string(), "no text column \"parm\"; did you mean \"param\"?");
}

#[test]
fn one_unit_has_no_interval() {
    let mut c = cell("a", Stat::Mean);
    c.select.insert("curve".to_string(), "3".into());
    let v = value(&c);
    assert_eq!((v.value, v.se, v.low, v.high, v.n), (0.6, None, None, None, 1));
}

#[test]
fn what_cannot_be_answered_says_why() {
    let f = frame();
    let ask = |c: &Cell| c.evaluate(&f, 10, 1, 0.9).unwrap_err().to_string();
    assert_eq!(ask(&cell("d", Stat::Mean)), "nothing selected by method=d");
    assert_eq!(ask(&Cell { metric: "crsp".to_string(), ..cell("a", Stat::Mean) }), "no number column \"crsp\"; did you mean \"crps\"?");
    assert_eq!(ask(&Cell { metric: String::new(), ..cell("a", Stat::Mean) }), "the cell names no metric");
    let mut c = cell("b", Stat::Mean);
    c.select.insert("curve".to_string(), "2".into());
    assert_eq!(ask(&c), "none of the 1 rows selected by curve=2, method=b has a \"crps\" (1 failed)");
    assert!(ask(&cell("a", Stat::MeanRank)).contains("needs among"));
    let mut c = cell("a", Stat::MeanRank);
    c.among = Some(Among { column: "method".to_string(), values: ["b", "c"].map(str::to_string).to_vec() });
    assert!(ask(&c).contains("must select one value of \"method\""));
    assert!(ask(&Cell { better: Some(Better::Higher), ..cell("a", Stat::Mean) }).contains("not the one that the cell says"));
}

#[test]
fn toml_takes_texts_integers_and_lists() {
    let c: Cell = toml::from_str("metric = \"crps\"\nselect = { method = \"a\", seen = 10, seed = [1, \"two\"] }\nstat = \"mean-rank\"\namong = { column = \"method\", values = [\"a\", \"b\"] }").unwrap();
    assert_eq!(c.select["method"], Strings::from("a"));
    assert_eq!(c.select["seen"], Strings::from("10"));
    assert_eq!(c.select["seed"], Strings::from(["1", "two"]));
    assert_eq!((c.stat, c.unit.as_str(), c.draws), (Stat::MeanRank, "curve", false));
    assert_eq!(c.describe(), "method=a, seed=1|two, seen=10");
    let e = toml::from_str::<Cell>("metric = \"crps\"\nselect = { a = 0.5 }").unwrap_err().to_string();
    assert!(e.contains("a string, an integer or a list of those"), "{e}");
    let e = toml::from_str::<Cell>("metirc = \"crps\"").unwrap_err().to_string();
    assert!(e.contains("unknown field `metirc`"), "{e}");
}
