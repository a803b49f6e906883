//! One pass through a network: values forward, gradients backward, by a tape of closures over buffers that are used again.
//!
//! Every value is a matrix: rows are tokens, pixels, nodes or examples, columns are features. A layer computes its output,
//! pushes it, and records how the gradient of the output becomes gradients of its inputs and of its weights.

use curves::vector::{Arch, vector};
use rand_pcg::Pcg64;

use crate::{Arena, Params, Real, Tensor, kernels};

/// A value of a pass: `rows × cols`, row-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var {
    pub(crate) id: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Whether a gradient is wanted of it.
    pub(crate) learns: bool,
}

impl Var {
    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Learning: dropout drops, batch norm uses the batch and moves its running statistics.
    Train,
    /// Gradients of the network as it is used: nothing is dropped, running statistics are used and stay.
    Frozen,
    /// No gradients at all: nothing is recorded.
    Infer,
}

type Back<T> = Box<dyn FnOnce(&mut Flow<'_, T>, Vec<T>)>;

/// One pass. Made by [`Pass::new`], ended by [`Pass::backward`] or by being dropped.
pub struct Pass<'a, T: Real> {
    weights: &'a [T],
    state: &'a mut [T],
    arena: &'a mut Arena<T>,
    values: Vec<Vec<T>>,
    tape: Vec<(Var, Back<T>)>,
    /// What it is for.
    pub mode: Mode,
    /// Where dropout and masks are drawn from.
    pub rng: Pcg64,
    arch: Arch,
    #[cfg(test)]
    leaves: usize,
    /// For the gradient check: a number of a leaf that is moved.
    #[cfg(test)]
    pub(crate) shift: Option<(usize, usize, T)>,
}

impl<'a, T: Real> Pass<'a, T> {
    /// A pass through the network that has these parameters.
    pub fn new(params: &'a mut Params<T>, arena: &'a mut Arena<T>, mode: Mode, rng: Pcg64) -> Self {
        Self::with(&params.values, &mut params.state, arena, mode, rng)
    }

    /// The same with weights that lie elsewhere (averaged, perturbed).
    pub fn with(weights: &'a [T], state: &'a mut [T], arena: &'a mut Arena<T>, mode: Mode, rng: Pcg64) -> Self {
        Self {
            weights,
            state,
            arena,
            values: Vec::new(),
            tape: Vec::new(),
            mode,
            rng,
            arch: Arch::new(),
            #[cfg(test)]
            leaves: 0,
            #[cfg(test)]
            shift: None,
        }
    }

    /// Data: no gradient is wanted of it.
    pub fn input(&mut self, data: &[T], rows: usize, cols: usize) -> Var {
        let buffer = self.arena.copy(&data[..rows * cols]);
        self.push(buffer, rows, cols, false)
    }

    /// Data whose gradient is wanted: see [`Pass::backward_to`].
    pub fn leaf(&mut self, data: &[T], rows: usize, cols: usize) -> Var {
        let learns = self.mode != Mode::Infer;
        #[cfg_attr(not(test), expect(unused_mut, reason = "the gradient check moves a number"))]
        let mut buffer = self.arena.copy(&data[..rows * cols]);
        #[cfg(test)]
        {
            if let Some((leaf, k, by)) = self.shift
                && leaf == self.leaves
            {
                buffer[k] += by;
            }
            self.leaves += 1;
        }
        self.push(buffer, rows, cols, learns)
    }

    /// A tensor of the network as a value, for the operations that no layer covers.
    pub fn weight(&mut self, tensor: Tensor) -> Var {
        let buffer = self.arena.copy(&self.weights[tensor.range()]);
        let learns = self.mode != Mode::Infer;
        let out = self.push(buffer, tensor.rows, tensor.cols, learns);
        self.record(out, move |flow, dy| {
            kernels::add(flow.weight_grad(tensor), &dy);
            flow.free(dy);
        });
        out
    }

    /// The numbers of a value.
    pub fn value(&self, v: Var) -> &[T] {
        &self.values[v.id]
    }

    /// The only number of a value with one; the first one of others, 0 of none.
    pub fn scalar(&self, v: Var) -> f64 {
        self.values[v.id].first().map_or(0.0, |x| x.wide())
    }

    /// Runs loops as vector code of this machine.
    #[inline(always)]
    pub(crate) fn vector<R>(&self, f: impl FnMut() -> R) -> R {
        vector(self.arch, f)
    }

    pub(crate) fn arch(&self) -> Arch {
        self.arch
    }

