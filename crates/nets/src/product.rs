//! Matrix products on strided views, over the `gemm` crate, on the calling thread.

use std::cell::Cell;

use gemm::Parallelism;

use crate::Real;

thread_local! {
    /// Floating-point operations of all products of this thread so far.
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Floating-point operations of all matrix products that this thread has done, two for each multiplication and addition: nearly all of what
/// a network costs, and the same number in every run. Differences of two readings are what is of use.
pub fn operations() -> u64 {
    OPERATIONS.get()
}

/// A read-only view: element (i, j) is `data[i * rs + j * cs]`.
#[derive(Clone, Copy)]
pub struct Mat<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    rs: usize,
    cs: usize,
}

impl<'a, T: Real> Mat<'a, T> {
    /// Row-major with `stride` values from one row to the next.
    ///
    /// # Panics
    ///
    /// A view that would leave its data: a mistake of the code that makes it, never of input.
    pub fn strided(data: &'a [T], rows: usize, cols: usize, stride: usize) -> Self {
        assert!(rows == 0 || cols == 0 || (rows - 1) * stride + cols <= data.len(), "view beyond its data");
        Self { data, rows, cols, rs: stride, cs: 1 }
    }

    /// Row-major and dense.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// The transpose.
    pub fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, rs: self.cs, cs: self.rs, ..self }
    }
}

/// `dst = keep · dst + factor · a · b` with `dst` row-major, `stride` values from one row to the next.
///
/// # Panics
///
/// Shapes that do not fit: a mistake of the code that calls it, never of input.
pub fn matmul<T: Real>(dst: &mut [T], stride: usize, keep: bool, a: Mat<'_, T>, b: Mat<'_, T>, factor: T) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    assert_eq!(a.cols, b.rows, "inner dimensions");
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * stride + n <= dst.len(), "product beyond its place");
    if k == 0 {
        if !keep {
            dst.chunks_mut(stride).take(m).for_each(|r| r[..n].fill(T::ZERO));
        }
        return;
    }
    OPERATIONS.set(OPERATIONS.get().wrapping_add(2 * (m * n * k) as u64));
    // SAFETY: the three assertions above and in `Mat` bound every index the kernel touches; `dst` is
    // exclusively borrowed and so cannot overlap `a` or `b`. `T` is f32 or f64, which `gemm` has kernels for.
    #[expect(unsafe_code, reason = "gemm takes raw pointers")]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.as_mut_ptr(),
            1,
            stride as isize,
            keep,
            a.data.as_ptr(),
            a.cs as isize,
            a.rs as isize,
            b.data.as_ptr(),
            b.cs as isize,
            b.rs as isize,
            T::ONE,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strided_and_transposed_products_are_right() {
        let a: Vec<f32> = (0..12).map(|v| v as f32).collect(); // 3 × 4, of which 3 × 2 is used
        let b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 3 × 2
        let mut out = vec![1.0; 8]; // 2 × 2 at stride 4
        matmul(&mut out, 4, true, Mat::strided(&a, 3, 2, 4).t(), Mat::new(&b, 3, 2), 0.5);
        // aᵀ = [0 4 8; 1 5 9]; aᵀ b = [52 64; 61 76]
        assert_eq!(out, [27.0, 33.0, 1.0, 1.0, 31.5, 39.0, 1.0, 1.0]);
    }

    #[test]
    fn operations_are_counted_on_their_own_thread() {
        let before = operations();
        let (a, b) = ([1.0f32; 6], [1.0f32; 12]);
        matmul(&mut [0.0; 8], 4, false, Mat::new(&a, 2, 3), Mat::new(&b, 3, 4), 1.0);
        // Two for each of 2 · 4 · 3 products; what another thread does is its own.
        std::thread::scope(|s| s.spawn(|| matmul(&mut [0.0; 8], 4, false, Mat::new(&a, 2, 3), Mat::new(&b, 3, 4), 1.0)).join()).unwrap();
        assert_eq!(operations() - before, 48);
        // Nothing times something is nothing.
        matmul(&mut [0.0f32; 8], 4, false, Mat::new(&[], 2, 0), Mat::new(&[], 0, 4), 1.0);
        assert_eq!(operations() - before, 48);
    }

    #[test]
    #[should_panic(expected = "view beyond its data")]
    fn a_view_cannot_leave_its_data() {
        let _ = Mat::strided(&[0.0; 5], 2, 3, 3);
    }
}
