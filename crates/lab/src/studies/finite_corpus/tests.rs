//! The study as a runner sees it, and limits in which the answer is known.

use std::collections::BTreeMap;

use super::pruning::{Pruner, left};
use super::*;
use crate::{Files, Go, Memory, NoFiles, Status, trial};

/// A run in a blink.
const SMALL: &str =
    "text = 'made'\ndistinct = 256\nlength = 8\nwidth = 8\nlayers = 1\nbatch = 4\nexam = 16\npasses = [4]\nrates = [1e-2]\nlooks = 4\ntuning-seeds = 1\n";

/// Those settings with some in the place of others.
fn small(with: &str) -> String {
    let mut all: toml::Table = toml::from_str(SMALL).unwrap();
    all.extend(toml::from_str::<toml::Table>(with).unwrap());
    toml::to_string(&all).unwrap()
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&FiniteCorpus, &small(with), arms, &NoFiles)
}

fn run(with: &str) -> Outcome {
    run_all(with, "").remove("default/seed=0").unwrap()
}

fn number(outcome: &Outcome, name: &str) -> f64 {
    outcome.scalar(name).unwrap_or_else(|| panic!("no {name}"))
}

fn own(with: &str) -> Settings {
    toml::from_str(&small(with)).unwrap()
}

#[test]
fn more_steps_bring_it_nearer_to_what_can_be_known() {
    let short = run("");
    let long = run("distinct = 8192");
    let (short, long) = (number(&short, "excess"), number(&long, "excess"));
    assert!(0.05 < long && long + 0.1 < short && short < 3.2, "{long} {short}");
}

#[test]
fn passes_over_few_windows_are_learned_by_heart() {
    let own = run("passes = [100]\ndistinct = 64");
    assert!(number(&own, "gap") > 1.0 && number(&own, "loss") > number(&own, "least") + 0.1);
    assert_eq!((number(&own, "tokens"), number(&own, "unique"), number(&own, "passes")), (6400.0, 64.0, 100.0));
    assert!(number(&run(""), "gap").abs() < 0.5);
}

#[test]
fn an_ensemble_is_never_worse_than_its_members() {
    let all = run_all("method = 'ensemble'\nmember-passes = 4.0\n", "members = [1, 2, 4]");
    for members in [1, 2, 4] {
        let one = &all[&format!("members={members}/seed=0")];
        assert!(number(one, "loss") <= number(one, "members-mean") + 1e-6);
        assert_eq!(number(one, "total"), f64::from(members) * number(one, "params"));
        assert_eq!((number(one, "decay"), number(one, "passes"), number(one, "tokens")), (0.05, 16.0, 4096.0));
    }
    let one = &all["members=1/seed=0"];
    assert!((number(one, "loss") - number(one, "members-mean")).abs() < 1e-5);
    // Members differ, and are shared by ensembles of several sizes.
    let losses: Vec<f64> = all.iter().filter(|(id, _)| id.contains("member=")).map(|(_, o)| number(o, "loss")).collect();
    assert!(losses.len() == 4 && losses.windows(2).all(|w| w[0] != w[1]), "{losses:?}");
}

#[test]
fn a_pupil_comes_near_its_teacher() {
    let all = run_all("passes = [60]\nmember-passes = 0.5\nmembers = 3", "method = ['self-taught', 'pupil']");
    let far = |id: &str| number(&all[id], "loss");
    // The one that teaches itself has a teacher of its own kind, with all of the passes.
    let taught =
        |method: &str| all.iter().filter(|(id, _)| id.contains(method) && id.contains("member=")).map(|(_, o)| number(o, "passes")).collect::<Vec<_>>();
    assert_eq!((taught("self-taught"), taught("pupil")), (vec![60.0], vec![30.0; 3]));
    let members: Vec<f64> = all.iter().filter(|(id, _)| id.contains("pupil/member=")).map(|(_, o)| number(o, "loss")).collect();
    assert!(members.len() == 3 && far("method=pupil/seed=0") < members.iter().sum::<f64>() / 3.0, "{members:?} {}", far("method=pupil/seed=0"));
}

#[test]
fn the_recipe_is_chosen_on_other_seeds_and_trials_are_shared() {
    let with = "passes = [1, 4]\nrates = [1e-3, 1e-2]\ndecays = [0.1, 1.0]\n";
    let all = run_all(&format!("{with}members = 2\n"), "method = ['usual', 'tuned', 'ensemble']");
    let trials: Vec<_> = all.iter().filter(|(id, _)| id.ends_with("seed=1000")).collect();
    assert_eq!(trials.len(), 8);
    let score = |o: &Outcome| number(o, "score");
    let (_, best) = trials.iter().max_by(|a, b| score(a.1).total_cmp(&score(b.1))).unwrap();
    let alone = &all["method=tuned/seed=0"];
    for name in ["rate", "decay", "passes"] {
        assert_eq!(number(alone, name), number(best, name), "{name}");
    }
    // The first decay is the usual one, and nothing is tried for it alone.
    assert_eq!(number(&all["method=usual/seed=0"], "decay"), 0.1);
    let together = &all["method=ensemble/seed=0"];
    assert_eq!((number(together, "passes"), number(together, "decay")), (2.0 * number(best, "passes"), 0.5 * number(best, "decay")));
}

