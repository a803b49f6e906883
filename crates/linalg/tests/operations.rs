//! Every operation: values known by hand, reconstructions of random matrices, and what is refused.

mod common;

use common::{apart, positive, random, symmetric};
use linalg::{LinalgError, cholesky, eigh, lstsq, qr, solve, solve_spd, svd};
use ndarray::{Array2, array, s};

/// Backward errors of these factorisations are a small multiple of n ε, 1e-14 at n = 64; the systems here have condition
/// numbers of a few thousand at most.
const TOLERANCE: f64 = 1e-10;

/// Below and above the block sizes of faer.
const SIZES: [usize; 6] = [1, 2, 3, 7, 33, 64];

/// More rows than columns, fewer, as many, and one of each.
const SHAPES: [(usize, usize); 6] = [(20, 7), (7, 20), (40, 39), (33, 33), (5, 1), (1, 5)];

#[test]
fn one_thread_only() {
    // Another crate that switches on faer's feature `rayon` would change this for all.
    assert_eq!(faer::get_global_parallelism().degree(), 1);
}

#[test]
fn eigh_by_hand() {
    // Eigenvalues 1 and 3, eigenvectors (1, −1)/√2 and (1, 1)/√2.
    let (values, vectors) = eigh(array![[2.0, 1.0], [1.0, 2.0]].view()).unwrap();
    assert!((values[0] - 1.0).abs() < 1e-14 && (values[1] - 3.0).abs() < 1e-14, "{values}");
    let half = 0.5f64.sqrt();
    assert!(vectors.iter().all(|v| (v.abs() - half).abs() < 1e-14), "{vectors}");
    assert!(vectors[[0, 0]] * vectors[[1, 0]] < 0.0 && vectors[[0, 1]] * vectors[[1, 1]] > 0.0, "{vectors}");
}

#[test]
fn svd_by_hand() {
    // A·Aᵀ = diag(9, 4): singular values 3 and 2.
    let (u, values, vt) = svd(array![[0.0, 3.0, 0.0], [-2.0, 0.0, 0.0]].view()).unwrap();
    assert!((values[0] - 3.0).abs() < 1e-14 && (values[1] - 2.0).abs() < 1e-14, "{values}");
    assert_eq!((u.dim(), vt.dim()), ((2, 2), (2, 3)));
    assert!((vt[[0, 1]].abs() - 1.0).abs() < 1e-14 && (vt[[1, 0]].abs() - 1.0).abs() < 1e-14, "{vt}");
}

#[test]
fn cholesky_by_hand() {
    let l = cholesky(array![[4.0, 2.0, 6.0], [2.0, 10.0, 9.0], [6.0, 9.0, 14.0]].view()).unwrap();
    assert!(apart(l.view(), array![[2.0, 0.0, 0.0], [1.0, 3.0, 0.0], [3.0, 2.0, 1.0]].view()) < 1e-14, "{l}");
}

#[test]
fn solves_by_hand() {
    // 2x + y = 3 and 4x + y = 5 meet at (1, 1); with 0 on the diagonal a row has to be exchanged.
    let x = solve(array![[2.0, 1.0], [4.0, 1.0]].view(), array![[3.0], [5.0]].view()).unwrap();
    assert!(apart(x.view(), array![[1.0], [1.0]].view()) < 1e-14, "{x}");
    let x = solve(array![[0.0, 1.0], [1.0, 0.0]].view(), array![[3.0, 1.0], [5.0, 2.0]].view()).unwrap();
    assert!(apart(x.view(), array![[5.0, 2.0], [3.0, 1.0]].view()) < 1e-15, "{x}");
    let x = solve_spd(array![[4.0, 2.0], [2.0, 10.0]].view(), array![[8.0], [22.0]].view()).unwrap();
    assert!(apart(x.view(), array![[1.0], [2.0]].view()) < 1e-14, "{x}");
}

#[test]
fn lstsq_by_hand() {
    // The line through (0, 1), (1, 3), (2, 4), (3, 4): slope Σ(x−x̄)(y−ȳ)/Σ(x−x̄)² = 5/5 = 1, height 3 − 1.5 = 1.5.
    let a = array![[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]];
    let x = lstsq(a.view(), array![[1.0], [3.0], [4.0], [4.0]].view()).unwrap();
    assert!(apart(x.view(), array![[1.5], [1.0]].view()) < 1e-14, "{x}");
}

