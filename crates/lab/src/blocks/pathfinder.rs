//! Pictures of two paths and two marks: do the marks lie at the ends of one path? (Pathfinder, Linsley et al., 2018, in a small form of our own.)
//!
//! A path goes from cell to cell, up, down, left or right, and touches neither itself nor the other path. Pictures of both answers have as many
//! cells of every kind, so that nothing but the way from mark to mark tells them apart.

use rand::RngExt;
use rand_pcg::Pcg64;

/// A cell without a path.
pub(crate) const EMPTY: u32 = 0;
/// A cell of a path.
pub(crate) const PATH: u32 = 1;
/// The same with a mark.
pub(crate) const MARK: u32 = 2;
/// How often paths are begun anew before a picture is given up.
const TRIES: usize = 10_000;

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pathfinder {
    /// Cells along a side.
    pub(crate) side: usize,
    /// Cells of a path, at least 2.
    pub(crate) path: usize,
}

impl Pathfinder {
    /// The cells beside one.
    fn beside(self, cell: usize) -> impl Iterator<Item = usize> {
        let (side, row, column) = (self.side, cell / self.side, cell % self.side);
        let up = (row > 0).then(|| cell - side);
        let down = (row + 1 < side).then(|| cell + side);
        let left = (column > 0).then(|| cell - 1);
        let right = (column + 1 < side).then(|| cell + 1);
        [up, down, left, right].into_iter().flatten()
    }

    /// A path on cells that are free, none of which lies beside one that is taken; none where it got stuck.
    fn walk(self, taken: &[bool], rng: &mut Pcg64) -> Option<Vec<usize>> {
        let cells = self.side * self.side;
        let free = |cell: usize| !taken[cell] && self.beside(cell).all(|other| !taken[other]);
        let all: Vec<usize> = (0..cells).filter(|cell| free(*cell)).collect();
        let first = *all.get(rng.random_range(0..all.len().max(1)))?;
        let mut path = vec![first];
        while path.len() < self.path {
            let last = *path.last()?;
            // It touches no cell of its own but the last.
            let open = |cell: &usize| free(*cell) && !path.contains(cell) && self.beside(*cell).filter(|other| path.contains(other)).count() == 1;
            let ways: Vec<usize> = self.beside(last).filter(open).collect();
            let next = *ways.get(rng.random_range(0..ways.len().max(1)))?;
            path.push(next);
        }
        Some(path)
    }

    /// Appends a picture, row by row; gives whether its marks lie on one path. `None` where there is no room for two paths.
    pub(crate) fn draw(self, rng: &mut Pcg64, to: &mut Vec<u32>) -> Option<bool> {
        let cells = self.side * self.side;
        for _ in 0..TRIES {
            let Some(one) = self.walk(&vec![false; cells], rng) else { continue };
            let mut taken = vec![false; cells];
            one.iter().for_each(|cell| taken[*cell] = true);
            let Some(other) = self.walk(&taken, rng) else { continue };
            let (same, ends) = (rng.random::<bool>(), [rng.random::<bool>(), rng.random::<bool>()]);
            let end = |path: &[usize], last: bool| if last { path.last().copied() } else { path.first().copied() };
            // The second path is drawn where there is room, so that which of them is marked is drawn as well.
            let (a, b) = if ends[0] { (&one, &other) } else { (&other, &one) };
            let marks = if same { [end(a, false), end(a, true)] } else { [end(a, ends[1]), end(b, rng.random::<bool>())] };
            let start = to.len();
            to.resize(start + cells, EMPTY);
            one.iter().chain(&other).for_each(|cell| to[start + cell] = PATH);
            marks.into_iter().flatten().for_each(|cell| to[start + cell] = MARK);
            return Some(same);
        }
        None
    }

    /// Whether a way along cells of paths leads from mark to mark.
    pub(crate) fn connected(self, picture: &[u32]) -> bool {
        let mut seen = vec![false; picture.len()];
        let mut open: Vec<usize> = picture.iter().position(|cell| *cell == MARK).into_iter().collect();
        while let Some(cell) = open.pop() {
            if !std::mem::replace(&mut seen[cell], true) {
                open.extend(self.beside(cell).filter(|other| picture.get(*other).is_some_and(|kind| *kind != EMPTY)));
            }
        }
        picture.iter().zip(seen).filter(|(kind, _)| **kind == MARK).all(|(_, seen)| seen)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn answers_are_those_of_a_search_and_counts_say_nothing() {
        let world = Pathfinder { side: 5, path: 4 };
        let mut rng = Pcg64::seed_from_u64(1);
        let mut yes = 0;
        for _ in 0..500 {
            let mut picture = Vec::new();
            let same = world.draw(&mut rng, &mut picture).unwrap();
            assert_eq!(world.connected(&picture), same, "{picture:?}");
            let count = |kind: u32| picture.iter().filter(|cell| **cell == kind).count();
            assert_eq!([picture.len(), count(EMPTY), count(PATH), count(MARK)], [25, 17, 6, 2]);
            yes += usize::from(same);
        }
        assert!((200..300).contains(&yes), "{yes}");
    }

    #[test]
    fn a_search_goes_along_paths_alone() {
        let world = Pathfinder { side: 3, path: 3 };
        assert!(world.connected(&[2, 1, 1, 0, 0, 1, 0, 0, 2]) && !world.connected(&[2, 1, 0, 0, 0, 0, 0, 1, 2]));
        // Where there is no room there is no picture.
        assert_eq!(Pathfinder { side: 2, path: 2 }.draw(&mut Pcg64::seed_from_u64(1), &mut Vec::new()), None);
    }
}
