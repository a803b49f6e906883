//! Which line of the file a row stands in.

/// Lines of rows: counted on from the first one, with a jump wherever blank lines or line ends inside quotes lie between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    /// A row and its line, wherever a line does not follow from the one before; rows increase.
    jumps: Vec<(usize, usize)>,
}

impl Lines {
    /// Row 0 is `first`, and every row is one further.
    pub fn from(first: usize) -> Self {
        Self { jumps: vec![(0, first)] }
    }

    /// None yet.
    pub fn new() -> Self {
        Self { jumps: Vec::new() }
    }

    /// The next row is in this line.
    pub fn push(&mut self, row: usize, line: usize) {
        if self.jumps.is_empty() || self.of(row) != line {
            self.jumps.push((row, line));
        }
    }

    /// The line of a row.
    pub fn of(&self, row: usize) -> usize {
        let before = self.jumps.partition_point(|(r, _)| *r <= row);
        let (r, line) = before.checked_sub(1).map_or((0, 1), |k| self.jumps[k]);
        line + row - r
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_jump_over_what_is_left_out() {
        let mut lines = Lines::new();
        for (row, line) in [(0, 2), (1, 3), (2, 6), (3, 7), (4, 20)] {
            lines.push(row, line);
        }
        assert_eq!(lines.jumps, [(0, 2), (2, 6), (4, 20)]);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|r| lines.of(r)), [2, 3, 6, 7, 20, 21]);
        assert_eq!(Lines::from(2).of(5), 7);
    }
}