#[test]
fn weights_are_pruned_along_a_cubic_and_stay_gone() {
    let pruned = own("kept = 0.2\nfrom = 0.25\nto = 0.75\n");
    let at = |done: f64| left(&pruned, done);
    assert!((at(0.2), at(0.25), at(0.75), at(1.0)) == (1.0, 1.0, 0.2, 0.2) && (at(0.5) - (0.2 + 0.8 / 8.0)).abs() < 1e-12);
    assert_eq!(left(&own("kept = 0.2\nfrom = 0.5\nto = 0.5\n"), 0.5), 0.2);
    let (_, mut training) = train::model(&pruned, 0.1, 1);
    let mut pruner = Pruner::new(&training.params);
    assert_eq!(pruner.active() as f64, pruned.weights());
    pruner.prune(&mut training.params.values, 0.5);
    assert_eq!(pruner.active() as f64, pruned.weights() / 2.0);
    // The smallest are gone, also for one who looks at the numbers alone.
    assert_eq!(Pruner::new(&training.params).active(), pruner.active());
    training.params.values.iter_mut().for_each(|v| *v += 1.0);
    pruner.prune(&mut training.params.values, 1.0);
    assert_eq!(Pruner::new(&training.params).active(), pruner.active());
    // Half of the steps at a mean of 0.2 + 0.8 / 4, a quarter dense, a quarter sparse.
    let outcome = run("kept = 0.2\ndistinct = 4096\n");
    assert!((number(&outcome, "active") / number(&outcome, "params") - 0.5).abs() < 0.02, "{}", number(&outcome, "active"));
    assert_eq!(number(&outcome, "left"), (0.2 * 768.0_f64).round());
    assert_eq!(number(&run("kept = 1.0\n"), "active"), 768.0);
}

#[test]
fn what_is_asked_for_in_tokens_a_weight_is_what_is_trained() {
    let outcome = run("duration = 8.0\n");
    let tokens = number(&outcome, "tokens");
    assert!((tokens / number(&outcome, "params") - 8.0).abs() < 0.05 && (number(&outcome, "unique") * 4.0 / tokens - 1.0).abs() < 0.01);
    // Half of the weights in the mean are worth twice the tokens.
    let pruned = run("duration = 8.0\nkept = 0.2\nequal-compute = true\n");
    assert!((number(&pruned, "tokens") / tokens - 2.0).abs() < 0.01 && (number(&pruned, "compute") / number(&outcome, "compute") - 1.0).abs() < 0.03);
    assert_eq!(number(&run("longer = 3.0\n"), "tokens"), 3.0 * number(&run(""), "tokens"));
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for with in ["kept = 0.5\ndropout = 0.2\ndistinct = 2048\n", "distinct = 2048\n"] {
        let stages = trial::stages(&FiniteCorpus, &small(with), "").unwrap();
        let mut memory = Memory::default();
        let whole = trial::run_stage(&FiniteCorpus, &stages[0], &[], &NoFiles, &mut memory, &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        for share in [0.3, 0.6] {
            let stop = |done: f64| if done > share { Go::Stop } else { Go::On };
            assert_eq!(trial::run_stage(&FiniteCorpus, &stages[0], &[], &NoFiles, &mut memory, &stop), Err(StudyError::Interrupted));
        }
        assert_eq!(trial::run_stage(&FiniteCorpus, &stages[0], &[], &NoFiles, &mut memory, &|_| Go::On).unwrap(), whole);
    }
}

#[test]
fn a_training_that_diverges_is_an_outcome() {
    let all = run_all("rates = [1e30]", "method = ['tuned', 'ensemble', 'pupil']");
    for id in ["method=tuned/seed=0", "method=ensemble/seed=0", "method=pupil/seed=0"] {
        assert!(matches!(&all[id].status, Status::Diverged(_)) && all[id].scalar("loss").is_none(), "{id}");
    }
}

#[test]
fn costs_are_counted() {
    for arms in ["", "method = 'ensemble'", "method = 'pupil'", "kept = 0.5"] {
        let cost = trial::cost(&FiniteCorpus, SMALL, arms, &NoFiles);
        assert!((cost - 1.0).abs() < 0.02, "{arms}: {cost}");
    }
}

struct Brown;

impl Files for Brown {
    fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
        Ok((0..400).map(|k| format!("ca01\tword/nn {k}/cd and/cc so/rb on/in ./.\n")).collect::<String>().into_bytes())
    }
}

#[test]
fn letters_are_learned_and_too_few_are_said() {
    let stages = trial::stages(&FiniteCorpus, &small("text = 'brown'"), "").unwrap();
    assert_eq!(stages[0].reads, ["brown_tagged"]);
    let run = |stages: &[Stage]| trial::run_stage(&FiniteCorpus, &stages[0], &[], &Brown, &mut Memory::default(), &|_| Go::On);
    let found = run(&stages).unwrap();
    assert!(number(&found, "loss") < 3.0 && found.scalar("excess").is_none());
    let stages = trial::stages(&FiniteCorpus, &small("text = 'brown'\ndistinct = 99999"), "").unwrap();
    assert!(run(&stages).unwrap_err().to_string().contains("take fewer tokens"));
}

#[test]
fn what_is_out_of_range_is_named() {
    let refused = |with: &str| trial::stages(&FiniteCorpus, with, "").unwrap_err().to_string();
    assert!(refused("width = 7").contains("multiple of the 2 heads"));
    assert!(refused("kept = 0.0").contains("kept is 0"));
    assert!(refused("from = 0.9").contains("pruning goes from 0.9 to 0.75"));
    assert!(refused("duration = 1e12").contains("distinct tokens, where up to"));
    assert!(refused("duration = 8.0\nmethod = 'ensemble'").contains("set `distinct`"));
    assert!(refused("dropout = 1.0").contains("dropout is 1"));
    assert!(refused("members = 0").contains("members: there is 0"));
    assert!(refused("decay-factor = 0.0").contains("decay-factor has 0"));
    assert!(refused("member-decay = -1.0").contains("member-decay has -1"));
}
