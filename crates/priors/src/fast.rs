//! `exp` and `ln` without branches, so that loops over a grid become vector code.
//!
//! The compiler may use any vector width, and the bytes do not depend on it: every operation is
//! element-wise and every fused multiply-add is written as one.

use crate::real::Real;

/// 1.5 · 2⁵²: adding it rounds to the nearest integer and leaves that integer in the low bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// eˣ for |x| ≤ 708, to about 2 ulp (of [`Four`](crate::real::Four) to 10⁻¹⁴); arguments beyond are taken as ±708, NaN stays NaN.
#[inline(always)]
pub fn exp<R: Real>(x: R) -> R {
    exp_within(x, 708.0)
}

/// [`exp`] with arguments beyond ±`most`, at most 708, taken as ±`most`.
#[inline(always)]
pub fn exp_within<R: Real>(x: R, most: f64) -> R {
    let x = x.map(|x| if x > most { most } else { x });
    let x = x.map(|x| if x < -most { -most } else { x });
    let t = x.map(|x| x.mul_add(std::f64::consts::LOG2_E, SHIFT));
    let n = t.map(|t| t - SHIFT);
    let r = n.zip(x, |n, x| n.mul_add(-LN2_HI, x));
    let r = n.zip(r, |n, r| n.mul_add(-LN2_LO, r));
    let p = r.exp_series();
    p.zip(t, |p, t| f64::from_bits(p.to_bits().wrapping_add(t.to_bits() << 52)))
}

/// ln x to about 2 ulp for normal x > 0; NaN otherwise.
#[inline(always)]
pub fn ln<R: Real>(x: R) -> R {
    // m = x / 2^k lies in [√½, √2); 0x3fe6a09e is the top of √½.
    let shifted = |x: f64| x.to_bits().wrapping_sub(0x3fe6_a09e_0000_0000);
    let k = x.map(|x| ((shifted(x) as i64) >> 52) as f64);
    let f = x.map(|x| f64::from_bits(x.to_bits().wrapping_sub(shifted(x) & 0xfff0_0000_0000_0000)) - 1.0);
    let s = f.map(|f| f / (2.0 + f));
    let z = s * s;
    // ln m = 2 artanh s, its series to s¹⁹ on |s| ≤ 0.1716.
    let mut p = R::all(1.0 / 21.0);
    for c in [1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0] {
        p = p.zip(z, |p, z| f64::mul_add(p, z, c));
    }
    let ln_m = s.zip(p * z, |s, pz| (2.0 * s).mul_add(pz, 2.0 * s));
    let r = k.zip(ln_m, |k, ln_m| k.mul_add(LN2_HI, k.mul_add(LN2_LO, ln_m)));
    x.zip(r, |x, r| if x > 0.0 { r } else { f64::NAN })
}

#[cfg(test)]
mod tests {
    use crate::real::{Four, Real};

    #[test]
    fn agree_with_the_standard_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01 + 1e-4;
            let (a, b) = (super::exp(x), x.exp());
            assert!((a - b).abs() <= 4e-15 * b, "exp({x}): {a} {b}");
            let (a, b) = (super::ln(b), x);
            assert!((a - b).abs() <= 4e-15 * b.abs().max(0.1), "ln: {a} {b}");
        }
        // Four at a time the series are shorter.
        for i in -7_000..=7_000 {
            let x = f64::from(i) * 0.1 + 1e-4;
            let (a, b) = (super::exp(Four::all(x)).0, x.exp());
            assert!(a.iter().all(|a| (a - b).abs() <= 1e-14 * b), "exp({x}): {a:?} {b}");
            let a = super::ln(Four::all(b)).0;
            assert!(a.iter().all(|a| (a - x).abs() <= 4e-15 * x.abs().max(0.1)), "ln: {a:?} {x}");
        }
        assert!(super::ln(-1.0).is_nan() && super::ln(0.0).is_nan() && super::exp(f64::NAN).is_nan());
        assert!(super::exp(1e9).is_finite() && super::exp(-1e9) > 0.0);
    }
}
