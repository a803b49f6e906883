//! SMILES by hand, scaffolds, and tables of molecules.

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::super::graph::by_scaffold;
use super::super::rings::{core, hash};
use super::super::smiles::{Molecule, Order, parse};
use super::super::world::{Streams, target};
use super::{SMALL, World, run_all};
use crate::{Files, Status};

fn read(text: &str) -> Molecule {
    parse(text).unwrap_or_else(|e| panic!("{e}"))
}

fn whole(text: &str) -> u64 {
    let molecule = read(text);
    hash(&molecule, &vec![true; molecule.atoms.len()])
}

fn scaffold(text: &str) -> u64 {
    let molecule = read(text);
    hash(&molecule, &core(&molecule))
}

fn hydrogens(text: &str) -> Vec<u8> {
    read(text).atoms.iter().map(|a| a.hydrogens).collect()
}

fn aromatic_bonds(text: &str) -> usize {
    read(text).bonds.iter().filter(|b| b.order == Order::Aromatic).count()
}

#[test]
fn atoms_bonds_and_hydrogens_by_hand() {
    let aspirin = read("CC(=O)Oc1ccccc1C(=O)O");
    assert_eq!((aspirin.atoms.len(), aspirin.bonds.len(), aromatic_bonds("CC(=O)Oc1ccccc1C(=O)O")), (13, 13, 6));
    assert_eq!(hydrogens("CC(=O)Oc1ccccc1C(=O)O").iter().map(|h| u32::from(*h)).sum::<u32>(), 8);
    assert_eq!(hydrogens("C#N"), [1, 0]);
    // Nitro with five bonds at its nitrogen, a sulfone with six at its sulphur.
    assert_eq!(hydrogens("CN(=O)=O"), [3, 0, 0, 0]);
    assert_eq!(hydrogens("CS(=O)(=O)CS"), [3, 0, 0, 0, 2, 1]);
    assert_eq!(hydrogens("c1cc[nH]c1"), [1, 1, 1, 1, 1]);
    assert_eq!(hydrogens("Cn1cccc1"), [3, 0, 1, 1, 1, 1]);
    assert_eq!(hydrogens("c1ccsc1"), [1, 1, 1, 0, 1]);
    let salt = read("[Na+].[Cl-].[13CH4].[NH4+].[Fe+++].[O-2].[C@@H:12](F)(Cl)Br.*");
    let charges: Vec<i8> = salt.atoms.iter().map(|a| a.charge).collect();
    assert_eq!(charges, [1, -1, 0, 1, 3, -2, 0, 0, 0, 0, 0]);
    let elements: Vec<u8> = salt.atoms.iter().map(|a| a.element).collect();
    assert_eq!(elements, [11, 17, 6, 7, 26, 8, 6, 9, 17, 35, 0]);
    assert_eq!((salt.bonds.len(), salt.atoms[2].hydrogens, salt.atoms[6].hydrogens), (3, 4, 1));
    // Branches, directions, and rings with numbers of two digits, the bond at either end.
    assert_eq!(read("F/C=C\\F").bonds[1].order, Order::Double);
    assert_eq!(read("C1(CC)CC=1").bonds.last().map(|b| b.order), Some(Order::Double));
    assert_eq!(whole("C%12CCCC%12"), whole("C1CCCC1"));
}

