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

/// The files of the datasets that a stage says it reads.
pub trait Files {
    /// All bytes of a file, as its dataset describes it.
    ///
    /// # Errors
    /// A file that is not there, or not what its description says, in words for the reader.
    fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String>;
}

/// No files at all: for studies that make their own data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
        Err(format!("the stage does not say that it reads the dataset {dataset:?} ({file})"))
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

/// What a stage is given while it runs. One thread, no clock, and no disk but for those files.
pub struct Context<'a> {
    /// Where every random number of the stage comes from. It is the same for all arms with one seed, so that they begin from
    /// the same draws and are compared in pairs.
    pub seed: u64,
    /// Where its progress is kept.
    pub checkpoint: &'a mut dyn Checkpoint,
    /// The files of the datasets that the stage reads.
    pub files: &'a dyn Files,
    /// Asked now and then, with the share of the work that is done (0 to 1).
    pub watch: &'a dyn Fn(f64) -> Go,
}
