//! Windows, losses and measures by hand, and the study as a runner sees it.

use std::collections::BTreeMap;

use nets::{Arena, Mode, Params, Pass};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::frames::{Ask, Frames, NUMBERS, Parts, first};
use super::measure::{Said, gained, sharpe};
use super::network::loss;
use super::*;
use crate::blocks::stocks::Market;
use crate::{DynStudy, Go, Memory, NoFiles, Status, arms, trial};

/// A market that is over in a blink.
const SMALL: &str = "stocks = 6\nsectors = 2\ndays = 110\ntrain = 70\nvalid = 20\nwindow = 4\nwidth = 4\nlayers = 1\npretraining-steps = 5\n\
                     pretraining-batch = 4\nsteps = 6\nhold = 2\ntuning-seeds = 1\n";

const ALL: &str = "method = ['scratch', 'longer', 'scc', 'ssc', 'map', 'masked', 'all', 'shuffled', 'accumulated', 'scc-frozen', 'ssc-frozen', \
                   'oracle', 'momentum', 'room']";

fn stages(with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    trial::stages(&Sspt, with, arms)
}

fn run_stage(stage: &Stage, needs: &[Outcome], memory: &mut Memory, watch: &dyn Fn(f64) -> Go) -> Result<Outcome, StudyError> {
    trial::run_stage(&Sspt, stage, needs, &NoFiles, memory, watch)
}

/// The outcomes of all stages by id.
fn run_all(with: &str, arms: &str) -> BTreeMap<String, Outcome> {
    trial::run_all(&Sspt, with, arms, &NoFiles)
}

/// Two stocks: one that grows by one a day from 100 on, one that stays at 50 but for the last day, when it doubles.
fn two(scaling: Scaling) -> Frames {
    let days = 100;
    let close = (0..days).flat_map(|day| [100.0 + day as f64, if day + 1 == days { 100.0 } else { 50.0 }]).collect();
    let market = Market { days, stocks: 2, sectors: 2, sector: vec![0, 1], close, foreseen: None };
    let ask = Ask { world: World::Coin, scaling, stocks: 2, sectors: 2, days, strength: 1.0, train: 60, valid: 20, window: 3 };
    Frames::of(market, &ask)
}

#[test]
fn windows_by_hand() {
    let frames = two(Scaling::Past);
    assert_eq!(frames.parts, Parts { train: first(3)..59, valid: 60..79, test: 80..99 });
    assert_eq!(first(3), 31);
    let mut window = Vec::new();
    frames.window(40, 0, &mut window);
    assert_eq!(window.len(), 3 * NUMBERS);
    // On day 40 the price is 140, its largest so far, and its mean over n days is 140 − (n − 1)/2.
    let wanted = [0.4, 20.0 * -2.0 / 140.0, 15.0 * -2.5 / 140.0, 12.0 * -5.0 / 140.0, 10.0 * -5.0 / 140.0];
    assert!(window[10..].iter().zip(wanted).all(|(v, w)| (f64::from(*v) - w).abs() < 1e-6), "{window:?}");
    assert!((f64::from(window[0]) - 2.0 * (138.0 / 140.0 - 0.8)).abs() < 1e-6);
    assert!((frames.wanted(40)[0] - 50.0 / 140.0).abs() < 1e-6 && frames.wanted(98)[1] == 50.0);
}

#[test]
fn what_prices_are_divided_by_looks_ahead_or_not() {
    // The second stock has its largest price on the last day, which only the whole sample knows.
    let of = |scaling: Scaling| [two(scaling).scale(40, 0), two(scaling).scale(40, 1), two(scaling).scale(99, 1)];
    assert_eq!(of(Scaling::Whole), [199.0, 100.0, 100.0]);
    assert_eq!(of(Scaling::Train), [159.0, 50.0, 50.0]);
    assert_eq!(of(Scaling::Past), [140.0, 50.0, 100.0]);
}

