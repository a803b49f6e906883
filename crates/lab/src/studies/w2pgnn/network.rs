//! The network, and its fine-tuning on a target.

use nets::layers::Linear;
use nets::models::Gin;
use nets::{Params, Pass, Training, Var, losses};

use super::Settings;
use super::roles::{BUCKETS, Batch, ROLES, cuts, labelled};
use super::world::Target;
use crate::blocks::graphons::Graph;
use crate::blocks::streams::{Purpose, stream};

/// The numbers of a pretrained network, without what was put on top of it.
pub(super) struct Body {
    pub(super) values: Vec<f32>,
    pub(super) state: Vec<f32>,
}

/// The network with its first weights, which all arms of a seed share.
pub(super) fn first(own: &Settings, seed: u64) -> (Params<f32>, Gin) {
    let mut params = Params::<f32>::new(stream(seed, Purpose::Weights, 0));
    let gin = Gin::new(&mut params, BUCKETS + 1, own.width, own.layers);
    (params, gin)
}

/// Operations of passing a node forward.
pub(super) fn forward(own: &Settings) -> f64 {
    let (width, layers) = (own.width as f64, own.layers as f64);
    2.0 * (width * (BUCKETS + 1) as f64 + 2.0 * layers * width * width + width * BUCKETS as f64)
}

/// The place of the largest number.
fn likeliest(scores: &[f32]) -> u32 {
    let best = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), |best, (k, &s)| if s > best.1 { (k, s) } else { best });
    best.0 as u32
}

/// Scores of the roles of all nodes.
fn scores(pass: &mut Pass<'_, f32>, gin: &Gin, head: &Linear, batch: &Batch) -> Var {
    let x = batch.input(pass);
    let nodes = gin.nodes(pass, x, &batch.edges());
    head.forward(pass, nodes)
}

/// Fine-tunes on a target, from a pretrained network or from first weights; gives the accuracy on its test part and on its validation part, or why
/// there is none.
pub(super) fn fine_tune(own: &Settings, seed: u64, body: Option<&Body>, target: &Target, rate: f64, steps: usize) -> Result<[f64; 2], String> {
    let (mut params, gin) = first(own, seed);
    if let Some(body) = body {
        params.values.copy_from_slice(&body.values);
        params.state.copy_from_slice(&body.state);
    }
    // Drawn after the network, and so the same whatever the network starts from.
    let head = Linear::new(&mut params, "roles", own.width, ROLES);
    let mut training = Training::new(params, 0.0);
    let cuts = cuts(&target.train);
    let (batch, roles) = labelled(&target.train, &cuts);
    for step in 0..steps {
        let rate = rate * (1.0 - step as f64 / steps as f64);
        let loss = training.step(rate, stream(seed, Purpose::Steps, step as u64), |pass| {
            let scores = scores(pass, &gin, &head, &batch);
            let losses = losses::cross_entropy(pass, scores, &roles, 0.0);
            pass.mean(losses)
        });
        if !loss.is_finite() {
            return Err(format!("the loss is no longer finite at step {step} of {steps}; lower the rate"));
        }
    }
    let mut accuracy = |graphs: &[Graph]| {
        let (batch, roles) = labelled(graphs, &cuts);
        training.infer(stream(seed, Purpose::Steps, u64::MAX), |pass| {
            let found = scores(pass, &gin, &head, &batch);
            let rows = pass.value(found);
            if rows.iter().any(|score| !score.is_finite()) {
                return Err("scores are no longer finite; lower the rate".to_owned());
            }
            let right = rows.chunks_exact(ROLES).zip(&roles).filter(|(row, role)| likeliest(row) == **role).count();
            Ok(right as f64 / roles.len().max(1) as f64)
        })
    };
    Ok([accuracy(&target.test)?, accuracy(&target.valid)?])
}
