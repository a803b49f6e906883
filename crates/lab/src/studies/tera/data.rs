//! Sounds as frames: which takes are learned from, chosen by and measured on, and by whom.

use rand::seq::SliceRandom;

use super::{Method, Settings, World, other};
use crate::blocks::formant_tones::Tones;
use crate::blocks::log_mel::{LogMel, OPERATIONS, normalise};
use crate::blocks::spoken_digits::{self, DIGITS, SPEAKERS, TAKES};
use crate::blocks::streams::{Purpose, stream};
use crate::{Files, StudyError};

/// What a take is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// To learn from without labels.
    Train,
    /// To learn from with labels too.
    Known,
    /// To choose by.
    Valid,
    /// To measure on.
    Test,
}

/// One sound.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sound {
    pub(super) frames: Vec<f32>,
    pub(super) digit: u32,
    pub(super) speaker: u32,
    pub(super) part: Part,
}

/// The sounds of a seed.
pub(super) struct Data {
    /// What probes and fits are about.
    pub(super) sounds: Vec<Sound>,
    /// What is pretrained on, without labels.
    pub(super) pool: Vec<Vec<f32>>,
    pub(super) digits: usize,
    pub(super) speakers: usize,
}

/// Digits and speakers of a world.
pub(super) fn sizes(own: &Settings) -> (usize, usize) {
    if own.world == World::Fsdd { (DIGITS, SPEAKERS) } else { (own.digits, own.speakers) }
}

/// Speakers whom probes and fits are about.
pub(super) fn asked(own: &Settings) -> usize {
    let speakers = sizes(own).1;
    if own.transfer { speakers - speakers / 2 } else { speakers }
}

/// Frames of a sound, about: for what is planned.
pub(super) fn usual(own: &Settings) -> usize {
    own.frames.min(if own.world == World::Fsdd { 42 } else { 36 })
}

/// Operations that make the frames of all sounds.
pub(super) fn flops(own: &Settings) -> f64 {
    let (digits, speakers) = sizes(own);
    let elsewhere = if own.method == Method::Elsewhere { DIGITS * SPEAKERS * own.train } else { 0 };
    let sounds = digits * speakers * (own.train + own.valid + own.test) + elsewhere;
    OPERATIONS * (sounds * usual(own)) as f64
}

/// What each of so many takes is for, of which others may be left over.
fn parts(own: &Settings, count: usize, seed: u64) -> Vec<(usize, Part)> {
    let mut takes: Vec<usize> = (0..count).collect();
    takes.shuffle(&mut stream(seed, Purpose::Deal, 0));
    let unknown = own.train - own.few;
    let kinds = [(Part::Test, own.test), (Part::Valid, own.valid), (Part::Known, own.few), (Part::Train, unknown)];
    let all = kinds.into_iter().flat_map(|(part, count)| std::iter::repeat_n(part, count));
    takes.into_iter().zip(all).collect()
}

/// Makes frames of sounds.
struct Ear<'a> {
    own: &'a Settings,
    maker: LogMel,
}

impl Ear<'_> {
    fn frames(&self, sound: &[f32]) -> Vec<f32> {
        let mut frames = self.maker.frames(sound, self.own.frames);
        normalise(&mut frames);
        frames
    }

    /// The takes of a made world, each with random numbers of its own.
    fn made(&self, tones: &Tones, (digits, speakers): (usize, usize), takes: &[(usize, Part)], seed: u64, world: u64) -> Vec<Sound> {
        let mut sounds = Vec::new();
        for (take, part) in takes {
            for place in 0..digits * speakers {
                let (digit, speaker) = (place % digits, place / digits);
                let number = 2 * (take * digits * speakers + place) as u64 + world;
                let sound = tones.take(digit, speaker, &mut stream(seed, Purpose::Pictures, number));
                sounds.push(Sound { frames: self.frames(&sound), digit: digit as u32, speaker: speaker as u32, part: *part });
            }
        }
        sounds
    }
}

impl Data {
    /// The sounds of a seed.
    ///
    /// # Errors
    /// Files that are absent or damaged.
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let ear = Ear { own, maker: LogMel::new() };
        let (digits, speakers) = sizes(own);
        let mut rng = stream(seed, Purpose::Projection, 0);
        let sounds: Vec<Sound> = if own.world == World::Fsdd {
            let takes = parts(own, TAKES, seed);
            let numbers: Vec<usize> = takes.iter().map(|(take, _)| *take).collect();
            let all = spoken_digits::read(files, &numbers)?.into_iter();
            let part = |take: usize| takes.iter().find(|(other, _)| *other == take).map_or(Part::Train, |(_, part)| *part);
            all.map(|r| Sound { frames: ear.frames(&r.sound), digit: r.digit, speaker: r.speaker, part: part(r.take) }).collect()
        } else {
            let tones = Tones::new(digits, speakers, own.world == World::Alike, &mut rng);
            ear.made(&tones, (digits, speakers), &parts(own, own.train + own.valid + own.test, seed), seed, 0)
        };
        let (sounds, before) = dealt(own, sounds, speakers, seed);
        let pool = if own.method == Method::Elsewhere {
            // Another world than any that is asked about.
            let tones = Tones::new(DIGITS, SPEAKERS, false, &mut stream(seed, Purpose::Projection, 1));
            let takes: Vec<(usize, Part)> = (0..own.train).map(|take| (take, Part::Train)).collect();
            ear.made(&tones, (DIGITS, SPEAKERS), &takes, seed, 1).into_iter().map(|sound| sound.frames).collect()
        } else {
            before
        };
        if pool.is_empty() || sounds.is_empty() {
            return Err(other("there are no sounds to learn from"));
        }
        Ok(Self { sounds, pool, digits, speakers: asked(own) })
    }

    /// The sounds of a part that pass.
    pub(super) fn of(&self, part: Part, passes: impl Fn(&Sound) -> bool) -> Vec<&Sound> {
        self.sounds.iter().filter(|sound| sound.part == part && passes(sound)).collect()
    }
}

/// The sounds that probes and fits are about, and those that are pretrained on. With transfer the speakers are dealt out by halves.
fn dealt(own: &Settings, sounds: Vec<Sound>, speakers: usize, seed: u64) -> (Vec<Sound>, Vec<Vec<f32>>) {
    let learned = |sound: &&Sound| matches!(sound.part, Part::Train | Part::Known);
    if !own.transfer {
        let pool = sounds.iter().filter(learned).map(|sound| sound.frames.clone()).collect();
        return (sounds, pool);
    }
    let mut order: Vec<u32> = (0..speakers as u32).collect();
    order.shuffle(&mut stream(seed, Purpose::Deal, 1));
    let (others, kept) = order.split_at(speakers / 2);
    let pool = sounds.iter().filter(learned).filter(|sound| others.contains(&sound.speaker)).map(|sound| sound.frames.clone()).collect();
    let place = |sound: Sound| Some(Sound { speaker: kept.iter().position(|s| *s == sound.speaker)? as u32, ..sound });
    (sounds.into_iter().filter_map(place).collect(), pool)
}
