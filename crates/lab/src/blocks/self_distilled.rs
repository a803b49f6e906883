//! Self-distillation without labels (DINO; Caron et al., arXiv 2104.14294) on the shared convolutional encoder.
//!
//! A network says of a view of a picture which of some prototypes it is like: softmax of `cos(z, prototype) / τ`, where z is a projection of the
//! features. The student (τ = 0.1) is to say of one view what a teacher (τ = 0.04, less a running mean of its scores, the centre) says of another
//! view of the same picture. The teacher is a running mean of the student.

use nets::layers::{Images, Linear};
use nets::models::Cnn;
use nets::{Arena, Init, Mode, Params, Pass, Tensor, Training, Var, losses};
use rand_pcg::Pcg64;

use super::encoder;
use super::sized_encoder;

/// Prototypes.
pub(crate) const PROTOTYPES: usize = 64;

/// Numbers of the hidden layer and of the end of the projection.
const HIDDEN: usize = 64;
const PROJECTED: usize = 32;

/// Temperatures of student and teacher.
pub(crate) const STUDENT: f64 = 0.1;
pub(crate) const TEACHER: f32 = 0.04;

/// Share of the centre that is kept in a step.
const CENTRE: f32 = 0.9;

/// Share of the teacher that is kept in the first step; it rises to 1 along half a cosine.
const KEEP: f64 = 0.99;

/// What lies above the features of any encoder: a projection, and prototypes, which are the last numbers of a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projection {
    hidden: Linear,
    project: Linear,
    prototypes: Tensor,
}

impl Projection {
    /// Adds its tensors.
    pub(crate) fn new(params: &mut Params<f32>, features: usize) -> Self {
        Self {
            hidden: Linear::new(params, "project.0", features, HIDDEN),
            project: Linear::new(params, "project.1", HIDDEN, PROJECTED),
            prototypes: params.add("prototypes", PROTOTYPES, PROJECTED, Init::Normal(1.0)),
        }
    }

    /// Where the prototypes lie.
    pub(crate) fn prototypes(&self) -> Tensor {
        self.prototypes
    }

    /// Multiplications of the features of a view.
    pub(crate) fn multiplications(features: usize) -> f64 {
        (features * HIDDEN + HIDDEN * PROJECTED + PROJECTED * PROTOTYPES) as f64
    }

    /// Cosines of features with all prototypes.
    pub(crate) fn cosines(&self, pass: &mut Pass<'_, f32>, features: Var) -> Var {
        let hidden = self.hidden.forward(pass, features);
        let hidden = pass.gelu(hidden);
        let projected = self.project.forward(pass, hidden);
        let projected = pass.unit_rows(projected);
        let prototypes = pass.weight(self.prototypes);
        let prototypes = pass.unit_rows(prototypes);
        let prototypes = pass.transpose(prototypes);
        pass.product(projected, prototypes)
    }
}

/// Moves a teacher towards its student; the share that is kept rises from `first` to 1 along half a cosine of what is done.
pub(crate) fn follow(teacher: &mut [f32], student: &[f32], first: f64, done: f64) {
    let keep = 1.0 - 0.5 * (1.0 - first) * (1.0 + (std::f64::consts::PI * done).cos());
    nets::optim::average(teacher, student, keep);
}

/// Encoder, projection and prototypes.
#[derive(Clone, Debug)]
pub(crate) struct SelfDistilled {
    net: Cnn,
    projection: Projection,
    side: usize,
}

/// Multiplications of a view passed forward.
pub(crate) fn multiplications(width: usize, side: usize) -> f64 {
    sized_encoder::multiplications(width, side) + Projection::multiplications(encoder::features_of(width))
}

impl SelfDistilled {
    /// Adds its tensors, those of the encoder first; the encoder has a head of `outs`, which is not used here.
    pub(crate) fn new(params: &mut Params<f32>, width: usize, outs: usize, side: usize) -> Self {
        let net = encoder::build(params, width, outs);
        Self { net, projection: Projection::new(params, encoder::features_of(width)), side }
    }

    /// The encoder.
    pub(crate) fn encoder(&self) -> &Cnn {
        &self.net
    }

    /// What a training remembers at its beginning: teacher, running statistics of it, and the centre.
    pub(crate) fn memory(params: &Params<f32>) -> Vec<f32> {
        params.values.iter().chain(&params.state).copied().chain([0.0; PROTOTYPES]).collect()
    }

    /// Cosines of views with all prototypes.
    fn cosines(&self, pass: &mut Pass<'_, f32>, pixels: &[f32], count: usize) -> Var {
        let shape = Images { batch: count, height: self.side, width: self.side };
        let x = pass.input(pixels, shape.rows(), 1);
        let features = self.net.features(pass, x, shape);
        self.projection.cosines(pass, features)
    }