#[test]
fn qr_by_hand() {
    // The first column is (3, 4)/5; the second has 11/5 along it and 2/5 across.
    let (q, r) = qr(array![[3.0, 1.0], [4.0, 2.0]].view()).unwrap();
    assert!(apart(q.view(), array![[0.6, -0.8], [0.8, 0.6]].view()) < 1e-14, "{q}");
    assert!(apart(r.view(), array![[5.0, 2.2], [0.0, 0.4]].view()) < 1e-14, "{r}");
}

#[test]
fn symmetric_matrices_are_their_factors_product() {
    for n in SIZES {
        let a = symmetric(n, n as u64);
        let (values, v) = eigh(a.view()).unwrap();
        assert!(values.iter().zip(values.iter().skip(1)).all(|(a, b)| a <= b), "{values}");
        assert!(apart(v.dot(&Array2::from_diag(&values)).dot(&v.t()).view(), a.view()) < TOLERANCE);
        assert!(apart(v.t().dot(&v).view(), Array2::eye(n).view()) < TOLERANCE);

        let p = positive(n, n as u64);
        let l = cholesky(p.view()).unwrap();
        assert!(apart(l.dot(&l.t()).view(), p.view()) < TOLERANCE);
        assert!(l.indexed_iter().all(|((row, col), v)| col <= row || *v == 0.0) && l.diag().iter().all(|v| *v > 0.0));
    }
}

#[test]
fn any_matrix_is_its_factors_product() {
    for (rows, cols) in SHAPES {
        let k = rows.min(cols);
        let a = random(rows, cols, 100 + rows as u64);
        let (u, values, vt) = svd(a.view()).unwrap();
        assert!(values.iter().zip(values.iter().skip(1)).all(|(a, b)| a >= b) && values.iter().all(|v| *v >= 0.0), "{values}");
        assert!(apart(u.dot(&Array2::from_diag(&values)).dot(&vt).view(), a.view()) < TOLERANCE);
        assert!(apart(u.t().dot(&u).view(), Array2::eye(k).view()) < TOLERANCE);
        assert!(apart(vt.dot(&vt.t()).view(), Array2::eye(k).view()) < TOLERANCE);

        let (q, r) = qr(a.view()).unwrap();
        assert_eq!((q.dim(), r.dim()), ((rows, k), (k, cols)));
        assert!(apart(q.dot(&r).view(), a.view()) < TOLERANCE);
        assert!(apart(q.t().dot(&q).view(), Array2::eye(k).view()) < TOLERANCE);
        assert!(r.indexed_iter().all(|((row, col), v)| row <= col || *v == 0.0) && r.diag().iter().all(|v| *v >= 0.0));
    }
}

#[test]
fn equations_are_solved() {
    for n in SIZES {
        let truth = random(n, 3, 7);
        // A dominant diagonal keeps the condition number small.
        let a = random(n, n, 200 + n as u64) + 2.0 * n as f64 * Array2::<f64>::eye(n);
        assert!(apart(solve(a.view(), a.dot(&truth).view()).unwrap().view(), truth.view()) < TOLERANCE);
        let p = positive(n, n as u64);
        assert!(apart(solve_spd(p.view(), p.dot(&truth).view()).unwrap().view(), truth.view()) < TOLERANCE);
    }
}

#[test]
fn the_residual_of_least_squares_is_orthogonal_to_the_columns() {
    for (rows, cols) in SHAPES.into_iter().filter(|(rows, cols)| rows >= cols) {
        let (a, b) = (random(rows, cols, 300 + rows as u64), random(rows, 2, 8));
        let x = lstsq(a.view(), b.view()).unwrap();
        assert_eq!(x.dim(), (cols, 2));
        let gradient = a.t().dot(&(a.dot(&x) - &b));
        assert!(apart(gradient.view(), Array2::zeros((cols, 2)).view()) < TOLERANCE, "{gradient}");
    }
}

#[test]
fn the_layout_of_a_view_does_not_matter() {
    let wide = random(20, 40, 9);
    for view in [wide.t(), wide.slice(s![..;2, ..7])] {
        let owned = Array2::from_shape_fn(view.dim(), |at| view[at]);
        assert_eq!(qr(view).unwrap(), qr(owned.view()).unwrap());
        assert_eq!(svd(view).unwrap(), svd(owned.view()).unwrap());
    }
}

