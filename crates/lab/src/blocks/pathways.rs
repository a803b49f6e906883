//! Ways of samples through mixtures of experts, and how far apart two of them are (Li et al., arXiv 2506.21551).
//!
//! Of every layer a sample has a weight for each expert. Its experts there are those with the largest weights, the largest first, as many as it takes
//! for their weights to add up to a share. A way is what these are of all layers, written as the authors write it: `3,1,5-2-7,0`.
//!
//! The *distance* of two ways is that of Levenshtein (insertions, deletions and replacements) between what is written, character by character; and
//! the same over the length of the longer one. The *complexity* of one is `1 − mean_l cos(e_l, e_{l+1}) / max_l cos(e_l, e_{l+1})`, where e_l is
//! the mean of the router's rows of layer l by the sample's weights; it is lower where layers follow one another smoothly.

/// The experts of a layer: those with the largest weights until these add up to `share`, the largest first, of equals the first.
pub(crate) fn experts(weights: &[f64], share: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    let mut sum = 0.0;
    let short = order.iter().take_while(|k| {
        let before = sum;
        sum += weights[**k];
        before < share
    });
    let count = short.count();
    order.truncate(count.max(1));
    order
}

/// A way, written.
pub(crate) fn written(layers: &[Vec<usize>]) -> Vec<u8> {
    let layer = |experts: &Vec<usize>| experts.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    layers.iter().map(layer).collect::<Vec<_>>().join("-").into_bytes()
}

/// How many characters have to be put in, taken out or replaced.
pub(crate) fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            let best = (corner + usize::from(x != y)).min(above + 1).min(left + 1);
            row[j] = left;
            (corner, left) = (above, best);
        }
        if let Some(last) = row.last_mut() {
            *last = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// How far apart ways are, mean over pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Apart {
    /// Characters.
    pub(crate) edits: f64,
    /// The same over those of the longer one.
    pub(crate) share: f64,
}

/// The mean over these pairs; zeros of none.
pub(crate) fn apart<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Apart {
    let (mut count, mut sum) = (0.0, Apart::default());
    for (a, b) in pairs {
        let found = edits(a, b) as f64;
        sum.edits += found;
        sum.share += found / a.len().max(b.len()).max(1) as f64;
        count += 1.0;
    }
    let count = f64::max(count, 1.0);
    Apart { edits: sum.edits / count, share: sum.share / count }
}

/// The mean over all pairs of a group.
pub(crate) fn within(ways: &[Vec<u8>]) -> Apart {
    apart(ways.iter().enumerate().flat_map(|(k, a)| ways[..k].iter().map(move |b| (a.as_slice(), b.as_slice()))))
}

/// The mean over all pairs of one of a group and one of another.
pub(crate) fn between(ways: &[Vec<u8>], others: &[Vec<u8>]) -> Apart {
    apart(ways.iter().flat_map(|a| others.iter().map(move |b| (a.as_slice(), b.as_slice()))))
}

/// The cosine of two vectors; 0 where one of them has no length.
fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let length = (dot(a, a) * dot(b, b)).sqrt();
    if length > 0.0 { dot(a, b) / length } else { 0.0 }
}

/// The complexity of a way, and the mean cosine that is in it. `means` are the e_l, layer after layer. The complexity is nothing where there are
/// fewer than three layers: of one cosine the mean is the largest, and it is 0 whatever the way is.
pub(crate) fn complexity(means: &[Vec<f64>]) -> (Option<f64>, f64) {
    /// What the authors add to the largest cosine.
    const LITTLE: f64 = 1e-8;
    let cosines: Vec<f64> = means.windows(2).map(|pair| cosine(&pair[0], &pair[1])).collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len().max(1) as f64;
    let largest = cosines.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    ((cosines.len() >= 2).then(|| 1.0 - mean / (largest + LITTLE)), mean)
}

/// The entropy of weights that add up to one, in nats.
pub(crate) fn entropy(weights: &[f64]) -> f64 {
    -weights.iter().filter(|w| **w > 0.0).map(|w| w * w.ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_written_as_the_authors_write_it() {
        let weights = [0.1, 0.45, 0.05, 0.3, 0.1];
        assert_eq!(experts(&weights, 0.7), [1, 3]);
        assert_eq!((experts(&weights, 0.4), experts(&weights, 0.76)), (vec![1], vec![1, 3, 0]));
        assert_eq!(experts(&[0.25; 4], 0.7), [0, 1, 2]);
        // Rounding leaves the whole a little short of one.
        assert_eq!(experts(&[0.3, 0.3, 0.3], 1.0).len(), 3);
        assert_eq!(written(&[vec![3, 1, 5], vec![9, 1]]), b"3,1,5-9,1");
    }

    #[test]
    fn edits_are_those_of_levenshtein() {
        assert_eq!((edits(b"kitten", b"sitting"), edits(b"flaw", b"lawn"), edits(b"", b"abc")), (3, 2, 3));
        assert_eq!((edits(b"abc", b""), edits(b"same", b"same"), edits(b"", b"")), (3, 0, 0));
        let (a, b) = (b"3,1-5".to_vec(), b"1,3-5".to_vec());
        assert_eq!((edits(&a, &b), edits(&b, &a)), (2, 2));
        assert_eq!(within(&[a.clone(), b.clone()]), Apart { edits: 2.0, share: 0.4 });
        assert_eq!(between(std::slice::from_ref(&a), &[a.clone(), b]), Apart { edits: 1.0, share: 0.2 });
        assert_eq!(within(&[a]), Apart::default());
    }

    #[test]
    fn a_way_that_goes_straight_on_has_no_complexity() {
        let same = vec![vec![1.0, 2.0]; 4];
        let (found, cosine) = complexity(&same);
        assert!(found.unwrap().abs() < 1e-6 && (cosine - 1.0).abs() < 1e-12);
        // Cosines 1 and 0: the mean is half of the largest.
        let (found, cosine) = complexity(&[vec![1.0, 0.0], vec![2.0, 0.0], vec![0.0, 1.0]]);
        assert!((found.unwrap() - 0.5).abs() < 1e-6 && (cosine - 0.5).abs() < 1e-12);
        assert_eq!(complexity(&same[..2]).0, None);
        assert!((entropy(&[0.5, 0.5, 0.0]) - 2.0_f64.ln()).abs() < 1e-12);
    }
}
