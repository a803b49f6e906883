//! What a reader is told about each kind of claim.

use super::*;

fn claim(text: &str) -> Claim {
    toml::from_str(&format!("id = \"c\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nsource = \"paper\"\n{text}")).unwrap()
}

/// Three methods on eight curves of four tasks: `a` is one better than `b` everywhere, and `c` better than `b` on half of them.
fn frame() -> Frame {
    let mut frame = Frame::new();
    for curve in 0..8 {
        let (id, task, value) = (format!("{curve}"), format!("task {}", curve % 4), f64::from(curve) / 8.0);
        let sign = if curve % 2 == 0 { 1.0 } else { -1.0 };
        for (method, score) in [("a", value + 1.0), ("b", value), ("c", value + sign)] {
            let keys = [("ask", "forecast"), ("method", method), ("curve", id.as_str()), ("task", task.as_str()), ("status", "ok")];
            frame.push_row(&keys, &[("log-score", Some(score)), ("seconds", Some(2.0))]);
        }
    }
    frame
}

/// The words on a claim of a run that has these needs.
fn told(claim: &Claim, have: &[&str]) -> String {
    let (frame, available) = (frame(), have.iter().map(|need| (*need).to_owned()).collect());
    let verdict = evaluation::judge(claim, &frame, &available, 1);
    Teller { frame: &frame, available: &available }.tell(claim, &verdict)
}

#[test]
fn an_order_says_who_leads_whom_by_how_much_and_on_how_many() {
    let of = "kind = \"order\"\nof = { select = { ask = \"forecast\" }, metric = \"log-score\" }";
    let leads = told(&claim(&format!("{of}\nbest-first = [{{ method = \"a\" }}, {{ method = \"b\" }}]")), &[]);
    assert_eq!(leads, "`a` leads `b` by 1.00 [1.00, 1.00] in the mean of `log-score`, on 8 paired curves.");
    let trails = told(&claim(&format!("{of}\nbest-first = [{{ method = \"b\" }}, {{ method = \"a\" }}]")), &[]);
    assert_eq!(trails, "`b` trails `a` by 1.00 [1.00, 1.00] in the mean of `log-score`, on 8 paired curves. This was not expected.");
    let three = told(&claim(&format!("{of}\nbest-first = [{{ method = \"a\" }}, {{ method = \"c\" }}, {{ method = \"b\" }}]")), &[]);
    assert!(three.starts_with("In the order `a`, `c`, `b` the smallest lead of one over the next is "), "{three}");
}

#[test]
fn a_value_stands_beside_the_printed_one_and_its_tolerance() {
    let of = "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"log-score\" }\nbecause = \"b\"";
    let text = told(&claim(&format!("{of}\npublished = 1.45\nwithin = {{ abs = 0.1 }}")), &[]);
    assert!(text.starts_with("For the mean of `log-score` we find 1.438 ["), "{text}");
    assert!(text.ends_with("] over 8 curves. The paper prints 1.45; the difference is 0.0125, and 0.1 is allowed."), "{text}");
    let bound = told(&claim(&format!("{of}\nat-least = 2.0\nexpect = \"not-reproduced\"")), &[]);
    assert!(bound.ends_with(" over 8 curves. It has to be at least 2, and is not. It was expected not to hold."), "{bound}");
    let give = told(&claim(&format!("{of}\nat-least = 1.2\nwithin = {{ abs = 0.1 }}")), &[]);
    assert!(give.ends_with(" It has to be at least 1.2, give or take 0.1, and is."), "{give}");
}

#[test]
fn a_decision_is_told_by_its_difference_and_never_as_a_flag() {
    let mut frame = Frame::new();
    let keys = |arm, outcome| [("ask", "arms"), ("view", "comparison"), ("group", arm), ("relation", "control"), ("outcome", outcome), ("status", "ok")];
    let numbers = |difference, low, holds| {
        [("difference", Some(difference)), ("low", Some(low)), ("high", Some(0.75)), ("min-effect", Some(0.1)), ("holds", Some(holds)), ("n", Some(8.0))]
    };
    frame.push_row(&keys("large", "holds"), &numbers(0.5, 0.25, 1.0));
    frame.push_row(&keys("small", "undecided"), &numbers(0.25, -0.25, 0.0));
    let told = |arm: &str| {
        let of = format!("kind = \"value\"\nof = {{ select = {{ ask = \"arms\", group = \"{arm}\" }}, metric = \"holds\" }}");
        let claim = claim(&format!("{of}\nat-least = 1.0\nbecause = \"b\""));
        let verdict = evaluation::judge(&claim, &frame, &BTreeSet::new(), 1);
        Teller { frame: &frame, available: &BTreeSet::new() }.tell(&claim, &verdict)
    };
    assert_eq!(told("large"), "`large` differs from `control` by 0.500 [0.250, 0.750], on 8 pairs; a difference counts from 0.1 on. It holds.");
    assert!(told("small").ends_with("It is undecided. This was not expected."), "{}", told("small"));
}

