//! Sweeps whose ends are known.

use std::sync::Arc;

use super::*;
use crate::Warning;

fn run(name: &str, y: Vec<f64>) -> (String, Series) {
    let x = (1..=y.len()).map(|x| x as f64).collect();
    (name.to_owned(), Series { resource: "epoch".to_owned(), measure: "loss".to_owned(), ..Series::new(x, y) })
}

/// Ten runs of 30 epochs that end a tenth apart, the best one first.
fn apart() -> Vec<(String, Series)> {
    let value = |k: usize, t: f64| 0.1 * (k + 1) as f64 + 0.8 / t + 0.002 * (1.7 * t + k as f64).sin();
    (0..10).map(|k| run(&format!("r{k}"), (1..=30).map(|t| value(k, f64::from(t))).collect())).collect()
}

fn with(policies: &[&str]) -> SimulateOptions {
    SimulateOptions { policies: policies.iter().map(|p| Policy::named(p).unwrap()).collect(), looks: 8, ..SimulateOptions::default() }
}

fn of<'a>(found: &'a SimulateResult, policy: &str) -> &'a PolicyResult {
    found.policies.iter().find(|p| p.policy == policy).unwrap()
}

#[test]
fn no_stopping_costs_all_and_loses_nothing() {
    let found = simulate(&apart(), &with(&["none"])).unwrap();
    let p = &found.policies[0];
    assert_eq!((found.runs, found.points, found.top, found.winner.as_str(), found.at), (10, 300, 1, "r0", 30.0));
    assert_eq!((p.points, p.saved, p.regret, p.worst, p.stopped, p.killed, p.failed), (300.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0));
    // A mean over orders.
    assert!((p.best - found.best).abs() < 1e-12);
}

#[test]
fn a_forecast_saves_more_than_half_and_keeps_the_best() {
    let found = simulate(&apart(), &with(&["curvecast", "curvecast:pow3", "successive-halving", "hyperband", "median"])).unwrap();
    let curvecast = of(&found, "curvecast");
    // Runs that end a tenth apart are told apart by about a third of the way.
    assert!(curvecast.saved > 0.4 && curvecast.regret < 1e-9 && curvecast.killed == 0.0 && curvecast.stopped > 5.0, "{curvecast:?}");
    assert_eq!((curvecast.failed, of(&found, "curvecast:pow3").killed), (0, 0.0));
    // Curves that never cross are what halving is made for: ten runs to 30 / 9, three to 10, one to 30.
    let halving = of(&found, "successive-halving");
    assert_eq!((halving.points, halving.regret, halving.stopped), (7.0 * 3.0 + 2.0 * 10.0 + 30.0, 0.0, 9.0));
    assert!(of(&found, "hyperband").points > halving.points && of(&found, "median").saved > 0.0, "{found:?}");
}

#[test]
fn patience_kills_what_rests_and_halving_what_starts_slowly() {
    // The best run rests at 0.5 from its third to its eighth epoch, and then falls to 0.1.
    let late = [vec![0.8; 2], vec![0.5; 6], vec![0.1; 10]].concat();
    let steady = |floor: f64| (1..=18).map(|t| floor + 0.3 / f64::from(t)).collect::<Vec<f64>>();
    let runs = [run("late", late), run("a", steady(0.2)), run("b", steady(0.3))];
    let found = simulate(&runs, &with(&["patience-1", "patience-3", "patience-5", "successive-halving"])).unwrap();
    for (policy, killed) in [("patience-1", 1.0), ("patience-3", 1.0), ("patience-5", 0.0), ("successive-halving", 1.0)] {
        let p = of(&found, policy);
        let lost = 0.2 + 0.3 / 18.0 - 0.1;
        assert!(p.killed == killed && (p.regret - killed * lost).abs() < 1e-12, "{p:?}");
    }
    // What rests after its best was seen is stopped and not killed: the best came at epoch 9, and five more may follow.
    let p = of(&found, "patience-5");
    assert_eq!((p.stopped, p.points), (1.0, 15.0 + 18.0 + 18.0));
}

