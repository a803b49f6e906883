//! A small transformer over frames of numbers: a linear front end, learned positions, and blocks that see all of a sequence or what came before.

use nets::layers::{Embedding, LayerNorm, Linear, Sequences};
use nets::models::Block;
use nets::{Params, Pass, Var};

/// What its front end is called, after the name of the encoder.
pub(crate) const FRONT: &str = "front";

/// How large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Numbers of a frame.
    pub(crate) ins: usize,
    /// Frames of a sequence, at most.
    pub(crate) length: usize,
    /// Numbers that a frame becomes.
    pub(crate) width: usize,
    /// Heads of attention; their number divides the width.
    pub(crate) heads: usize,
    /// Blocks.
    pub(crate) layers: usize,
}

impl Size {
    /// Multiplications of a sequence passed forward, attention included.
    pub(crate) fn multiplications(&self) -> f64 {
        let (length, width) = (self.length as f64, self.width as f64);
        let block = 12.0 * width * width + 2.0 * length * width;
        length * (self.ins as f64 * width + self.layers as f64 * block)
    }
}

/// The encoder.
#[derive(Clone, Debug)]
pub(crate) struct SequenceEncoder {
    front: Linear,
    positions: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl SequenceEncoder {
    /// Adds its tensors, whose names begin with `name`.
    pub(crate) fn new(params: &mut Params<f32>, name: &str, size: Size) -> Self {
        let Size { ins, length, width, heads, layers } = size;
        Self {
            front: Linear::new(params, &format!("{name}.{FRONT}"), ins, width),
            positions: Embedding::new(params, &format!("{name}.positions"), length, width, 0.02),
            blocks: (0..layers).map(|k| Block::new(params, &format!("{name}.blocks.{k}"), width, heads, 4 * width)).collect(),
            norm: LayerNorm::new(params, &format!("{name}.norm"), width),
        }
    }

    /// Frames of sequences, one after the other → as many rows of its width. No sequence is longer than it was built for.
    pub(crate) fn forward(&self, pass: &mut Pass<'_, f32>, frames: Var, sequences: &Sequences) -> Var {
        let places: Vec<u32> = sequences.starts().windows(2).flat_map(|w| 0..(w[1] - w[0]) as u32).collect();
        let entered = self.front.forward(pass, frames);
        let placed = self.positions.forward(pass, &places);
        let mut x = pass.add(entered, placed);
        for block in &self.blocks {
            x = block.forward(pass, x, sequences);
        }
        self.norm.forward(pass, x)
    }
}

#[cfg(test)]
mod tests {
    use nets::Training;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    const SIZE: Size = Size { ins: 3, length: 4, width: 8, heads: 2, layers: 2 };

    fn run(frames: &[f32], sequences: &Sequences) -> Vec<f32> {
        let mut params = Params::new(Pcg64::seed_from_u64(1));
        let net = SequenceEncoder::new(&mut params, "e", SIZE);
        let mut training = Training::new(params, 0.0);
        training.infer(Pcg64::seed_from_u64(0), |pass| {
            let x = pass.input(frames, sequences.rows(), SIZE.ins);
            let y = net.forward(pass, x, sequences);
            pass.value(y).to_vec()
        })
    }

    #[test]
    fn a_causal_encoder_does_not_see_what_comes() {
        let frames: Vec<f32> = (0..24).map(|k| (k * k) as f32 * 0.01).collect();
        let mut later = frames.clone();
        later[9..12].fill(5.0);
        let same = |sequences: &Sequences, rows: usize| run(&frames, sequences)[..rows * 8] == run(&later, sequences)[..rows * 8];
        assert!(same(&Sequences::causal(2, 4), 3) && !same(&Sequences::causal(2, 4), 4));
        assert!(!same(&Sequences::all(2, 4), 1));
        // The second sequence is another one.
        assert_eq!(run(&frames, &Sequences::all(2, 4))[32..], run(&later, &Sequences::all(2, 4))[32..]);
    }

    #[test]
    fn multiplications_are_those_of_the_products() {
        let frames = vec![0.5; 5 * 12];
        let before = nets::product::operations();
        run(&frames, &Sequences::all(5, 4));
        let spent = (nets::product::operations() - before) as f64;
        assert!((spent / (10.0 * SIZE.multiplications()) - 1.0).abs() < 1e-9, "{spent}");
    }
}
