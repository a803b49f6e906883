//! What a trial measures, and the mean over trials: a few numbers for every size and every ridge.

/// The first bytes of a table: the format and its version.
const MAGIC: [u8; 8] = *b"moreis01";

/// Numbers of one trial at a size and a ridge: test error, training error.
pub(super) const TRIAL: usize = 2;

/// Numbers of the mean over trials: test error and its standard error, training error and its standard error.
pub(super) const POOL: usize = 4;

/// So many numbers for every size and every ridge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    sizes: usize,
    ridges: usize,
    depth: usize,
    values: Vec<f64>,
}

impl Table {
    /// Zeros.
    pub(super) fn new(sizes: usize, ridges: usize, depth: usize) -> Self {
        Self { sizes, ridges, depth, values: vec![0.0; sizes * ridges * depth] }
    }

    /// The numbers of a size and a ridge, counted from 0; none beyond the table.
    pub(super) fn at(&self, size: usize, ridge: usize) -> &[f64] {
        let from = (size * self.ridges + ridge) * self.depth;
        let there = size < self.sizes && ridge < self.ridges;
        self.values.get(from..from + self.depth).filter(|_| there).unwrap_or_default()
    }

    /// Puts the numbers of a size and a ridge; beyond the table there is no place for them.
    pub(super) fn put(&mut self, size: usize, ridge: usize, numbers: &[f64]) {
        let from = (size * self.ridges + ridge) * self.depth;
        let there = size < self.sizes && ridge < self.ridges && numbers.len() == self.depth;
        if let Some(place) = self.values.get_mut(from..from + self.depth).filter(|_| there) {
            place.copy_from_slice(numbers);
        }
    }

    /// Means and standard errors over trials of the same shape; `None` for fewer than two, or for tables of different shapes.
    pub(super) fn pool(trials: &[Self]) -> Option<Self> {
        let (first, count) = (trials.first()?, trials.len() as f64);
        let same = |t: &Self| (t.sizes, t.ridges, t.depth) == (first.sizes, first.ridges, TRIAL);
        if trials.len() < 2 || !trials.iter().all(same) {
            return None;
        }
        let mut pool = Self::new(first.sizes, first.ridges, POOL);
        for (place, numbers) in pool.values.chunks_exact_mut(POOL).enumerate() {
            for measure in 0..TRIAL {
                let of = |t: &Self| t.values[place * TRIAL + measure];
                let mean = trials.iter().map(of).sum::<f64>() / count;
                let squares: f64 = trials.iter().map(|t| (of(t) - mean).powi(2)).sum();
                numbers[2 * measure] = mean;
                numbers[2 * measure + 1] = (squares / (count * (count - 1.0))).sqrt();
            }
        }
        Some(pool)
    }

    /// As bytes, all numbers little-endian and 8 bytes long: [`MAGIC`], sizes, ridges and depth, then the numbers.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        [self.sizes, self.ridges, self.depth].iter().for_each(|v| bytes.extend((*v as u64).to_le_bytes()));
        self.values.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        bytes
    }

    /// What [`Table::to_bytes`] wrote for this shape; `None` when it did not.
    pub(super) fn from_bytes(bytes: &[u8], sizes: usize, ridges: usize, depth: usize) -> Option<Self> {
        let (words, []) = bytes.strip_prefix(&MAGIC)?.as_chunks::<8>() else { return None };
        let (head, numbers) = words.split_at_checked(3)?;
        let shape = [sizes, ridges, depth].map(|v| v as u64);
        let same = head.iter().map(|word| u64::from_le_bytes(*word)).eq(shape) && numbers.len() == sizes * ridges * depth;
        same.then(|| Self { sizes, ridges, depth, values: numbers.iter().map(|word| f64::from_le_bytes(*word)).collect() })
    }
}
