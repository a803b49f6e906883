//! All parameters of a network in one flat buffer, with a name, a shape and a place for each tensor.
//!
//! So an optimiser's step is one pass over a slice, an average or a perturbation of all weights is one line, and two networks
//! of one shape can be compared number by number.

use rand::RngExt;
use rand_pcg::Pcg64;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::{NetError, Real};

/// The place of one tensor in the flat buffer: `rows × cols`, row-major; a vector has one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tensor {
    /// Where it begins.
    pub start: usize,
    /// Rows: the outputs of a matrix.
    pub rows: usize,
    /// Columns: the inputs of a matrix.
    pub cols: usize,
}

impl Tensor {
    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where its numbers lie.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.len()
    }
}

/// How a tensor begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All the same.
    Constant(f64),
    /// Uniform between −bound and bound.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
}

impl Init {
    /// PyTorch's beginning of a linear layer or a convolution: uniform within 1/√inputs.
    pub fn torch(inputs: usize) -> Self {
        Self::Uniform((inputs.max(1) as f64).sqrt().recip())
    }

    /// Kaiming (He et al., 2015) for ReLU: normal with variance 2/inputs.
    pub fn kaiming(inputs: usize) -> Self {
        Self::Normal((2.0 / inputs.max(1) as f64).sqrt())
    }
}

/// Names, shapes, first values and running statistics of a network while it is put together; then its parameters.
#[derive(Clone, Debug)]
pub struct Params<T> {
    /// The numbers of all tensors, one after the other.
    pub values: Vec<T>,
    /// Numbers that are not trained but kept with them: running means and variances of batch norm.
    pub state: Vec<T>,
    tensors: Vec<(String, Tensor)>,
    rng: Pcg64,
}

impl<T: Real> Params<T> {
    /// None yet; first values are drawn from `rng`, tensor after tensor.
    pub fn new(rng: Pcg64) -> Self {
        Self { values: Vec::new(), state: Vec::new(), tensors: Vec::new(), rng }
    }

    /// Adds a tensor. Names are paths such as `blocks.0.attention.query.weight`; each is used once.
    pub fn add(&mut self, name: &str, rows: usize, cols: usize, init: Init) -> Tensor {
        let tensor = Tensor { start: self.values.len(), rows, cols };
        for _ in 0..tensor.len() {
            let value = match init {
                Init::Constant(c) => c,
                Init::Uniform(bound) => (2.0 * self.rng.random::<f64>() - 1.0) * bound,
                Init::Normal(sd) => sd * normal(&mut self.rng),
            };
            self.values.push(T::of(value));
        }
        self.tensors.push((name.to_owned(), tensor));
        tensor
    }

    /// Adds numbers that are kept, but not trained.
    pub fn add_state(&mut self, n: usize, value: f64) -> std::ops::Range<usize> {
        let start = self.state.len();
        self.state.resize(start + n, T::of(value));
        start..start + n
    }

    /// Name and place of every tensor, in order.
    pub fn tensors(&self) -> &[(String, Tensor)] {
        &self.tensors
    }

    /// How many numbers are trained.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// For every number, whether the name of its tensor passes: the mask of what a group of an optimiser holds.
    pub fn mask(&self, of: impl Fn(&str) -> bool) -> Vec<bool> {
        let mut mask = vec![false; self.len()];
        for (name, tensor) in &self.tensors {
            mask[tensor.range()].fill(of(name));
        }
        mask
    }

    /// The same network in other numbers.
    pub fn cast<U: Real>(&self) -> Params<U> {
        let cast = |v: &[T]| v.iter().map(|x| U::of(x.wide())).collect();
        Params { values: cast(&self.values), state: cast(&self.state), tensors: self.tensors.clone(), rng: self.rng.clone() }
    }

