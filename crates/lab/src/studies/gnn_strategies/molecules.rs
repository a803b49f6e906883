//! Molecules of MoleculeNet (Wu et al., arXiv 1703.00564), as its tables came with chemprop: a SMILES a row, and a column for every task.
//!
//! A node is an atom with its element, a bond single, double, triple or aromatic. Charges, hydrogens and chirality are not shown to the
//! network: in ClinTox drugs are written as they are at the pH of blood and other compounds are not, so that charges and hydrogens would
//! tell the label. (The authors' network sees elements and chirality, and the direction of bonds.)

use std::collections::BTreeSet;

use rand_pcg::Pcg64;

use super::graph::{Alphabet, Graph, Parts, Set, by_scaffold};
use super::smiles::{Molecule, Order};
use super::{other, rings, smiles};
use crate::{Files, StudyError};

pub(super) const DATASET: &str = "moleculenet_chemprop";

/// Twelve elements and all others; single, double, triple and aromatic bonds.
pub(super) const ALPHABET: Alphabet = Alphabet { colours: ELEMENTS.len() + 1, bonds: 4 };

/// C, N, O, S, F, Cl, Br, I, P, B, Na and Si.
const ELEMENTS: [u8; 12] = [6, 7, 8, 16, 9, 17, 35, 53, 15, 5, 11, 14];

/// What is learned from first: twelve assays of toxicity.
const SOURCE: &str = "tox21";

/// The targets, with about how many molecules of each are trained on and how many atoms they have on average.
pub(super) const TARGETS: [(&str, usize, f64); 4] = [("bbbp", 1633, 24.1), ("bace", 1211, 34.1), ("clintox", 1184, 26.2), ("sider", 1143, 33.6)];

/// A table, and hashes of its molecules.
struct Table {
    set: Set,
    whole: Vec<u64>,
    scaffolds: Vec<u64>,
}

/// A molecule as a graph.
pub(super) fn graph(molecule: &Molecule) -> Graph {
    let colour = |element: u8| ELEMENTS.iter().position(|known| *known == element).unwrap_or(ELEMENTS.len()) as u8;
    let kind = |order: Order| match order {
        Order::Single => 0,
        Order::Double => 1,
        Order::Triple | Order::Quadruple => 2,
        Order::Aromatic => 3,
    };
    Graph {
        colours: molecule.atoms.iter().map(|atom| colour(atom.element)).collect(),
        bonds: molecule.bonds.iter().map(|bond| (bond.a as u32, bond.b as u32, kind(bond.order))).collect(),
    }
}

/// A table from its text: a header, then a SMILES and labels 1, 0 or blank.
fn table(file: &str, text: &str) -> Result<Table, StudyError> {
    let mut found = Table { set: Set { graphs: Vec::new(), labels: Vec::new(), tasks: 0 }, whole: Vec::new(), scaffolds: Vec::new() };
    for (row, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: String| other(format!("{file}: row {}: {what}", row + 1));
        let mut cells = line.split(',').map(str::trim);
        let molecule = smiles::parse(cells.next().unwrap_or_default()).map_err(|e| wrong(e.to_string()))?;
        let before = found.set.labels.len();
        for cell in cells {
            found.set.labels.push(match cell {
                "" => f32::NAN,
                "0" | "0.0" => 0.0,
                "1" | "1.0" => 1.0,
                _ => return Err(wrong(format!("{cell:?} is no label; there are 1, 0 and nothing"))),
            });
        }
        let tasks = found.set.labels.len() - before;
        if found.set.graphs.is_empty() {
            found.set.tasks = tasks;
        }
        if tasks != found.set.tasks || tasks == 0 {
            return Err(wrong(format!("it has {tasks} labels, and the first row {}", found.set.tasks)));
        }
        found.whole.push(rings::hash(&molecule, &vec![true; molecule.atoms.len()]));
        found.scaffolds.push(rings::hash(&molecule, &rings::core(&molecule)));
        found.set.graphs.push(graph(&molecule));
    }
    if found.set.graphs.is_empty() { Err(other(format!("{file}: it has no molecule"))) } else { Ok(found) }
}

fn read(files: &dyn Files, name: &str) -> Result<Table, StudyError> {
    let file = format!("{name}.csv");
    let bytes = files.read(DATASET, &file).map_err(other)?;
    let text = String::from_utf8(bytes).map_err(|e| other(format!("{file}: {e}")))?;
    table(&file, &text)
}

/// The source, without the molecules of any target.
pub(super) fn source(files: &dyn Files) -> Result<Set, StudyError> {
    let mut known = BTreeSet::new();
    for (name, _, _) in TARGETS {
        known.extend(read(files, name)?.whole);
    }
    let Table { set, whole, .. } = read(files, SOURCE)?;
    let kept: Vec<usize> = (0..whole.len()).filter(|&k| !known.contains(&whole[k])).collect();
    let labels = kept.iter().flat_map(|&k| set.labels(k).to_vec()).collect();
    Ok(Set { graphs: kept.iter().map(|&k| set.graphs[k].clone()).collect(), labels, tasks: set.tasks })
}

/// A target, split by scaffolds.
pub(super) fn target(files: &dyn Files, rng: &mut Pcg64, name: &str) -> Result<(Set, Parts), StudyError> {
    let Table { set, scaffolds, .. } = read(files, name)?;
    let parts = by_scaffold(&scaffolds, rng);
    if parts.train.is_empty() || parts.valid.is_empty() || parts.test.is_empty() {
        return Err(other(format!("{name}.csv: {} molecules are too few for three parts", scaffolds.len())));
    }
    Ok((set, parts))
}
