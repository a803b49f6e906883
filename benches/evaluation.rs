//! What scoring a forecast costs, by its shape.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use curves::{Forecast, Mixture, Shape};
use evaluation::metric;

fn bench(c: &mut Criterion) {
    let mut g = c.benchmark_group("evaluation");
    let (points, draws) = (90, 4000);
    let at: Vec<f64> = (11..=100).map(f64::from).collect();
    let truth: Vec<f64> = (0..points).map(|i| 0.6 + 1e-3 * i as f64).collect();
    let locations = (0..points * draws).map(|k| 0.6 + 0.05 * (k as f64 * 0.7).sin()).collect();
    let mixture = Mixture::new(points, locations, vec![0.02; draws], Vec::new()).unwrap();
    let mixture = Forecast::new(at.clone(), Shape::Mixture(mixture)).unwrap();
    let normal = Forecast::new(at, Shape::Normal { mean: vec![0.6; points], sd: vec![0.05; points] }).unwrap();
    g.bench_function("all metrics, mixture of 4,000 draws, 90 points", |b| b.iter(|| metric::score_all(&mixture, &truth)));
    g.bench_function("all metrics, normal, 90 points", |b| b.iter(|| metric::score_all(&normal, &truth)));
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
