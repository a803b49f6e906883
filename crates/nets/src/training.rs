//! A training in progress: parameters, AdamW, groups and buffers; one step a call, and all of it as bytes to resume from.

use rand_pcg::Pcg64;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::optim::{AdamW, Group, clip};
use crate::{Arena, Mode, NetError, Params, Pass, Real, Var};

/// A training in progress.
#[derive(Debug)]
pub struct Training<T> {
    /// The network's numbers.
    pub params: Params<T>,
    /// The optimiser.
    pub adam: AdamW<T>,
    /// What is treated alike; may change from step to step.
    pub groups: Vec<Group>,
    /// The longest gradient that is followed as it is; infinite by default.
    pub clip: f64,
    /// The gradient of the last step, clipped.
    pub gradient: Vec<T>,
    arena: Arena<T>,
}

impl<T: Real> Training<T> {
    /// Of these parameters, all in one group with this weight decay.
    pub fn new(params: Params<T>, decay: f64) -> Self {
        let n = params.len();
        let groups = vec![Group { at: 0..n, rate: 1.0, decay }];
        Self { params, adam: AdamW::new(n), groups, clip: f64::INFINITY, gradient: vec![T::ZERO; n], arena: Arena::new() }
    }

    /// One step down the gradient of the value of one number that `loss` makes; gives that number, from before the step. A loss that is
    /// not finite moves nothing.
    pub fn step(&mut self, rate: f64, rng: Pcg64, loss: impl FnOnce(&mut Pass<'_, T>) -> Var) -> f64 {
        self.gradient.fill(T::ZERO);
        let mut pass = Pass::new(&mut self.params, &mut self.arena, Mode::Train, rng);
        let out = loss(&mut pass);
        let value = pass.scalar(out);
        pass.backward(out, &mut self.gradient);
        if value.is_finite() {
            clip(&mut self.gradient, self.clip);
            self.adam.step(&mut self.params.values, &self.gradient, rate, &self.groups);
        }
        value
    }

    /// Runs the network without learning.
    pub fn infer<R>(&mut self, rng: Pcg64, run: impl FnOnce(&mut Pass<'_, T>) -> R) -> R {
        run(&mut Pass::new(&mut self.params, &mut self.arena, Mode::Infer, rng))
    }

    /// Everything that the next step depends on, as a safetensors file of 64-bit floats.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = |v: &[T]| -> Vec<u8> { v.iter().flat_map(|x| x.wide().to_le_bytes()).collect() };
        let parts = [
            ("values", bytes(&self.params.values)),
            ("state", bytes(&self.params.state)),
            ("m", bytes(&self.adam.m)),
            ("v", bytes(&self.adam.v)),
            ("step", (self.adam.step as f64).to_le_bytes().to_vec()),
        ];
        let views = parts.iter().filter_map(|(name, data)| Some((*name, TensorView::new(Dtype::F64, vec![data.len() / 8], data).ok()?)));
        // Names are distinct and every view is as long as its data, so that nothing is left to fail.
        safetensors::serialize(views, None).unwrap_or_default()
    }

    /// Goes on from what [`Training::to_bytes`] wrote of a training of the same network.
    ///
    /// # Errors
    ///
    /// Bytes that are damaged, or of another network.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| NetError::Weights(e.to_string()))?;
        let part = |name: &str, n: usize| -> Result<Vec<f64>, NetError> {
            let view = file.tensor(name).map_err(|e| NetError::Weights(format!("`{name}`: {e}")))?;
            let found: Vec<f64> = view.data().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
            if found.len() == n { Ok(found) } else { Err(NetError::Weights(format!("`{name}` has {} numbers, and this network {n}", found.len()))) }
        };
        let n = self.params.len();
        let narrow = |v: Vec<f64>| v.into_iter().map(T::of).collect::<Vec<T>>();
        let (values, m, v) = (part("values", n)?, part("m", n)?, part("v", n)?);
        let (state, step) = (part("state", self.params.state.len())?, part("step", 1)?);
        (self.params.values, self.params.state) = (narrow(values), narrow(state));
        (self.adam.m, self.adam.v, self.adam.step) = (narrow(m), narrow(v), step[0] as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{BatchNorm, Linear};
    use crate::losses;
    use rand::SeedableRng;

    fn training() -> (Training<f32>, impl Fn(&mut Training<f32>, u64) -> f64) {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let (layer, norm, head) = (Linear::new(&mut params, "a", 2, 4), BatchNorm::new(&mut params, "n", 4), Linear::new(&mut params, "b", 4, 1));
        let step = move |training: &mut Training<f32>, k: u64| {
            training.step(0.01, Pcg64::seed_from_u64(k), |pass| {
                let data: Vec<f32> = (0..8).map(|i| ((i * i) as f32 + k as f32).sin()).collect();
                let x = pass.input(&data, 4, 2);
                let hidden = layer.forward(pass, x);
                let hidden = norm.forward(pass, hidden);
                let y = head.forward(pass, hidden);
                let wanted = pass.input(&data[..4], 4, 1);
                let errors = losses::squared_error(pass, y, wanted);
                pass.mean(errors)
            })
        };
        (Training::new(params, 0.01), step)
    }

    #[test]
    fn resuming_gives_the_same_bytes() {
        let (mut whole, step) = training();
        let losses: Vec<f64> = (0..20).map(|k| step(&mut whole, k)).collect();
        assert!(losses[19] < losses[0]);
        let (mut part, step) = training();
        for k in 0..7 {
            step(&mut part, k);
        }
        let kept = part.to_bytes();
        let (mut resumed, step) = training();
        resumed.read(&kept).unwrap();
        for k in 7..20 {
            step(&mut resumed, k);
        }
        assert_eq!(resumed.to_bytes(), whole.to_bytes());
        assert!(resumed.read(&kept[..30]).is_err());
    }

    #[test]
    fn a_loss_that_is_not_finite_moves_nothing() {
        let (mut training, step) = training();
        step(&mut training, 1);
        let before = training.params.values.clone();
        let loss = training.step(0.01, Pcg64::seed_from_u64(1), |pass| pass.input(&[f32::NAN], 1, 1));
        assert!(loss.is_nan());
        assert_eq!(training.params.values, before);
    }
}