#[test]
fn a_molecule_is_the_same_in_both_ways_of_writing() {
    let pairs = [
        ("C1=CC=CC=C1", "c1ccccc1"),
        ("C1=CC=C2C=CC=CC2=C1", "c1ccc2ccccc2c1"),
        ("C1=CC=C2C(=C1)C=CN2", "c1ccc2[nH]ccc2c1"),
        ("O=C1C=CC=CN1", "O=c1cccc[nH]1"),
        ("CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "Cn1cnc2c1c(=O)n(C)c(=O)n2C"),
        ("C1=CSC=C1", "c1ccsc1"),
        ("C1=COC=N1", "c1cocn1"),
        // A bond between two aromatic rings may be left out, and is single.
        ("c1ccccc1-c1ccccc1", "c1ccccc1c1ccccc1"),
        // The order of atoms does not matter.
        ("OCC(N)=O", "NC(=O)CO"),
    ];
    for (a, b) in pairs {
        assert_eq!(whole(a), whole(b), "{a} {b}");
    }
    // A quinone, a cyclohexadiene, a ring of eight, a cyclopentadiene, and saccharin's ring with its sulphur.
    for text in ["O=C1C=CC(=O)C=C1", "C1=CCCC=C1", "C1=CC=CC=CC=C1", "C1C=CC=C1"] {
        assert_eq!(aromatic_bonds(text), 0, "{text}");
    }
    assert_eq!((aromatic_bonds("O=C1NS(=O)(=O)c2ccccc12"), aromatic_bonds("c1ccccc1c1ccccc1")), (6, 12));
    assert_ne!(whole("CCO"), whole("CCN"));
    assert_ne!(whole("CC=O"), whole("CCO"));
}

#[test]
fn what_is_no_smiles_is_named_by_its_column() {
    let wrong = [
        ("", 1, "no atom"),
        ("CXC", 2, "'X' is no atom"),
        ("Cé", 2, "'é' is no atom"),
        ("C1CC", 2, "not closed"),
        ("CC(C", 5, "branch is not closed"),
        ("C)C", 2, "was not open"),
        ("(C)C", 1, "needs an atom before it"),
        ("C[CH3", 2, "bracket is not closed"),
        ("C[Zz]C", 3, "no element"),
        ("C[CH2?]C", 6, "nothing of this kind"),
        ("C=", 3, "leads nowhere"),
        ("C(=)C", 4, "leads nowhere"),
        ("C=.C", 3, "leads nowhere"),
        ("C/=C", 3, "two bonds in a row"),
        ("C=#C", 3, "two bonds in a row"),
        ("=C", 2, "needs an atom before it"),
        ("1CC1", 1, "needs an atom before it"),
        ("C11", 3, "to itself"),
        ("C1C1", 4, "joined already"),
        ("C=1CCC#1", 8, "different bonds"),
        ("CC%1", 3, "two digits"),
    ];
    for (text, column, says) in wrong {
        let e = parse(text).unwrap_err();
        assert!(e.column == column && e.to_string().contains(says), "{text:?}: {e}");
    }
    assert_eq!(parse("CXC").unwrap_err().to_string(), "column 2 of \"CXC\": 'X' is no atom that stands without brackets, and no other symbol");
}

#[test]
fn a_scaffold_is_the_rings_and_what_joins_them() {
    assert_eq!(scaffold("CCc1ccccc1C(=O)O"), scaffold("c1ccccc1"));
    assert_eq!(scaffold("CCO"), scaffold("C[N+](C)(C)C"));
    assert_eq!(scaffold("CC(Cc1ccccc1)Cc1ccccc1"), scaffold("c1ccc(CCCc2ccccc2)cc1"));
    assert_ne!(scaffold("c1ccccc1"), scaffold("c1ccncc1"));
    assert_ne!(scaffold("c1ccccc1"), scaffold("C1CCCCC1"));
    assert_eq!(core(&read("CC1CC1")), [false, true, true, true]);
}

#[test]
fn no_scaffold_lies_in_two_parts() {
    // One large scaffold, and 49 of a few molecules each.
    let scaffolds: Vec<u64> = (0..300_u64).map(|k| if k % 5 == 0 { 7 } else { 100 + k * k % 97 }).collect();
    let splits: Vec<_> = (0..3).map(|seed| by_scaffold(&scaffolds, &mut Pcg64::seed_from_u64(seed))).collect();
    for parts in &splits {
        let of = |part: &[usize]| part.iter().map(|k| scaffolds[*k]).collect::<std::collections::BTreeSet<u64>>();
        let (train, valid, test) = (of(&parts.train), of(&parts.valid), of(&parts.test));
        assert!(train.is_disjoint(&valid) && train.is_disjoint(&test) && valid.is_disjoint(&test) && train.contains(&7));
        assert_eq!(parts.train.len() + parts.valid.len() + parts.test.len(), 300);
        assert!(parts.train.len() > 220 && parts.train.len() <= 240 && parts.valid.len() <= 30 && parts.test.len() >= 25, "{parts:?}");
    }
    assert_ne!(splits[0], splits[1]);
    assert_eq!(splits[0], by_scaffold(&scaffolds, &mut Pcg64::seed_from_u64(0)));
}

/// Small tables: chains and rings with a nitrogen (positive) or an oxygen.
struct Small;

impl Files for Small {
    fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
        assert_eq!(dataset, "moleculenet_chemprop");
        let (tasks, from, count) = match file {
            "tox21.csv" => (2, 0, 90),
            "sider.csv" => (3, 60, 80),
            "bbbp.csv" => (1, 40, 80),
            _ => (1, 130, 40),
        };
        let mut text = format!("smiles{}\n", ",\"a task\"".repeat(tasks));
        for k in from..from + count {
            // Chains tell all numbers apart, and rings are nineteen scaffolds.
            let (chain, ring) = (format!("{}{}F", "C".repeat(k % 11 + 1), "S".repeat(k / 11)), format!("C1{}C1", "C".repeat(k % 19 + 1)));
            let (end, label) = if k % 2 == 0 { ("N", "1") } else { ("O", "0") };
            let labels = (0..tasks).map(|task| if (k + task) % 7 == 3 { ",".to_owned() } else { format!(",{label}") }).collect::<String>();
            text.push_str(&format!("{end}{chain}.{ring}{labels}\n"));
        }
        Ok(text.into_bytes())
    }
}

#[test]
fn molecules_are_read_split_and_learned_from() {
    let with = format!("{SMALL}world = 'molecules'\ntargets = ['bbbp', 'sider']\n");
    let all = run_all(&with, "strategy = ['none', 'supervised+context-pred']", &Small);
    let both = &all["strategy=supervised+context-pred/seed=0"];
    assert_eq!(both.status, Status::Done);
    // Numbers 0 to 39 of 0 to 89 are in no target.
    assert_eq!(both.scalar("source-graphs"), Some(40.0));
    assert!(both.scalar("auc-bbbp").is_some() && both.scalar("gain-sider").is_some() && both.scalar("auc-seen").is_none());
}

#[test]
fn a_table_that_is_wrong_names_its_row_and_column() {
    struct Wrong(&'static str);
    impl Files for Wrong {
        fn read(&self, _: &str, _: &str) -> Result<Vec<u8>, String> {
            Ok(format!("smiles,task\nCC,1\n{}\n", self.0).into_bytes())
        }
    }
    for (row, says) in [("CCQ,1", "bbbp.csv: row 3: column 3 of"), ("CC,2", "row 3: \"2\" is no label"), ("CC,1,0", "row 3: it has 2 labels")] {
        let files = Wrong(row);
        let e = target(World::Molecules, "bbbp", 4, &Streams::new(1), &files).unwrap_err().to_string();
        assert!(e.contains(says), "{e}");
    }
}

#[test]
fn a_direction_that_was_escaped_twice_is_one_bond() {
    let (once, twice) = (parse("N/C(=C\\O)C").unwrap(), parse("N/C(=C\\\\O)C").unwrap());
    assert_eq!(format!("{once:?}"), format!("{twice:?}"));
}