    /// A step on `count` pictures, of which `pixels` has one view each and then another view each; `done` is the share of the steps that are done.
    /// Gives the loss before it; a memory of another network is a loss that is not a number.
    pub(crate) fn step(&self, training: &mut Training<f32>, memory: &mut [f32], pixels: &[f32], count: usize, rng: Pcg64, (rate, done): (f64, f64)) -> f64 {
        let Some((teacher, rest)) = memory.split_at_mut_checked(training.params.len()) else { return f64::NAN };
        let Some((state, centre)) = rest.split_at_mut_checked(training.params.state.len()) else { return f64::NAN };
        let said = {
            let mut arena = Arena::new();
            // The teacher too takes the statistics of the batch, as in the authors' code.
            let mut pass = Pass::with(teacher, state, &mut arena, Mode::Train, rng.clone());
            let said = self.cosines(&mut pass, pixels, 2 * count);
            pass.value(said).to_vec()
        };
        let mut wanted = targets(&said, centre);
        // A view is to be what the other view of the same picture is.
        wanted.rotate_left(count * PROTOTYPES);
        let loss = training.step(rate, rng, |pass| {
            let found = self.cosines(pass, pixels, 2 * count);
            let scores = pass.affine(found, STUDENT.recip(), 0.0);
            let wanted = pass.input(&wanted, 2 * count, PROTOTYPES);
            let errors = losses::soft_cross_entropy(pass, scores, wanted);
            pass.mean(errors)
        });
        let rows = (2 * count).max(1) as f32;
        for (k, c) in centre.iter_mut().enumerate() {
            let mean = said.iter().skip(k).step_by(PROTOTYPES).sum::<f32>() / rows;
            *c = CENTRE * *c + (1.0 - CENTRE) * mean;
        }
        follow(teacher, &training.params.values, KEEP, done);
        loss
    }
}

/// What the teacher says: softmax of its cosines less the centre, sharpened.
fn targets(cosines: &[f32], centre: &[f32]) -> Vec<f32> {
    let mut wanted = cosines.to_vec();
    for row in wanted.chunks_exact_mut(PROTOTYPES) {
        row.iter_mut().zip(centre).for_each(|(v, c)| *v = (*v - c) / TEACHER);
        nets::kernels::softmax(row);
    }
    wanted
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn net() -> (SelfDistilled, Training<f32>, Vec<f32>) {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = SelfDistilled::new(&mut params, 2, 1, 8);
        let memory = SelfDistilled::memory(&params);
        (net, Training::new(params, 0.0), memory)
    }

    fn pixels(count: usize) -> Vec<f32> {
        (0..count * 64).map(|k| (k as f32 * 0.7).sin() + (k as f32 * 0.013).cos()).collect()
    }

    #[test]
    fn what_is_wanted_is_a_distribution_that_the_centre_levels() {
        let mut cosines = vec![0.0; 2 * PROTOTYPES];
        cosines[3] = 0.4;
        let plain = targets(&cosines, &[0.0; PROTOTYPES]);
        assert!(plain.chunks_exact(PROTOTYPES).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        assert!(plain[3] > 0.99 && (plain[PROTOTYPES] - 1.0 / 64.0).abs() < 1e-6, "{}", plain[3]);
        let mut centre = [0.0; PROTOTYPES];
        centre[3] = 0.4;
        assert!((targets(&cosines, &centre)[3] - 1.0 / 64.0).abs() < 1e-6);
    }

    #[test]
    fn the_teacher_follows_and_stays_at_the_end() {
        let (net, mut training, mut memory) = net();
        let n = training.params.len();
        let first = memory.clone();
        // First weights of both: the teacher moves by the share that it does not keep.
        let loss = net.step(&mut training, &mut memory, &pixels(8), 4, Pcg64::seed_from_u64(2), (1e-2, 0.0));
        assert!(loss.is_finite() && loss > 0.0);
        let moved = |k: usize| (memory[k] - first[k]) - 0.01 * (training.params.values[k] - first[k]);
        assert!((0..n).all(|k| moved(k).abs() < 1e-5) && memory[..n] != first[..n]);
        assert!(memory[n + training.params.state.len()..].iter().any(|c| *c != 0.0));
        let before = memory[..n].to_vec();
        net.step(&mut training, &mut memory, &pixels(8), 4, Pcg64::seed_from_u64(3), (1e-2, 1.0));
        assert!(memory[..n].iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-6));
        assert!(net.step(&mut training, &mut [0.0; 3], &pixels(8), 4, Pcg64::seed_from_u64(3), (1e-2, 1.0)).is_nan());
    }

    #[test]
    fn the_count_of_multiplications_is_that_of_the_products() {
        let (net, mut training, _) = net();
        let before = nets::product::operations();
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            net.cosines(pass, &pixels(6), 6);
        });
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (12.0 * multiplications(2, 8)) - 1.0).abs() < 1e-9, "{spent}");
    }

    #[test]
    fn two_views_of_a_picture_come_to_be_alike() {
        let (net, mut training, mut memory) = net();
        // Eight pictures; a view is the picture, brighter or darker.
        let shown = |by: f32| -> Vec<f32> { pixels(8).iter().map(|v| by * v).collect() };
        let both: Vec<f32> = [shown(1.2), shown(0.8)].concat();
        // Mean square distance of what is said of the two views of a picture, over that of what is said of views of two pictures.
        let apart = |training: &mut Training<f32>| {
            let said = training.infer(Pcg64::seed_from_u64(0), |pass| {
                let said = net.cosines(pass, &both, 16);
                pass.value(said).to_vec()
            });
            let row = |k: usize| &said[k * PROTOTYPES..(k + 1) * PROTOTYPES];
            let mean = |by: usize| {
                let all = (0..8).map(|k| row(k).iter().zip(row(8 + (k + by) % 8)).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>());
                all.sum::<f64>() / 8.0
            };
            mean(0) / (1..8).map(mean).sum::<f64>() * 7.0
        };
        let before = apart(&mut training);
        for k in 0..60 {
            // The loss itself may rise: as the centre is found, the teacher says less firmly what it says of all.
            assert!(net.step(&mut training, &mut memory, &both, 8, Pcg64::seed_from_u64(k), (1e-2, k as f64 / 60.0)).is_finite());
        }
        let after = apart(&mut training);
        assert!(after < 0.5 * before, "{before} {after}");
    }
}
