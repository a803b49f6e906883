//! Pictures to test on that are the same for every seed, divided so that each seed has its own: differences over seeds then hold what other pictures
//! would change as well.

use super::samples::Samples;

/// The part of this number of pictures, which are divided into so many parts that have as many of every label, or one more.
pub(crate) fn own_part(samples: &Samples, parts: usize, number: u64) -> Samples {
    let (parts, labels) = (parts.max(1), &samples.labels);
    let own = (number % parts as u64) as usize;
    // How many pictures before one have its label.
    let place = |k: usize| labels.iter().take(k).filter(|other| Some(*other) == labels.get(k)).count();
    samples.those((0..labels.len()).filter(|k| place(*k) % parts == own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_every_label_and_no_picture_twice() {
        let samples = Samples { pixels: (0..13).map(|k| k as f32).collect(), labels: vec![0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1], side: 1 };
        let parts: Vec<Samples> = (0..4).map(|number| own_part(&samples, 4, number)).collect();
        let mut all: Vec<f32> = parts.iter().flat_map(|part| part.pixels.clone()).collect();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, samples.pixels);
        let count = |part: &Samples, label: u32| part.labels.iter().filter(|l| **l == label).count();
        assert!(parts.iter().all(|part| count(part, 0) == 1 && (2..=3).contains(&count(part, 1))));
        assert_eq!((own_part(&samples, 4, 1_001), own_part(&samples, 1, 7)), (parts[1].clone(), samples));
    }
}
