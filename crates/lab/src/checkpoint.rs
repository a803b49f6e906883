//! What a stage is given while it runs: its seed, a place for its progress, and somebody who watches.

/// A place where the progress of one stage is kept between two runs of it.
pub trait Checkpoint {
    /// The bytes saved last, if any. A stage that cannot read them begins anew.
    fn load(&mut self) -> Option<Vec<u8>>;

    /// Replaces what was saved, all at once or not at all; the error says why that is impossible.
    fn save(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// Progress kept in memory: for tests, and for callers that never resume.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub Option<Vec<u8>>);

impl Checkpoint for Memory {
    fn load(&mut self) -> Option<Vec<u8>> {
        self.0.clone()
    }

    fn save(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0 = Some(bytes.to_vec());
        Ok(())
    }
}

/// Whether a stage goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// It does.
    On,
    /// It saves its progress and ends with [`StudyError::Interrupted`](crate::StudyError::Interrupted).
    Stop,
}

/// What a stage is given while it runs. One thread, no clock, no disk.
pub struct Context<'a> {
    /// Where every random number of the stage comes from. It is the same for all arms with one seed, so that they begin from
    /// the same draws and are compared in pairs.
    pub seed: u64,
    /// Where its progress is kept.
    pub checkpoint: &'a mut dyn Checkpoint,
    /// Asked now and then, with the share of the work that is done (0 to 1).
    pub watch: &'a dyn Fn(f64) -> Go,
}
