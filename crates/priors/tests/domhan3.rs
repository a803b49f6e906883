//! The verification targets of `domhan3`: figures of an independent implementation (2.0 M draws,
//! 411,533 accepted), each held to its Monte Carlo error here.

use priors::{Noise, Prior, domhan3::domhan3};
use rand::SeedableRng;
use rand_pcg::Pcg64;

const CURVES: usize = 100_000;

struct Sample {
    noiseless: Vec<f64>, // CURVES × 100
    noisy: Vec<f32>,
    ln_sigma: Vec<f64>,
    tries: u64,
}

fn sample() -> Sample {
    let prior = domhan3(Noise::Code, 100);
    let mut rng = Pcg64::seed_from_u64(7);
    let (mut u, mut row) = (vec![0.0; 13], vec![0.0; 100]);
    let mut s = Sample { noiseless: Vec::new(), noisy: vec![0.0; CURVES * 100], ln_sigma: Vec::new(), tries: 0 };
    for _ in 0..CURVES {
        s.tries += u64::from(prior.draw_into(&mut rng, &mut u, &mut row));
        s.noiseless.extend_from_slice(&row);
        s.ln_sigma.push(u[12]);
    }
    prior.fill(11, CURVES, &mut s.noisy);
    s
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() as f64 * p) as usize).min(sorted.len() - 1)]
}

/// Two samples of about 10⁵ and 4·10⁵: four standard errors of a share or quantile of order ½ are below 0.007.
const QUANTILE: f64 = 0.007;

#[test]
fn verification_targets_are_met() {
    let s = sample();
    // Acceptance: se = √(p(1−p)/n) with n ≈ 4.9·10⁵ tries here and 2·10⁶ there.
    let acceptance = CURVES as f64 / s.tries as f64;
    assert!((acceptance - 0.2058).abs() < 4.0 * (0.2058f64 * 0.7942 * (1.0 / s.tries as f64 + 0.5e-6)).sqrt(), "{acceptance}");

    let column = |t: usize| {
        let mut c: Vec<f64> = s.noiseless.iter().skip(t - 1).step_by(100).copied().collect();
        c.sort_unstable_by(f64::total_cmp);
        c
    };
    for (t, mean, sd, quantiles) in [
        (1, 0.4177, 0.2260, Some([0.067, 0.237, 0.407, 0.588, 0.803])),
        (2, 0.5127, 0.2212, None),
        (5, 0.5602, 0.2210, None),
        (10, 0.5805, 0.2222, Some([0.201, 0.411, 0.592, 0.761, 0.919])),
        (20, 0.5939, 0.2235, None),
        (40, 0.6032, 0.2249, None),
        (80, 0.6097, 0.2263, None),
        (100, 0.6114, 0.2267, Some([0.219, 0.440, 0.627, 0.798, 0.950])),
    ] {
        let c = column(t);
        let m = c.iter().sum::<f64>() / c.len() as f64;
        let v = c.iter().map(|x| (x - m).powi(2)).sum::<f64>() / c.len() as f64;
        // Four standard errors of a mean of 10⁵ draws of sd 0.226, and of their sd.
        assert!((m - mean).abs() < 0.0033 && (v.sqrt() - sd).abs() < 0.0025, "t={t}: mean {m}, sd {}", v.sqrt());
        for (p, want) in [0.05, 0.25, 0.5, 0.75, 0.95].iter().zip(quantiles.iter().flatten()) {
            assert!((quantile(&c, *p) - want).abs() < QUANTILE, "t={t} p={p}: {}", quantile(&c, *p));
        }
    }

    let rising = s.noiseless.chunks(100).filter(|c| c.windows(2).all(|w| w[1] >= w[0])).count();
    assert!((rising as f64 / CURVES as f64 - 0.515).abs() < QUANTILE, "{rising} monotone");

    let gain = |from: usize| {
        let mut g: Vec<f64> = s.noiseless.chunks(100).map(|c| c[99] - c[from - 1]).collect();
        g.sort_unstable_by(f64::total_cmp);
        (quantile(&g, 0.5), g.iter().sum::<f64>() / g.len() as f64, quantile(&g, 0.05))
    };
    let (median, mean, _) = gain(1);
    assert!((median - 0.157).abs() < 0.003 && (mean - 0.194).abs() < 0.003, "gain from 1: {median} {mean}");
    let (median, mean, low) = gain(10);
    assert!((median - 0.0236).abs() < 0.001 && (mean - 0.0308).abs() < 0.001 && (low + 0.045).abs() < 0.002, "gain from 10: {median} {mean} {low}");

    // Oracle log score with curve and σ known: 4 − ½ ln(2πe) = 2.581; −ln σ of an accepted curve has sd 1.
    let oracle = s.ln_sigma.iter().map(|l| -l).sum::<f64>() / CURVES as f64 - 0.5 * (2.0 * std::f64::consts::PI * std::f64::consts::E).ln();
    assert!((oracle - 2.581).abs() < 4.0 / (CURVES as f64).sqrt(), "{oracle}");

    let mut noisy: Vec<f64> = s.noisy.iter().map(|v| f64::from(*v)).collect();
    let outside = noisy.iter().filter(|v| !(0.0..=1.0).contains(*v)).count() as f64 / noisy.len() as f64;
    assert!((outside - 0.0107).abs() < 0.0015, "{outside} of noisy points leave [0, 1]");
    noisy.sort_unstable_by(f64::total_cmp);
    for (p, want) in [(0.01, 0.094), (0.1, 0.277), (0.25, 0.425), (0.5, 0.612), (0.75, 0.785), (0.9, 0.899), (0.99, 0.998)] {
        assert!((quantile(&noisy, p) - want).abs() < QUANTILE, "noisy {p}: {}", quantile(&noisy, p));
    }
    assert!((quantile(&noisy, 0.999) - 1.144).abs() < 0.02, "noisy 0.999: {}", quantile(&noisy, 0.999));
    assert!((quantile(&noisy, 0.001) + 0.015).abs() < 0.02, "noisy 0.001: {}", quantile(&noisy, 0.001));
}

