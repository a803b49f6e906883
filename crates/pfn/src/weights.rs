//! Weights on disk: safetensors with a model card inside; checkpoints of a training run.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use curves::Bins;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::PfnError;
use crate::config::Layout;
use crate::train::{Progress, Recipe};

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// How it was trained.
    pub recipe: Recipe,
    /// Steps done.
    pub steps: u64,
    /// Curves seen.
    pub curves: u64,
    /// Parameters.
    pub parameters: usize,
    /// Training loss at the end, nats per point.
    pub loss: Option<f64>,
    /// The commit of this repository that trained it.
    pub commit: String,
}

const CARD: &str = "card";
const BORDERS: &str = "head.borders";

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn floats(view: &TensorView<'_>) -> Vec<f32> {
    view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Writes beside the target under a name of its own, makes sure that it is on the disk, and renames: a reader sees the old file or the new one,
/// never half of one, and two runs that write one file do not meet.
pub(crate) fn write_atomically(path: &Path, data: &[u8]) -> Result<(), PfnError> {
    static WRITES: AtomicUsize = AtomicUsize::new(0);
    let fail = |e: std::io::Error| PfnError::Io { path: path.display().to_string(), why: e.to_string() };
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(fail)?;
    }
    let beside = path.with_extension(format!("{}-{}.tmp", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    let write = || {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(data)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|e| {
        // The reason is worth more than whether the remains could be removed.
        let _ = std::fs::remove_file(&beside);
        fail(e)
    })
}

/// A checksum of the state of a training run.
fn digest(weights: &[f32], first: &[f32], second: &[f32]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for v in [weights, first, second].into_iter().flatten() {
        hash.update(v.to_le_bytes());
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn serialise(tensors: Vec<(String, Vec<usize>, Vec<u8>)>, meta: HashMap<String, String>) -> Result<Vec<u8>, PfnError> {
    let mut views = Vec::with_capacity(tensors.len());
    for (name, shape, data) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), data).map_err(|e| PfnError::Weights(format!("{name}: {e}")))?;
        views.push((name.clone(), view));
    }
    safetensors::serialize(views, Some(meta)).map_err(|e| PfnError::Weights(e.to_string()))
}

/// Writes a network: every tensor, the borders of its bins and its card.
pub(crate) fn write(path: &Path, layout: &Layout, w: &[f32], bins: &Bins, card: &ModelCard) -> Result<(), PfnError> {
    let mut tensors: Vec<_> = layout.tensors.iter().map(|(n, s, at)| (n.clone(), s.clone(), bytes(&w[at.clone()]))).collect();
    let borders: Vec<f32> = bins.borders().iter().map(|b| *b as f32).collect();
    tensors.push((BORDERS.to_owned(), vec![borders.len()], bytes(&borders)));
    let json = serde_json::to_string(card).map_err(|e| PfnError::Weights(e.to_string()))?;
    write_atomically(path, &serialise(tensors, HashMap::from([(CARD.to_owned(), json)]))?)
}

/// Reads a network: its card, parameters and bins. Every tensor must be there with its shape, and finite.
pub(crate) fn read(data: &[u8]) -> Result<(ModelCard, Vec<f32>, Bins), PfnError> {
    let wrong = |e: String| PfnError::Weights(e);
    let (_, meta) = SafeTensors::read_metadata(data).map_err(|e| wrong(format!("not a safetensors file: {e}")))?;
    let json = meta.metadata().as_ref().and_then(|m| m.get(CARD)).ok_or_else(|| wrong("no model card in the file's metadata".into()))?;
    let card: ModelCard = serde_json::from_str(json).map_err(|e| wrong(format!("the model card is not readable: {e}")))?;
    card.recipe.network.check().map_err(wrong)?;
    let file = SafeTensors::deserialize(data).map_err(|e| wrong(e.to_string()))?;
    let layout = Layout::new(&card.recipe.network);
    // A card may say anything; the file must hold what it says before room is made for it.
    if layout.len().saturating_mul(4) > data.len() {
        return Err(wrong(format!("the card says {} parameters, and the file has {} bytes", layout.len(), data.len())));
    }
    let mut w = vec![0.0; layout.len()];
    let take = |name: &str, shape: &[usize]| -> Result<Vec<f32>, PfnError> {
        let view = file.tensor(name).map_err(|_| wrong(format!("tensor {name:?} is missing")))?;
        if view.dtype() != Dtype::F32 || view.shape() != shape {
            return Err(wrong(format!("tensor {name:?} is {:?} {:?}; the card says F32 {shape:?}", view.dtype(), view.shape())));
        }
        let values = floats(&view);
        match values.iter().position(|v| !v.is_finite()) {
            Some(i) => Err(wrong(format!("tensor {name:?} holds {} at {i}", values[i]))),
            None => Ok(values),
        }
    };
    for (name, shape, at) in &layout.tensors {
        w[at.clone()].copy_from_slice(&take(name, shape)?);
    }
    let borders = take(BORDERS, &[card.recipe.network.bins + 1])?;
    let bins = Bins::new(borders.iter().map(|v| f64::from(*v)).collect())?;
    Ok((card, w, bins))
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
struct CheckpointHead {
    recipe: Recipe,
    step: u64,
    loss_sum: f64,
    loss_steps: u64,
    log: Vec<Progress>,
    /// Of weights and moments; a checkpoint of before there was one has none.
    #[serde(default)]
    digest: Option<String>,
}

impl Checkpoint {
    pub fn write(&self, path: &Path, recipe: &Recipe) -> Result<(), PfnError> {
        let head = CheckpointHead {
            recipe: recipe.clone(),
            step: self.step,
            loss_sum: self.loss_sum,
            loss_steps: self.loss_steps,
            log: self.log.clone(),
            digest: Some(digest(&self.weights, &self.first, &self.second)),
        };
        let json = serde_json::to_string(&head).map_err(|e| PfnError::Weights(e.to_string()))?;
        let tensor = |name: &str, v: &[f32]| (name.to_owned(), vec![v.len()], bytes(v));
        let tensors = vec![tensor("weights", &self.weights), tensor("first", &self.first), tensor("second", &self.second)];
        write_atomically(path, &serialise(tensors, HashMap::from([("checkpoint".to_owned(), json)]))?)
    }

    pub fn read(path: &Path, recipe: &Recipe, n: usize) -> Result<Self, PfnError> {
        let wrong = |e: String| PfnError::Weights(format!("{}: {e}", path.display()));
        let data = std::fs::read(path).map_err(|e| PfnError::Io { path: path.display().to_string(), why: e.to_string() })?;
        let (_, meta) = SafeTensors::read_metadata(&data).map_err(|e| wrong(e.to_string()))?;
        let json = meta.metadata().as_ref().and_then(|m| m.get("checkpoint")).ok_or_else(|| wrong("not a checkpoint".into()))?;
        let head: CheckpointHead = serde_json::from_str(json).map_err(|e| wrong(e.to_string()))?;
        if head.recipe != *recipe {
            return Err(wrong("this checkpoint comes from another recipe; remove it, or give the recipe back its old values".into()));
        }
        let file = SafeTensors::deserialize(&data).map_err(|e| wrong(e.to_string()))?;
        let take = |name: &str| -> Result<Vec<f32>, PfnError> {
            let view = file.tensor(name).map_err(|e| wrong(e.to_string()))?;
            if view.dtype() != Dtype::F32 || view.shape() != [n] {
                return Err(wrong(format!("{name} is {:?} {:?}, not F32 [{n}]", view.dtype(), view.shape())));
            }
            let v = floats(&view);
            match v.iter().position(|x| !x.is_finite()) {
                Some(i) => Err(wrong(format!("{name} holds {} at {i}; the training diverged, or the file is damaged", v[i]))),
                None => Ok(v),
            }
        };
        let (weights, first, second) = (take("weights")?, take("first")?, take("second")?);
        if head.digest.is_some_and(|d| d != digest(&weights, &first, &second)) {
            return Err(wrong("its numbers are not those that were written; remove it, and train from the start".into()));
        }
        Ok(Self { step: head.step, weights, first, second, loss_sum: head.loss_sum, loss_steps: head.loss_steps, log: head.log })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/models/lcpfn-p1.toml")).unwrap();
        toml::from_str(&text).unwrap()
    }

    fn state() -> Checkpoint {
        let values = |k: f32| (0..50).map(|i| k * i as f32).collect();
        Checkpoint { step: 3, weights: values(0.5), first: values(0.1), second: values(0.2), loss_sum: 1.0, loss_steps: 2, log: Vec::new() }
    }

    #[test]
    fn a_card_that_promises_more_than_its_file_holds_is_refused() {
        // Found by fuzzing: 3 kB whose card says width 4096 and 64 layers, for which 34 GB were asked.
        let found = crate::Pfn::from_bytes(include_bytes!("../tests/fixtures/card-too-large.safetensors"));
        assert!(matches!(found, Err(PfnError::Weights(why)) if why.contains("and the file has 3292 bytes")));
    }

    #[test]
    fn a_checkpoint_reads_back_and_a_changed_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.safetensors");
        state().write(&path, &recipe()).unwrap();
        assert_eq!(Checkpoint::read(&path, &recipe(), 50).unwrap(), state());
        let whole = std::fs::read(&path).unwrap();
        // A bit of the last number.
        let mut bent = whole.clone();
        let last = bent.len() - 2;
        bent[last] ^= 1;
        std::fs::write(&path, bent).unwrap();
        assert!(Checkpoint::read(&path, &recipe(), 50).unwrap_err().to_string().contains("not those that were written"));
        let diverged = Checkpoint { weights: vec![f32::NAN; 50], ..state() };
        diverged.write(&path, &recipe()).unwrap();
        assert!(Checkpoint::read(&path, &recipe(), 50).unwrap_err().to_string().contains("NaN at 0"));
        assert!(Checkpoint::read(&path, &recipe(), 49).is_err());
    }

    #[test]
    fn two_threads_may_write_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.safetensors");
        std::thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| (0..50).for_each(|_| state().write(&path, &recipe()).unwrap()));
            }
        });
        assert_eq!(Checkpoint::read(&path, &recipe(), 50).unwrap(), state());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