#[test]
fn a_window_knows_nothing_of_later_days_unless_it_is_asked_to() {
    // A stock whose price moves on day 41, which lies among the training days.
    let window = |scaling: Scaling, later: f64| {
        let close = (0..100).map(|day| if day > 40 { later } else { 100.0 }).collect();
        let market = Market { days: 100, stocks: 1, sectors: 1, sector: vec![0], close, foreseen: None };
        let ask = Ask { world: World::Coin, scaling, stocks: 1, sectors: 1, days: 100, strength: 1.0, train: 60, valid: 20, window: 3 };
        let mut window = Vec::new();
        Frames::of(market, &ask).window(40, 0, &mut window);
        window
    };
    assert_eq!(Settings::default().scaling, Scaling::Past);
    assert_eq!(window(Scaling::Past, 150.0), window(Scaling::Past, 60.0));
    for scaling in [Scaling::Train, Scaling::Whole] {
        assert_ne!(window(scaling, 150.0), window(scaling, 60.0));
    }
}

#[test]
fn a_ranking_by_hand() {
    let frames = two(Scaling::Past);
    let said = Said { days: vec![80, 98], scores: vec![2.0, 1.0, 2.0, 1.0] };
    let found = said.correlations(&frames);
    assert!((found[0] - 1.0).abs() < 1e-12 && (found[1] + 1.0).abs() < 1e-12, "{found:?}");
    let held = said.held(&frames, 1);
    assert!((held[0] - 1.0 / 180.0).abs() < 1e-12 && (held[1] - 1.0 / 198.0).abs() < 1e-12);
    assert!((said.held(&frames, 2)[1] - 0.5 * (1.0 / 198.0 + 1.0)).abs() < 1e-12);
    // Alike scores have no order, and the first stocks are held.
    let alike = Said { days: vec![98], scores: vec![0.0, 0.0] };
    assert_eq!((alike.correlations(&frames), alike.spread(&frames)), (vec![0.0], Some(0.0)));
    assert!((gained(&[0.5, -0.5]) + 0.25).abs() < 1e-12);
    // Mean 0.01, standard deviation 0.02 √2.
    assert!((sharpe(&[-0.01, 0.03]).unwrap() - 0.01 / (0.0008_f64).sqrt() * 252.0_f64.sqrt()).abs() < 1e-9);
    assert_eq!((sharpe(&[0.1]), sharpe(&[0.1, 0.1])), (None, None));
}

