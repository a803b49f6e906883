//! The synthetic twin: coloured trees with planted motifs, whose answers are known.
//!
//! A graph is a random tree of 10 to 16 nodes in four colours, to which each of eight motifs is tied with probability 1/4. Motifs have the
//! same colours as trees, so that only their shape and arrangement tell them. Source graphs have a label for each of the first six.
//!
//! - Target `seen`: is the first or the fourth motif there? The source labels know.
//! - Target `new`: which of the last two is there (exactly one is)? The source graphs hold both, and their labels say nothing of them.
//! - Target `noise`: a coin. Nothing knows.
//!
//! Trees of the test part are longer: a new node is tied to one of the last two, in place of any.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::graph::{Alphabet, Graph, Parts, Set};

pub(super) const ALPHABET: Alphabet = Alphabet { colours: 4, bonds: 1 };

pub(super) const TARGETS: [&str; 3] = ["seen", "new", "noise"];

/// Graphs of the validation part and of the test part.
const VALID: usize = 200;
const TEST: usize = 500;

/// Colours of its nodes, and its bonds.
type Motif = (&'static [u8], &'static [(u32, u32)]);

const TRIANGLE: &[(u32, u32)] = &[(0, 1), (1, 2), (0, 2)];
const SQUARE: &[(u32, u32)] = &[(0, 1), (1, 2), (2, 3), (0, 3)];
const STAR: &[(u32, u32)] = &[(0, 1), (0, 2), (0, 3)];
const PATH: &[(u32, u32)] = &[(0, 1), (1, 2), (2, 3)];

/// The motifs; the first six are source labels.
pub(super) const MOTIFS: [Motif; 8] = [
    (&[0, 1, 2], TRIANGLE),
    (&[0, 1, 3], TRIANGLE),
    (&[0, 1, 0, 1], SQUARE),
    (&[0, 0, 1, 1], SQUARE),
    (&[2, 0, 0, 1], STAR),
    (&[3, 0, 1, 1], STAR),
    (&[2, 3, 2, 3], PATH),
    (&[2, 2, 3, 3], PATH),
];
const LABELLED: usize = 6;

/// A tree with these motifs.
fn graph(rng: &mut Pcg64, motifs: &[usize], long: bool) -> Graph {
    let n = rng.random_range(10..=16_u32);
    let mut graph = Graph { colours: (0..n).map(|_| rng.random_range(0..ALPHABET.colours as u8)).collect(), bonds: Vec::new() };
    for v in 1..n {
        let first = if long { v.saturating_sub(2) } else { 0 };
        graph.bonds.push((rng.random_range(first..v), v, 0));
    }
    for &motif in motifs {
        let (colours, bonds) = MOTIFS[motif];
        let shift = graph.len() as u32;
        graph.colours.extend(colours);
        graph.bonds.extend(bonds.iter().map(|&(a, b)| (a + shift, b + shift, 0)));
        graph.bonds.push((rng.random_range(0..n), shift + rng.random_range(0..colours.len() as u32), 0));
    }
    graph
}

/// Which motifs a graph has, each of the first `count` with probability 1/4.
fn motifs(rng: &mut Pcg64, count: usize) -> Vec<usize> {
    (0..count).filter(|_| rng.random::<f64>() < 0.25).collect()
}

/// Source graphs.
pub(super) fn source(rng: &mut Pcg64, count: usize) -> Set {
    let mut set = Set { graphs: Vec::with_capacity(count), labels: Vec::with_capacity(count * LABELLED), tasks: LABELLED };
    for _ in 0..count {
        let has = motifs(rng, MOTIFS.len());
        set.graphs.push(graph(rng, &has, false));
        set.labels.extend((0..LABELLED).map(|motif| f32::from(u8::from(has.contains(&motif)))));
    }
    set
}

/// Graphs of a target, `train` of them to learn from.
pub(super) fn target(rng: &mut Pcg64, name: &str, train: usize) -> (Set, Parts) {
    let all = train + VALID + TEST;
    let mut set = Set { graphs: Vec::with_capacity(all), labels: Vec::with_capacity(all), tasks: 1 };
    for k in 0..all {
        let coin = rng.random::<bool>();
        let has = if name == "new" {
            let mut has = motifs(rng, LABELLED);
            has.push(LABELLED + usize::from(coin));
            has
        } else {
            motifs(rng, MOTIFS.len())
        };
        set.graphs.push(graph(rng, &has, k >= train + VALID));
        let label = if name == "seen" { has.contains(&0) || has.contains(&3) } else { coin };
        set.labels.push(f32::from(u8::from(label)));
    }
    (set, Parts { train: (0..train).collect(), valid: (train..train + VALID).collect(), test: (train + VALID..all).collect() })
}
