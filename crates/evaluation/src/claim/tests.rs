//! Every kind of claim, each with every verdict it can have.

use super::*;
use crate::Mark;

/// Thirty curves. `good` has the smaller error on all; `close` differs from `good` by noise; `fast` takes a tenth of the time.
fn frame() -> Frame {
    let mut f = Frame::new();
    for k in 0..30_u32 {
        let curve = k.to_string();
        let wobble = (f64::from(k) * 2.399).sin();
        let base = 1.0 + 0.3 * wobble;
        let rows = [
            ("good", base, 100.0 + 10.0 * wobble),
            ("close", base + 0.02 + 0.2 * (f64::from(k) * 1.7).cos(), 100.0 - 10.0 * wobble),
            ("bad", base + 0.5, 10.0 + wobble),
        ];
        for (method, error, seconds) in rows {
            f.push_row(&[("curve", &curve), ("method", method), ("status", "ok")], &[("crps", Some(error)), ("seconds", Some(seconds))]);
        }
    }
    f.push_row(&[("curve", "30"), ("method", "good"), ("status", "failed")], &[("crps", None), ("seconds", None)]);
    f
}

fn parse(toml: &str) -> Claim {
    let text = format!("[[claim]]\nid = \"c\"\nsays = \"so\"\nwhere = \"Table 1\"\nlevel = \"statement\"\nsource = \"paper\"\n{toml}");
    let mut all: Published = toml::from_str(&text).unwrap();
    all.claims.remove(0)
}

fn verdict(toml: &str) -> Verdict {
    let v = judge(&parse(toml), &frame(), &BTreeSet::from(["size:full".to_string()]), 1);
    assert!(!v.reason.is_empty());
    v
}

fn mark(toml: &str) -> Mark {
    verdict(toml).mark
}

const GOOD: &str = "of = { metric = \"crps\", select = { method = \"good\" } }\n";

#[test]
fn a_value_is_held_against_its_tolerance() {
    let claim =
        |published: f64, within: &str| format!("kind = \"value\"\n{GOOD}published = {published:?}\nwithin = {{ {within} }}\nbecause = \"read off a plot\"");
    let v = verdict(&claim(1.0, "abs = 0.1"));
    assert_eq!((v.mark, v.n, v.failed), (Mark::Reproduced, 30, 1));
    let (low, high) = v.interval.unwrap();
    assert!(low < v.ours.unwrap() && v.ours.unwrap() < high && v.se.unwrap() > 0.0);
    assert!(v.reason.contains("read off a plot") && v.reason.contains("not in it: 1"), "{}", v.reason);
    let ours = v.ours.unwrap();
    assert_eq!(mark(&claim(ours + 0.2, "abs = 0.1")), Mark::Near);
    assert_eq!(mark(&claim(ours + 0.31, "abs = 0.1")), Mark::NotReproduced);
    assert_eq!(mark(&claim(ours * 1.1, "rel = 0.1")), Mark::Reproduced);
    assert_eq!(mark(&claim(ours * 1.5, "rel = 0.1")), Mark::NotReproduced);
    // Ours has an se of about 0.04; with 0.03 published the two make 0.05.
    let se = v.se.unwrap().hypot(0.03);
    for (errors, wanted) in [(1.9, Mark::Reproduced), (5.9, Mark::Near), (6.1, Mark::NotReproduced)] {
        assert_eq!(mark(&format!("{}\nse = 0.03", claim(ours - errors * se, "se = 2.0"))), wanted);
    }
}

#[test]
fn decimal_fractions_on_the_edge_are_inside() {
    let mut f = Frame::new();
    f.push_row(&[("curve", "1")], &[("rho", Some(0.83))]);
    let c = parse("kind = \"value\"\nof = { metric = \"rho\" }\npublished = 0.81\nwithin = { abs = 0.02 }\nbecause = \"two digits\"");
    assert_eq!(judge(&c, &f, &BTreeSet::new(), 1).mark, Mark::Reproduced);
}

