//! The shape of a network and where each tensor lies in its one flat vector of parameters.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The architecture of LC-PFN (Adriaensen et al. 2023, §4.1 and their code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Width of a token; a multiple of `heads`.
    pub width: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Bins of the output histogram.
    pub bins: usize,
    /// Points of a training curve: token positions are scaled by `horizon + 1`.
    pub horizon: usize,
}

impl Config {
    /// Width of the feed-forward layers and of the head: twice a token's.
    pub fn hidden(&self) -> usize {
        2 * self.width
    }

    /// What is wrong with the shape, if anything.
    pub fn check(&self) -> Result<(), String> {
        let Config { width, layers, heads, bins, horizon } = *self;
        if width == 0 || layers == 0 || heads == 0 || bins < 3 || horizon < 2 || width % heads != 0 {
            return Err(format!(
                "a network of width {width}, {layers} layers, {heads} heads, {bins} bins and horizon {horizon} cannot be built: all must be positive, bins at least 3, horizon at least 2 and width a multiple of heads"
            ));
        }
        if width > 4096 || layers > 64 || bins > 100_000 || horizon > 100_000 {
            return Err(format!("a network of width {width}, {layers} layers, {bins} bins and horizon {horizon} is beyond what this program takes"));
        }
        Ok(())
    }
}

/// Where one layer's tensors lie. Matrices are row-major, outputs × inputs.
#[derive(Clone, Debug)]
pub(crate) struct LayerAt {
    pub wqkv: Range<usize>,
    pub bqkv: Range<usize>,
    pub wo: Range<usize>,
    pub bo: Range<usize>,
    pub g1: Range<usize>,
    pub n1: Range<usize>,
    pub w1: Range<usize>,
    pub b1: Range<usize>,
    pub w2: Range<usize>,
    pub b2: Range<usize>,
    pub g2: Range<usize>,
    pub n2: Range<usize>,
}

/// Where every tensor lies.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub wx: Range<usize>,
    pub bx: Range<usize>,
    pub wy: Range<usize>,
    pub by: Range<usize>,
    pub layers: Vec<LayerAt>,
    pub wh: Range<usize>,
    pub bh: Range<usize>,
    pub wl: Range<usize>,
    pub bl: Range<usize>,
    /// Name and shape of every tensor in order.
    pub tensors: Vec<(String, Vec<usize>, Range<usize>)>,
}

impl Layout {
    pub fn new(c: &Config) -> Self {
        let (d, h) = (c.width, c.hidden());
        let mut tensors = Vec::new();
        let mut end = 0;
        let mut take = |name: String, shape: &[usize]| {
            let at = end..end + shape.iter().product::<usize>();
            end = at.end;
            tensors.push((name, shape.to_vec(), at.clone()));
            at
        };
        let wx = take("encoder.x.weight".into(), &[d, 1]);
        let bx = take("encoder.x.bias".into(), &[d]);
        let wy = take("encoder.y.weight".into(), &[d, 1]);
        let by = take("encoder.y.bias".into(), &[d]);
        let layers = (0..c.layers)
            .map(|l| {
                let mut t = |name: &str, shape: &[usize]| take(format!("layers.{l}.{name}"), shape);
                LayerAt {
                    wqkv: t("attention.in.weight", &[3 * d, d]),
                    bqkv: t("attention.in.bias", &[3 * d]),
                    wo: t("attention.out.weight", &[d, d]),
                    bo: t("attention.out.bias", &[d]),
                    g1: t("norm1.weight", &[d]),
                    n1: t("norm1.bias", &[d]),
                    w1: t("feed.in.weight", &[h, d]),
                    b1: t("feed.in.bias", &[h]),
                    w2: t("feed.out.weight", &[d, h]),
                    b2: t("feed.out.bias", &[d]),
                    g2: t("norm2.weight", &[d]),
                    n2: t("norm2.bias", &[d]),
                }
            })
            .collect();
        let wh = take("head.hidden.weight".into(), &[h, d]);
        let bh = take("head.hidden.bias".into(), &[h]);
        let wl = take("head.logits.weight".into(), &[c.bins, h]);
        let bl = take("head.logits.bias".into(), &[c.bins]);
        Self { wx, bx, wy, by, layers, wh, bh, wl, bl, tensors }
    }

    pub fn len(&self) -> usize {
        self.bl.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_counts_are_the_papers() {
        // 8 d² + 11 d a layer, 4 d for the encoders, 2 d² + 2 d + 2000 d + 1000 for the head.
        let count = |width, layers, heads| Layout::new(&Config { width, layers, heads, bins: 1000, horizon: 100 }).len();
        assert_eq!(count(128, 3, 1), 687_976); // P1
        assert_eq!(count(256, 3, 2), 2_226_920); // P2: the authors' notebook prints 2.23 M
        assert_eq!(count(512, 12, 4), 26_785_768); // P3: "26M"
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let c = Config { width: 128, layers: 3, heads: 3, bins: 1000, horizon: 100 };
        assert!(c.check().unwrap_err().contains("multiple of heads"));
        assert!(Config { heads: 1, width: 1 << 20, ..c }.check().is_err());
        assert!(Config { heads: 1, ..c }.check().is_ok());
    }
}