#[test]
fn a_ratio_says_how_many_times() {
    let text = told(
        &claim(
            "kind = \"ratio\"\nof = { select = { method = \"a\" }, metric = \"log-score\" }\nto = { select = { method = \"b\" }, metric = \"log-score\" }\n\
             at-least = 1.2",
        ),
        &[],
    );
    assert!(text.starts_with("The mean of `log-score` of `a` is 3.286 times ["), "{text}");
    assert!(text.ends_with("] that of `b`. It has to be at least 1.2, and is."), "{text}");
    let given = told(&claim("kind = \"ratio\"\nof-value = 20000.0\nto = { select = { method = \"b\" }, metric = \"seconds\" }\nat-least = 10000.0"), &[]);
    assert_eq!(given, "20,000, which is given, is 10,000 times [10,000, 10,000] the mean of `seconds` of `b`. It has to be at least 10,000, and is.");
}

#[test]
fn a_fraction_is_a_share_of_units() {
    let text = told(
        &claim(
            "kind = \"fraction\"\nof = { select = { method = \"c\" }, metric = \"log-score\" }\nto = { select = { method = \"b\" }, metric = \"log-score\" }\n\
             relation = \"better\"\nat-least = 0.2",
        ),
        &[],
    );
    assert!(text.starts_with("`c` is better than `b` by the mean of `log-score` in 50 % ["), "{text}");
    assert!(text.ends_with("] of 8 curves. It has to be at least 20 %, and is."), "{text}");
    let point = told(
        &claim(
            "kind = \"fraction\"\nof = { select = { method = \"a\" }, metric = \"log-score\", unit = \"task\" }\npoint = 1.5\n\
             relation = \"worse\"\nat-most = 1.0",
        ),
        &[],
    );
    assert!(point.starts_with("The mean of `log-score` is below 1.5 in ") && point.contains(" of 4 tasks."), "{point}");
}

#[test]
fn an_interval_excludes_a_point_or_holds_it() {
    let of = "kind = \"outside\"\nof = { select = { method = \"b\" }, metric = \"log-score\" }";
    let excludes = told(&claim(&format!("{of}\npoint = -1.0")), &[]);
    assert!(excludes.contains(" over 8 curves; the interval excludes -1."), "{excludes}");
    let holds = told(&claim(&format!("{of}\npoint = 0.4")), &[]);
    assert!(holds.contains("; the interval holds 0.4."), "{holds}");
}

#[test]
fn what_was_not_decided_says_what_it_lacks() {
    let of = "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"log-score\" }\nat-least = 1.0";
    let weights = told(&claim(&format!("{of}\nneeds = [\"size:full\", \"weights:p2\"]")), &["size:full"]);
    assert_eq!(weights, "Not decided: it needs the weights `p2`.");
    let small = told(&claim(&format!("{of}\nneeds = [\"size:full\"]")), &[]);
    assert!(small.starts_with("Not decided: it needs a run at size `full`. Here: For the mean of `log-score` we find 1.438 ["), "{small}");
    let never = told(&claim("kind = \"value\"\nuntested = \"no table can be read\""), &[]);
    assert_eq!(never, "Not tested: no table can be read.");
    let nothing = told(&claim(&of.replace("\"a\"", "\"z\"")), &[]);
    assert_eq!(nothing, "Not decided: the rows of this run do not answer it.");
}

#[test]
fn no_sentence_holds_a_selection_as_the_machine_writes_it() {
    for text in [
        "kind = \"order\"\nof = { select = { ask = \"forecast\" }, metric = \"log-score\" }\nbest-first = [{ method = \"a\" }, { method = \"b\" }]",
        "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"z\" }, metric = \"log-score\" }\nat-least = 1.0",
    ] {
        let told = told(&claim(text), &[]);
        assert!(!told.contains("method=") && !told.contains("ask="), "{told}");
    }
}

#[test]
fn rows_that_failed_are_counted() {
    let claim = claim("kind = \"value\"\nof = { select = { method = \"a\" }, metric = \"log-score\" }\nat-least = 1.0");
    let available = BTreeSet::new();
    let mut frame = frame();
    frame.push_row(&[("method", "a"), ("curve", "9"), ("status", "no-curve")], &[("log-score", None)]);
    let verdict = evaluation::judge(&claim, &frame, &available, 1);
    let told = Teller { frame: &frame, available: &available }.tell(&claim, &verdict);
    assert!(told.ends_with(" Left out: 1 that failed, or had no number or no partner."), "{told}");
}

#[test]
fn a_bound_inside_the_interval_is_named_and_so_is_a_better_number() {
    let of = "kind = \"value\"\nof = { select = { ask = \"forecast\", method = \"a\" }, metric = \"log-score\" }";
    let text = told(&claim(&format!("{of}\nat-least = 1.4")), &[]);
    assert!(text.ends_with(" It has to be at least 1.4, and is, but its interval holds that bound."), "{text}");
    let text = told(&claim(&format!("{of}\npublished = -5.0\nat-least = -5.0")), &[]);
    assert!(text.ends_with(" Ours is better than the print."), "{text}");
}

#[test]
fn what_is_not_sure_enough_says_how_sure_it_has_to_be() {
    let of = "kind = \"value\"\nof = { select = { ask = \"forecast\" }, metric = \"log-score\" }\nat-least = 0.1";
    let text = told(&claim(&format!("{of}\nprecision = 0.001")), &[]);
    assert!(text.starts_with("Not decided: it needs more precision: the standard error is 0.1"), "{text}");
    assert!(text.contains(", and has to be 0.001. So far: For the mean of `log-score` we find "), "{text}");
}
