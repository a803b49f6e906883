//! Element-wise f32 maths of the network as vector code: exp, GELU, softmax, LayerNorm.

/// eˣ to about 2e-7 relative for |x| ≤ 87; arguments beyond are taken as ±87.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0; // 1.5 · 2²³
    let x = if x > 87.0 { 87.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let t = x.mul_add(std::f32::consts::LOG2_E, SHIFT);
    let n = t - SHIFT;
    let r = n.mul_add(-1.428_606_8e-6, n.mul_add(-0.693_145_75, x));
    let mut p = 1.0 / 5040.0;
    for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = f32::mul_add(p, r, c);
    }
    f32::from_bits(p.to_bits().wrapping_add(t.to_bits() << 23))
}

/// `(x Φ(x), d/dx)` of the exact GELU; Φ by Abramowitz & Stegun 7.1.26, absolute error below 2e-7.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / z.mul_add(0.327_591_1, 1.0);
    let e = exp(-z * z);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6, 0.0] {
        p = f32::mul_add(p, t, c);
    }
    let tail = 0.5 * p * e;
    let phi = if x >= 0.0 { 1.0 - tail } else { tail };
    (x * phi, phi + x * e * 0.398_942_3)
}

/// Sum in a fixed order of sixteen partial sums, so that it is vector code and the same on every machine.
#[inline(always)]
pub(crate) fn sum(v: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut acc = [0.0f32; 16];
    let chunks = v.chunks_exact(16);
    let rest = chunks.remainder();
    for c in chunks {
        for (a, x) in acc.iter_mut().zip(c) {
            *a += f(*x);
        }
    }
    acc.iter().sum::<f32>() + rest.iter().map(|x| f(*x)).sum::<f32>()
}

/// Σ a·b in the same fixed order.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut acc = [0.0f32; 16];
    let (ca, cb) = (a.chunks_exact(16), b.chunks_exact(16));
    let tail: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in ca.zip(cb) {
        for ((s, x), y) in acc.iter_mut().zip(x).zip(y) {
            *s = x.mul_add(*y, *s);
        }
    }
    acc.iter().sum::<f32>() + tail
}

/// Largest value, `low` when there is none.
#[inline(always)]
pub(crate) fn max(v: &[f32], low: f32) -> f32 {
    let mut acc = [low; 16];
    let chunks = v.chunks_exact(16);
    let rest = chunks.remainder();
    for c in chunks {
        for (a, x) in acc.iter_mut().zip(c) {
            *a = if *x > *a { *x } else { *a };
        }
    }
    acc.iter().chain(rest).fold(low, |a, &x| if x > a { x } else { a })
}

/// LayerNorm's epsilon, as PyTorch's encoder layer has it.
const EPS: f32 = 1e-5;

/// `hat = (x − mean)/sd`, `out = g·hat + b`, per row of `g.len()` values; keeps 1/sd.
#[inline(always)]
pub(crate) fn layer_norm(x: &[f32], g: &[f32], b: &[f32], hat: &mut [f32], inv_sd: &mut [f32], out: &mut [f32]) {
    let d = g.len();
    for (((x, hat), out), inv) in x.chunks_exact(d).zip(hat.chunks_exact_mut(d)).zip(out.chunks_exact_mut(d)).zip(inv_sd) {
        let mean = sum(x, |v| v) / d as f32;
        let var = sum(x, |v| (v - mean) * (v - mean)) / d as f32;
        *inv = 1.0 / (var + EPS).sqrt();
        for ((((h, o), v), g), b) in hat.iter_mut().zip(out).zip(x).zip(g).zip(b) {
            *h = (v - mean) * *inv;
            *o = g.mul_add(*h, *b);
        }
    }
}

/// Gradient of [`layer_norm`]: adds to `dg`, `db` and replaces `dy` by the gradient of `x`.
#[inline(always)]
pub(crate) fn layer_norm_back(dy: &mut [f32], g: &[f32], hat: &[f32], inv_sd: &[f32], dg: &mut [f32], db: &mut [f32]) {
    let d = g.len();
    for ((dy, hat), inv) in dy.chunks_exact_mut(d).zip(hat.chunks_exact(d)).zip(inv_sd) {
        for ((((dy, h), g), dg), db) in dy.iter_mut().zip(hat).zip(g).zip(dg.iter_mut()).zip(db.iter_mut()) {
            *dg = dy.mul_add(*h, *dg);
            *db += *dy;
            *dy *= g;
        }
        let mean = sum(dy, |v| v) / d as f32;
        let along = dot(dy, hat) / d as f32;
        for (dy, h) in dy.iter_mut().zip(hat) {
            *dy = inv * (*dy - mean - h * along);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn exp_and_gelu_agree_with_f64() {
        for i in -8_000..8_000 {
            let x = i as f32 * 0.01;
            let want = f64::from(x).exp();
            assert!((f64::from(super::exp(x)) - want).abs() < 4e-7 * want, "exp {x}");
            let (g, d) = super::gelu(x * 0.1);
            let xd = f64::from(x * 0.1);
            let phi = curves::normal::cdf(xd);
            assert!((f64::from(g) - xd * phi).abs() < 2e-6, "gelu {x}");
            assert!((f64::from(d) - (phi + xd * curves::normal::pdf(xd))).abs() < 3e-6, "slope {x}");
        }
    }

    #[test]
    fn sums_take_every_element() {
        let v: Vec<f32> = (1..=37).map(|v| v as f32).collect();
        assert_eq!(super::sum(&v, |x| x), 703.0);
        assert_eq!(super::dot(&v, &v), 17_575.0);
        assert_eq!(super::max(&v, 0.0), 37.0);
    }
}