    /// All numbers as a safetensors file of 64-bit floats, the running statistics as `state`.
    ///
    /// # Errors
    ///
    /// Two tensors of one name.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NetError> {
        let bytes = |v: &[T]| -> Vec<u8> { v.iter().flat_map(|x| x.wide().to_le_bytes()).collect() };
        let mut kept: Vec<(String, Vec<usize>, Vec<u8>)> =
            self.tensors.iter().map(|(name, t)| (name.clone(), vec![t.rows, t.cols], bytes(&self.values[t.range()]))).collect();
        kept.push(("state".to_owned(), vec![self.state.len()], bytes(&self.state)));
        let fail = |e: safetensors::SafeTensorError| NetError::Weights(e.to_string());
        let views = kept.iter().map(|(name, shape, data)| Ok((name.as_str(), TensorView::new(Dtype::F64, shape.clone(), data).map_err(fail)?)));
        let views = views.collect::<Result<Vec<_>, NetError>>()?;
        if let Some((name, _)) = self.tensors.iter().enumerate().find_map(|(k, t)| self.tensors[..k].iter().any(|o| o.0 == t.0).then_some(t)) {
            return Err(NetError::Weights(format!("two tensors are called `{name}`")));
        }
        safetensors::serialize(views, None).map_err(fail)
    }

    /// Replaces all numbers by those of a file that [`Params::to_bytes`] made of the same network.
    ///
    /// # Errors
    ///
    /// A file that is damaged, or of another network: which tensor is missing or has another shape.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| NetError::Weights(e.to_string()))?;
        let floats = |name: &str, shape: &[usize]| -> Result<Vec<T>, NetError> {
            let view = file.tensor(name).map_err(|e| NetError::Weights(format!("`{name}`: {e}")))?;
            if view.shape() != shape || view.dtype() != Dtype::F64 {
                return Err(NetError::Weights(format!("`{name}` is {:?} {:?} in the file, and F64 {shape:?} in this network", view.dtype(), view.shape())));
            }
            let numbers = view.data().as_chunks::<8>().0.iter().map(|b| T::of(f64::from_le_bytes(*b)));
            Ok(numbers.collect())
        };
        let mut values = vec![T::ZERO; self.len()];
        for (name, t) in &self.tensors {
            values[t.range()].copy_from_slice(&floats(name, &[t.rows, t.cols])?);
        }
        self.state = floats("state", &[self.state.len()])?;
        self.values = values;
        Ok(())
    }
}

/// A standard normal number: the quantile of a uniform one, which no release of a library changes.
pub fn normal(rng: &mut Pcg64) -> f64 {
    let bits = rng.random::<u64>() >> 11;
    curves::normal::quantile((bits as f64 + 0.5) / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn some() -> Params<f32> {
        let mut params = Params::new(Pcg64::seed_from_u64(3));
        params.add("a.weight", 2, 3, Init::torch(3));
        params.add("a.bias", 1, 2, Init::Constant(0.5));
        params.add_state(2, 1.0);
        params
    }

    #[test]
    fn a_file_gives_back_every_number() {
        let first = some();
        let mut second = some();
        second.values.fill(0.0);
        second.state.fill(0.0);
        second.read(&first.to_bytes().unwrap()).unwrap();
        assert_eq!((second.values, second.state), (first.values, first.state));
    }

    #[test]
    fn a_file_of_another_network_says_what_differs() {
        let mut other = Params::<f32>::new(Pcg64::seed_from_u64(3));
        other.add("a.weight", 3, 3, Init::Normal(1.0));
        let bytes = some().to_bytes().unwrap();
        assert!(other.read(&bytes).unwrap_err().to_string().contains("`a.weight` is F64 [2, 3] in the file, and F64 [3, 3] in this network"));
        assert!(other.read(&bytes[..20]).is_err());
        let mut twice = some();
        twice.add("a.bias", 1, 2, Init::Constant(0.0));
        assert!(twice.to_bytes().unwrap_err().to_string().contains("two tensors are called `a.bias`"));
    }

    #[test]
    fn a_mask_is_made_of_names() {
        assert_eq!(some().mask(|name| name.ends_with("bias")), [false, false, false, false, false, false, true, true]);
    }
}
