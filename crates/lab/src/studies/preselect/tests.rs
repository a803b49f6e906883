//! The score by hand, limits that are known, and the study as a runner sees it.

use std::collections::BTreeMap;

use super::ladder::Ladder;
use super::select::strength;
use super::world::World;
use super::*;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A pool that is read in a blink.
const SMALL: &str = "documents = 120\nreference = 64\nlength = 100\nshots = 2\nscored = 0.5\nmade-documents = 10\nmade-words = 80\norder = 4\n";

/// The same as settings, of what decides the world.
fn small() -> Settings {
    Settings { documents: 120, reference: 64, length: 100, shots: 2, made_documents: 10, made_words: 80, ..Settings::default() }
}

const ALL: &str = "method = ['preselect', 'direct', 'shuffled', 'mixed', 'correlation', 'perplexity', 'middle', 'gap', 'classifier', 'oracle', \
                   'random', 'all']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Preselect, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Preselect, stage, needs, &NoFiles, memory, watch)
}

fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Preselect, with, arms, &NoFiles)
}

#[test]
fn strength_by_hand() {
    assert_eq!(strength(&[0.3, 0.1, 0.2], &[1.0, 3.0, 2.0]), 1.0);
    assert_eq!(strength(&[0.3, 0.1, 0.2], &[3.0, 1.0, 2.0]), 0.0);
    // Of six pairs the abler model is better in three; a tie is not better.
    assert_eq!(strength(&[1.0, 2.0, 3.0, 4.0], &[5.0, 4.0, 4.0, 4.5]), 0.5);
    assert_eq!((strength(&[1.0, 2.0], &[3.0, 3.0]), strength(&[1.0], &[3.0]), strength(&[], &[])), (0.0, 0.0, 0.0));
}

#[test]
fn a_ladder_is_kept_as_bytes() {
    let ladder = Ladder { abilities: vec![0.25, 0.5], bits: vec![vec![1.5, 2.5, 3.5], vec![1.0, 2.0, 3.0]], curve: vec![[10.0, 4.0], [20.0, 3.0]] };
    let bytes = ladder.to_bytes();
    assert_eq!(Ladder::from_bytes(&bytes), Some(ladder.clone()));
    assert_eq!((Ladder::from_bytes(&bytes[..bytes.len() - 1]), Ladder::from_bytes(b"odd"), ladder.of(1)), (None, None, vec![2.5, 2.0]));
}

#[test]
fn methods_share_models_and_are_runs_of_their_own() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    assert_eq!((count("models"), count("fit")), (2, 12));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    assert!(stages("text = 'english'", "").unwrap().iter().all(|s| s.reads == ["ewt_genres", "tinyshakespeare"]));
    // What comes after the models does not make them others.
    let kept = stages(SMALL, "kept = [0.1, 0.2]").unwrap();
    assert_eq!(kept.len(), 3);
}

#[test]
fn every_method_keeps_a_tenth_and_the_oracle_is_right() {
    let all = run_all(SMALL, ALL);
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    assert!(all.values().all(|o| o.status == Status::Done));
    for name in ["preselect", "direct", "shuffled", "mixed", "correlation", "perplexity", "middle", "gap", "classifier", "oracle", "random", "all"] {
        let outcome = &all[&format!("method={name}/seed=0")];
        let (symbols, curve) = (outcome.scalar("symbols").unwrap(), outcome.series("curve").unwrap());
        let documents = if name == "all" { 120.0 } else { 12.0 };
        assert!((50.0 * documents..130.0 * documents).contains(&symbols) && curve.x.last() == Some(&symbols), "{name}: {symbols}");
        assert_eq!(outcome.scalar("bits"), curve.y.last().copied(), "{name}");
        assert!((0.0..=1.0).contains(&outcome.scalar("ability").unwrap()), "{name}");
        assert_eq!(outcome.scalar("strength-auc").is_some(), ["preselect", "direct", "shuffled", "mixed", "correlation"].contains(&name), "{name}");
    }
    assert_eq!((number("oracle", "useful-kept"), number("oracle", "score-auc"), number("random", "score-auc")), (Some(1.0), Some(1.0), Some(0.5)));
    assert_eq!(number("all", "useful-kept"), Some(0.25));
    assert_eq!(number("direct", "score-auc"), number("direct", "strength-auc"));
    assert!(number("oracle", "bits") < number("random", "bits"));
}

#[test]
fn models_learn_and_stopped_ones_go_on() {
    let all = stages(SMALL, "").unwrap();
    let whole = run_stage(&all[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    let ladder = Ladder::from_bytes(whole.weights.as_deref().unwrap()).unwrap();
    assert_eq!((ladder.abilities.len(), ladder.bits.iter().map(Vec::len).sum::<usize>()), (6, 720));
    assert!(ladder.curve.windows(2).all(|pair| pair[0][0] < pair[1][0]) && ladder.curve[5][1] < ladder.curve[0][1]);
    // Under abilities that rise as they should, text is told from symbols without order.
    let world = World::new(&small(), 7, &NoFiles);
    let known: Vec<f64> = (0..120).map(|document| strength(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &ladder.of(document))).collect();
    let areas = gather::areas(&known, &world.unwrap().pool);
    assert!(areas.iter().find(|area| area.0 == "auc-strings").unwrap().1 > Some(0.6), "{areas:?}");
    let mut memory = Memory::default();
    for _ in 0..5 {
        assert_eq!(run_stage(&all[0], &[], &mut memory, &|_| Go::Stop), Err(StudyError::Interrupted));
    }
    assert_eq!(Ladder::from_bytes(memory.0.as_deref().unwrap()).unwrap().bits.len(), 5);
    assert_eq!(run_stage(&all[0], &[], &mut memory, &|_| Go::On).unwrap(), whole);
    assert_eq!(run_stage(&all[0], &[], &mut Memory(Some(b"odd".to_vec())), &|_| Go::On).unwrap(), whole);
    let fit = run_stage(&all[1], std::slice::from_ref(&whole), &mut Memory::default(), &|_| Go::On).unwrap();
    assert_eq!(run_stage(&all[1], std::slice::from_ref(&whole), &mut Memory::default(), &|_| Go::Stop).unwrap(), fit);
    let gone = Outcome { weights: None, ..whole };
    assert!(run_stage(&all[1], &[gone], &mut Memory::default(), &|_| Go::On).unwrap_err().to_string().contains("run them again"));
}

#[test]
fn a_world_is_of_its_seed_and_says_what_it_lacks() {
    let own = small();
    let world = |seed: u64| World::new(&own, seed, &NoFiles).unwrap();
    assert_eq!(world(1).pool, world(1).pool);
    assert!(world(1).pool != world(2).pool && world(1).pool.good().iter().filter(|g| **g).count() == 30);
    let wide = Settings { documents: 40_000, ..own.clone() };
    assert!(World::new(&wide, 1, &NoFiles).err().unwrap().to_string().contains("the pool has 10000 useful documents"));
    let english = Settings { text: Text::English, ..own };
    assert!(World::new(&english, 1, &NoFiles).err().unwrap().to_string().contains("ewt_genres"));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("documents = 3").contains("documents: there is 3"));
    assert!(refused("reference = 31").contains("reference: there is 31, where 32"));
    assert!(refused("kept = 0.0").contains("kept has 0"));
    assert!(refused("ends = 0.6").contains("at most 0.5"));
    assert!(refused("method = 'dclm'").contains("dclm"));
    let late = Preselect.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing settings"));
}