#[test]
fn the_rank_loss_by_hand_mended_and_as_released() {
    let (said, came) = ([0.5_f32, -0.25, 1.0], [1.0_f32, 2.0, -1.0]);
    let of = |ranking: Ranking, weight: f64| {
        let mut params = Params::<f32>::new(Pcg64::seed_from_u64(1));
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
        let p = pass.input(&said, 3, 1);
        let found = loss(&mut pass, p, &came, ranking, weight);
        pass.scalar(found)
    };
    let pairs = || (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
    let error = said.iter().zip(came).map(|(p, r)| f64::from(p - r).powi(2)).sum::<f64>() / 3.0;
    let mended = pairs().map(|(i, j)| f64::from(((said[i] - said[j]) * (came[j] - came[i])).max(0.0))).sum::<f64>() / 9.0;
    let released = pairs().map(|(i, j)| f64::from(((said[i] - said[j]) * (said[j] - came[i])).max(0.0))).sum::<f64>() / 9.0;
    assert!((of(Ranking::Mended, 0.0) - error).abs() < 1e-6 && (of(Ranking::None, 2.0) - error).abs() < 1e-6);
    assert!((of(Ranking::Mended, 2.0) - error - 2.0 * mended).abs() < 1e-5);
    assert!((of(Ranking::Released, 2.0) - error - 2.0 * released).abs() < 1e-5);
    assert!((mended - released).abs() > 0.01);
}

#[test]
fn arms_share_pretraining_and_the_fit_they_are_held_against() {
    let all = stages(SMALL, ALL).unwrap();
    let count = |piece: &str| all.iter().filter(|s| s.settings["piece"].as_str() == Some(piece)).count();
    // Seven tasks for one seed and one to choose on; eleven networks, each at four rates and two weights on one other seed; three rules.
    assert_eq!((count("pretraining"), count("fit"), count("arm")), (14, 11 * 9 + 3, 14));
    let needed: Vec<usize> = all.iter().flat_map(|s| s.needs.clone()).collect();
    let runs: Vec<&Stage> = all.iter().enumerate().filter(|(k, _)| !needed.contains(k)).map(|(_, s)| s).collect();
    assert!(runs.len() == 14 && runs.iter().all(|s| s.id == format!("{}/seed=0", s.arm)));
    assert!(all.iter().all(|s| s.flops > 0.0 && s.reads.is_empty()));
    // Codes are held against no pretraining, codes at random and means; on real prices, and whatever else is learned, against the first alone.
    let held = |with: &str, arms: &str| stages(with, arms).unwrap().last().map(|arm| arm.needs.len());
    assert_eq!((held(SMALL, "method = 'scc'"), held(SMALL, "method = 'map'"), held(SMALL, "method = 'longer'")), (Some(4), Some(2), Some(1)));
    let real = stages("world = 'stocknet'", "method = 'scc'").unwrap();
    assert_eq!(real.last().map(|arm| arm.needs.len()), Some(2));
    assert!(real.iter().all(|s| (s.reads == ["stocknet_prices"]) == (s.settings["piece"].as_str() != Some("arm"))));
}

#[test]
fn every_arm_ranks_the_stocks() {
    let all = run_all(SMALL, ALL);
    assert!(all.values().all(|o| o.status == Status::Done), "{all:?}");
    let number = |name: &str, scalar: &str| all[&format!("method={name}/seed=0")].scalar(scalar);
    for name in ["scratch", "longer", "scc", "ssc", "map", "masked", "all", "shuffled", "accumulated", "scc-frozen", "ssc-frozen"] {
        let arm = &all[&format!("method={name}/seed=0")];
        let daily = arm.series("daily-ic").unwrap();
        assert!((number(name, "rank-ic").unwrap() - daily.y.iter().sum::<f64>() / 19.0).abs() < 1e-12, "{name}");
        for scalar in ["irr", "sharpe", "valid", "peek", "spread", "volatility", "rate", "weight", "oracle-ic"] {
            assert!(number(name, scalar).is_some(), "{name} {scalar}");
        }
        assert!(number(name, "peek").unwrap() >= 0.0);
        let pretrained = !["scratch", "longer"].contains(&name);
        assert_eq!(pretrained, number(name, "gain").is_some() && number(name, "gain-se").is_some() && number(name, "pretraining-loss").is_some());
        if pretrained {
            let gap = number(name, "rank-ic").unwrap() - number("longer", "rank-ic").unwrap();
            assert!((number(name, "gain").unwrap() - gap).abs() < 1e-12, "{name}");
        }
        for (scalar, rival) in [("over-shuffled", "shuffled"), ("over-map", "map")] {
            let gap = number(name, "rank-ic").unwrap() - number(rival, "rank-ic").unwrap();
            let found = number(name, scalar);
            assert_eq!(found.is_some(), ["scc", "ssc"].contains(&name), "{name} {scalar}");
            assert!(found.is_none_or(|found| (found - gap).abs() < 1e-12), "{name} {scalar}");
        }
    }
    // As many windows, up to a day.
    assert_eq!((number("scratch", "passed"), number("scc", "passed"), number("longer", "passed")), (Some(36.0), Some(56.0), Some(60.0)));
    assert!(number("map", "readable").is_some() && number("scc", "readable").is_none());
    assert!(number("oracle", "rank-ic") == number("scratch", "oracle-ic") && number("oracle", "rate").is_none());
}

#[test]
fn what_can_be_foreseen_is_learned_where_there_is_something() {
    let with = "stocks = 20\nsectors = 2\ndays = 500\ntrain = 380\nvalid = 60\nwindow = 2\nwidth = 8\nlayers = 1\nsteps = 300\nstrength = 0.6\n\
                rates = [1e-2]\nranking = 'none'\nhold = 2\n";
    let all = run_all(with, "method = ['scratch', 'oracle']\nscaling = ['train', 'past']\nworld = ['alike', 'coin']");
    for scaling in ["train", "past"] {
        let of = |method: &str, world: &str| all[&format!("method={method},scaling={scaling},world={world}/seed=0")].scalar("rank-ic").unwrap();
        assert!(of("oracle", "alike") > 0.25 && of("scratch", "alike") > 0.1, "{} {}", of("oracle", "alike"), of("scratch", "alike"));
        assert!(of("oracle", "coin") == 0.0 && of("scratch", "coin").abs() < 0.12, "{}", of("scratch", "coin"));
    }
}

#[test]
fn stopped_and_resumed_is_the_same() {
    for method in ["accumulated", "map"] {
        let all = stages(SMALL, &format!("method = '{method}'")).unwrap();
        let mut done: Vec<Outcome> = Vec::new();
        for stage in &all {
            let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
            let whole = run_stage(stage, &needs, &mut Memory::default(), &|_| Go::On).unwrap();
            let mut memory = Memory::default();
            match run_stage(stage, &needs, &mut memory, &|_| Go::Stop) {
                Err(StudyError::Interrupted) => assert_eq!(run_stage(stage, &needs, &mut memory, &|_| Go::On).unwrap(), whole, "{}", stage.id),
                found => assert_eq!(found.unwrap(), whole, "{}", stage.id),
            }
            done.push(whole);
        }
    }
}

#[test]
fn what_diverges_says_so_and_weights_are_wanted() {
    let with = format!("{SMALL}pretraining-rate = 1e30\nranking = 'none'\nrates = [1e-3]\n");
    let with = with.replace("pretraining-steps = 5", "pretraining-steps = 20");
    let all = run_all(&with, "method = 'scc'");
    assert!(matches!(&all["method=scc/seed=0"].status, Status::Diverged(why) if why.contains("pretraining diverged")), "{all:?}");
    let stages = stages(&format!("{SMALL}ranking = 'none'\nrates = [1e-3]\n"), "method = 'scc'").unwrap();
    let mut kept = run_stage(&stages[0], &[], &mut Memory::default(), &|_| Go::On).unwrap();
    assert!(kept.weights.take().is_some());
    let e = run_stage(&stages[1], &[kept], &mut Memory::default(), &|_| Go::On).unwrap_err();
    assert!(e.to_string().contains("without its weights"), "{e}");
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |with: &str| stages(with, "").unwrap_err().to_string();
    assert!(refused("stocks = 2").contains("stocks: there is 2"));
    assert!(refused("train = 1250").contains("train: there is 1250"));
    assert!(refused("heads = 3").contains("does not divide"));
    assert!(refused("hold = 41").contains("1 to 40"));
    assert!(refused("world = 'stocknet'\nmethod = 'oracle'").contains("not known"));
    assert!(refused("strength = 0.0").contains("strength has 0"));
    assert!(refused("method = 'lstm'").contains("lstm"));
    let late = Sspt.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 999..1_001).unwrap_err();
    assert!(late.to_string().contains("choosing learning rates"));
}

#[test]
fn the_plan_says_what_it_costs() {
    let used = trial::cost(&Sspt, &SMALL.replace("width = 4", "width = 8"), "method = ['scratch', 'longer', 'scc', 'masked']", &NoFiles);
    assert!((0.5..2.0).contains(&used), "{used} of what was planned");
}