#[test]
fn a_value_has_bounds_too() {
    let claim = |bounds: &str| format!("kind = \"value\"\n{GOOD}{bounds}");
    assert_eq!(mark(&claim("at-least = 0.5\nat-most = 1.5")), Mark::Reproduced);
    assert_eq!(mark(&claim("at-least = 1.5")), Mark::NotReproduced);
    assert_eq!(mark(&claim("at-most = 0.9\nwithin = { abs = 0.05 }\nbecause = \"noise\"")), Mark::Near);
}

#[test]
fn an_order_needs_intervals_clear_of_zero() {
    let claim = |first: &str, second: &str| {
        format!("kind = \"order\"\nof = {{ metric = \"crps\" }}\nbest-first = [{{ method = \"{first}\" }}, {{ method = \"{second}\" }}]")
    };
    let v = verdict(&claim("good", "bad"));
    assert_eq!((v.mark, v.n, v.failed), (Mark::Reproduced, 30, 1));
    assert!((v.ours.unwrap() - 0.5).abs() < 1e-9, "{v:?}");
    assert_eq!(mark(&claim("bad", "good")), Mark::NotReproduced);
    let v = verdict(&claim("good", "close"));
    let (low, high) = v.interval.unwrap();
    assert!(v.ours.unwrap() > 0.0 && low < 0.0 && high > 0.0, "{v:?}");
    assert_eq!(v.mark, Mark::Near);
    assert!(v.reason.contains("straddles zero is not a win"), "{}", v.reason);
}

#[test]
fn the_weakest_link_decides_an_order() {
    let claim = |extra: &str| {
        format!(
            "kind = \"order\"\nof = {{ metric = \"crps\"{extra} }}\nbest-first = [{{ method = \"good\" }}, {{ method = \"close\" }}, {{ method = \"bad\" }}]"
        )
    };
    assert_eq!(mark(&claim("")), Mark::Near);
    let median = verdict(&claim(", stat = \"median\""));
    assert_ne!(median.mark, Mark::Untested, "{}", median.reason);
    let ranks = claim(", stat = \"mean-rank\", among = { column = \"method\", values = [\"good\", \"close\", \"bad\"] }");
    let v = verdict(&ranks);
    assert_eq!((v.n, v.failed), (30, 2), "{}", v.reason); // the failed curve lacks rivals in both comparisons
    assert!(v.ours.unwrap().abs() < 1.0);
}

#[test]
fn an_order_of_ranks_is_judged_on_ranks() {
    let v = verdict(
        "kind = \"order\"\nof = { metric = \"crps\", stat = \"mean-rank\", among = { column = \"method\", values = [\"good\", \"bad\"] } }\nbest-first = [{ method = \"good\" }, { method = \"bad\" }]",
    );
    assert_eq!((v.mark, v.ours), (Mark::Reproduced, Some(1.0)));
}

#[test]
fn a_ratio_has_bounds_a_factor_and_a_side() {
    let claim = |of: &str, to: &str, criterion: &str| {
        let cell = |m: &str| format!("{{ metric = \"seconds\", select = {{ method = \"{m}\" }} }}");
        format!("kind = \"ratio\"\nof = {}\nto = {}\n{criterion}", cell(of), cell(to))
    };
    let v = verdict(&claim("good", "bad", "at-least = 9.0"));
    assert_eq!(v.mark, Mark::Reproduced);
    assert!((v.ours.unwrap() - 10.0).abs() < 0.01, "{v:?}");
    assert_eq!(mark(&claim("good", "bad", "at-least = 25.0")), Mark::Near);
    assert_eq!(mark(&claim("good", "bad", "at-least = 50.0")), Mark::NotReproduced);
    assert_eq!(mark(&claim("bad", "good", "at-least = 0.2")), Mark::Near); // a third of the factor, and no side of one is claimed
    assert_eq!(mark(&claim("bad", "good", "at-least = 1.1")), Mark::NotReproduced); // on the wrong side
    assert_eq!(mark(&claim("bad", "good", "at-most = 0.2")), Mark::Reproduced);
    // The two times differ by noise: at least once as long is met, but the interval holds one.
    let v = verdict(&claim("good", "close", "at-least = 0.9\nat-most = 1.1"));
    assert_eq!(v.mark, Mark::Reproduced);
    let (low, high) = v.interval.unwrap();
    assert!(low < 1.0 && high > 1.0);
    let slower = if v.ours.unwrap() > 1.0 { ("good", "close") } else { ("close", "good") };
    assert_eq!(mark(&claim(slower.0, slower.1, "at-least = 1.0")), Mark::Near);
    assert_eq!(mark(&claim("good", "bad", "published = 10.5\nwithin = { rel = 0.1 }\nbecause = \"other machine\"")), Mark::Reproduced);
}

