//! What studies rest on: a root of the eigenframework, a trial of random features, steps of exact gradient descent, steps on fresh prompts.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lab::studies::more_is_better::eigenframework::{Regression, Spectrum, solve};
use lab::{Context, Go, Memory, NoFiles, arms, find};

/// The first stage of a study with these settings, run from its beginning.
fn run(study: &str, with: &str) {
    let (study, with) = (find(study).unwrap(), toml::from_str(with).unwrap());
    let stage = study.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap().remove(0);
    let mut context = Context { seed: 1, checkpoint: &mut Memory::default(), files: &NoFiles, watch: &|_| Go::On };
    study.run(&stage, &[], &mut context).unwrap();
}

fn bench(c: &mut Criterion) {
    let mut g = c.benchmark_group("lab");
    let spectrum = Spectrum::power_law(1.5, 1.5, 10_000).unwrap();
    let of = Regression { samples: 256.0, features: 1_000.0, ridge: 0.1, noise: 0.5 };
    g.bench_function("eigenframework, 10,000 modes", |b| b.iter(|| solve(&spectrum, &of).unwrap()));
    g.sample_size(10);
    g.bench_function("random features, a trial of 2,000 modes, 31 sizes, 31 ridges", |b| {
        b.iter(|| run("more-is-better", "part = 'trial'\nsweep = 'features'\nmodes = 2000"));
    });
    g.throughput(Throughput::Elements(1_000));
    g.bench_function("exact gradient descent, 1,000 steps, 40 inputs", |b| b.iter(|| run("lazy-to-rich", "steps = 1000\npoints = 2")));
    g.throughput(Throughput::Elements(100));
    g.bench_function("linear attention, 100 steps of 1,024 prompts", |b| b.iter(|| run("one-step-gd", "steps = 100\npoints = 2\nprompts = 100")));
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
