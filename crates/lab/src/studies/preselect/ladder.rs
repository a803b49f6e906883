//! Models of different ability, and what each of them makes of the pool.

use serde::{Deserialize, Serialize};

use super::world::World;
use super::{Settings, gather, other};
use crate::blocks::genres::SYMBOLS;
use crate::blocks::ngram::NGram;
use crate::{Context, Go, Outcome, Status, StudyError};

/// Which models there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Models {
    /// Whether every second one is of the other family.
    pub(super) mixed: bool,
    /// The settings, but for the method and what comes after the models.
    pub(super) settings: Settings,
}

impl Models {
    /// Documents of the reference that model k learns from: each twice as many as the one before.
    pub(super) fn documents(&self, k: usize) -> usize {
        let halvings = self.settings.models.saturating_sub(k + 1) as u32;
        self.settings.reference.checked_shr(halvings).unwrap_or(0).max(1)
    }

    fn order(&self, k: usize) -> usize {
        if self.mixed && k % 2 == 1 { self.settings.other_order } else { self.settings.order }
    }
}

/// What models say of the documents of the pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ladder {
    /// The ability of each model.
    pub(super) abilities: Vec<f64>,
    /// Bits per symbol of every document, model after model.
    pub(super) bits: Vec<Vec<f32>>,
    /// Symbols that each has learned from, and bits per symbol of text that none has seen.
    pub(super) curve: Vec<[f64; 2]>,
}

impl Ladder {
    /// As bytes: models, documents, and then model after model.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let documents = self.bits.first().map_or(0, Vec::len);
        let mut bytes: Vec<u8> = [self.bits.len() as u64, documents as u64].into_iter().flat_map(u64::to_le_bytes).collect();
        for ((ability, bits), curve) in self.abilities.iter().zip(&self.bits).zip(&self.curve) {
            bytes.extend([*ability, curve[0], curve[1]].into_iter().flat_map(f64::to_le_bytes));
            bytes.extend(bits.iter().flat_map(|b| b.to_le_bytes()));
        }
        bytes
    }

    /// `None` for bytes that are none of it.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let word = |from: usize| bytes.get(from..from + 8)?.try_into().ok().map(u64::from_le_bytes);
        let count = |from: usize| usize::try_from(word(from)?).ok().filter(|n| *n <= bytes.len());
        let (models, documents) = (count(0)?, count(8)?);
        let each = 24 + 4 * documents;
        if bytes.len() != 16 + models.checked_mul(each)? {
            return None;
        }
        let mut ladder = Self::default();
        for from in (0..models).map(|k| 16 + k * each) {
            let number = |k: usize| word(from + 8 * k).map(f64::from_bits);
            ladder.abilities.push(number(0)?);
            ladder.curve.push([number(1)?, number(2)?]);
            let bits = bytes.get(from + 24..from + each)?.as_chunks::<4>().0;
            ladder.bits.push(bits.iter().map(|b| f32::from_le_bytes(*b)).collect());
        }
        Some(ladder)
    }

    /// Of a document, the bits under each model.
    pub(super) fn of(&self, document: usize) -> Vec<f64> {
        self.bits.iter().map(|bits| bits.get(document).copied().map_or(0.0, f64::from)).collect()
    }
}

/// Counts model after model, and hands over what they say.
pub(super) fn run(own: &Models, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let settings = &own.settings;
    let world = World::new(settings, context.seed, context.files)?;
    let saved = context.checkpoint.load().and_then(|bytes| Ladder::from_bytes(&bytes));
    let fits = |saved: &Ladder| saved.bits.len() <= settings.models && saved.bits.iter().all(|bits| bits.len() == world.pool.texts.len());
    let mut ladder = saved.filter(fits).unwrap_or_default();
    while ladder.bits.len() < settings.models {
        let k = ladder.bits.len();
        let texts = world.reference.texts.get(..own.documents(k)).ok_or_else(|| other("the reference has fewer documents than a model asks for"))?;
        let model = NGram::of(own.order(k), SYMBOLS, texts.iter().map(Vec::as_slice));
        let symbols: usize = texts.iter().map(Vec::len).sum();
        ladder.abilities.push(world.valid.measure(&model).mean());
        ladder.bits.push(world.pool.texts.iter().map(|text| model.bits_per_symbol(text) as f32).collect());
        ladder.curve.push([symbols as f64, gather::mean(&world.test.bits(&model)).unwrap_or(0.0)]);
        if (context.watch)((k + 1) as f64 / settings.models as f64) == Go::Stop && k + 1 < settings.models {
            let saved = context.checkpoint.save(&ladder.to_bytes());
            saved.map_err(|e| other(format!("cannot save the progress after model {k}: {e}")))?;
            return Err(StudyError::Interrupted);
        }
    }
    Ok(gather::outcome(&ladder.curve, &[], Some(ladder.to_bytes()), Status::Done))
}