#[test]
fn a_fraction_counts_units() {
    let claim = |to: &str, relation: &str, criterion: &str| {
        format!("kind = \"fraction\"\n{GOOD}to = {{ metric = \"crps\", select = {{ method = \"{to}\" }} }}\nrelation = \"{relation}\"\n{criterion}")
    };
    let v = verdict(&claim("bad", "better", "at-least = 0.85"));
    assert_eq!((v.mark, v.ours, v.n), (Mark::Reproduced, Some(1.0), 30));
    assert!(v.interval.unwrap().0 < 0.95);
    assert_eq!(mark(&claim("bad", "worse", "at-least = 0.9")), Mark::NotReproduced);
    let share = verdict(&claim("close", "better", "at-least = 0.0")).ours.unwrap();
    assert!(share > 0.2 && share < 0.8, "{share}");
    let published = format!("published = {:?}\nwithin = {{ abs = 0.05 }}\nbecause = \"one plot\"", share + 0.1);
    assert_eq!(mark(&claim("close", "better", &published)), Mark::Near);
    // Against a point: the errors are 1 + 0.3 sin, so all reach 1.3 and none is worse.
    let point = |relation: &str| verdict(&format!("kind = \"fraction\"\n{GOOD}point = 1.31\nrelation = \"{relation}\"\nat-least = 0.5"));
    assert_eq!((point("better").ours, point("worse").ours), (Some(1.0), Some(0.0)));
}

#[test]
fn outside_means_that_the_interval_excludes_the_point() {
    let claim = |rest: &str| format!("kind = \"outside\"\n{GOOD}{rest}");
    assert_eq!(mark(&claim("point = 2.0")), Mark::Reproduced);
    assert_eq!(mark(&claim("point = 2.0\npublished = 1.0")), Mark::Reproduced);
    assert_eq!(mark(&claim("point = 2.0\npublished = 3.0")), Mark::NotReproduced);
    assert_eq!(mark(&claim("point = 1.0")), Mark::NotReproduced);
    let ours = verdict(&claim("point = 2.0")).ours.unwrap();
    assert_eq!(mark(&claim(&format!("point = {:?}\npublished = 0.1", ours + 0.001))), Mark::Near);
    let one = "kind = \"outside\"\nof = { metric = \"crps\", select = { method = \"good\", curve = 3 } }\npoint = 9.0";
    assert_eq!(mark(one), Mark::Untested);
}

#[test]
fn draws_are_their_own_interval() {
    // 101 refits at 0, 0.01, …, 1: the central 90 % runs from 0.05 to 0.95.
    let mut f = Frame::new();
    for k in 0..=100_u32 {
        f.push_row(&[("param", "E")], &[("value", Some(f64::from(k) / 100.0))]);
    }
    let judged = |point: f64| {
        judge(&parse(&format!("kind = \"outside\"\nof = {{ metric = \"value\", draws = true }}\nconfidence = 0.9\npoint = {point:?}")), &f, &BTreeSet::new(), 1)
            .mark
    };
    assert_eq!((judged(0.97), judged(0.9)), (Mark::Reproduced, Mark::NotReproduced));
}

