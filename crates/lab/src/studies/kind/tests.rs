//! The study as a runner sees it, where each method begins, and what a gate keeps apart.

use std::collections::BTreeMap;

use nets::{Params, Training};

use super::data::{CLASSES, Data, HALF};
use super::learner::Lesson;
use super::method::{self, Source};
use super::network::{Asked, Network, gates, tensor};
use super::*;
use crate::blocks::diffusion::{Diffusion, TIME};
use crate::blocks::streams::{Purpose, stream};
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A training of a moment.
const SMALL: &str = "dimension = 6\npretraining-images = 12\nimages = 8\nreference = 12\njudged = 6\nwidth = 10\ncommon = 2\ntailor = 1\ntimes = 6\n\
                     pretraining-steps = 20\nsteps = 10\nbatch = 8\ndraws = 2\nrates = [1e-3, 1e-2]\ntuning-seeds = 1\n";

const ALL: [&str; 13] =
    ["kind", "kind-tuned", "ungated", "shuffled", "wrong", "random", "svd", "lora", "lora-gated", "pissa", "full", "scratch", "scratch-longer"];

fn all_arms() -> String {
    format!("method = {ALL:?}")
}

fn small(method: Method) -> Settings {
    let rows = Settings { dimension: 6, pretraining_images: 12, images: 8, reference: 12, judged: 6, ..Settings::default() };
    Settings { method, width: 10, common: 2, tailor: 1, times: 6, pretraining_steps: 20, steps: 10, batch: 8, draws: 2, rates: vec![1e-2], ..rows }
}

fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Kind, with, arms, &NoFiles)
}

/// The first weights of a pretraining.
fn untrained(own: &Settings, source: Source) -> (Network, Params<f32>) {
    Network::new(own.pretraining(source).shape(), stream(5, Purpose::Weights, 0))
}

/// Two rows of the classes 0 and 1.
fn asked(dim: usize, gates: Vec<f32>) -> Asked {
    let rows = (0..2 * dim).map(|k| (k as f32 * 0.7).sin()).collect();
    Asked { rows, times: Diffusion::new(6).said(3).repeat(2), classes: vec![0, 1], gates }
}

/// What a network says.
fn said((net, params): (&Network, Params<f32>), asked: &Asked) -> Vec<f32> {
    Training::new(params, 0.0).infer(stream(0, Purpose::Weights, 0), |pass| {
        let said = net.forward(pass, asked);
        pass.value(said).to_vec()
    })
}

#[test]
fn arms_share_judges_and_pretraining() {
    let all = trial::stages(&Kind, SMALL, &all_arms()).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // A judge for the seed and for the one to choose on; five pretrainings for each of these, and at two rates; thirteen arms, and at two rates.
    assert_eq!((count("judge"), count("pretraining"), count("arm")), (2, 5 * 2 + 5 * 2, 13 + 13 * 2));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 13 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    let digits = trial::stages(&Kind, "world = 'digits'\nwidth = 64\ncommon = 16\ntailor = 4\n", "").unwrap();
    assert!(digits.iter().all(|s| s.reads == ["mnist_t10k"]) && all.iter().all(|s| s.reads.is_empty()));
}

#[test]
fn every_method_generates_and_as_much_is_trained() {
    let all = run_all(SMALL, &all_arms());
    assert!(all.values().all(|o| o.status == Status::Done));
    let of = |name: &str, scalar: &str| {
        let run = &all[&format!("method={name}/seed=0")];
        run.scalar(scalar).unwrap_or_else(|| panic!("{name} has no {scalar}"))
    };
    for name in ALL {
        assert!(of(name, "fd") >= 0.0 && of(name, "fd-random") >= 0.0 && (0.0..=1.0).contains(&of(name, "right")), "{name}");
        assert!([1e-3, 1e-2].contains(&of(name, "rate")) && (of(name, "above-floor") - of(name, "fd") + of(name, "floor")).abs() < 1e-12, "{name}");
        assert_eq!((of(name, "floor"), of(name, "judge-right")), (of("kind", "floor"), of("kind", "judge-right")), "{name}");
    }
    // Tailors or parts of five directions: (6 + 10 + 1), (10 + 10 + 1), (10 + 6 + 1) times five, and what says a class.
    for name in ["kind", "ungated", "shuffled", "wrong", "random", "svd", "lora", "lora-gated", "pissa"] {
        assert_eq!(of(name, "trained"), (5 * (17 + 21 + 17) + 10 * 10) as f64, "{name}");
    }
    assert!(of("full", "trained") == of("scratch", "trained") && of("kind-tuned", "trained") > of("kind", "trained"));
    // As many operations, up to a step.
    assert!((of("scratch-longer", "operations") / of("kind", "operations") - 1.0).abs() < 0.03 && of("scratch", "steps-made") == 10.0);
    assert!(of("kind", "sample-cost") < of("lora", "sample-cost"));
}

