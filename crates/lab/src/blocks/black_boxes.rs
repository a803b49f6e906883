//! Functions to be maximised whose maximum is known, on the cube [−1, 1]ᵈ: test functions of the literature on optimisation, sign turned where
//! they are to be minimised there, their own domains mapped to the cube.
//!
//! Formulas and constants are those of Surjanovic and Bingham's Virtual Library of Simulation Experiments (sfu.ca/~ssurjano).

use std::f64::consts::{E, TAU};

/// A function on the cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlackBox {
    /// Ackley's function on [−5, 5]⁸: a funnel with ripples.
    Ackley,
    /// Styblinski and Tang's function on [−5, 5]⁸: a sum of double wells, 2⁸ local maxima.
    StyblinskiTang,
    /// Hartmann's function on [0, 1]⁶: four bumps, most of the cube flat.
    Hartmann,
}

/// Half the side of the domain of the first two.
const HALF: f64 = 5.0;

const HARTMANN_HEIGHTS: [f64; 4] = [1.0, 1.2, 3.0, 3.2];

const HARTMANN_WIDTHS: [[f64; 6]; 4] =
    [[10.0, 3.0, 17.0, 3.5, 1.7, 8.0], [0.05, 10.0, 17.0, 0.1, 8.0, 14.0], [3.0, 3.5, 1.7, 10.0, 17.0, 8.0], [17.0, 8.0, 0.05, 10.0, 0.1, 14.0]];

const HARTMANN_CENTRES: [[f64; 6]; 4] = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

impl BlackBox {
    /// How many numbers it takes.
    pub(crate) fn dim(self) -> usize {
        match self {
            Self::Ackley | Self::StyblinskiTang => 8,
            Self::Hartmann => 6,
        }
    }

    /// Its value at a point of the cube; numbers outside count as the nearest inside.
    pub(crate) fn value(self, x: &[f64]) -> f64 {
        let inside = x.iter().map(|v| v.clamp(-1.0, 1.0));
        let n = x.len().max(1) as f64;
        match self {
            Self::Ackley => {
                let (squares, waves) = inside.map(|v| HALF * v).fold((0.0, 0.0), |(s, c), v| (s + v * v, c + (TAU * v).cos()));
                20.0 * (-0.2 * (squares / n).sqrt()).exp() + (waves / n).exp() - 20.0 - E
            }
            Self::StyblinskiTang => inside.map(|v| HALF * v).map(|v| -0.5 * (v.powi(4) - 16.0 * v * v + 5.0 * v)).sum(),
            Self::Hartmann => {
                let bump = |((height, widths), centres): ((&f64, &[f64; 6]), &[f64; 6])| {
                    let places = x.iter().map(|v| 0.5 * (v.clamp(-1.0, 1.0) + 1.0));
                    let apart: f64 = places.zip(widths).zip(centres).map(|((v, w), c)| w * (v - c) * (v - c)).sum();
                    height * (-apart).exp()
                };
                HARTMANN_HEIGHTS.iter().zip(&HARTMANN_WIDTHS).zip(&HARTMANN_CENTRES).map(bump).sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each has its maximum, on the cube, and how high it is.
    fn tops() -> [(BlackBox, Vec<f64>, f64); 3] {
        let hartmann = [0.201_69, 0.150_011, 0.476_874, 0.275_332, 0.311_652, 0.657_3];
        [
            (BlackBox::Ackley, vec![0.0; 8], 0.0),
            (BlackBox::StyblinskiTang, vec![-2.903_534 / HALF; 8], 39.166_166 * 8.0),
            (BlackBox::Hartmann, hartmann.iter().map(|v| 2.0 * v - 1.0).collect(), 3.322_37),
        ]
    }

    #[test]
    fn maxima_are_where_the_literature_has_them() {
        for (function, top, height) in tops() {
            assert_eq!(top.len(), function.dim());
            let found = function.value(&top);
            assert!((found - height).abs() < 1e-3, "{function:?}: {found}, {height}");
            for k in 0..top.len() {
                for step in [-1e-3, 1e-3, -0.05, 0.05] {
                    let mut near = top.clone();
                    near[k] += step;
                    assert!(function.value(&near) <= found + 1e-9, "{function:?} at {near:?}");
                }
            }
        }
    }

    #[test]
    fn values_by_hand() {
        // At the corner all cosines are 1, and the root mean square is 5.
        let corner = 20.0 * (-1.0f64).exp() - 20.0;
        assert!((BlackBox::Ackley.value(&[1.0; 8]) - corner).abs() < 1e-12);
        // v = 5: (625 − 400 + 25)/2 = 125, eight times.
        assert!((BlackBox::StyblinskiTang.value(&[1.0; 8]) + 1_000.0).abs() < 1e-9);
        // Outside is as the nearest point inside.
        assert_eq!(BlackBox::StyblinskiTang.value(&[7.0; 8]), BlackBox::StyblinskiTang.value(&[1.0; 8]));
        assert_eq!(BlackBox::Hartmann.value(&[-3.0; 6]), BlackBox::Hartmann.value(&[-1.0; 6]));
    }
}
