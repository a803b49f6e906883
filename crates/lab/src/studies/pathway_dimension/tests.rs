//! Kernels and dimensions by hand, and arms that differ in what they are said to.

use super::*;
use crate::{DynStudy, Memory, NoFiles, arms, trial};

/// Few samples and two spreads.
const SMALL: &str = "spreads = [0.1, 0.5, 0.9]\nexperts = 4\ndimension = 10\nclusters = 3\nsamples = 30\n";

#[test]
fn a_kernel_by_hand() {
    // Of a sample with itself it is its squared length over the dimension; of opposite ones nothing is left; at right angles 1/(2π).
    assert!((kernel(8.0, 8.0, 4.0) - 2.0).abs() < 1e-12 && kernel(-8.0, 8.0, 4.0).abs() < 1e-12);
    assert!((kernel(0.0, 4.0, 4.0) - 1.0 / std::f64::consts::TAU).abs() < 1e-12);
    assert_eq!(kernel(0.0, 0.0, 4.0), 0.0);
}

#[test]
fn a_dimension_by_hand() {
    // Experts of their own: H is the identity, and every sample has 1/(1 + λ) of a dimension. One expert and one sample twice: one eigenvalue of 2.
    let apart = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let one = vec![2.0_f64.sqrt(), 0.0];
    let same = [one.clone(), one];
    assert!((effective(&same, &apart, 0.5).unwrap() - 2.0 / 1.5).abs() < 1e-12);
    assert!((effective(&same, &[vec![1.0, 0.0], vec![1.0, 0.0]], 0.5).unwrap() - 2.0 / 2.5).abs() < 1e-12);
    let weights = weights(&[vec![1.0], vec![0.0]], &[vec![3.0_f64.ln()]], 1.0);
    assert!((weights[0][0] - 0.75).abs() < 1e-12 && (weights[0][1] - 0.25).abs() < 1e-12);
    let mixed = samples(&[vec![1.0]], &[vec![2.0], vec![-1.0]], 0.6);
    assert!((mixed[0][0] - 2.0).abs() < 1e-12 && (mixed[1][0] - 0.2).abs() < 1e-12);
}

#[test]
fn ways_that_are_dealt_out_are_as_far_apart() {
    let all = trial::run_all(&PathwayDimension, SMALL, "routed = ['inputs', 'apart', 'dealt']", &NoFiles);
    let of = |name: &str, series: &str| all[&format!("routed={name}/seed=0")].series(series).unwrap().y.clone();
    let same = of("apart", "distance").iter().zip(of("dealt", "distance")).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(same && of("apart", "dimension") != of("dealt", "dimension"));
    assert!(of("inputs", "dimension")[2] > of("inputs", "dimension")[0]);
    let run = &all["routed=inputs/seed=0"];
    let rise = (of("inputs", "dimension")[2] / of("inputs", "dimension")[0]).ln();
    assert!((run.scalar("rise").unwrap() - rise).abs() < 1e-12 && run.scalar("rank").unwrap() <= 1.0);
}

#[test]
fn without_ways_nothing_changes() {
    // Even weights: every way has the same experts at every spread, and the kernel is that of the samples, which stay.
    let all = trial::run_all(&PathwayDimension, &format!("{SMALL}sharpness = 0.0\n"), "routed = ['apart']", &NoFiles);
    let run = &all["routed=apart/seed=0"];
    assert_eq!((run.scalar("rise"), run.scalar("rank"), run.scalar("last-distance")), (Some(0.0), None, Some(0.0)));
}

#[test]
fn it_stops_when_asked_and_names_what_is_wrong() {
    let stage = trial::stages(&PathwayDimension, SMALL, "").unwrap().remove(0);
    let mut memory = Memory::default();
    let stopped = trial::run_stage(&PathwayDimension, &stage, &[], &NoFiles, &mut memory, &|_| Go::Stop);
    assert_eq!(stopped, Err(StudyError::Interrupted));
    let refused = |with: &str| trial::stages(&PathwayDimension, with, "").unwrap_err().to_string();
    assert!(refused("spreads = [0.5, 0.2]").contains("must grow"));
    assert!(refused("spreads = [0.5, 1.0]").contains("spreads has 1"));
    assert!(refused("sharpness = -1.0").contains("sharpness is -1"));
    assert!(refused("penalty = 0.0").contains("penalty has 0"));
    assert!(PathwayDimension.stages(&toml::Table::new(), &arms::product(&toml::Table::new()).unwrap(), 0..2).unwrap().len() == 2);
}