#[test]
fn a_tailor_learns_from_its_class_alone() {
    let own = small(Method::Kind);
    // Without gates there is one tailor, of as many directions, that all rows use.
    for (source, apart, tailors) in [(Source::Gated, true, HALF), (Source::Ungated, false, 1)] {
        let (net, params) = untrained(&own, source);
        let before = params.clone();
        let mut training = Training::new(params, 0.0);
        let asked = asked(6, if source.gated() { gates([3, 3].into_iter(), 1) } else { Vec::new() });
        training.step(1e-2, stream(0, Purpose::Steps, 0), |pass| net.loss(pass, &asked, &[0.5; 12]));
        let at = tensor(&before, "layers.1.tailor.down.weight").unwrap();
        assert_eq!((at.rows, at.cols), (tailors, 10));
        for tailor in 0..tailors {
            let row = at.start + tailor * at.cols..at.start + (tailor + 1) * at.cols;
            let moved = training.params.values[row.clone()] != before.values[row];
            assert_eq!(moved, !apart || tailor == 3, "{source:?} {tailor}");
        }
        let common = tensor(&before, "layers.1.common.down.weight").unwrap().range();
        assert!(training.params.values[common.clone()] != before.values[common]);
    }
}

#[test]
fn methods_begin_with_what_was_pretrained() {
    let (net, dense) = untrained(&small(Method::Full), Source::Dense);
    let whole = asked(6, Vec::new());
    // What says a class begins anew for all of them; it is that of the method itself.
    let with_classes = |params: &Params<f32>| {
        let mut dense = dense.clone();
        method_classes(&mut dense, params);
        said((&net, dense), &whole)
    };
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
    for method in [Method::Full, Method::Lora, Method::LoraGated, Method::Pissa] {
        let (own, params) = method::start(&small(method), 5, std::slice::from_ref(&dense)).unwrap();
        let gates = if method.gated() { gates([0, 1].into_iter(), 1) } else { Vec::new() };
        let wanted = with_classes(&params);
        assert!(close(&said((&own, params), &asked(6, gates)), &wanted), "{method:?}");
    }
    // All singular directions are the whole matrix; and two are not.
    for (common, same) in [(6, true), (2, false)] {
        let settings = Settings { common, width: 6, ..small(Method::Svd) };
        let (net, dense) = untrained(&Settings { method: Method::Full, ..settings.clone() }, Source::Dense);
        let (own, params) = method::start(&settings, 5, std::slice::from_ref(&dense)).unwrap();
        let mut other = dense.clone();
        method_classes(&mut other, &params);
        let wanted = said((&net, other), &whole);
        assert_eq!(close(&said((&own, params), &asked(6, gates([0, 1].into_iter(), 1))), &wanted), same, "{common}");
    }
    assert!(method::start(&small(Method::Kind), 5, &[]).is_err() && method::start(&small(Method::Wrong), 5, &[dense]).is_err());
}

#[test]
fn learngenes_alone_are_other_ones_where_they_are_asked_about() {
    let first = untrained(&small(Method::Kind), Source::Gated).1;
    let moved = |by: f32| {
        let mut params = first.clone();
        params.values.iter_mut().for_each(|v| *v += by);
        params
    };
    let (right, wrong) = (moved(1.0), moved(2.0));
    let both = [right.clone(), wrong.clone()];
    for (method, pretrained, learngenes) in [(Method::Kind, &both[..1], &right), (Method::Random, &both[..1], &first), (Method::Wrong, &both[..], &wrong)] {
        let (_, params) = method::start(&small(method), 5, pretrained).unwrap();
        let of = |params: &Params<f32>, name: &str| params.values[tensor(params, name).unwrap().range()].to_vec();
        for name in ["layers.0.common.down.weight", "layers.2.common.up.weight", "layers.1.common.scale"] {
            assert_eq!(of(&params, name), of(learngenes, name), "{method:?} {name}");
            assert!(!method.trains(name), "{name}");
        }
        // What says the time and what is added in layers was pretrained as it is for `kind`; wrong rows come with their own, but for what is added
        // last.
        for name in ["layers.0.bias", "layers.2.bias", "times.0.weight", "times.1.weight"] {
            let from = if method == Method::Wrong && name != "layers.2.bias" { &wrong } else { &right };
            assert_eq!(of(&params, name), of(from, name), "{method:?} {name}");
            assert!(!method.trains(name), "{name}");
        }
        assert!(of(&params, "layers.0.tailor.up.weight").iter().all(|v| *v == 0.0));
        assert!(method.trains("layers.0.tailor.up.weight") && method.trains("classes.weight") && Method::KindTuned.trains("times.0.weight"));
        // What says a class begins with the same numbers as from first weights.
        let scratch = method::start(&small(Method::Scratch), 5, &[]).unwrap().1;
        assert_eq!(of(&params, "classes.weight"), of(&scratch, "classes.weight"));
    }
}

