//! Pictures of two paths and two marks: do the marks lie at the ends of one path? (Pathfinder, Linsley et al., 2018, in a small form of our own.)
//!
//! A path goes from cell to cell, up, down, left or right, and touches neither itself nor the other path. Pictures are drawn in pairs, one of each
//! answer, with as many cells of every kind and with marks that lie alike: turned or mirrored, those of one are where those of the other are. So
//! neither counts nor places of marks tell answers apart: ends of one path are as near to each other as those of two, which they would not be if
//! ends of two paths were marked as they come. What tells is which cells there are besides.

use rand::RngExt;
use rand_pcg::Pcg64;

/// A cell without a path.
pub(crate) const EMPTY: u32 = 0;
/// A cell of a path.
pub(crate) const PATH: u32 = 1;
/// The same with a mark.
pub(crate) const MARK: u32 = 2;
/// How often two paths are begun anew before they are given up.
const TRIES: usize = 10_000;
/// How often two paths are drawn in search of ends that lie as is wanted, before something else is wanted.
const SEARCH: usize = 1_000;
/// How often something else is wanted before a pair is given up.
const WANTED: usize = 20;

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pathfinder {
    /// Cells along a side.
    pub(crate) side: usize,
    /// Cells of a path, at least 3: the ends of shorter ones touch, as those of two paths never do.
    pub(crate) path: usize,
}