#[test]
fn what_cannot_be_tested_says_why() {
    let at_least = |of: &str, more: &str| format!("kind = \"value\"\nof = {of}\nat-least = 0.1\n{more}");
    let good = "{ metric = \"crps\", select = { method = \"good\" } }";
    let v = verdict(&at_least(good, "needs = [\"size:full\", \"data:taskset\", \"hardware\"]"));
    assert_eq!((v.mark, v.reason.as_str(), v.expected), (Mark::Untested, "needs data:taskset, hardware", true));
    assert_eq!(mark(&at_least(good, "needs = [\"size:full\"]")), Mark::Reproduced);
    let v = verdict(&at_least("{ metric = \"crps\", select = { method = \"none\" } }", ""));
    assert_eq!((v.mark, v.reason.as_str()), (Mark::Untested, "nothing selected by method=none"));
    let v = verdict("kind = \"value\"\nuntested = \"only a plot exists\"");
    assert_eq!((v.mark, v.reason.as_str()), (Mark::Untested, "only a plot exists"));
    let v = verdict("kind = \"value\"\nat-least = 0.1");
    assert_eq!((v.mark, v.reason.as_str()), (Mark::Untested, "claim \"c\": a claim of kind value needs of"));
    let c = parse(&at_least(good, ""));
    assert_eq!(judge(&c, &Frame::new(), &BTreeSet::new(), 1).mark, Mark::Untested);
}

#[test]
fn a_surprise_is_marked_and_a_miniature_stays_one() {
    let claim = |bound: f64, more: &str| format!("kind = \"value\"\n{GOOD}at-least = {bound:?}\n{more}");
    let expect = "expect = \"not-reproduced\"\nbecause = \"the code differs\"";
    for (bound, more, wanted, expected) in [
        (0.1, "", Mark::Reproduced, true),
        (9.0, "", Mark::NotReproduced, false),
        (0.1, expect, Mark::Reproduced, false),
        (9.0, expect, Mark::NotReproduced, true),
    ] {
        let v = verdict(&claim(bound, more));
        assert_eq!((v.mark, v.expected), (wanted, expected));
    }
    assert_eq!(verdict(&claim(0.1, "scale = \"miniature\"")).scale, Some(ClaimScale::Miniature));
}

#[test]
fn the_same_seed_gives_the_same_verdict() {
    let claim = parse("kind = \"order\"\nof = { metric = \"crps\" }\nbest-first = [{ method = \"good\" }, { method = \"close\" }]");
    let run = |seed| judge(&claim, &frame(), &BTreeSet::new(), seed);
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).interval, run(4).interval);
}

#[test]
fn an_incomplete_claim_names_itself_and_what_it_lacks() {
    let said = |toml: &str| parse(toml).validate().unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let of = "of = { metric = \"crps\" }";
    let cases = [
        (format!("kind = \"value\"\n{of}\npublished = 1.0"), "published needs within"),
        (format!("kind = \"value\"\n{of}"), "no criterion"),
        (format!("kind = \"value\"\n{of}\npublished = 1.0\nwithin = {{ abs = 0.1 }}"), "every tolerance has its reason"),
        (format!("kind = \"value\"\n{of}\npublished = 1.0\nwithin = {{ abs = 0.1, rel = 0.1 }}\nbecause = \"x\""), "exactly one of"),
        (format!("kind = \"value\"\n{of}\npublished = 1.0\nwithin = {{ abs = -0.1 }}\nbecause = \"x\""), "0 or more"),
        (format!("kind = \"value\"\n{of}\npublished = 0.0\nwithin = {{ rel = 0.1 }}\nbecause = \"x\""), "use within.abs"),
        (format!("kind = \"value\"\n{of}\nat-least = 2.0\nat-most = 1.0"), "nothing is at least 2 and at most 1"),
        (format!("kind = \"value\"\n{of}\nat-least = 2.0\npoint = 1.0"), "kind value does not read point"),
        (format!("kind = \"value\"\n{of}\nat-least = 2.0\nconfidence = 1.0"), "confidence is 1"),
        (format!("kind = \"value\"\n{of}\nat-least = 2.0\nexpect = \"not-reproduced\""), "expect needs because"),
        ("kind = \"value\"\nof = { metric = \"\" }\nat-least = 2.0".to_string(), "names no metric"),
        (format!("kind = \"order\"\n{of}"), "kind order needs best-first"),
        (format!("kind = \"order\"\n{of}\nbest-first = [{{ method = \"a\" }}]"), "two selections or more"),
        (format!("kind = \"order\"\n{of}\nbest-first = [{{ method = \"a\" }}, {{ method = \"a\" }}]"), "are the same"),
        ("kind = \"order\"\nof = { metric = \"regret\" }\nbest-first = [{ m = \"a\" }, { m = \"b\" }]".to_string(), "which direction of \"regret\" is good"),
        ("kind = \"order\"\nof = { metric = \"crps\", stat = \"sum\" }\nbest-first = [{ m = \"a\" }, { m = \"b\" }]".to_string(), "stat Sum does not go"),
        (format!("kind = \"ratio\"\n{of}\nat-least = 2.0"), "kind ratio needs to"),
        (format!("kind = \"fraction\"\n{of}\nrelation = \"better\"\nat-least = 0.5"), "either to or point"),
        (format!("kind = \"outside\"\n{of}"), "kind outside needs point"),
    ];
    for (toml, wanted) in cases {
        let got = said(&toml);
        assert!(got.starts_with("claim \"c\": ") && got.contains(wanted), "{toml}\n{got}");
    }
}

