//! Spoken digits that are made here: pulses through two resonances, whose frequencies go from phone to phone.
//!
//! A digit is three phones of six, each with two frequencies (formants). A speaker has a pitch (how often pulses come) and a length of the vocal
//! tract, by which all formants are multiplied. A take has its own length, slips of pitch and formants, loudness and noise. In a world in which
//! speakers are alike every take draws pitch and tract anew from those of all speakers, so that nothing says who speaks.

use std::f64::consts::PI;

use nets::params::normal;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::log_mel::RATE;

/// Different phones.
const PHONES: usize = 6;

/// Samples of a take, from and to.
const LENGTH: (usize, usize) = (2_000, 4_000);

/// Samples between two changes of the formants.
const PIECE: usize = 40;

/// Width of a resonance, in Hz.
const WIDTH: f64 = 100.0;

/// Digits and speakers of a world.
pub(crate) struct Tones {
    /// Of every digit three phones, each with two formants in Hz.
    digits: Vec<[[f64; 2]; 3]>,
    /// Of every speaker pitch in Hz, and factor on the formants.
    speakers: Vec<[f64; 2]>,
    alike: bool,
}

/// So many numbers from one to another, evenly spaced in their logarithm, in random order.
fn spread(count: usize, low: f64, high: f64, rng: &mut Pcg64) -> Vec<f64> {
    let at = |k: usize| low * (high / low).powf(if count > 1 { k as f64 / (count - 1) as f64 } else { 0.5 });
    let mut all: Vec<f64> = (0..count).map(at).collect();
    all.shuffle(rng);
    all
}

impl Tones {
    /// A world.
    pub(crate) fn new(digits: usize, speakers: usize, alike: bool, rng: &mut Pcg64) -> Self {
        let (first, second) = (spread(PHONES, 280.0, 800.0, rng), spread(PHONES, 900.0, 2_400.0, rng));
        let phones: Vec<[f64; 2]> = first.into_iter().zip(second).map(|(a, b)| [a, b]).collect();
        let mut words: Vec<[usize; 3]> = Vec::new();
        while words.len() < digits.min(PHONES * PHONES * PHONES) {
            let word = [(); 3].map(|()| rng.random_range(0..PHONES));
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let (pitches, tracts) = (spread(speakers, 90.0, 230.0, rng), spread(speakers, 0.88, 1.14, rng));
        let speakers = pitches.into_iter().zip(tracts).map(|(pitch, tract)| [pitch, tract]).collect();
        Self { digits: words.iter().map(|word| word.map(|phone| phones[phone])).collect(), speakers, alike }
    }

    /// A take of a digit by a speaker, both counted from 0; silence where there is no such digit or speaker.
    pub(crate) fn take(&self, digit: usize, speaker: usize, rng: &mut Pcg64) -> Vec<f32> {
        let length = rng.random_range(LENGTH.0..=LENGTH.1);
        // As many draws whether speakers are alike or not.
        let drawn = rng.random_range(0..self.speakers.len().max(1));
        let voice = self.speakers.get(if self.alike { drawn } else { speaker });
        let (Some([pitch, tract]), Some(phones)) = (voice, self.digits.get(digit)) else { return vec![0.0; length] };
        let pitch = pitch * (1.0 + 0.03 * normal(rng));
        let phones = phones.map(|formants| formants.map(|f| f * tract * (1.0 + 0.08 * normal(rng))));
        let loudness = 0.1 * (0.3 * normal(rng)).exp();
        let (mut phase, mut before, mut last) = (rng.random::<f64>(), [0.0; 2], [0.0; 2]);
        let decay = (-PI * WIDTH / RATE as f64).exp();
        let mut turns = [0.0; 2];
        let mut sound = Vec::with_capacity(length);
        for n in 0..length {
            if n % PIECE == 0 {
                // Where between three phones.
                let at = 2.0 * n as f64 / length as f64;
                let (from, to, part) = if at < 1.0 { (phones[0], phones[1], at) } else { (phones[1], phones[2], at - 1.0) };
                turns = [0, 1].map(|k| 2.0 * decay * (2.0 * PI * (from[k] + part * (to[k] - from[k])) / RATE as f64).cos());
            }
            phase += pitch / RATE as f64;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= pulse;
            let driven = pulse + 0.01 * normal(rng);
            let mut sum = 0.0;
            for (k, gain) in [1.0, 0.7].into_iter().enumerate() {
                let now = driven + turns[k] * last[k] - decay * decay * before[k];
                (before[k], last[k]) = (last[k], now);
                sum += gain * now;
            }
            sound.push((loudness * sum) as f32);
        }
        sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// The lag, in samples, at which a sound is most like itself.
    fn period(sound: &[f32]) -> usize {
        let alike = |lag: usize| sound.iter().zip(&sound[lag..]).map(|(a, b)| f64::from(a * b)).sum::<f64>() / (sound.len() - lag) as f64;
        (RATE / 260..RATE / 80).max_by(|a, b| alike(*a).total_cmp(&alike(*b))).unwrap()
    }

    #[test]
    fn pitch_is_that_of_the_speaker() {
        let tones = Tones::new(10, 6, false, &mut Pcg64::seed_from_u64(1));
        let mut right = 0;
        for speaker in 0..6 {
            for digit in 0..10 {
                let sound = tones.take(digit, speaker, &mut Pcg64::seed_from_u64((10 * speaker + digit) as u64));
                assert!((LENGTH.0..=LENGTH.1).contains(&sound.len()) && sound.iter().all(|v| v.is_finite()));
                let found = RATE as f64 / period(&sound) as f64;
                right += usize::from((found / tones.speakers[speaker][0] - 1.0).abs() < 0.12);
            }
        }
        // Now and then two periods are as much alike as one.
        assert!(right >= 48, "{right} of 60");
    }

    #[test]
    fn speakers_who_are_alike_say_nothing() {
        let tones = Tones::new(10, 6, true, &mut Pcg64::seed_from_u64(1));
        let take = |speaker: usize| tones.take(3, speaker, &mut Pcg64::seed_from_u64(5));
        assert_eq!(take(0), take(5));
        let apart = Tones::new(10, 6, false, &mut Pcg64::seed_from_u64(1));
        assert_ne!(apart.take(3, 0, &mut Pcg64::seed_from_u64(5)), apart.take(3, 5, &mut Pcg64::seed_from_u64(5)));
        assert_eq!(apart.digits, tones.digits);
        assert!(apart.digits.iter().enumerate().all(|(k, digit)| !apart.digits[..k].contains(digit)));
        assert!(apart.take(10, 0, &mut Pcg64::seed_from_u64(5)).iter().all(|v| *v == 0.0));
    }
}