#[test]
fn operations_are_those_of_what_is_in_use_and_what_is_trained() {
    let (kind, longer) = (small(Method::Kind), small(Method::ScratchLonger));
    // Between layers of 6 and 10, 10 and 10, and 10 and 6 numbers are 52 for each direction, or 220 of whole matrices; and what says the time is said
    // twice. A row uses two directions of learngenes and one of its tailor.
    let time = (2 * TIME * 10) as f64;
    let (before, each) = kind.costs();
    assert_eq!(before, 20.0 * 8.0 * 6.0 * (3.0 * 52.0 + time));
    assert_eq!(each, 8.0 * (6.0 * (3.0 * 52.0 + time) - 2.0 * (2.0 * 52.0 + time)));
    let whole = 8.0 * 6.0 * (220.0 + time);
    assert_eq!(longer.costs(), (0.0, whole));
    assert_eq!(longer.own_steps(), ((before + 10.0 * each) / whole).round() as usize);
    // Without a gate a row uses as much; and of parts that are not of a class, all.
    assert_eq!((small(Method::Ungated).costs(), small(Method::Shuffled).costs()), (kind.costs(), kind.costs()));
    assert_eq!(small(Method::Lora).costs().1, 8.0 * (6.0 * (220.0 + 5.0 * 52.0 + time) - 2.0 * (220.0 + time)));
}

/// Gives a network what says a class in another one.
fn method_classes(to: &mut Params<f32>, from: &Params<f32>) {
    super::network::inherit(to, from, |name| name.starts_with("classes"));
}

