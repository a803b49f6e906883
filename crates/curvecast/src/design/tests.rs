//! Designs against the usual grid, and against simulated studies.

use std::sync::Arc;

use super::*;
use crate::{FitOptions, Loss, Runs, fit, solver};

fn usual() -> DesignOptions {
    DesignOptions::new(1e22)
}

#[test]
fn a_design_foretells_better_than_the_grid_of_its_cost() {
    for (runs, spend) in [(6, 0.1), (12, 0.1), (12, 0.01), (20, 0.03)] {
        let found = design(&DesignOptions { runs, spend, ..usual() }).unwrap();
        let (designed, grid) = (&found.designed, &found.grid);
        assert!(designed.flop <= spend * 1e22 * (1.0 + 1e-9) && (grid.flop / (spend * 1e22) - 1.0).abs() < 1e-9, "{designed:?}");
        // By a third at the least, for all of these.
        assert!(designed.se < grid.se / 1.3, "{runs} {spend}: {} {}", designed.se, grid.se);
        assert_eq!((designed.runs.iter().map(|r| r.times).sum::<usize>(), grid.runs.len()), (runs, runs));
        let allowed = |r: &PlannedRun| r.params >= 0.95e7 && r.flop <= 0.56 * spend * 1e22 && (3.6..=450.0).contains(&(r.tokens / r.params));
        assert!(designed.runs.iter().all(allowed) && designed.runs.is_sorted_by(|a, b| a.flop <= b.flop), "{designed:?}");
    }
}

#[test]
fn the_large_run_is_the_best_split_and_all_is_the_same_every_time() {
    let found = design(&usual()).unwrap();
    assert!((found.large.flop / 1e22 - 1.0).abs() < 1e-9 && (found.large.tokens / found.large.params - 20.3).abs() < 0.2, "{:?}", found.large);
    assert_eq!(found.constants.as_ref().map(|c| c.id.as_str()), Some("besiroglu2024"));
    let again = design(&usual()).unwrap();
    assert_eq!((found.designed, found.grid), (again.designed, again.grid));
    let named = design(&DesignOptions { large: Some((7e10, 1.4e12)), budget: 5.88e23, ..usual() }).unwrap();
    assert_eq!((named.large.params, named.large.tokens), (7e10, 1.4e12));
}

#[test]
fn more_compute_or_less_noise_foretells_better() {
    let se = |options: DesignOptions| design(&options).unwrap().designed.se;
    let base = se(usual());
    assert!(se(DesignOptions { spend: 0.01, ..usual() }) > base && se(DesignOptions { runs: 24, ..usual() }) < base);
    assert!((se(DesignOptions { noise: 0.006, ..usual() }) / base - 2.0).abs() < 1e-9);
}

#[test]
fn every_law_of_a_size_and_tokens_can_be_asked() {
    for name in ["chinchilla", "chinchilla-tied", "chinchilla-gamma", "kaplan"] {
        let law = models::find(&name.replace('-', "_")).unwrap();
        let theta = law.params().iter().map(|p| (p.name.to_owned(), p.start)).collect();
        let found = design(&DesignOptions { law: name.to_owned(), theta, ..usual() }).unwrap();
        assert!(found.designed.se < found.grid.se / 1.3, "{name}: {} {}", found.designed.se, found.grid.se);
    }
}

/// A standard normal number, by name.
fn normal(names: [usize; 3]) -> f64 {
    let [a, b, c] = names.map(|n| n.to_string());
    let share = (fitters::seed::of(&["noise", &a, &b, &c]) >> 11) as f64 / (1u64 << 53) as f64;
    curves::normal::quantile(share.clamp(1e-12, 1.0 - 1e-12))
}

