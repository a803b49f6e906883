//! Rings of molecules: which bonds lie in one, which rings are aromatic, and the ring core that is a molecule's scaffold.

use std::collections::VecDeque;

use super::smiles::{Atom, Bond, Molecule, Order};

/// For every atom its neighbours, each with the number of the bond.
pub(super) fn neighbours(atoms: usize, bonds: &[Bond]) -> Vec<Vec<(usize, usize)>> {
    let mut next = vec![Vec::new(); atoms];
    for (k, bond) in bonds.iter().enumerate() {
        next[bond.a].push((bond.b, k));
        next[bond.b].push((bond.a, k));
    }
    next
}

/// For every bond, whether it lies in a ring: whether it is no bridge (Tarjan's search in depth).
pub(super) fn in_ring(bonds: &[Bond], next: &[Vec<(usize, usize)>]) -> Vec<bool> {
    let mut ring = vec![true; bonds.len()];
    // When an atom was found, from 1 on, and the earliest that can be reached from it by one bond back.
    let (mut found, mut low) = (vec![0_usize; next.len()], vec![0_usize; next.len()]);
    let mut time = 0;
    while let Some(root) = found.iter().position(|&time| time == 0) {
        time += 1;
        (found[root], low[root]) = (time, time);
        // An atom, the bond by which it was found, and how many of its neighbours were looked at.
        let mut path: Vec<(usize, Option<usize>, usize)> = vec![(root, None, 0)];
        while let Some((v, via, seen)) = path.pop() {
            if let Some(&(w, k)) = next[v].get(seen) {
                path.push((v, via, seen + 1));
                if Some(k) == via {
                    continue;
                }
                if found[w] > 0 {
                    low[v] = low[v].min(found[w]);
                } else {
                    time += 1;
                    (found[w], low[w]) = (time, time);
                    path.push((w, Some(k), 0));
                }
            } else if let Some(k) = via {
                let parent = if bonds[k].a == v { bonds[k].b } else { bonds[k].a };
                low[parent] = low[parent].min(low[v]);
                ring[k] = low[v] <= found[parent];
            }
        }
    }
    ring
}

/// Makes rings aromatic that are written with single and double bonds.
///
/// A ring of five to seven atoms, all of which can give electrons to it, is aromatic when there are 4n + 2 of them (Hückel). Rings are
/// looked at one by one, so that a few fused systems that are aromatic only as a whole stay as they are written.
pub(super) fn perceive(atoms: &mut [Atom], bonds: &mut [Bond], next: &[Vec<(usize, usize)>], in_ring: &[bool]) {
    let mut aromatic: Vec<Vec<usize>> = small_rings(bonds, next, in_ring);
    aromatic.retain(|ring| {
        let all: Option<u32> = ring.iter().map(|&v| electrons(v, atoms, bonds, next, in_ring)).sum();
        all.is_some_and(|n| n % 4 == 2)
    });
    for ring in aromatic {
        for (k, &v) in ring.iter().enumerate() {
            atoms[v].aromatic = true;
            let after = ring[(k + 1) % ring.len()];
            if let Some(&(_, bond)) = next[v].iter().find(|(w, _)| *w == after) {
                bonds[bond].order = Order::Aromatic;
            }
        }
    }
}