#[test]
fn persistence_error_is_the_one_measured_elsewhere() {
    // RMSE of the mean of the last five points to the noiseless final value: .078 .050 .032 .023.
    let s = sample();
    for (seen, want) in [(10, 0.078), (20, 0.050), (40, 0.032), (80, 0.023)] {
        let mut sum = 0.0;
        for c in 0..CURVES {
            let prior = &s.noiseless[c * 100..(c + 1) * 100];
            // The noise of a fresh draw: σ from this curve, averaged over five points.
            let sigma = s.ln_sigma[c].exp();
            let mean = prior[seen - 5..seen].iter().sum::<f64>() / 5.0;
            sum += (mean - prior[99]).powi(2) + sigma * sigma / 5.0;
        }
        let rmse = (sum / CURVES as f64).sqrt();
        assert!((rmse - want).abs() < 0.002, "{seen}: {rmse}");
    }
}

#[test]
fn the_two_noises_differ_only_in_spread() {
    use priors::Density;
    for (noise, sd) in [(Noise::Code, 1.0), (Noise::Paper, std::f64::consts::FRAC_1_SQRT_2)] {
        let p = domhan3(noise, 100);
        let n = 20_000;
        let l: Vec<f64> = (0..n).map(|s| p.draw(s).sigma.ln()).collect();
        let m = l.iter().sum::<f64>() / n as f64;
        let v = l.iter().map(|x| (x - m).powi(2)).sum::<f64>() / n as f64;
        assert!((m + 4.0).abs() < 0.03 && (v.sqrt() - sd).abs() < 0.03, "{m} {v}");
        assert_eq!(p.coordinates().len(), 13);
    }
}
