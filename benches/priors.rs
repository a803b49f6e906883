//! Accepted 100-point curves per second of each prior that is drawn from.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn bench(c: &mut Criterion) {
    let mut g = c.benchmark_group("priors");
    const CURVES: usize = 1000;
    g.throughput(Throughput::Elements(CURVES as u64));
    for name in ["domhan3", "domhan3-paper-noise", "domhan11"] {
        let prior = priors::find(name, 100).unwrap();
        let mut out = vec![0.0f32; CURVES * 100];
        let mut seed = 0;
        g.bench_function(name, |b| {
            b.iter(|| {
                seed += 1;
                prior.fill(seed, CURVES, &mut out);
            });
        });
    }
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
