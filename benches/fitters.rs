//! What a fit, a chain and a reference posterior cost on one curve.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use curves::Curve;
use fitters::ensemble::Coordinates;
use fitters::{Ensemble, Forecaster, LeastSquares, Loss, Question, Reading, Search, Smc};
use priors::{Noise, Prior, domhan3::domhan3};

fn prior() -> Box<dyn Prior> {
    Box::new(domhan3(Noise::Code, 100))
}

fn bench(c: &mut Criterion) {
    let y = testkit::prior_curve(prior().as_ref(), "bench", 0);
    let seen = Curve::on_grid(y[..20].to_vec()).unwrap();
    let at: Vec<f64> = (21..=100).map(f64::from).collect();
    let q = Question::of(&seen, &at);
    let mut g = c.benchmark_group("fitters");
    let data = seen.samples();
    for law in ["pow3", "janoschek", "mmf", "bnsl1"] {
        let law = models::find(law).unwrap();
        for (name, loss) in [("squares", Loss::Squares), ("huber", Loss::Huber { delta: 1e-3 })] {
            g.bench_function(format!("fit {} {name}, 4 starts", law.name()), |b| {
                b.iter(|| fitters::fit(law, &data, loss, Search { starts: 4, patience: 40 }, 1));
            });
        }
    }
    let ls = LeastSquares::new(&["pow3", "ilog2", "janoschek"].map(String::from), Search { starts: 4, patience: 40 }, 200).unwrap();
    g.bench_function("least squares, three laws, 20 seen, 80 asked", |b| b.iter(|| ls.forecast(&q, 1)));
    g.sample_size(10);
    let readings = vec![Reading { name: "m3".into(), samples: 4000, burn_in: 500, thin: 1 }];
    let m3 = Ensemble { prior: prior(), walkers: 100, readings, draws: 4000, coordinates: Coordinates::Raw };
    g.bench_function("M3: 100 walkers × 4,500 steps, 20 seen, 80 asked", |b| b.iter(|| m3.forecast(&q, 1)));
    let smc = Smc { prior: prior(), groups: 4, particles: 1000, sweeps: 20, agree: f64::INFINITY, retries: 0 };
    g.bench_function("reference: 4 × 1,000 particles, 20 sweeps", |b| b.iter(|| smc.forecast(&q, 1)));
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