#[test]
fn a_file_is_checked_as_a_whole_and_unknown_keys_are_refused() {
    let claim = "[[claim]]\nid = \"alpha\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nsource = \"code\"\nkind = \"value\"\nof = { metric = \"crps\" }\nat-least = 1.0\n";
    let deviation =
        |touches: &str| format!("[[deviation]]\nid = \"d\"\nwhere = \"prior.py\"\nsays = \"sd\"\nwe = \"follow the code\"\ntouches = [\"{touches}\"]\n");
    let good: Published = toml::from_str(&format!("{claim}{}", deviation("alpha"))).unwrap();
    assert_eq!(good.validate(), Ok(()));
    let twice: Published = toml::from_str(&format!("{claim}{claim}{}", deviation("alhpa"))).unwrap();
    let said: Vec<String> = twice.validate().unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(said, ["claim \"alpha\": another claim has this id", "deviation \"d\": touches \"alhpa\", which is no claim; did you mean \"alpha\"?"]);
    let e = toml::from_str::<Published>(&claim.replace("at-least", "at-leats")).unwrap_err().to_string();
    assert!(e.contains("unknown field `at-leats`"), "{e}");
    let e = toml::from_str::<Published>(&claim.replace("source = \"code\"\n", "")).unwrap_err().to_string();
    assert!(e.contains("missing field `source`"), "{e}");
}

#[test]
fn numbers_in_sentences_are_short() {
    let cases =
        [(0.0, "0"), (0.123_456, "0.1235"), (12.0, "12"), (1234.56, "1235"), (-0.5, "-0.5"), (1.5e-7, "1.500e-7"), (2e9, "2.000e9"), (f64::INFINITY, "inf")];
    for (v, text) in cases {
        assert_eq!(short(v), text);
    }
}

#[test]
fn near_is_smaller_than_the_number_itself() {
    let mut f = Frame::new();
    f.push_row(&[("curve", "1")], &[("ratio", Some(1.052))]);
    let judged = |published: f64, rel: f64| {
        let c = parse(&format!("kind = \"value\"\nof = {{ metric = \"ratio\" }}\npublished = {published}\nwithin = {{ rel = {rel} }}\nbecause = \"b\""));
        judge(&c, &f, &BTreeSet::new(), 1).mark
    };
    // 4.9 with half of it allowed: three times that is 7.35, which would hold everything from below zero on.
    assert_eq!(judged(4.9, 0.5), Mark::NotReproduced);
    assert_eq!((judged(1.4, 0.1), judged(1.4, 0.3)), (Mark::Near, Mark::Reproduced));
    assert_eq!(judged(-0.01, 0.3), Mark::NotReproduced);
}