#[test]
fn wrong_and_shuffled_pretraining_lose_what_they_are_to_lose() {
    let data = Data::new(small(Method::Kind).ground(), Target::Same, 5, &NoFiles).unwrap();
    let rows = |source: Source| source.rows(&data, 6, 5);
    let (right, wrong) = (rows(Source::Gated), rows(Source::Wrong));
    assert_eq!((&rows(Source::Shuffled), &wrong.labels, &right), (&right, &right.labels, &data.base));
    let sum = |values: &[f32]| values.chunks_exact(6).map(|row| row.iter().map(|v| f64::from(*v)).sum::<f64>()).collect::<Vec<_>>();
    assert!(wrong.values != right.values && sum(&wrong.values).iter().zip(sum(&right.values)).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn shuffled_gates_are_of_no_class_and_the_class_is_still_said() {
    let data = Data::new(small(Method::Shuffled).ground(), Target::Same, 5, &NoFiles).unwrap();
    let dealt = Source::Shuffled.dealt(&data, 5);
    assert!(Source::Gated.dealt(&data, 5).is_empty() && Source::Wrong.dealt(&data, 5).is_empty());
    // Every tailor is in use as often, and every class meets most of them.
    let count = |place: usize| dealt.iter().filter(|other| **other == place).count();
    assert!((0..HALF).all(|place| count(place) == 12));
    for class in 0..HALF {
        let mut met = dealt[class * 12..(class + 1) * 12].to_vec();
        met.sort_unstable();
        met.dedup();
        assert!(met.len() >= 3, "{class}: {met:?}");
    }
    let (net, _) = untrained(&small(Method::Shuffled), Source::Shuffled);
    let diffusion = Diffusion::new(6);
    let none: &[usize] = &[];
    let lesson = |dealt| Lesson { net: &net, diffusion: &diffusion, rows: &data.base, dim: 6, place: &data.place, dealt, gated: 1, batch: 8, seed: 3 };
    let drawn = |dealt| lesson(dealt).draw(300, &mut stream(3, Purpose::Steps, 0));
    let ((right, noise), (shuffled, same)) = (drawn(none), drawn(&dealt[..]));
    assert!(right.rows == shuffled.rows && right.times == shuffled.times && right.classes == shuffled.classes && noise == same);
    // A gate that is of no class agrees with the one that is in a fifth of rows.
    let alike = right.gates.chunks_exact(HALF).zip(shuffled.gates.chunks_exact(HALF)).filter(|(a, b)| a == b).count();
    assert!((15..120).contains(&alike), "{alike}");
    assert!(right.gates.chunks_exact(HALF).zip(&right.classes).all(|(gates, class)| gates[data.place[*class as usize]] == 1.0));
}

#[test]
fn what_it_learns_it_generates() {
    // Rows of one class around a point: after a while that is what comes out.
    let own = Settings { width: 24, times: 20, ..small(Method::Scratch) };
    let rows = super::data::Rows { values: [0.8, -0.5, 0.3, 0.0, -0.9, 0.6].repeat(4), labels: vec![0; 4] };
    let (net, params) = Network::new(own.shape(), stream(1, Purpose::Weights, 0));
    let (mut training, diffusion, mut memory) = (Training::new(params, 0.0), Diffusion::new(20), Memory::default());
    let lesson = Lesson { net: &net, diffusion: &diffusion, rows: &rows, dim: 6, place: &[0; CLASSES], dealt: &[], gated: 0, batch: 32, seed: 3 };
    let mut context = Context { seed: 3, checkpoint: &mut memory, files: &NoFiles, watch: &|_| Go::On };
    let before = lesson.loss(&mut training);
    let (curve, ended) = lesson.run(&mut training, Purpose::Steps, 600, 1e-2, &mut context).unwrap();
    assert!(ended.is_none() && curve.len() == 20 && lesson.loss(&mut training) < 0.5 * before);
    let made = lesson.generate(&mut training, &[0], 50, 1.0, 0);
    let gap: f64 = made.values.chunks_exact(6).flat_map(|row| row.iter().zip(&rows.values[..6])).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    assert!(made.len() == 50 && gap / 300.0 < 0.05, "{}", gap / 300.0);
    assert_eq!(diffusion.said(3).len(), TIME);
}

#[test]
fn stopped_stages_go_on_to_the_same() {
    let stages = trial::stages(&Kind, &SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e-2]"), "method = 'kind'").unwrap();
    let mut done: Vec<Outcome> = Vec::new();
    for stage in &stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let run = |memory: &mut Memory, watch: &dyn Fn(f64) -> Go| trial::run_stage(&Kind, stage, &needs, &NoFiles, memory, watch);
        let whole = run(&mut Memory::default(), &|_| Go::On).unwrap();
        let mut memory = Memory::default();
        assert_eq!(run(&mut memory, &|_| Go::Stop), Err(StudyError::Interrupted), "{}", stage.id);
        assert_eq!(run(&mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id);
        done.push(whole);
    }
    let mut kept = done[1].clone();
    assert!(kept.weights.take().is_some());
    let gone = trial::run_stage(&Kind, &stages[2], &[done[0].clone(), kept], &NoFiles, &mut Memory::default(), &|_| Go::On);
    assert!(gone.unwrap_err().to_string().contains("without its weights"));
}

#[test]
fn what_diverges_says_so() {
    let all = run_all(&SMALL.replace("rates = [1e-3, 1e-2]", "rates = [1e30]"), "method = ['kind', 'scratch']");
    let status = |name: &str| &all[&format!("method={name}/seed=0")].status;
    assert!(matches!(status("kind"), Status::Diverged(why) if why.contains("pretraining diverged")), "{:?}", status("kind"));
    assert!(matches!(status("scratch"), Status::Diverged(why) if why.contains("lower the rate")), "{:?}", status("scratch"));
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| trial::stages(&Kind, with, "").unwrap_err().to_string();
    assert!(refused("common = 17").contains("common: there is 17"));
    assert!(refused("tailor = 4").contains("tailor: there is 4, where 1 to 3"));
    assert!(refused("world = 'digits'\nwidth = 200\ncommon = 101").contains("common: there is 101, where 1 to 100"));
    assert!(refused("reference = 3").contains("reference: there is 3"));
    assert!(refused("rates = [-1.0]").contains("rates has -1"));
    let late = Kind.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Kind, &SMALL.replace("pretraining-steps = 20", "pretraining-steps = 60"), &all_arms(), &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
