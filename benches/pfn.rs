//! Networks: one curve and batches (20 seen, 80 asked), a curve read point by point, a run beside earlier ones, and a training step.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use curves::Curve;
use fitters::{Forecaster, Question, Run};
use pfn::{Config, Pfn, PrefixPfn, Recipe, SchedulePfn, Trainer};

fn bench(c: &mut Criterion) {
    let prior = priors::find("domhan3", 100).unwrap();
    let seen: Vec<Curve> = (0..64).map(|k| Curve::on_grid(testkit::prior_curve(prior.as_ref(), "bench", k)[..20].to_vec()).unwrap()).collect();
    let at: Vec<f64> = (21..=100).map(f64::from).collect();
    let questions: Vec<Question<'_>> = seen.iter().map(|s| Question::of(s, &at)).collect();
    let mut g = c.benchmark_group("pfn");
    for name in Pfn::names() {
        let net = Pfn::shipped(name).unwrap();
        for n in [1, 64] {
            g.throughput(Throughput::Elements(n as u64));
            g.bench_function(format!("{name}, {n} curves, 20 seen, 80 asked"), |b| b.iter(|| net.forecast_batch(&questions[..n])));
        }
    }
    let whole = testkit::prior_curve(prior.as_ref(), "bench", 0);
    for name in PrefixPfn::names() {
        let net = PrefixPfn::shipped(name).unwrap();
        g.throughput(Throughput::Elements(1));
        g.bench_function(format!("{name}, 1 curve, 20 seen, 80 asked"), |b| b.iter(|| net.forecast(&questions[0], 0)));
        g.throughput(Throughput::Elements(99));
        g.bench_function(format!("{name}, 99 points one by one"), |b| {
            b.iter(|| {
                let mut stream = net.stream();
                whole.iter().take(99).enumerate().for_each(|(k, y)| stream.push((k + 1) as f64, *y).unwrap());
                stream.len()
            })
        });
        g.bench_function(format!("{name}, 99 points one by one, the last value asked after each"), |b| {
            b.iter(|| {
                let mut stream = net.stream();
                for (k, y) in whole.iter().take(99).enumerate() {
                    stream.push((k + 1) as f64, *y).unwrap();
                    std::hint::black_box(stream.ask(&[100.0]).unwrap());
                }
            })
        });
    }
    let runs: Vec<Curve> = (1..=4).map(|k| Curve::on_grid((1..=100).map(|t| f64::from(k) + 2.0 / f64::from(t).sqrt()).collect()).unwrap()).collect();
    let earlier: Vec<Run<'_>> = runs.iter().map(|curve| Run { curve, schedule: None }).collect();
    g.throughput(Throughput::Elements(1));
    for name in SchedulePfn::names() {
        let net = SchedulePfn::shipped(name).unwrap();
        let half = Curve::on_grid(runs[0].y()[..50].to_vec()).unwrap();
        for (beside, earlier) in [("alone", &[][..]), ("beside 4 runs", &earlier)] {
            let q = Question { earlier, ..Question::of(&half, &[100.0]) };
            g.bench_function(format!("{name}, 1 run, 50 seen, 1 asked, {beside}"), |b| b.iter(|| net.forecast(&q, 0)));
        }
    }
    g.sample_size(10).throughput(Throughput::Elements(64));
    let network = Config { width: 128, layers: 3, heads: 1, bins: 1000, horizon: 100 };
    let recipe =
        Recipe { name: "bench".into(), prior: "domhan3".into(), network, curves: 64_000, batch: 64, rate: 1e-3, warm_up: 0.1, clip: 1.0, queries: 0, seed: 1 };
    let mut trainer = Trainer::new(recipe).unwrap();
    g.bench_function("training step, 128 × 3, 64 curves, every later point a target", |b| b.iter(|| trainer.advance()));
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
