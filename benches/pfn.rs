//! The network: one curve and batches (20 seen, 80 asked), and a training step.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use curves::Curve;
use fitters::Question;
use pfn::{Config, Pfn, Recipe, Trainer};

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