/// The ends of a path.
fn ends(path: &[usize]) -> Option<[usize; 2]> {
    Some([*path.first()?, *path.last()?])
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

    /// Two paths. The second is drawn where there is room, so that which of them comes first is drawn as well.
    fn paths(self, rng: &mut Pcg64) -> Option<[Vec<usize>; 2]> {
        let free = vec![false; self.side * self.side];
        for _ in 0..TRIES {
            let Some(one) = self.walk(&free, rng) else { continue };
            let mut taken = free.clone();
            one.iter().for_each(|cell| taken[*cell] = true);
            let Some(other) = self.walk(&taken, rng) else { continue };
            return Some(if rng.random::<bool>() { [one, other] } else { [other, one] });
        }
        None
    }

    /// How two marks lie, whatever way the picture is turned or mirrored: the first of the eight places that they can be brought to.
    fn lie(self, marks: [usize; 2]) -> [usize; 2] {
        let (side, last) = (self.side, self.side.saturating_sub(1));
        let seen = |way: usize| {
            let mut cells = marks.map(|cell| {
                let (row, column) = (cell / side, cell % side);
                let row = if way.is_multiple_of(2) { row } else { last - row };
                let column = if (way / 2).is_multiple_of(2) { column } else { last - column };
                if way < 4 { row * side + column } else { column * side + row }
            });
            cells.sort_unstable();
            cells
        };
        (0..8).map(seen).min().unwrap_or(marks)
    }

    /// Paths with marks on them, row by row.
    fn picture(self, paths: &[Vec<usize>; 2], marks: [usize; 2]) -> Vec<u32> {
        let mut cells = vec![EMPTY; self.side * self.side];
        paths.iter().flatten().for_each(|cell| cells[*cell] = PATH);
        marks.into_iter().for_each(|cell| cells[cell] = MARK);
        cells
    }

    /// Two paths with a mark at an end of each, which lie as is wanted; none where no ends of the paths that were drawn do.
    fn apart(self, wanted: [usize; 2], rng: &mut Pcg64) -> Option<Vec<u32>> {
        let paths = self.paths(rng)?;
        let (one, other) = (ends(&paths[0])?, ends(&paths[1])?);
        let pairs = one.into_iter().flat_map(|a| other.map(|b| [a, b]));
        let found: Vec<[usize; 2]> = pairs.filter(|marks| self.lie(*marks) == wanted).collect();
        let marks = *found.get(rng.random_range(0..found.len().max(1)))?;
        Some(self.picture(&paths, marks))
    }

    /// A picture whose marks lie on one path, and one whose marks lie alike on two. `None` where there is no room for two paths, or where ends of two
    /// never lie as those of one.
    pub(crate) fn pair(self, rng: &mut Pcg64) -> Option<[Vec<u32>; 2]> {
        for _ in 0..WANTED {
            let paths = self.paths(rng)?;
            let marks = ends(&paths[0])?;
            let wanted = self.lie(marks);
            if let Some(apart) = (0..SEARCH).find_map(|_| self.apart(wanted, rng)) {
                return Some([self.picture(&paths, marks), apart]);
            }
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

    /// The cells with marks.
    fn marks(picture: &[u32]) -> [usize; 2] {
        let found: Vec<usize> = (0..picture.len()).filter(|cell| picture[*cell] == MARK).collect();
        [found[0], found[1]]
    }

    #[test]
    fn answers_are_those_of_a_search_and_counts_say_nothing() {
        let world = Pathfinder { side: 5, path: 4 };
        let mut rng = Pcg64::seed_from_u64(1);
        for _ in 0..300 {
            let [joined, apart] = world.pair(&mut rng).unwrap();
            assert!(world.connected(&joined) && !world.connected(&apart), "{joined:?} {apart:?}");
            for picture in [&joined, &apart] {
                let count = |kind: u32| picture.iter().filter(|cell| **cell == kind).count();
                assert_eq!([picture.len(), count(EMPTY), count(PATH), count(MARK)], [25, 17, 6, 2]);
            }
            assert_eq!(world.lie(marks(&joined)), world.lie(marks(&apart)));
        }
    }

    #[test]
    fn where_the_marks_lie_says_nothing() {
        for (side, path) in [(5, 4), (4, 3), (6, 5)] {
            let world = Pathfinder { side, path };
            let mut rng = Pcg64::seed_from_u64(2);
            let draw = |rng: &mut Pcg64| world.pair(rng).unwrap().map(|picture| marks(&picture));
            let pairs: Vec<[[usize; 2]; 2]> = (0..2_000).map(|_| draw(&mut rng)).collect();
            // The best threshold on the distance of marks, either way, answers half of them rightly.
            let far = |[a, b]: [usize; 2]| (a / side).abs_diff(b / side) + (a % side).abs_diff(b % side);
            for threshold in 0..2 * side {
                let beyond = |k: usize| pairs.iter().filter(|pair| far(pair[k]) > threshold).count();
                let right = 0.5 + beyond(0).abs_diff(beyond(1)) as f64 / (2 * pairs.len()) as f64;
                assert!(right < 0.52, "{side} {path}: {right} beyond {threshold}");
            }
            // And so does the cell that each mark is on: they are as frequent, to five standard errors.
            for cell in 0..side * side {
                let with = |k: usize| pairs.iter().filter(|pair| pair[k].contains(&cell)).count();
                let (one, other) = (with(0), with(1));
                assert!((one.abs_diff(other) as f64) < 5.0 * ((one + other) as f64).sqrt() + 1.0, "{side} {path} {cell}: {one} {other}");
            }
        }
    }

    #[test]
    fn marks_lie_alike_where_turning_brings_them_together() {
        let world = Pathfinder { side: 5, path: 4 };
        // Along the upper edge, the left one and the lower one; and along the second row.
        assert!(world.lie([0, 3]) == world.lie([15, 0]) && world.lie([3, 0]) == world.lie([21, 24]));
        assert!(world.lie([0, 3]) != world.lie([5, 8]) && world.lie([0, 3]) != world.lie([0, 7]));
    }

    #[test]
    fn a_search_goes_along_paths_alone() {
        let world = Pathfinder { side: 3, path: 3 };
        assert!(world.connected(&[2, 1, 1, 0, 0, 1, 0, 0, 2]) && !world.connected(&[2, 1, 0, 0, 0, 0, 0, 1, 2]));
        // Where there is no room there is no picture, nor where ends of two paths are never as near as those of one.
        assert_eq!(Pathfinder { side: 2, path: 2 }.pair(&mut Pcg64::seed_from_u64(1)), None);
        assert_eq!(Pathfinder { side: 4, path: 2 }.pair(&mut Pcg64::seed_from_u64(1)), None);
    }
}
