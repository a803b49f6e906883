//! Loops over slices that become vector code inside [`curves::vector::vector`]: sums in a fixed order, softmax, layer norm.

use crate::Real;

/// Sum of `f` of every element, in a fixed order of sixteen partial sums, so that it is vector code and the same on every machine.
#[inline(always)]
pub fn sum<T: Real>(v: &[T], f: impl Fn(T) -> T) -> T {
    let mut acc = [T::ZERO; 16];
    let chunks = v.chunks_exact(16);
    let rest = chunks.remainder();
    for c in chunks {
        for (a, x) in acc.iter_mut().zip(c) {
            *a += f(*x);
        }
    }
    acc.into_iter().sum::<T>() + rest.iter().map(|x| f(*x)).sum::<T>()
}

/// Σ a·b in the same fixed order.
#[inline(always)]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut acc = [T::ZERO; 16];
    let (ca, cb) = (a.chunks_exact(16), b.chunks_exact(16));
    let tail: T = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| *x * *y).sum();
    for (x, y) in ca.zip(cb) {
        for ((s, x), y) in acc.iter_mut().zip(x).zip(y) {
            *s = x.mul_add(*y, *s);
        }
    }
    acc.into_iter().sum::<T>() + tail
}

/// Largest value, `low` when there is none.
#[inline(always)]
pub fn max<T: Real>(v: &[T], low: T) -> T {
    let mut acc = [low; 16];
    let chunks = v.chunks_exact(16);
    let rest = chunks.remainder();
    for c in chunks {
        for (a, x) in acc.iter_mut().zip(c) {
            *a = x.larger(*a);
        }
    }
    acc.iter().chain(rest).fold(low, |a, &x| x.larger(a))
}

/// `to += of`.
#[inline(always)]
pub fn add<T: Real>(to: &mut [T], of: &[T]) {
    for (t, v) in to.iter_mut().zip(of) {
        *t += *v;
    }
}

/// `to += a · of`.
#[inline(always)]
pub fn axpy<T: Real>(to: &mut [T], a: T, of: &[T]) {
    for (t, v) in to.iter_mut().zip(of) {
        *t = a.mul_add(*v, *t);
    }
}

/// Softmax in place; returns the largest value and the sum of the exponentials of what lies below it. −∞ gets exactly no weight.
#[inline(always)]
pub fn softmax<T: Real>(row: &mut [T]) -> (T, T) {
    let top = max(row, T::of(f64::from(f32::MIN)));
    for v in row.iter_mut() {
        *v = if *v == T::NONE { T::ZERO } else { (*v - top).exp() };
    }
    let norm = sum(row, |v| v);
    let inv = T::ONE / norm;
    for v in row.iter_mut() {
        *v *= inv;
    }
    (top, norm)
}

/// Epsilon under the root of layer norm and batch norm, as PyTorch has it.
pub const EPS: f64 = 1e-5;

/// `hat = (x − mean)/sd`, `out = g·hat + b`, per row of `g.len()` values; keeps 1/sd.
#[inline(always)]
pub fn layer_norm<T: Real>(x: &[T], g: &[T], b: &[T], hat: &mut [T], inv_sd: &mut [T], out: &mut [T]) {
    let d = g.len();
    let n = T::of(d as f64);
    for (((x, hat), out), inv) in x.chunks_exact(d).zip(hat.chunks_exact_mut(d)).zip(out.chunks_exact_mut(d)).zip(inv_sd) {
        let mean = sum(x, |v| v) / n;
        let var = sum(x, |v| (v - mean) * (v - mean)) / n;
        *inv = T::ONE / (var + T::of(EPS)).sqrt();
        for ((((h, o), v), g), b) in hat.iter_mut().zip(out).zip(x).zip(g).zip(b) {
            *h = (*v - mean) * *inv;
            *o = g.mul_add(*h, *b);
        }
    }
}

/// Gradient of [`layer_norm`]: adds to `dg`, `db` and replaces `dy` by the gradient of `x`.
#[inline(always)]
pub fn layer_norm_back<T: Real>(dy: &mut [T], g: &[T], hat: &[T], inv_sd: &[T], dg: &mut [T], db: &mut [T]) {
    let d = g.len();
    let n = T::of(d as f64);
    for ((dy, hat), inv) in dy.chunks_exact_mut(d).zip(hat.chunks_exact(d)).zip(inv_sd) {
        for ((((dy, h), g), dg), db) in dy.iter_mut().zip(hat).zip(g).zip(dg.iter_mut()).zip(db.iter_mut()) {
            *dg = dy.mul_add(*h, *dg);
            *db += *dy;
            *dy *= *g;
        }
        let mean = sum(dy, |v| v) / n;
        let along = dot(dy, hat) / n;
        for (dy, h) in dy.iter_mut().zip(hat) {
            *dy = *inv * (*dy - mean - *h * along);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_take_every_element() {
        let v: Vec<f32> = (1..=37).map(|v| v as f32).collect();
        assert_eq!(super::sum(&v, |x| x), 703.0);
        assert_eq!(super::dot(&v, &v), 17_575.0);
        assert_eq!(super::max(&v, 0.0), 37.0);
    }

    #[test]
    fn softmax_gives_no_weight_to_what_is_not_there() {
        let mut row = [0.0f64, f64::NEG_INFINITY, 3.0_f64.ln()];
        let (top, norm) = super::softmax(&mut row);
        assert!((top - 3.0_f64.ln()).abs() < 1e-15 && (norm - 4.0 / 3.0).abs() < 1e-15);
        assert!((row[0] - 0.25).abs() < 1e-15 && row[1] == 0.0 && (row[2] - 0.75).abs() < 1e-15);
    }
}
