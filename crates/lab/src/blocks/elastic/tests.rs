//! What is cut out is what it should be: held against the whole, against zeros in the place of what is left out, and against differences.

use super::*;
use nets::losses;

const SIDE: usize = 8;
const WHOLE: Size = Size { width: 8, blocks: 4 };

fn params(size: Size, seed: u64) -> (Elastic, Params<f32>) {
    let mut params = Params::new(Pcg64::seed_from_u64(seed));
    let net = Elastic::new(&mut params, size);
    // Norms begin alike everywhere; here they differ.
    let moved: Vec<bool> = params.mask(|name| name.contains("norm"));
    params.values.iter_mut().zip(moved).enumerate().filter(|(_, (_, norm))| *norm).for_each(|(k, (v, _))| *v += 0.3 * (k as f32).sin());
    (net, params)
}

fn cut(whole: &Params<f32>, size: Size) -> (Elastic, Params<f32>, Cut) {
    let (net, mut part) = params(size, 9);
    let cut = Cut::new(whole, &part, (WHOLE.blocks, size.blocks)).unwrap();
    cut.take(&whole.values, &mut part.values);
    (net, part, cut)
}

fn pixels(count: usize) -> Vec<f32> {
    (0..count * SIDE * SIDE).map(|k| (k as f32 * 0.7).sin() + (k as f32 * 0.013).cos()).collect()
}

/// Features and cosines of six pictures, with the statistics of these.
fn said(net: &Elastic, params: &mut Params<f32>) -> (Vec<f32>, Vec<f32>) {
    let mut arena = Arena::new();
    let mut pass = Pass::new(params, &mut arena, Mode::Train, Pcg64::seed_from_u64(0));
    let features = net.features(&mut pass, &pixels(6), 6, SIDE);
    let cosines = net.projection().cosines(&mut pass, features);
    (pass.value(features).to_vec(), pass.value(cosines).to_vec())
}

#[test]
fn the_largest_is_the_whole_byte_for_byte() {
    let (net, mut whole) = params(WHOLE, 1);
    let (same, mut part, cut) = cut(&whole, WHOLE);
    assert_eq!(part.values, whole.values);
    assert_eq!(said(&same, &mut part), said(&net, &mut whole));
    let gradient: Vec<f32> = (0..whole.len()).map(|k| (k as f32).cos()).collect();
    let mut back = vec![0.0; whole.len()];
    cut.give_back(&gradient, &mut back);
    assert_eq!(back, gradient);
}

#[test]
fn blocks_are_chosen_as_in_the_paper() {
    let of = |fewer: usize| (0..fewer).map(|k| origin(&format!("blocks.{k}.conv.weight"), (4, fewer))).collect::<Vec<String>>();
    assert_eq!(of(2), ["blocks.0.conv.weight", "blocks.3.conv.weight"]);
    assert_eq!(of(3), ["blocks.0.conv.weight", "blocks.2.conv.weight", "blocks.3.conv.weight"]);
    assert_eq!(of(1), ["blocks.0.conv.weight"]);
    assert_eq!(origin("project.0.bias", (4, 2)), "project.0.bias");
}

#[test]
fn a_part_says_what_the_whole_says_with_zeros_in_the_place_of_the_rest() {
    let (net, mut whole) = params(WHOLE, 1);
    let size = Size { width: 4, blocks: 2 };
    let (small, mut part, cut) = cut(&whole, size);
    // The same weights in a network of all channels and blocks: everything else is 0, so that channels and blocks that are left out say nothing.
    let mut zeros = whole.clone();
    zeros.values.fill(0.0);
    for ((k, _), v) in cut.from.iter().zip(&part.values) {
        zeros.values[*k] = *v;
    }
    let ((few, cosines), (many, with_zeros)) = (said(&small, &mut part), said(&net, &mut zeros));
    for (few, many) in few.chunks_exact(4).zip(many.chunks_exact(8)) {
        assert!(few.iter().zip(many).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs())), "{few:?} {many:?}");
        assert!(many[4..].iter().all(|v| *v == 0.0));
    }
    assert!(cosines.iter().zip(&with_zeros).all(|(a, b)| (a - b).abs() < 1e-3));
    // And it is not what the whole says.
    let (other, _) = said(&net, &mut whole);
    assert!(few.chunks_exact(4).zip(other.chunks_exact(8)).any(|(a, b)| (a[0] - b[0]).abs() > 1e-2));
}

