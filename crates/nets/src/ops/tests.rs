use super::*;
use crate::check::{check, sample};
use crate::{Arena, Mode, Params};
use rand::SeedableRng;
use rand_pcg::Pcg64;

type One = fn(&mut Pass<'_, f64>, Var) -> Var;

#[test]
fn maps_have_the_gradients_of_differences() {
    let maps: [One; 11] = [
        |p, x| p.gelu(x),
        |p, x| p.relu(x),
        |p, x| p.tanh(x),
        |p, x| p.sigmoid(x),
        |p, x| p.exp(x),
        |p, x| {
            let positive = p.exp(x);
            p.ln(positive)
        },
        |p, x| p.square(x),
        |p, x| {
            let positive = p.exp(x);
            p.sqrt(positive)
        },
        |p, x| {
            let positive = p.exp(x);
            p.reciprocal(positive)
        },
        |p, x| p.affine(x, 2.0, 3.0),
        |p, x| p.softmax(x),
    ];
    for map in maps {
        check(
            |_| (),
            |(), pass| {
                let x = pass.leaf(&sample(12), 3, 4);
                (map(pass, x), vec![x])
            },
        );
    }
}

#[test]
fn reductions_and_moves_have_the_gradients_of_differences() {
    let moves: [One; 10] = [
        |p, x| p.transpose(x),
        |p, x| p.reshape(x, 2, 6),
        |p, x| p.sum(x),
        |p, x| p.mean(x),
        |p, x| p.sum_columns(x),
        |p, x| p.sum_rows(x),
        |p, x| p.gather(x, [2, 0, 2].into()),
        |p, x| p.scatter(x, [1, 1, 0].into(), 3),
        |p, x| p.columns(x, 1, 2),
        |p, x| p.unit_rows(x),
    ];
    for step in moves {
        check(
            |_| (),
            |(), pass| {
                let x = pass.leaf(&sample(12), 3, 4);
                (step(pass, x), vec![x])
            },
        );
    }
}

#[test]
fn pairs_broadcast_and_have_the_gradients_of_differences() {
    type Two = fn(&mut Pass<'_, f64>, Var, Var) -> Var;
    let pairs: [Two; 3] = [|p, x, y| p.add(x, y), |p, x, y| p.sub(x, y), |p, x, y| p.mul(x, y)];
    for pair in pairs {
        for (rows, cols) in [(3, 4), (1, 4), (3, 1), (1, 1)] {
            check(
                |_| (),
                |(), pass| {
                    let (x, y) = (pass.leaf(&sample(12), 3, 4), pass.leaf(&sample(rows * cols), rows, cols));
                    (pair(pass, x, y), vec![x, y])
                },
            );
        }
    }
    check(
        |_| (),
        |(), pass| {
            let (x, y) = (pass.leaf(&sample(12), 3, 4), pass.leaf(&sample(8), 4, 2));
            let product = pass.product(x, y);
            let both = pass.stack(&[product, product]);
            (pass.beside(&[both, both]), vec![x, y])
        },
    );
}

#[test]
fn a_weight_is_a_value() {
    check(
        |params| params.add("w", 3, 4, crate::Init::Normal(1.0)),
        |tensor, pass| {
            let w = pass.weight(*tensor);
            (pass.square(w), vec![])
        },
    );
}

#[test]
#[should_panic(expected = "2 × 4 does not broadcast to 3 × 4")]
fn shapes_that_do_not_fit_are_a_mistake() {
    let mut params = Params::<f64>::new(Pcg64::seed_from_u64(1));
    let mut arena = Arena::new();
    let mut pass = Pass::new(&mut params, &mut arena, Mode::Infer, Pcg64::seed_from_u64(1));
    let (x, y) = (pass.input(&sample(12), 3, 4), pass.input(&sample(8), 2, 4));
    pass.add(x, y);
}
