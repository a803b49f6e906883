//! A training step of four miniature networks: fresh random batch, forward, loss, backward, AdamW; one thread.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nets::layers::{Edges, Images, Linear, Sequences, pooling};
use nets::models::mlp::Activation;
use nets::models::{Cnn, Decoder, Gin, Mlp};
use nets::{Params, Pass, Training, Var, losses};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A network and its training.
struct Bench<N> {
    net: N,
    training: Training<f32>,
    rng: Pcg64,
}

impl<N> Bench<N> {
    fn new(build: impl Fn(&mut Params<f32>) -> N) -> Self {
        let rng = Pcg64::seed_from_u64(1);
        let mut params = Params::new(rng.clone());
        let net = build(&mut params);
        Self { net, training: Training::new(params, 0.01), rng }
    }

    fn step(&mut self, loss: impl FnOnce(&N, &mut Pass<'_, f32>) -> Var) -> f64 {
        self.training.step(1e-3, self.rng.clone(), |pass| {
            let rows = loss(&self.net, pass);
            pass.mean(rows)
        })
    }
}

/// Edges of every graph: 26 undirected ones among 24 nodes, as 52 directed ones.
fn graphs(rng: &mut Pcg64, count: usize) -> Edges {
    let pairs = (0..count as u32).flat_map(|g| {
        let pair = |rng: &mut Pcg64| (g * 24 + rng.random_range(0..24u32), g * 24 + rng.random_range(0..24u32));
        (0..26)
            .flat_map(|_| {
                let (a, b) = pair(rng);
                [(a, b), (b, a)]
            })
            .collect::<Vec<_>>()
    });
    Edges { pairs: pairs.collect() }
}

fn bench(c: &mut Criterion) {
    let mut g = c.benchmark_group("nets");
    g.sample_size(20);

    let (batch, length, vocabulary) = (32, 64, 512u32);
    let mut training = Bench::new(|params| Decoder::new(params, 512, 64, 64, 4, 2, 256));
    let causal = Sequences::causal(batch, length);
    g.throughput(Throughput::Elements((batch * length) as u64));
    g.bench_function("transformer, 2 layers, width 64, 32 × 64 tokens", |b| {
        b.iter(|| {
            let tokens: Vec<u32> = (0..batch * length + 1).map(|_| training.rng.random_range(0..vocabulary)).collect();
            training.step(|net, pass| {
                let scores = net.scores(pass, &tokens[1..], &causal);
                losses::cross_entropy(pass, scores, &tokens[..batch * length], 0.0)
            })
        });
    });

    let images = Images { batch: 128, height: 28, width: 28 };
    let mut training = Bench::new(|params| Cnn::new(params, 1, &[(16, 1), (32, 2), (64, 2), (64, 1)], 10));
    g.throughput(Throughput::Elements(128));
    g.bench_function("CNN, 4 convolutions, 128 images of 28 × 28", |b| {
        b.iter(|| {
            let pixels: Vec<f32> = (0..images.rows()).map(|_| training.rng.random::<f32>()).collect();
            let classes: Vec<u32> = (0..128).map(|_| training.rng.random_range(0..10)).collect();
            training.step(|net, pass| {
                let x = pass.input(&pixels, images.rows(), 1);
                let scores = net.scores(pass, x, images);
                losses::cross_entropy(pass, scores, &classes, 0.0)
            })
        });
    });

    let mut training = Bench::new(|params| (Gin::new(params, 9, 64, 3), Linear::new(params, "head", 64, 1)));
    let starts: Arc<[usize]> = pooling::equal_parts(64, 24);
    g.throughput(Throughput::Elements(64));
    g.bench_function("GIN, 3 layers, width 64, 64 graphs of 24 nodes", |b| {
        b.iter(|| {
            let nodes: Vec<f32> = (0..64 * 24 * 9).map(|_| training.rng.random::<f32>()).collect();
            let wanted: Vec<f32> = (0..64).map(|_| f32::from(training.rng.random::<bool>())).collect();
            let edges = graphs(&mut training.rng, 64);
            training.step(|(net, head), pass| {
                let x = pass.input(&nodes, 64 * 24, 9);
                let pooled = net.graphs(pass, x, &edges, &starts, false);
                let scores = head.forward(pass, pooled);
                losses::binary_cross_entropy(pass, scores, &wanted)
            })
        });
    });

    let mut training = Bench::new(|params| Mlp::new(params, "mlp", &[784, 256, 256, 10], Activation::Relu));
    g.throughput(Throughput::Elements(128));
    g.bench_function("MLP 784-256-256-10, 128 examples", |b| {
        b.iter(|| {
            let pixels: Vec<f32> = (0..128 * 784).map(|_| training.rng.random::<f32>()).collect();
            let classes: Vec<u32> = (0..128).map(|_| training.rng.random_range(0..10)).collect();
            training.step(|net, pass| {
                let x = pass.input(&pixels, 128, 784);
                let scores = net.forward(pass, x);
                losses::cross_entropy(pass, scores, &classes, 0.0)
            })
        });
    });
    g.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
