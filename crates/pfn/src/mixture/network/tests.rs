use super::*;
use crate::gradients::worst_gap;
use rand::{RngExt, SeedableRng};

const INPUTS: usize = 7;

fn example(causal: bool) -> (Network, Vec<f32>, Batch, Vec<f32>, Vec<f32>) {
    let net = Network::new(Shape { width: 8, layers: 2, heads: 2, normals: 3, inputs: INPUTS, causal });
    let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
    let w = (0..net.layout.len()).map(|_| rng.random::<f32>() - 0.5).collect();
    let tokens = (0..10 * INPUTS).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect();
    let prefix = if causal { vec![3, 2, 1, 1, 1, 1] } else { Vec::new() };
    let b = Batch { context: vec![3, 1], query: vec![2, 4], tokens, prefix };
    (net, w, b, vec![0.1, -0.5, 0.4, 1.0, -2.0, 0.0], vec![0.3, 0.2, 0.1, 0.1, 0.2, 0.1])
}

#[test]
fn backward_is_the_derivative_of_forward() {
    for causal in [false, true] {
        let (net, mut w, b, target, weight) = example(causal);
        let mut arena = Arena::default();
        let mut g = vec![0.0; w.len()];
        net.forward(&w, &b, &mut arena);
        net.loss(&mut arena, &target, &weight);
        net.backward(&w, &b, &mut arena, &mut g);
        let worst = worst_gap(&mut w, &g, |w| {
            net.forward(w, &b, &mut arena);
            net.loss(&mut arena, &target, &weight)
        });
        // Central differences in f32: truncation and rounding leave about 1e-4 on gradients of order 0.1.
        assert!(worst < 1e-3, "{causal}: {worst}");
        assert!(g.iter().any(|g| g.abs() > 0.05));
    }
}

#[test]
fn a_query_of_a_causal_network_sees_the_beginning_that_it_is_told() {
    let (net, w, b, ..) = example(true);
    let mut arena = Arena::default();
    net.forward(&w, &b, &mut arena);
    let second = arena.raw[9..18].to_vec();
    let row = |i: usize| b.tokens[i * INPUTS..(i + 1) * INPUTS].to_vec();
    // The second query of the first curve is told two of its three points.
    let short = Batch { context: vec![2], query: vec![1], tokens: [row(0), row(1), row(5)].concat(), prefix: vec![2] };
    net.forward(&w, &short, &mut arena);
    for (a, b) in second.iter().zip(&arena.raw[..9]) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn points_taken_in_one_by_one_are_the_same_as_together() {
    let (net, w, b, ..) = example(true);
    let mut arena = Arena::default();
    let row = |i: usize| &b.tokens[i * INPUTS..(i + 1) * INPUTS];
    let whole = Batch { context: vec![3], query: vec![2], tokens: [row(0), row(1), row(2), row(4), row(5)].concat(), prefix: vec![3, 3] };
    net.forward(&w, &whole, &mut arena);
    let mut cache = net.cache(3);
    (0..3).for_each(|i| net.extend(&w, row(i), &mut cache));
    assert_eq!(cache.len(), 3);
    let together = net.grouped(&w, &[row(4), row(5)].concat(), &mut cache);
    for (a, b) in arena.raw[..18].iter().zip(&together) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn an_answer_does_not_depend_on_what_else_is_asked() {
    for causal in [false, true] {
        let (net, w, b, ..) = example(causal);
        let mut arena = Arena::default();
        let seen = &b.tokens[..3 * INPUTS];
        let asked: Vec<f32> = (0..40 * INPUTS).map(|k| (k as f32 * 0.7).sin()).collect();
        let all = net.answers(&w, seen, &asked, &mut arena);
        for k in [0, 7, 15, 16, 39] {
            let one = net.answers(&w, seen, &asked[k * INPUTS..(k + 1) * INPUTS], &mut arena);
            assert_eq!(one, all[k * 9..(k + 1) * 9], "{causal} {k}");
        }
        let together = Batch { context: vec![3], query: vec![40], tokens: [seen, &asked].concat(), prefix: vec![3; 40] };
        net.forward(&w, &together, &mut arena);
        for (a, b) in arena.raw.iter().zip(&all) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

#[test]
fn a_curve_does_not_see_its_neighbours_nor_a_query_its_siblings() {
    let (net, w, b, ..) = example(false);
    let mut arena = Arena::default();
    net.forward(&w, &b, &mut arena);
    let both = arena.raw[..9].to_vec();
    let row = |i: usize| b.tokens[i * INPUTS..(i + 1) * INPUTS].to_vec();
    let alone = Batch { context: vec![3], query: vec![1], tokens: [row(0), row(1), row(2), row(4)].concat(), prefix: Vec::new() };
    net.forward(&w, &alone, &mut arena);
    for (a, b) in both.iter().zip(&arena.raw[..9]) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn impossible_shapes_are_refused() {
    let s = Shape { width: 96, layers: 3, heads: 4, normals: 5, inputs: 24, causal: false };
    assert!(s.check().is_ok());
    for bad in [Shape { heads: 5, ..s }, Shape { normals: 0, ..s }, Shape { inputs: 0, ..s }, Shape { width: 1 << 20, ..s }] {
        assert!(bad.check().is_err());
    }
}
