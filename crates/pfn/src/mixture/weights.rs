//! Weights of a network that answers in mixtures of normals, with its model card, and checkpoints of its training; safetensors.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::network::{Layout, Network};
use super::train::MixtureRecipe;
use crate::weights::write_atomically;
use crate::{PfnError, Progress};

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// How it was trained.
    pub recipe: MixtureRecipe,
    /// Steps done.
    pub steps: u64,
    /// Curves seen.
    pub curves: u64,
    /// Parameters.
    pub parameters: usize,
    /// Training loss at the end, nats per point in the units of the network.
    pub loss: Option<f64>,
    /// The commit of this repository that trained it.
    pub commit: String,
    /// Where it was trained, and what that did otherwise than the recipe, if not by `curvecast train`.
    #[serde(default)]
    pub how: Option<String>,
}

const CARD: &str = "schedule-card";
const STATE: &str = "schedule-checkpoint";

fn wrong(e: impl ToString) -> PfnError {
    PfnError::Weights(e.to_string())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A checksum of numbers.
pub(crate) fn digest(values: &[&[f32]]) -> String {
    let mut hash = Sha256::new();
    values.iter().copied().flatten().for_each(|v| hash.update(v.to_le_bytes()));
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn serialise(tensors: &[(String, Vec<usize>, Vec<u8>)], key: &str, json: String) -> Result<Vec<u8>, PfnError> {
    let mut views = Vec::with_capacity(tensors.len());
    for (name, shape, data) in tensors {
        views.push((name.clone(), TensorView::new(Dtype::F32, shape.clone(), data).map_err(wrong)?));
    }
    safetensors::serialize(views, Some(HashMap::from([(key.to_owned(), json)]))).map_err(wrong)
}

/// The text that a file has under `key` in its metadata.
fn said(data: &[u8], key: &str, what: &str) -> Result<String, PfnError> {
    let (_, meta) = SafeTensors::read_metadata(data).map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
    meta.metadata().as_ref().and_then(|m| m.get(key)).cloned().ok_or_else(|| wrong(format!("no {what} in the file's metadata")))
}

fn take(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, PfnError> {
    let view = file.tensor(name).map_err(|_| wrong(format!("tensor {name:?} is missing")))?;
    if view.shape() != shape {
        return Err(wrong(format!("tensor {name:?} is {:?}, not {shape:?}", view.shape())));
    }
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        // Half the bytes: how a network that is ready is shipped. Arithmetic is in single precision.
        Dtype::F16 => view.data().chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        other => return Err(wrong(format!("tensor {name:?} is {other:?}, neither F32 nor F16"))),
    };
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => Err(wrong(format!("tensor {name:?} holds {} at {i}", values[i]))),
        None => Ok(values),
    }
}

/// Writes a network: every tensor and its card.
pub(crate) fn write(path: &Path, layout: &Layout, w: &[f32], card: &Card) -> Result<(), PfnError> {
    let tensors: Vec<_> = layout.tensors.iter().map(|(n, s, at)| (n.clone(), s.clone(), bytes(&w[at.clone()]))).collect();
    write_atomically(path, &serialise(&tensors, CARD, serde_json::to_string(card).map_err(wrong)?)?)
}

/// The card of a network, without its weights.
pub(crate) fn card(data: &[u8]) -> Result<Card, PfnError> {
    let json = said(data, CARD, "model card")?;
    let card: Card = serde_json::from_str(&json).map_err(|e| wrong(format!("the model card is not readable: {e}")))?;
    card.recipe.check()?;
    Ok(card)
}

/// Reads a network: its card and parameters. Every tensor must be there with its shape, and finite.
pub(crate) fn read(data: &[u8]) -> Result<(Card, Network, Vec<f32>), PfnError> {
    let card = card(data)?;
    let file = SafeTensors::deserialize(data).map_err(wrong)?;
    let net = Network::new(card.recipe.network);
    // A card may say anything; the file must hold what it says before room is made for it.
    let n = net.layout.len();
    if n.saturating_mul(2) > data.len() {
        return Err(wrong(format!("the card says {n} parameters, and the file has {} bytes", data.len())));
    }
    let mut w = vec![0.0; n];
    for (name, shape, at) in &net.layout.tensors {
        w[at.clone()].copy_from_slice(&take(&file, name, shape)?);
    }
    Ok((card, net, w))
}

/// A training run between two steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checkpoint {
    pub step: u64,
    pub weights: Vec<f32>,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
    pub loss_sum: f64,
    pub loss_steps: u64,
    pub log: Vec<Progress>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    recipe: MixtureRecipe,
    step: u64,
    loss_sum: f64,
    loss_steps: u64,
    log: Vec<Progress>,
    digest: String,
}

impl Checkpoint {
    /// Before the first step.
    pub fn new(weights: Vec<f32>) -> Self {
        let n = weights.len();
        Self { step: 0, weights, first: vec![0.0; n], second: vec![0.0; n], loss_sum: 0.0, loss_steps: 0, log: Vec::new() }
    }

    pub fn write(&self, path: &Path, recipe: &MixtureRecipe) -> Result<(), PfnError> {
        let head = Head {
            recipe: recipe.clone(),
            step: self.step,
            loss_sum: self.loss_sum,
            loss_steps: self.loss_steps,
            log: self.log.clone(),
            digest: digest(&[&self.weights, &self.first, &self.second]),
        };
        let tensor = |name: &str, v: &[f32]| (name.to_owned(), vec![v.len()], bytes(v));
        let tensors = [tensor("weights", &self.weights), tensor("first", &self.first), tensor("second", &self.second)];
        write_atomically(path, &serialise(&tensors, STATE, serde_json::to_string(&head).map_err(wrong)?)?)
    }

    pub fn read(path: &Path, recipe: &MixtureRecipe, n: usize) -> Result<Self, PfnError> {
        let here = |e: PfnError| wrong(format!("{}: {e}", path.display()));
        let data = std::fs::read(path).map_err(|e| PfnError::Io { path: path.display().to_string(), why: e.to_string() })?;
        let head: Head = serde_json::from_str(&said(&data, STATE, "checkpoint").map_err(here)?).map_err(|e| here(wrong(e)))?;
        if head.recipe != *recipe {
            return Err(here(wrong("this checkpoint comes from another recipe; remove it, or give the recipe back its old values")));
        }
        let file = SafeTensors::deserialize(&data).map_err(|e| here(wrong(e)))?;
        let [weights, first, second] = ["weights", "first", "second"].map(|name| take(&file, name, &[n]).map_err(here));
        let (weights, first, second) = (weights?, first?, second?);
        if head.digest != digest(&[&weights, &first, &second]) {
            return Err(here(wrong("its numbers are not those that were written; remove it, and train from the start")));
        }
        Ok(Self { step: head.step, weights, first, second, loss_sum: head.loss_sum, loss_steps: head.loss_steps, log: head.log })
    }
}