    pub(crate) fn weights(&self) -> &'a [T] {
        self.weights
    }

    pub(crate) fn state(&mut self, at: std::ops::Range<usize>) -> &mut [T] {
        &mut self.state[at]
    }

    pub(crate) fn take(&mut self, n: usize) -> Vec<T> {
        self.arena.take(n)
    }

    pub(crate) fn zeros(&mut self, n: usize) -> Vec<T> {
        self.arena.zeros(n)
    }

    pub(crate) fn free(&mut self, buffer: Vec<T>) {
        self.arena.give(buffer);
    }

    /// Whether a gradient can flow to the weights.
    pub(crate) fn records(&self) -> bool {
        self.mode != Mode::Infer
    }

    pub(crate) fn push(&mut self, buffer: Vec<T>, rows: usize, cols: usize, learns: bool) -> Var {
        debug_assert_eq!(buffer.len(), rows * cols, "a value of its shape");
        let var = Var { id: self.values.len(), rows, cols, learns };
        self.values.push(buffer);
        var
    }

    /// Says how the gradient of `out` is passed on; nothing is kept where none is wanted.
    pub(crate) fn record(&mut self, out: Var, back: impl FnOnce(&mut Flow<'_, T>, Vec<T>) + 'static) {
        if out.learns {
            self.tape.push((out, Box::new(back)));
        }
    }

    /// Adds the gradient of a value of one number with respect to all weights to `gradient`.
    ///
    /// # Panics
    ///
    /// A gradient buffer that is not as long as the weights: a mistake of the code that calls it.
    pub fn backward(self, loss: Var, gradient: &mut [T]) {
        let _ = self.backward_to(loss, gradient, &[]);
    }

    /// The same, and gives the gradients of these values, which are leaves (see [`Pass::leaf`]); zeros where none arrives.
    ///
    /// # Panics
    ///
    /// As [`Pass::backward`].
    pub fn backward_to(mut self, loss: Var, gradient: &mut [T], leaves: &[Var]) -> Vec<Vec<T>> {
        assert_eq!(gradient.len(), self.weights.len(), "a gradient of the weights");
        let mut grads: Vec<Option<Vec<T>>> = Vec::new();
        grads.resize_with(self.values.len(), || None);
        let tape = std::mem::take(&mut self.tape);
        let mut flow = Flow { weights: self.weights, gradient, values: &self.values, grads, arena: self.arena, arch: self.arch };
        let mut one = flow.arena.take(loss.len());
        one.fill(T::ONE);
        flow.grads[loss.id] = Some(one);
        for (out, back) in tape.into_iter().rev() {
            // What nothing flowed to, say a head that was not used, has no gradient to pass on.
            if let Some(dy) = flow.grads[out.id].take() {
                back(&mut flow, dy);
            }
        }
        let found = leaves.iter().map(|v| flow.grads[v.id].clone().unwrap_or_else(|| vec![T::ZERO; v.len()])).collect();
        let Flow { grads, .. } = flow;
        for left in grads.into_iter().flatten() {
            self.arena.give(left);
        }
        found
    }
}

impl<T: Real> Drop for Pass<'_, T> {
    fn drop(&mut self) {
        for buffer in self.values.drain(..) {
            self.arena.give(buffer);
        }
    }
}

/// The way back: what a recorded closure sees.
pub struct Flow<'a, T: Real> {
    weights: &'a [T],
    gradient: &'a mut [T],
    values: &'a [Vec<T>],
    grads: Vec<Option<Vec<T>>>,
    arena: &'a mut Arena<T>,
    arch: Arch,
}

impl<'a, T: Real> Flow<'a, T> {
    pub(crate) fn value(&self, v: Var) -> &'a [T] {
        &self.values[v.id]
    }

    pub(crate) fn weights(&self) -> &'a [T] {
        self.weights
    }

    pub(crate) fn weight_grad(&mut self, tensor: Tensor) -> &mut [T] {
        &mut self.gradient[tensor.range()]
    }

    pub(crate) fn arch(&self) -> Arch {
        self.arch
    }

    pub(crate) fn take(&mut self, n: usize) -> Vec<T> {
        self.arena.take(n)
    }

    pub(crate) fn zeros(&mut self, n: usize) -> Vec<T> {
        self.arena.zeros(n)
    }

    pub(crate) fn free(&mut self, buffer: Vec<T>) {
        self.arena.give(buffer);
    }

    /// Passes a gradient on to a value; the first one is moved there, later ones are added.
    pub(crate) fn give(&mut self, to: Var, gradient: Vec<T>) {
        if !to.learns {
            self.arena.give(gradient);
            return;
        }
        debug_assert_eq!(gradient.len(), to.len(), "a gradient of its shape");
        match &mut self.grads[to.id] {
            Some(there) => {
                vector(
                    self.arch,
                    #[inline(always)]
                    || kernels::add(there, &gradient),
                );
                self.arena.give(gradient);
            }
            empty => *empty = Some(gradient),
        }
    }
}
