//! Numbers by hand, worlds whose answer is known, and the study as a runner sees it.

use std::collections::BTreeMap;

use super::age::degradation;
use super::domains::entropy;
use super::filters::{next_word, planted_words, with_planted};
use super::*;
use crate::blocks::genres::{Piece, SYMBOLS, words};
use crate::blocks::ngram::NGram;
use crate::blocks::streams::{Purpose, stream};
use crate::{Go, Memory, NoFiles, Status, trial};

/// Texts that are read in a blink.
const SMALL: &str = "documents = 90\nlength = 120\nshots = 2\nmade-documents = 14\nmade-words = 100\nyears = 3\n";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&PretrainersGuide, with, arms)
}

fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&PretrainersGuide, &format!("{SMALL}{with}"), arms, &NoFiles)
}

#[test]
fn a_slope_by_hand() {
    // Two bits a year, and years that are hard for all.
    let lost: Vec<Vec<f64>> = (0..4_usize).map(|learned| (0..4).map(|met| 2.0 * learned.abs_diff(met) as f64 + met as f64).collect()).collect();
    let (slope, r) = degradation(&lost);
    assert!((slope.unwrap() - 2.0).abs() < 1e-12 && (r.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(degradation(&[vec![1.0, 2.0], vec![1.0, 2.0]]), (Some(0.0), None));
}

#[test]
fn words_by_hand() {
    let texts: [&[u8]; 2] = [&[1, 0, 2, 2, 0, 1, 0, 3], &[1, 0, 1, 0, 1]];
    assert!((entropy(&texts, 4) - 1.5).abs() < 1e-12 && entropy(&texts[1..], 3) == 0.0);
    let planted = planted_words(&mut stream(1, Purpose::Pictures, 0));
    let text = with_planted(&[1, 0, 2, 0, 3], &planted, &mut stream(1, Purpose::Order, 0));
    assert!(planted.len() == 30 && words(&text).len() == 3 && words(&text).iter().any(|word| planted.iter().any(|p| p == word)));
    // A model that has seen nothing: five symbols of forty for each word.
    let pieces = [Piece { genre: 0, text: vec![1, 0, 2] }];
    let found = next_word(&NGram::new(3, SYMBOLS), &pieces, &planted).unwrap();
    assert!((found / (30.0 * 40.0_f64.powi(-5)) - 1.0).abs() < 1e-9, "{found}");
}

#[test]
fn a_genre_that_covers_others_is_missed_by_them() {
    let all = run_all("part = 'domains'\n", "drop = ['none', 'answers', 'shakespeare', 'widest', 'narrowest']");
    let number = |drop: &str, name: &str| all[&format!("drop={drop}/seed=0")].scalar(name).unwrap();
    assert!(all.values().all(|o| o.status == Status::Done && o.series("curve").is_some_and(|c| c.x.last() == o.scalar("documents-seen").as_ref())));
    assert!(number("answers", "bits-email") > number("shakespeare", "bits-email"));
    // The genre with few words is the narrowest, and is missed by itself alone.
    assert_eq!((number("none", "narrowest"), number("narrowest", "bits-shakespeare")), (6.0, number("shakespeare", "bits-shakespeare")));
    assert!(number("shakespeare", "bits-shakespeare") > number("none", "bits-shakespeare"));
    assert_eq!((number("none", "documents-seen"), number("answers", "documents-seen")), (90.0, 90.0));
    let one = run_all("part = 'domains'\ndrop = 'email'\n", "only = [true, false]\nvolume = 'natural'");
    assert_eq!(one["only=true/seed=0"].scalar("documents-seen"), Some(15.0));
    assert_eq!(one["only=false/seed=0"].scalar("documents-seen"), Some(75.0));
}

#[test]
fn filters_keep_what_they_say() {
    let arms = "filter = ['none', 'scorer', 'inverse', 'chance', 'oracle']";
    for part in ["quality", "toxicity"] {
        let all = run_all(&format!("part = '{part}'\nkeep = 0.8\n"), arms);
        let number = |filter: &str, name: &str| all[&format!("filter={filter}/seed=0")].scalar(name);
        assert_eq!((number("none", "documents-seen"), number("chance", "documents-seen")), (Some(90.0), Some(72.0)));
        assert_eq!((number("oracle", "planted-kept"), number("none", "planted-kept"), number("oracle", "score-auc")), (Some(0.0), Some(0.2), Some(1.0)));
        assert!(number("scorer", "planted-kept") < Some(0.2) && number("inverse", "planted-kept") > number("scorer", "planted-kept"), "{part}");
        assert!(number("chance", "foretold").is_some_and(|r| (0.0..=1.0).contains(&r)) && number("none", "foretold").is_none());
        assert_eq!(number("none", "toxic").is_some(), part == "toxicity");
        if part == "toxicity" {
            assert!(number("oracle", "toxic") < number("none", "toxic") && number("inverse", "toxic") > number("oracle", "toxic"));
        }
    }
}

#[test]
fn years_apart_are_worse_only_where_words_change() {
    let all = run_all("part = 'age'\n", "drift = [0.0, 0.3]");
    let number = |drift: &str, name: &str| all[&format!("drift={drift}/seed=0")].scalar(name).unwrap();
    assert!(number("0", "td").abs() < 0.1 && number("0.3", "td") > number("0", "td") + 0.05, "{} {}", number("0", "td"), number("0.3", "td"));
    assert!(number("0.3", "td-r") > 0.5 && number("0.3", "tuned") > 0.0);
    let stage = &stages(&format!("{SMALL}part = 'age'\n"), "").unwrap()[0];
    let run = |memory: &mut Memory, watch: &dyn Fn(f64) -> Go| trial::run_stage(&PretrainersGuide, stage, &[], &NoFiles, memory, watch);
    let whole = run(&mut Memory::default(), &|_| Go::On).unwrap();
    let mut memory = Memory::default();
    assert_eq!(run(&mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
    assert_eq!(run(&mut memory, &|_| Go::On).unwrap(), whole);
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("documents = 3").contains("documents: there is 3"));
    assert!(refused("keep = 0.0").contains("keep has 0"));
    assert!(refused("planted = 0.95").contains("at most 0.9"));
    assert!(refused("only = true").contains("say which genre"));
    assert!(refused("part = 'taste'").contains("taste"));
    assert!(stages("text = 'english'", "").unwrap().iter().all(|s| s.reads == ["ewt_genres", "tinyshakespeare"]));
    assert!(stages("text = 'english'\npart = 'age'", "").unwrap().iter().all(|s| s.reads.is_empty()));
    let stage = stages("part = 'quality'\ndocuments = 90000", "").unwrap().remove(0);
    let e = trial::run_stage(&PretrainersGuide, &stage, &[], &NoFiles, &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("take fewer documents"), "{e}");
}
