//! Every operation against LAPACK, through ndarray-linalg: an implementation with no line in common with ours.
#![cfg(feature = "lapack")]

mod common;

use common::{apart, positive, random, symmetric};
use ndarray::{Array1, Array2, Axis};
use ndarray_linalg::{Cholesky, Eigh, LeastSquaresSvd, QR, SVD, Solve, UPLO};

/// Two backward stable methods differ by a small multiple of n ε times the condition number: 1e-14 · 1e3 here.
const TOLERANCE: f64 = 1e-10;

fn column(values: &Array1<f64>) -> Array2<f64> {
    values.to_owned().insert_axis(Axis(1))
}

/// Columns made to begin with a positive number, because their sign is arbitrary.
fn signed(mut vectors: Array2<f64>) -> Array2<f64> {
    for mut v in vectors.columns_mut() {
        if v[0] < 0.0 {
            v.mapv_inplace(|x| -x);
        }
    }
    vectors
}

#[test]
fn eigenvalues_and_vectors_agree() {
    for n in [2, 7, 33, 64] {
        let a = symmetric(n, n as u64);
        let (values, vectors) = linalg::eigh(a.view()).unwrap();
        let (theirs, their_vectors) = a.eigh(UPLO::Lower).unwrap();
        assert!(apart(column(&values).view(), column(&theirs).view()) < TOLERANCE);
        // Vectors of eigenvalues that lie close are less certain than the values, by the gap between them.
        assert!(apart(signed(vectors).view(), signed(their_vectors.to_owned()).view()) < 1e-7);
    }
}

#[test]
fn singular_values_agree() {
    for (rows, cols) in [(20, 7), (7, 20), (33, 33)] {
        let a = random(rows, cols, rows as u64);
        let (_, values, _) = linalg::svd(a.view()).unwrap();
        let (_, theirs, _) = a.svd(false, false).unwrap();
        assert!(apart(column(&values).view(), column(&theirs).view()) < TOLERANCE);
    }
}

#[test]
fn triangles_agree() {
    for n in [2, 7, 33, 64] {
        let p = positive(n, n as u64);
        let theirs: Array2<f64> = p.cholesky(UPLO::Lower).unwrap();
        assert!(apart(linalg::cholesky(p.view()).unwrap().view(), theirs.view()) < TOLERANCE);
    }
    for (rows, cols) in [(20, 7), (7, 20), (33, 33)] {
        let a = random(rows, cols, rows as u64);
        let (_, r) = linalg::qr(a.view()).unwrap();
        let (_, mut theirs): (Array2<f64>, Array2<f64>) = a.qr().unwrap();
        for (k, mut row) in theirs.rows_mut().into_iter().enumerate() {
            if row[k] < 0.0 {
                row.mapv_inplace(|v| -v);
            }
        }
        assert!(apart(r.view(), theirs.view()) < TOLERANCE);
    }
}

#[test]
fn solutions_agree() {
    for n in [2, 7, 33, 64] {
        let a = random(n, n, n as u64) + 2.0 * n as f64 * Array2::<f64>::eye(n);
        let b = random(n, 1, 5);
        let right: Array1<f64> = b.column(0).to_owned();
        let theirs: Array1<f64> = a.solve(&right).unwrap();
        assert!(apart(linalg::solve(a.view(), b.view()).unwrap().view(), column(&theirs).view()) < TOLERANCE);
        let p = positive(n, n as u64);
        let theirs: Array1<f64> = p.solve(&right).unwrap();
        assert!(apart(linalg::solve_spd(p.view(), b.view()).unwrap().view(), column(&theirs).view()) < TOLERANCE);
    }
    let (a, b) = (random(30, 6, 1), random(30, 1, 2));
    let right: Array1<f64> = b.column(0).to_owned();
    let theirs = a.least_squares(&right).unwrap().solution;
    assert!(apart(linalg::lstsq(a.view(), b.view()).unwrap().view(), column(&theirs).view()) < TOLERANCE);
}