#[test]
fn an_interval_that_holds_a_bound_is_no_win() {
    let ours = verdict(&format!("kind = \"value\"\n{GOOD}at-least = 0.1"));
    assert_eq!(ours.mark, Mark::Reproduced);
    let (mean, (low, high)) = (ours.ours.unwrap(), ours.interval.unwrap());
    let at_least = |bound: f64, more: &str| verdict(&format!("kind = \"value\"\n{GOOD}at-least = {bound:?}\n{more}"));
    let inside = at_least(0.5 * (low + mean), "");
    assert_eq!(inside.mark, Mark::Near);
    assert!(inside.reason.contains("its interval holds that bound, which is no win"), "{}", inside.reason);
    // A tolerance belongs to the bound, and is named with it.
    let wider = at_least(mean + 0.1, "within = { abs = 0.11 }\nbecause = \"b\"");
    assert!(wider.reason.contains(", give or take 0.11, but its interval holds that bound"), "{}", wider.reason);
    assert_eq!(mark(&format!("kind = \"value\"\n{GOOD}at-most = {:?}", 0.5 * (high + mean))), Mark::Near);
    // Rows without sampling error have nothing to be unsure of.
    assert_eq!(at_least(0.5 * (low + mean), "exact = true\nbecause = \"b\"").mark, Mark::Reproduced);
    // A share of all units is sure only by so much.
    let share = |bound: f64| {
        mark(&format!("kind = \"fraction\"\n{GOOD}to = {{ metric = \"crps\", select = {{ method = \"bad\" }} }}\nrelation = \"better\"\nat-least = {bound:?}"))
    };
    assert_eq!((share(0.85), share(0.99)), (Mark::Reproduced, Mark::Near));
    // "All of them" is asked of the units that are there: no interval could lie beyond it.
    assert_eq!(share(1.0), Mark::Reproduced);
}

#[test]
fn a_bound_on_a_printed_number_can_be_passed_by_much() {
    let better = |text: &str| {
        let v = verdict(&format!("kind = \"value\"\n{GOOD}{text}"));
        (v.mark, v.better)
    };
    let found = verdict(&format!("kind = \"value\"\n{GOOD}at-least = 0.1"));
    let (ours, near) = (found.ours.unwrap(), found.ours.unwrap() + 4.0 * found.se.unwrap());
    assert_eq!(better("published = 1.5\nat-most = 1.5"), (Mark::Reproduced, true));
    assert_eq!(better(&format!("published = {0:?}\nat-most = {0:?}\nexact = true\nbecause = \"b\"", ours + 1e-5)), (Mark::Reproduced, false));
    // Two-sided, without a printed number, or on the wrong side: nothing is better.
    assert_eq!(better("published = 1.5\nat-most = 1.5\nat-least = 0.1"), (Mark::Reproduced, false));
    assert_eq!(better("at-most = 1.5"), (Mark::Reproduced, false));
    assert_eq!(better("published = 0.5\nat-most = 0.5"), (Mark::NotReproduced, false));
    // What is not judged is not better, whatever it lacks.
    assert_eq!(better("published = 1.5\nat-most = 1.5\nneeds = [\"size:huge\"]"), (Mark::Untested, false));
    assert_eq!(better(&format!("published = {near:?}\nat-most = {near:?}")), (Mark::Reproduced, true));
    assert_eq!(better(&format!("published = {near:?}\nat-most = {near:?}\nprecision = 1e-9")), (Mark::Untested, false));
}