/// For every bond in a ring the shortest ring through it, of five to seven atoms, once each; atoms in their order around it.
fn small_rings(bonds: &[Bond], next: &[Vec<(usize, usize)>], in_ring: &[bool]) -> Vec<Vec<usize>> {
    let (mut rings, mut known): (Vec<Vec<usize>>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (k, bond) in bonds.iter().enumerate().filter(|(k, _)| in_ring[*k]) {
        let mut before: Vec<Option<(usize, usize)>> = vec![None; next.len()];
        before[bond.a] = Some((bond.a, 0));
        let mut queue = VecDeque::from([(bond.a, 0)]);
        while let Some((v, far)) = queue.pop_front() {
            if v == bond.b || far == 6 {
                break;
            }
            for &(w, _) in next[v].iter().filter(|(_, via)| *via != k && in_ring[*via]) {
                if before[w].is_none() {
                    before[w] = Some((v, far + 1));
                    queue.push_back((w, far + 1));
                }
            }
        }
        let mut ring = vec![bond.b];
        let mut v = bond.b;
        while let Some((from, _)) = before[v].filter(|(_, far)| *far > 0) {
            ring.push(from);
            v = from;
        }
        let mut sorted = ring.clone();
        sorted.sort_unstable();
        if ring.len() >= 5 && v == bond.a && !known.contains(&sorted) {
            rings.push(ring);
            known.push(sorted);
        }
    }
    rings
}

/// How many electrons an atom gives to a ring that it is in; `None` where it ends the conjugation.
fn electrons(v: usize, atoms: &[Atom], bonds: &[Bond], next: &[Vec<(usize, usize)>], in_ring: &[bool]) -> Option<u32> {
    let atom = atoms[v];
    let places = next[v].len() + usize::from(atom.hydrogens);
    let (mut double, mut aromatic) = (None, false);
    for &(w, k) in &next[v] {
        match bonds[k].order {
            Order::Single => {}
            Order::Aromatic => aromatic = true,
            Order::Double if double.is_none() => double = Some((w, k)),
            Order::Double | Order::Triple | Order::Quadruple => return None,
        }
    }
    if places > 3 {
        return None;
    }
    if let Some((w, k)) = double {
        if in_ring[k] {
            return Some(1);
        }
        // A carbonyl, or its kin with nitrogen or sulphur, pulls its electrons out of the ring.
        return (atom.element == 6 && [7, 8, 16].contains(&atoms[w].element)).then_some(0);
    }
    match (atom.element, atom.charge) {
        (7 | 15 | 33, 0) if places == 3 => Some(2),
        (7 | 15 | 33, 0) => aromatic.then_some(1),
        (7 | 15 | 33, -1) => (places == 2).then_some(2),
        (7 | 15 | 33, 1) => (aromatic && places == 3).then_some(1),
        (8 | 16 | 34 | 52, 0) => (places == 2).then_some(2),
        (8 | 16 | 34 | 52, 1) => aromatic.then_some(1),
        (6, 0) => aromatic.then_some(1),
        (6, -1) => (aromatic || places == 3).then_some(2),
        (6, 1) => Some(0),
        (5, 0) => (places == 3).then_some(0),
        _ => None,
    }
}

/// Which atoms are left when atoms with one neighbour or none are stripped, again and again: rings and what lies between them.
pub(super) fn core(molecule: &Molecule) -> Vec<bool> {
    let next = neighbours(molecule.atoms.len(), &molecule.bonds);
    let mut left: Vec<usize> = next.iter().map(Vec::len).collect();
    let mut kept = vec![true; next.len()];
    let mut ends: Vec<usize> = (0..next.len()).filter(|&v| left[v] <= 1).collect();
    while let Some(v) = ends.pop() {
        if !kept[v] {
            continue;
        }
        kept[v] = false;
        for &(w, _) in next[v].iter().filter(|(w, _)| kept[*w]) {
            left[w] -= 1;
            if left[w] <= 1 {
                ends.push(w);
            }
        }
    }
    kept
}

/// Rounds of refinement: enough for any two molecules that such rounds tell apart.
const ROUNDS: usize = 16;

/// A hash of the atoms that are kept, by their elements and bonds: Weisfeiler and Leman's refinement of colours. It does not depend on the
/// order of atoms.
pub(super) fn hash(molecule: &Molecule, kept: &[bool]) -> u64 {
    let next = neighbours(molecule.atoms.len(), &molecule.bonds);
    let inside: Vec<usize> = (0..kept.len()).filter(|&v| kept[v]).collect();
    let mut colours: Vec<u64> = molecule.atoms.iter().map(|atom| mix(u64::from(atom.element))).collect();
    let mut newer = colours.clone();
    for _ in 0..ROUNDS.min(inside.len()) {
        for &v in &inside {
            let around = next[v].iter().filter(|(w, _)| kept[*w]).map(|&(w, k)| mix(colours[w] ^ mix(molecule.bonds[k].order as u64)));
            newer[v] = mix(colours[v].wrapping_mul(3).wrapping_add(around.fold(0, u64::wrapping_add)));
        }
        colours.copy_from_slice(&newer);
    }
    let all = inside.iter().fold(inside.len() as u64, |sum, &v| sum.wrapping_add(mix(colours[v])));
    mix(all)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
