//! What fitting the Chinchilla law to 240 points costs: the global solver, the recipe of 4,500 starts, 4,000 resamples.
//!
//! With `CURVECAST_DATA` set to a folder that holds `sl_chinchilla_epoch/svg_extracted_data.csv`, the points are those read off the figure of
//! Hoffmann et al. (2022), less the five of the highest loss; without it, as many made from the law. `benches/peers/scipy_chinchilla.py`
//! has the same points. `RAYON_NUM_THREADS` says on how many threads starts and resamples run.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use curves::Samples;
use fitters::grid_lbfgs::{Ended, Recipe, Tolerance};
use fitters::interval::bootstrap;
use fitters::{Global, GridLbfgs, Loss, Rows, Separable, Status, global};
use models::{At, Law};
use rayon::prelude::*;

const POINTS: usize = 240;
/// E, A, B, α, β as Besiroglu et al. (2024) print them.
const PUBLISHED: [f64; 5] = [1.81686, 482.006, 2085.434, 0.34781, 0.36585];
/// What their objective comes to at its optimum on the 240 points.
const OPTIMUM: f64 = 1.018_274_03e-3;
const HUBER: Loss = Loss::LogHuber { delta: 1e-3 };

/// Points that look random, and are the same in any language: sizes from 5e7 to 1.6e10, 2 to 100 tokens a parameter, losses up to 1 % off the law.
fn made(law: &dyn Law) -> Samples {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for i in 0..POINTS {
        // The additive sequence of Roberts (2018) in two dimensions, and the golden ratio for the noise.
        let along = |step: f64| (0.5 + i as f64 * step).fract();
        let params = 10f64.powf(7.7 + 2.5 * along(0.754_877_666_246_692_7));
        let tokens = params * 10f64.powf(0.3 + 1.7 * along(0.569_840_290_998_053_2));
        x.extend([params, tokens]);
        y.push(law.eval(&At::at(&[params, tokens]), &PUBLISHED) * (0.02 * (along(0.618_033_988_749_894_9) - 0.5)).exp());
    }
    Samples::new(2, x, y, vec![]).unwrap()
}

/// The points read off the figure, if they are here.
fn read() -> Option<Samples> {
    let file = PathBuf::from(std::env::var_os("CURVECAST_DATA")?).join("sl_chinchilla_epoch/svg_extracted_data.csv");
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').collect();
    let column = |name: &str| header.iter().position(|h| *h == name);
    let (params, flop, loss) = (column("Model Size")?, column("Training FLOP")?, column("loss")?);
    let number = |cells: &[&str], at: usize| cells.get(at)?.parse::<f64>().ok();
    let mut points: Vec<[f64; 3]> = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let (n, c) = (number(&cells, params)?, number(&cells, flop)?);
        points.push([n, c / 6.0 / n, number(&cells, loss)?]);
    }
    points.sort_by(|a, b| a[2].total_cmp(&b[2]));
    points.truncate(POINTS);
    Samples::new(2, points.iter().flat_map(|p| [p[0], p[1]]).collect(), points.iter().map(|p| p[2]).collect(), vec![]).ok()
}

fn bench(c: &mut Criterion) {
    let law = models::find("chinchilla").unwrap();
    let real = read();
    let name = if real.is_some() { "figure" } else { "made" };
    let samples = real.clone().unwrap_or_else(|| made(law));
    let rows = Rows::new(&samples);
    let how = Global::default();
    let best = global::fit(law, rows, HUBER, &how, 1).unwrap();
    // What is timed must also be right.
    assert!(best.status == Status::Converged && (real.is_none() || best.loss <= OPTIMUM), "{:?} at {}", best.status, best.loss);

    let mut g = c.benchmark_group("scaling");
    g.bench_function(format!("global fit, {POINTS} points ({name})"), |b| b.iter(|| global::fit(law, rows, HUBER, &how, 1)));
    g.sample_size(10).measurement_time(Duration::from_secs(20));
    for (words, recipe) in [("tight", Recipe::TIGHT), ("as SciPy stops", Recipe { factor: 1.0, tolerance: Tolerance::SCIPY, ..Recipe::TIGHT })] {
        let grid = GridLbfgs::new(rows, recipe).unwrap();
        g.bench_function(format!("{} starts, {words} ({name})", grid.starts()), |b| {
            b.iter(|| (0..grid.starts()).into_par_iter().map(|k| grid.run(k)).collect::<Vec<Ended>>());
        });
    }
    let problem = Separable::of(law, rows, HUBER, how.grid).unwrap();
    let runs: Vec<usize> = (0..samples.len()).collect();
    g.bench_function(format!("4,000 resamples, a run each ({name})"), |b| {
        b.iter(|| (0..4000).into_par_iter().map(|k| bootstrap::resample(&problem, samples.weights(), &runs, 4, 1, k).map(|f| f.loss)).collect::<Vec<_>>());
    });
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
