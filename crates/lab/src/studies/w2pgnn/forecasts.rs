//! Forecasts of the gain of every pair, before anything is trained; and how near estimates and fitted weights come to what is known.

use evaluation::stat::median;
use rand::RngExt;

use super::world::{PAIRS, SETS, TARGETS, Target, World};
use super::{Predictor, Settings, arm, other};
use crate::blocks::graphons::{FAMILIES, Graph, estimate, exact, pure};
use crate::blocks::gromov_wasserstein::{Nearest, Search, nearest};
use crate::blocks::streams::{Purpose, stream};
use crate::blocks::topology::{distance, groups, moments, statistics};
use crate::{Outcome, Status, StudyError};

/// Groups of graphs with like statistics.
const GROUPS: usize = 5;

/// A family whose degrees tell the places of nodes, and one of two blocks in which they do not.
const FALLING: usize = 0;
const FLAT: usize = 4;

fn search(own: &Settings) -> Search {
    Search { size: own.resolution, entropy: own.entropy, first: 15, further: 3, sweeps: 5, descent: own.descent, rate: 0.05 }
}

fn fitted(own: &Settings, bases: &[Vec<f64>], target: &[f64]) -> Result<Nearest, StudyError> {
    nearest(bases, target, &search(own)).ok_or_else(|| other("no distance of graphons is finite; raise the entropy"))
}

/// The graphons that stand for a set.
fn bases(own: &Settings, world: &World, set: usize) -> Vec<Vec<f64>> {
    let (families, size) = (world.sources(set), own.resolution);
    let all = || families.iter().flatten().copied().collect::<Vec<&Graph>>();
    match own.predictor {
        Predictor::Known => world.sets[set].iter().map(|family| exact(&pure(*family), size)).collect(),
        Predictor::Integrated => vec![estimate(&all(), size)],
        Predictor::Topo => {
            let all = all();
            let vectors: Vec<_> = all.iter().map(|graph| statistics(graph)).collect();
            groups(&vectors, GROUPS).iter().map(|group| estimate(&group.iter().map(|k| all[*k]).collect::<Vec<_>>(), size)).collect()
        }
        Predictor::Uniform => {
            let mut mean = vec![0.0; size * size];
            for family in &families {
                mean.iter_mut().zip(estimate(family, size)).for_each(|(m, step)| *m += step / families.len() as f64);
            }
            vec![mean]
        }
        _ => families.iter().map(|family| estimate(family, size)).collect(),
    }
}

/// Minus the distances of all targets to a set.
fn of_set(own: &Settings, world: &World, set: usize) -> Result<Vec<f64>, StudyError> {
    let sources: Vec<&Graph> = world.sources(set).into_iter().flatten().collect();
    match own.predictor {
        Predictor::Topology => {
            let vectors: Vec<_> = sources.iter().map(|graph| statistics(graph)).collect();
            let one = |target: usize| {
                let theirs: Vec<_> = world.targets[target].observed.iter().map(statistics).collect();
                let (_, spread) = moments(&[vectors.as_slice(), theirs.as_slice()].concat());
                -distance(&moments(&vectors).0, &moments(&theirs).0, &spread)
            };
            Ok((0..TARGETS).map(one).collect())
        }
        Predictor::Density => {
            let mine = sources.iter().map(|graph| graph.density()).sum::<f64>() / sources.len().max(1) as f64;
            let theirs = |target: &Target| target.observed.iter().map(Graph::density).sum::<f64>() / target.observed.len().max(1) as f64;
            Ok(world.targets.iter().map(|target| -(mine - theirs(target)).abs()).collect())
        }
        _ => {
            let bases = bases(own, world, set);
            let one = |target: &Target| -> Result<f64, StudyError> {
                let theirs = match own.predictor {
                    Predictor::Known => exact(&target.weights, own.resolution),
                    _ => estimate(&target.observed.iter().collect::<Vec<_>>(), own.resolution),
                };
                Ok(-fitted(own, &bases, &theirs)?.distance)
            };
            world.targets.iter().map(one).collect()
        }
    }
}

/// How far the weights that are fitted to a target are off at most, with all families as bases and nothing estimated; the median over targets.
fn alpha_gap(own: &Settings, world: &World) -> Result<Option<f64>, StudyError> {
    let bases: Vec<Vec<f64>> = (0..FAMILIES).map(|family| exact(&pure(family), own.resolution)).collect();
    let mut gaps = Vec::new();
    for target in &world.targets {
        let found = fitted(own, &bases, &exact(&target.weights, own.resolution))?;
        gaps.push(found.weights.iter().zip(&target.weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max));
    }
    Ok(median(&gaps))
}

/// The slope of the logarithm of the mean squared error of the estimate from one graph, by the logarithm of its nodes.
fn risk(family: usize, seed: u64) -> f64 {
    const SIZE: usize = 10;
    const NODES: [usize; 4] = [50, 100, 200, 400];
    const GRAPHS: usize = 4;
    let (truth, mut rng) = (exact(&pure(family), SIZE), stream(seed, Purpose::Projection, family as u64));
    let points = NODES.map(|nodes| {
        let one = |_| {
            let found = estimate(&[&Graph::of(&pure(family), nodes, &mut rng)], SIZE);
            found.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / (SIZE * SIZE) as f64
        };
        let error = (0..GRAPHS).map(one).sum::<f64>() / GRAPHS as f64;
        ((nodes as f64).ln(), error.ln())
    });
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    both / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}

/// Runs a forecast: for every pair the weight that its sources share with its target, and what is forecast.
pub(super) fn run(own: &Settings, seed: u64) -> Result<Outcome, StudyError> {
    let world = World::new(own, seed);
    let shared: Vec<f64> = (0..PAIRS).map(|pair| world.shared(pair / TARGETS, pair % TARGETS)).collect();
    let mut found = Vec::with_capacity(PAIRS);
    if own.predictor == Predictor::Random {
        let mut rng = stream(seed, Purpose::Order, 0);
        found.extend((0..PAIRS).map(|_| rng.random::<f64>()));
    } else {
        for set in 0..SETS.len() {
            found.extend(of_set(own, &world, set)?);
        }
    }
    let known = own.predictor == Predictor::Known;
    let checks = [
        ("alpha-gap", if known { alpha_gap(own, &world)? } else { None }),
        ("slope-falling", known.then(|| risk(FALLING, seed))),
        ("slope-flat", known.then(|| risk(FLAT, seed))),
    ];
    Ok(arm::outcome(&shared, &found, &checks, Status::Done))
}