#[test]
fn the_scale_of_a_column_does_not_make_it_dependent() {
    let a = array![[1.0, 0.0], [0.0, 1e-20], [0.0, 0.0]];
    let square = a.slice(s![..2, ..]);
    let x = solve(square, array![[1.0], [1e-20]].view()).unwrap();
    assert!(apart(x.view(), array![[1.0], [1.0]].view()) < 1e-14, "{x}");
    let x = lstsq(a.view(), array![[1.0], [1e-20], [3.0]].view()).unwrap();
    assert!(apart(x.view(), array![[1.0], [1.0]].view()) < 1e-14, "{x}");
}

/// Every operation on one matrix, with a right-hand side of as many rows where one is needed.
fn every(a: &Array2<f64>) -> Vec<LinalgError> {
    let b = Array2::<f64>::ones((a.nrows().max(1), 1));
    let refused = [
        eigh(a.view()).err(),
        svd(a.view()).err(),
        cholesky(a.view()).err(),
        solve_spd(a.view(), b.view()).err(),
        solve(a.view(), b.view()).err(),
        lstsq(a.view(), b.view()).err(),
        qr(a.view()).err(),
    ];
    refused.into_iter().flatten().collect()
}

#[test]
fn bad_input_is_an_error_that_names_it() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = every(&array![[1.0, value], [value, 1.0]]);
        assert_eq!(refused.len(), 7);
        assert!(refused.iter().all(|e| matches!(e, LinalgError::NotFinite { matrix: "a", row: 0, col: 1, .. })), "{refused:?}");
    }
    let nan = LinalgError::NotFinite { matrix: "b", row: 1, col: 0, value: "NaN".to_owned() };
    assert_eq!(solve(Array2::eye(2).view(), array![[1.0], [f64::NAN]].view()), Err(nan.clone()));
    assert!(nan.to_string().starts_with("b holds NaN in row 1, column 0"), "{nan}");
    for shape in [(0, 0), (0, 3), (3, 0)] {
        let refused = every(&Array2::zeros(shape));
        assert!(refused.len() == 7 && refused.iter().all(|e| matches!(e, LinalgError::Empty { .. })), "{refused:?}");
    }
    // A wide matrix: only svd and qr take it.
    let refused = every(&random(2, 3, 1));
    assert_eq!(refused.iter().filter(|e| matches!(e, LinalgError::NotSquare { rows: 2, cols: 3, .. })).count(), 4);
    assert!(refused.contains(&LinalgError::Underdetermined { rows: 2, cols: 3 }) && refused.len() == 5, "{refused:?}");
    assert_eq!(solve(Array2::eye(2).view(), Array2::ones((3, 1)).view()), Err(LinalgError::Rows { a_rows: 2, b_rows: 3 }));
}

#[test]
fn a_missing_property_is_an_error_and_not_a_number() {
    let skew = every(&array![[1.0, 2.0], [2.1, 5.0]]);
    let expected = LinalgError::NotSymmetric { matrix: "a", row: 1, col: 0, lower: 2.1, upper: 2.0 };
    assert_eq!(skew, vec![expected.clone(), expected.clone(), expected]);
    // Rounding is no asymmetry.
    assert!(eigh(array![[1.0, 0.3], [0.1 + 0.2, 1.0]].view()).is_ok());

    let indefinite = array![[1.0, 2.0], [2.0, 1.0]];
    assert!(matches!(cholesky(indefinite.view()), Err(LinalgError::NotPositiveDefinite { rows: 2, .. })));
    assert!(matches!(solve_spd(indefinite.view(), Array2::ones((2, 1)).view()), Err(LinalgError::NotPositiveDefinite { .. })));

    let b = Array2::ones((3, 1));
    let twice = array![[1.0, 2.0, 0.1], [3.0, 6.0, 0.2], [-1.0, -2.0, 0.7]];
    assert!(matches!(solve(twice.view(), b.view()), Err(LinalgError::Dependent { column: 1, rows: 3, cols: 3 })));
    assert!(matches!(lstsq(twice.view(), b.view()), Err(LinalgError::Dependent { column: 1, .. })));
    assert!(matches!(solve(Array2::zeros((3, 3)).view(), b.view()), Err(LinalgError::Dependent { column: 0, .. })));
    // Of rank 2, so that rounding alone decides whether Cholesky ends; either way it is refused.
    let gram = twice.dot(&twice.t());
    let refused = solve_spd(gram.view(), b.view()).unwrap_err();
    assert!(matches!(refused, LinalgError::Dependent { .. } | LinalgError::NotPositiveDefinite { .. }), "{refused}");
}