#[test]
fn precision_decides_whether_a_number_is_judged() {
    let found = verdict(&format!("kind = \"value\"\n{GOOD}at-least = 5.0\nprecision = 1.0"));
    let se = found.se.unwrap();
    // Near enough to the bound that only precision decides.
    let bound = found.ours.unwrap() + 4.0 * se;
    let with = |precision: f64| verdict(&format!("kind = \"value\"\n{GOOD}at-least = {bound:?}\nprecision = {precision}"));
    assert_eq!(with(1.01 * se).mark, Mark::NotReproduced);
    let open = with(0.99 * se);
    assert_eq!((open.mark, open.expected, open.ours), (Mark::Untested, true, with(1.0).ours));
    assert!(open.reason.starts_with("needs precision: the standard error is "), "{}", open.reason);
    let one = "kind = \"value\"\nof = { metric = \"crps\", select = { method = \"good\", curve = 3 } }\nat-least = 0.1\nprecision = 0.1";
    assert!(verdict(one).reason.starts_with("needs precision: there is no standard error"), "{}", verdict(one).reason);
    // Nine rows that agree by luck are not sure.
    let mut few = Frame::new();
    (0..9).for_each(|k| few.push_row(&[("curve", &k.to_string())], &[("loss", Some(1.0))]));
    let c = parse("kind = \"value\"\nof = { metric = \"loss\" }\nat-least = 0.5\nprecision = 0.1");
    assert!(judge(&c, &few, &BTreeSet::new(), 1).reason.starts_with("needs precision: 9 rows are too few"));
    few.push_row(&[("curve", "9")], &[("loss", Some(1.0))]);
    assert_eq!(judge(&c, &few, &BTreeSet::new(), 1).mark, Mark::Reproduced);
    // Ten rows of 1 to 10: mean 5.5, standard error .96. Five of them from the bound are enough whatever is asked for, on both sides; four are not.
    let mut ten = Frame::new();
    (1..=10).for_each(|k| ten.push_row(&[("curve", &k.to_string())], &[("loss", Some(f64::from(k)))]));
    let mark = |bound: &str| {
        let c = parse(&format!("kind = \"value\"\nof = {{ metric = \"loss\" }}\n{bound}\nprecision = 0.1"));
        judge(&c, &ten, &BTreeSet::new(), 1).mark
    };
    assert_eq!(
        [mark("at-least = 0.5"), mark("at-least = 1.7"), mark("at-least = 9.3"), mark("at-least = 10.5")].map(|m| m == Mark::Untested),
        [false, true, true, false]
    );
    assert_eq!(
        (mark("at-least = 0.5"), mark("at-least = 10.5"), mark("published = 0.5\nwithin = { abs = 0.1 }")),
        (Mark::Reproduced, Mark::NotReproduced, Mark::Untested)
    );
    let said = |text: &str| parse(&format!("kind = \"value\"\n{GOOD}at-least = 0.1\n{text}")).validate().unwrap_err()[0].to_string();
    assert!(said("precision = 0.0").contains("has to be above 0"));
    assert!(said("exact = true").contains("exact needs because"));
    assert!(said("exact = true\nprecision = 1.0\nbecause = \"b\"").contains("exclude each other"));
    let outside = format!("kind = \"outside\"\n{GOOD}point = 2.0\nexact = true\nbecause = \"b\"");
    assert!(parse(&outside).validate().unwrap_err()[0].to_string().contains("is about an interval"));
}

#[test]
fn exact_rows_need_no_interval() {
    let mut f = Frame::new();
    for (arm, loss) in [("a", 1.0), ("b", 1.5)] {
        f.push_row(&[("curve", "1"), ("arm", arm)], &[("loss", Some(loss))]);
    }
    let mark = |text: &str| judge(&parse(text), &f, &BTreeSet::new(), 1).mark;
    let cell = |arm: &str| format!("{{ metric = \"loss\", better = \"lower\", select = {{ arm = \"{arm}\" }} }}");
    let ratio = format!("kind = \"ratio\"\nof = {}\nto = {}\nat-least = 1.4\n", cell("b"), cell("a"));
    let order = "kind = \"order\"\nof = { metric = \"loss\", better = \"lower\" }\nbest-first = [{ arm = \"a\" }, { arm = \"b\" }]\n";
    let exact = "exact = true\nbecause = \"b\"";
    assert_eq!((mark(&ratio), mark(&format!("{ratio}{exact}"))), (Mark::Near, Mark::Reproduced));
    assert_eq!((mark(order), mark(&format!("{order}{exact}"))), (Mark::Near, Mark::Reproduced));
}
