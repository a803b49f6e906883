//! The one harness that holds every layer's gradient to central differences in f64, of weights and of inputs.

use rand::SeedableRng;
use rand_pcg::Pcg64;

use crate::{Arena, Mode, Params, Pass, Real, Var};

/// `n` fixed numbers of order one, no two of them equal.
pub(crate) fn sample<T: Real>(n: usize) -> Vec<T> {
    (0..n).map(|k| T::of(1.3 * ((k as f64 + 1.0) * 0.754_877_666).fract() * 2.0 - 1.3 + 1e-3 * k as f64)).collect()
}

/// Checks `run` in the modes [`Mode::Train`] and [`Mode::Frozen`].
pub(crate) fn check<L>(build: impl Fn(&mut Params<f64>) -> L, run: impl Fn(&L, &mut Pass<'_, f64>) -> (Var, Vec<Var>)) {
    for mode in [Mode::Train, Mode::Frozen] {
        check_in(mode, &build, &run);
    }
}

/// Holds the gradient of a fixed weighted sum of the output to central differences: of every weight, and of every leaf.
///
/// `run` makes its leaves with [`Pass::leaf`] in a fixed order and gives them back; the harness moves their values itself by
/// running again with a shift in one number.
pub(crate) fn check_in<L>(mode: Mode, build: &impl Fn(&mut Params<f64>) -> L, run: &impl Fn(&L, &mut Pass<'_, f64>) -> (Var, Vec<Var>)) {
    let mut params = Params::new(Pcg64::seed_from_u64(7));
    let layer = build(&mut params);
    // Away from special points such as gains of one and biases of zero.
    let shifts: Vec<f64> = sample(params.len());
    params.values.iter_mut().zip(&shifts).for_each(|(v, s)| *v += 0.1 * s);
    let state = params.state.clone();
    let mut arena = Arena::new();
    let mut value = |weights: &[f64], shift: Option<(usize, usize, f64)>, gradient: Option<&mut [f64]>| -> (f64, Vec<Vec<f64>>) {
        let mut state = state.clone();
        let mut pass = Pass::with(weights, &mut state, &mut arena, mode, Pcg64::seed_from_u64(11));
        pass.shift = shift;
        let (out, leaves) = run(&layer, &mut pass);
        // Backwards, so that it is no multiple of an input.
        let weighed: Vec<f64> = sample(out.len()).into_iter().rev().map(|v: f64| 0.3 + v).collect();
        let by = pass.input(&weighed, out.rows, out.cols);
        let product = pass.mul(out, by);
        let loss = pass.sum(product);
        let loss_value = pass.value(loss)[0];
        (loss_value, gradient.map_or_else(Vec::new, |g| pass.backward_to(loss, g, &leaves)))
    };
    let mut gradient = vec![0.0; params.len()];
    let (_, of_leaves) = value(&params.values, None, Some(&mut gradient));
    assert!(gradient.iter().chain(of_leaves.iter().flatten()).any(|g| g.abs() > 1e-9), "nothing flowed");
    let step = 1e-5;
    let close = |found: f64, wanted: f64, what: String| {
        let scale = 1.0 + found.abs().max(wanted.abs());
        assert!((found - wanted).abs() < 2e-7 * scale, "{mode:?} {what}: gradient {found}, differences {wanted}");
    };
    let mut weights = params.values.clone();
    for k in 0..weights.len() {
        let was = weights[k];
        weights[k] = was + step;
        let up = value(&weights, None, None).0;
        weights[k] = was - step;
        let down = value(&weights, None, None).0;
        weights[k] = was;
        close(gradient[k], (up - down) / (2.0 * step), format!("weight {k}"));
    }
    for (leaf, grads) in of_leaves.iter().enumerate() {
        for (k, grad) in grads.iter().enumerate() {
            let up = value(&weights, Some((leaf, k, step)), None).0;
            let down = value(&weights, Some((leaf, k, -step)), None).0;
            close(*grad, (up - down) / (2.0 * step), format!("leaf {leaf}, number {k}"));
        }
    }
}