#[test]
fn more_is_better_where_that_is_so() {
    let turned = |(name, series): (String, Series)| {
        let y = series.y.iter().map(|y| 1.9 - y).collect();
        (name, Series { y, measure: "score".to_owned(), ..series })
    };
    let runs: Vec<(String, Series)> = apart().into_iter().map(turned).collect();
    let forecast = ForecastOptions { bounds: Some((-10.0, 10.0)), ..ForecastOptions::default() };
    let options = SimulateOptions { forecast, ..with(&["none", "median", "hyperband", "curvecast"]) };
    let found = simulate(&runs, &options).unwrap();
    let less = simulate(&apart(), &with(&["none", "median", "hyperband"])).unwrap();
    assert_eq!((found.better, found.winner.as_str()), (Better::Higher, "r0"));
    assert!((found.best - (1.9 - less.best)).abs() < 1e-12 && (of(&found, "none").best - found.best).abs() < 1e-12);
    for policy in ["none", "median", "hyperband"] {
        assert_eq!(of(&found, policy).points, of(&less, policy).points, "{policy}");
    }
    let p = of(&found, "curvecast");
    assert!(p.saved > 0.3 && p.regret < 1e-9 && p.killed == 0.0, "{p:?}");
}

#[test]
fn orders_are_the_same_every_time_and_the_first_is_the_one_given() {
    let one = SimulateOptions { orders: 1, ..with(&["curvecast"]) };
    let given = simulate(&apart(), &one).unwrap();
    // The best run comes first, so that all others are stopped as soon as they can be told apart from it.
    assert!(of(&given, "curvecast").saved > 0.5, "{given:?}");
    let backwards: Vec<(String, Series)> = apart().into_iter().rev().collect();
    assert_eq!(of(&simulate(&backwards, &one).unwrap(), "curvecast").saved, 0.0);
    let many = simulate(&apart(), &with(&["curvecast"])).unwrap();
    assert_eq!(many, simulate(&apart(), &with(&["curvecast"])).unwrap());
    assert!(many.orders == 20 && many.policies[0].points != given.policies[0].points);
}

#[test]
fn a_run_that_diverged_ends_where_it_did() {
    let mut runs = apart();
    runs[9].1.y[6..].fill(f64::NAN);
    runs[8].1.notes.push(Warning::Diverged { measure: "loss".into(), line: 5, resource: "epoch".into(), at: 31.0, rows: 2 });
    let found = simulate(&runs, &with(&["none", "curvecast"])).unwrap();
    assert_eq!(found.points, 9 * 30 + 6);
    assert!(of(&found, "curvecast").failed == 0 && of(&found, "none").saved == 0.0);
}

#[test]
fn forecasts_are_counted_aloud() {
    let heard = Arc::new(AtomicUsize::new(0));
    let ear = heard.clone();
    let watch: Watch = Arc::new(move |done, all| {
        assert!(done <= all && all == 80);
        ear.fetch_max(done, Ordering::Relaxed);
    });
    simulate(&apart(), &SimulateOptions { watch: Some(watch), ..with(&["none", "curvecast"]) }).unwrap();
    assert_eq!(heard.load(Ordering::Relaxed), 80);
}

#[test]
fn what_cannot_be_replayed_says_what_to_do() {
    let why = |runs: &[(String, Series)], options: SimulateOptions| simulate(runs, &options).unwrap_err().to_string();
    let usual = || with(&["none"]);
    assert!(why(&apart()[..1], usual()).contains("1 of 2 runs"));
    assert!(why(&apart(), SimulateOptions { top: 0.0, ..usual() }).contains("share between 0 and 1"));
    assert!(why(&apart(), SimulateOptions { orders: 0, ..usual() }).contains("orders"));
    assert!(why(&apart(), SimulateOptions { below: 2.0, ..usual() }).contains("between 0 and 1"));
    assert!(why(&apart(), with(&[])).contains("successive-halving"));
    let mut back = apart();
    back[3].1.x[4] = 0.0;
    assert!(why(&back, usual()).contains("run r3: "), "{}", why(&back, usual()));
}