/// The spread of the large run's foretold loss over studies with these runs, each fitted by least squares of the logarithms.
fn spread(found: &DesignResult, plan: &Plan, noise: f64, studies: usize, which: usize) -> f64 {
    let runs: Vec<&PlannedRun> = plan.runs.iter().flat_map(|r| std::iter::repeat_n(r, r.times)).collect();
    let large = BTreeMap::from([("params".to_owned(), found.large.params), ("tokens".to_owned(), found.large.tokens)]);
    let start = found.parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let options = FitOptions {
        loss: Loss::LogSquares,
        solver: Arc::new(solver::Local { start, ..solver::Local::default() }),
        resamples: 0,
        predict: vec![large],
        ..FitOptions::default()
    };
    let column = |of: fn(&PlannedRun) -> f64| runs.iter().map(|r| of(r)).collect::<Vec<f64>>();
    let foretold: Vec<f64> = (0..studies)
        .map(|study| {
            let loss = runs.iter().enumerate().map(|(k, r)| r.loss * (noise * normal([which, study, k])).exp()).collect();
            let inputs = [("params", column(|r| r.params)), ("tokens", column(|r| r.tokens))];
            fit(&Runs::new(inputs, loss), &options).unwrap().predictions[0].loss.value
        })
        .collect();
    let mean = foretold.iter().sum::<f64>() / studies as f64;
    (foretold.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (studies - 1) as f64).sqrt()
}

#[test]
fn simulated_studies_spread_as_is_promised() {
    const STUDIES: usize = 150;
    let found = design(&usual()).unwrap();
    let (designed, grid) = (spread(&found, &found.designed, 0.003, STUDIES, 0), spread(&found, &found.grid, 0.003, STUDIES, 1));
    // A standard deviation of 150 values errs by 1 / √300, which is 6 %; three and a half of that.
    for (seen, promised) in [(designed, found.designed.se), (grid, found.grid.se)] {
        assert!((seen / promised - 1.0).abs() < 0.2, "{seen} for {promised}");
    }
    // The promised factor is 1.5, and the ratio of two spreads errs by 8 %.
    assert!(designed < grid / 1.18, "{designed} {grid}");
}

#[test]
fn constants_come_from_a_fit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fit.csv");
    let text = "what,name,value,90% low,90% high,near low,near high\nparameter,e,1.8,1.7,1.9,,\nparameter,alpha,0.33,0.3,0.4,,\n\
                prediction,\"params=1e9,tokens=2e10\",2.5,2.4,2.6,,\n";
    std::fs::write(&path, text).unwrap();
    let theta = read_constants(&path).unwrap();
    assert_eq!(theta, BTreeMap::from([("e".to_owned(), 1.8), ("alpha".to_owned(), 0.33)]));
    let found = design(&DesignOptions { theta, ..usual() }).unwrap();
    assert_eq!((found.parameters[0], found.parameters[3]), (("e", 1.8), ("alpha", 0.33)));
    std::fs::write(&path, "parameter,estimate\ne,1.8\n").unwrap();
    assert!(read_constants(&path).unwrap_err().to_string().contains("there are parameter, estimate"));
}

#[test]
fn what_cannot_be_planned_says_what_to_do() {
    let why = |options: DesignOptions| design(&options).unwrap_err().to_string();
    assert!(why(DesignOptions { law: "chinchila".into(), ..usual() }).contains("did you mean `chinchilla`"));
    assert!(why(DesignOptions { law: "pow3".into(), ..usual() }).contains("parameters and tokens: "));
    assert!(why(DesignOptions { law: "kaplan".into(), ..usual() }).contains("first fit"));
    assert!(why(DesignOptions { constants: Some("hoffman2022".into()), ..usual() }).contains("did you mean \"hoffmann2022\"?"));
    assert!(why(DesignOptions { runs: 5, ..usual() }).contains("ask for 6 to 500"));
    assert!(why(DesignOptions { spend: 1.5, ..usual() }).contains("shares lie between 0 and 1"));
    assert!(why(DesignOptions { ratios: (400.0, 4.0), ..usual() }).contains("ratios increase"));
    assert!(why(DesignOptions { budget: 1e3, ..usual() }).contains("1e22"));
    assert!(why(DesignOptions { noise: 0.0, ..usual() }).contains("must be positive"));
    assert!(why(DesignOptions { smallest: 5e9, ..usual() }).contains("spend more"));
    assert!(why(DesignOptions { large: Some((0.0, 1.0)), ..usual() }).contains("large run"));
    let odd = BTreeMap::from([("alfa".to_owned(), 0.3)]);
    assert!(why(DesignOptions { theta: odd, ..usual() }).contains("alpha"));
}