#[test]
fn the_gradient_of_a_part_is_that_of_differences_of_the_whole() {
    let (_, mut whole) = params(WHOLE, 3);
    let (small, mut part, cut) = cut(&whole, Size { width: 6, blocks: 3 });
    let wanted: Vec<f32> = (0..6 * 64).map(|k| (k as f32 * 1.7).sin().abs() / 40.0).collect();
    let mut gradient = vec![0.0; part.len()];
    let mut loss = |whole: &Params<f32>, gradient: Option<&mut [f32]>| -> f64 {
        cut.take(&whole.values, &mut part.values);
        let mut arena = Arena::new();
        let mut pass = Pass::new(&mut part, &mut arena, Mode::Train, Pcg64::seed_from_u64(0));
        let scores = small.cosines(&mut pass, &pixels(6), 6, SIDE);
        let targets = pass.input(&wanted, 6, 64);
        let errors = losses::soft_cross_entropy(&mut pass, scores, targets);
        let loss = pass.mean(errors);
        let value = pass.scalar(loss);
        if let Some(gradient) = gradient {
            pass.backward(loss, gradient);
        }
        value
    };
    loss(&whole, Some(gradient.as_mut_slice()));
    let mut back = vec![0.0; whole.len()];
    cut.give_back(&gradient, &mut back);
    // Along the gradient the loss rises as fast as the gradient is long; numbers are of 32 bits.
    let length = back.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
    let first = whole.values.clone();
    let mut along = |by: f64| {
        whole.values.iter_mut().zip(&first).zip(&back).for_each(|((v, f), g)| *v = *f + (by * f64::from(*g) / length) as f32);
        loss(&whole, None)
    };
    let by = 2e-2;
    let slope = (along(by) - along(-by)) / (2.0 * by);
    assert!((slope / length - 1.0).abs() < 0.05, "{slope} {length}");
    // What the part does not have gets nothing.
    let none = back.iter().filter(|g| **g == 0.0).count();
    assert!(none >= whole.len() - cut.from.len());
}

#[test]
fn statistics_are_those_of_all_pictures() {
    let (net, mut whole) = params(Size { width: 4, blocks: 1 }, 2);
    let samples = Samples { pixels: pixels(6), labels: vec![0; 6], side: SIDE };
    let (in_training, cosines) = said(&net, &mut whole);
    net.settle(&mut whole, &samples);
    let mut training = Training::new(whole, 0.0);
    let (features, others) = (net.all_features(&mut training, &samples), net.all_cosines(&mut training, &samples));
    // Running variances are the unbiased ones, of 24 numbers and more.
    assert!(features.iter().zip(&in_training).all(|(a, b)| (a - b).abs() < 8e-2 * (1.0 + b.abs())), "{features:?} {in_training:?}");
    assert!(others.iter().zip(&cosines).all(|(a, b)| (a - b).abs() < 0.1));
}

#[test]
fn the_count_of_multiplications_is_that_of_the_products() {
    for (size, side) in [(WHOLE, 14), (Size { width: 6, blocks: 2 }, 8)] {
        let (net, whole) = params(size, 1);
        let mut training = Training::new(whole, 0.0);
        let samples = Samples { pixels: vec![0.5; 3 * side * side], labels: vec![0; 3], side };
        let before = nets::product::operations();
        net.all_features(&mut training, &samples);
        assert_eq!((nets::product::operations() - before) as f64, 3.0 * 2.0 * size.multiplications(side));
        let before = nets::product::operations();
        net.all_cosines(&mut training, &samples);
        assert_eq!((nets::product::operations() - before) as f64, 3.0 * 2.0 * size.with_projection(side));
    }
}
