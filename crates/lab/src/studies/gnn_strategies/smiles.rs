//! A parser of SMILES (Weininger, J. Chem. Inf. Comput. Sci. 28, 1988; the grammar of OpenSMILES): atoms with charge and hydrogens, and bonds.
//!
//! It reads the organic subset, brackets with isotope, chirality, hydrogens, charge and class, bonds, branches, ring closures and dots.
//! Isotope, chirality, class and the direction of bonds are read and not kept. Hydrogens are numbers of their atoms, unless they are
//! written as atoms. Rings that are written with single and double bonds are made aromatic afterwards (see [`super::rings::perceive`]), so
//! that a molecule is the same in both ways of writing.

use std::collections::BTreeMap;

use thiserror::Error;

use super::rings;

/// Symbols by atomic number; `*`, an unknown atom, is 0.
const ELEMENTS: &str = "* H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc \
    Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th \
    Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og";

/// Symbols of aromatic atoms in brackets; those of one letter but `te`, `as` and `se` also stand alone.
const AROMATIC: [(&str, u8); 9] = [("se", 34), ("as", 33), ("te", 52), ("b", 5), ("c", 6), ("n", 7), ("o", 8), ("p", 15), ("s", 16)];

/// What is wrong with a SMILES, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column} of {text:?}: {what}")]
pub(super) struct SmilesError {
    pub(super) what: String,
    /// Counted from 1.
    pub(super) column: usize,
    text: String,
}

/// An atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// Atomic number, 0 for an unknown one.
    pub(super) element: u8,
    pub(super) aromatic: bool,
    pub(super) charge: i8,
    /// Those that are no atoms of their own.
    pub(super) hydrogens: u8,
}

/// The order of a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Single,
    Double,
    Triple,
    Quadruple,
    Aromatic,
}

/// A bond between two atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bond {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) order: Order,
}

/// A molecule, or several that a dot keeps apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Molecule {
    pub(super) atoms: Vec<Atom>,
    pub(super) bonds: Vec<Bond>,
}

/// Reads a SMILES.
///
/// # Errors
/// What is no SMILES, with its column.
pub(super) fn parse(text: &str) -> Result<Molecule, SmilesError> {
    let mut reader = Reader { text, ..Reader::default() };
    while reader.at < text.len() {
        reader.one()?;
    }
    if let Some((_, _, column)) = reader.rings.values().next() {
        return Err(SmilesError { what: "this ring is not closed".to_owned(), column: *column, text: text.to_owned() });
    }
    if !reader.open.is_empty() {
        return Err(reader.wrong("a branch is not closed"));
    }
    if reader.bond.is_some() {
        return Err(reader.wrong("a bond leads nowhere"));
    }
    if reader.atoms.is_empty() {
        return Err(reader.wrong("there is no atom"));
    }
    Ok(reader.molecule())
}

/// The place in the text, and what was read before it.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
    atoms: Vec<Atom>,
    /// Whether the hydrogens of an atom follow from its bonds.
    implied: Vec<bool>,
    /// Bonds; `None` for one that is not written.
    bonds: Vec<(usize, usize, Option<Order>)>,
    /// The atoms before the branches that are open.
    open: Vec<usize>,
    last: Option<usize>,
    /// A bond that was written and has no second atom yet.
    bond: Option<Order>,
    /// Ring closures that are open: their atom, their bond and their column.
    rings: BTreeMap<u32, (usize, Option<Order>, usize)>,
}

impl<'a> Reader<'a> {
    fn wrong(&self, what: &str) -> SmilesError {
        SmilesError { what: what.to_owned(), column: self.at + 1, text: self.text.to_owned() }
    }

    /// What is still to be read; nothing before it is more than one byte long.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// One symbol.
    fn one(&mut self) -> Result<(), SmilesError> {
        let rest = self.rest();
        let Some(symbol) = rest.chars().next() else { return Ok(()) };
        match symbol {
            '[' => return self.bracket(),
            '(' => match self.last {
                Some(atom) => self.open.push(atom),
                None => return Err(self.wrong("a branch needs an atom before it")),
            },
            ')' => match self.open.pop() {
                Some(_) if self.bond.is_some() => return Err(self.wrong("a bond leads nowhere")),
                Some(atom) => self.last = Some(atom),
                None => return Err(self.wrong("a branch is closed that was not open")),
            },
            '.' if self.bond.is_some() => return Err(self.wrong("a bond leads nowhere")),
            '.' => self.last = None,
            // Tables that were escaped once too often have `\\` for `\`: a direction that is said twice is one bond.
            '/' | '\\' if self.text[..self.at].ends_with(['/', '\\']) && self.bond == Some(Order::Single) => {}
            '-' | '/' | '\\' => self.order(Order::Single)?,
            '=' => self.order(Order::Double)?,
            '#' => self.order(Order::Triple)?,
            '$' => self.order(Order::Quadruple)?,
            ':' => self.order(Order::Aromatic)?,
            '0'..='9' => self.ring(symbol.to_digit(10).unwrap_or(0))?,
            '%' => {
                let number = rest.get(1..3).filter(|two| two.bytes().all(|b| b.is_ascii_digit())).and_then(|two| two.parse().ok());
                let Some(number) = number else { return Err(self.wrong("`%` needs two digits after it")) };
                self.ring(number)?;
                self.at += 2;
            }
            _ => return self.organic(),
        }
        self.at += 1;
        Ok(())
    }

    /// A bond whose second atom is still to come.
    fn order(&mut self, order: Order) -> Result<(), SmilesError> {
        if self.bond.is_some() {
            return Err(self.wrong("there are two bonds in a row"));
        }
        self.bond = Some(order);
        Ok(())
    }

    /// An atom that stands without brackets.
    fn organic(&mut self) -> Result<(), SmilesError> {
        let rest = self.rest();
        let plain = ["Cl", "Br", "B", "C", "N", "O", "P", "S", "F", "I", "*"].into_iter().find(|symbol| rest.starts_with(symbol));
        let aromatic = AROMATIC.into_iter().find(|(symbol, _)| symbol.len() == 1 && rest.starts_with(symbol));
        let (length, atom) = match (plain, aromatic) {
            (Some(symbol), _) => (symbol.len(), Atom { element: number(symbol).unwrap_or(0), aromatic: false, charge: 0, hydrogens: 0 }),
            (None, Some((_, element))) => (1, Atom { element, aromatic: true, charge: 0, hydrogens: 0 }),
            (None, None) => {
                let symbol = rest.chars().next().unwrap_or(' ');
                return Err(self.wrong(&format!("{symbol:?} is no atom that stands without brackets, and no other symbol")));
            }
        };
        self.join(atom, true)?;
        self.at += length;
        Ok(())
    }

    /// An atom in brackets: isotope, symbol, chirality, hydrogens, charge, class.
    fn bracket(&mut self) -> Result<(), SmilesError> {
        let Some(end) = self.rest().find(']') else { return Err(self.wrong("this bracket is not closed")) };
        let all = self.rest().get(1..end).unwrap_or_default();
        let inside = all.trim_start_matches(|c: char| c.is_ascii_digit());
        let aromatic = AROMATIC.into_iter().find(|(symbol, _)| inside.starts_with(symbol));
        let plain = [2, 1].into_iter().filter_map(|n| inside.get(..n)).find_map(|symbol| Some((symbol.len(), number(symbol)?)));
        let (length, element) = match (aromatic, plain) {
            (Some((symbol, element)), _) => (symbol.len(), element),
            (None, Some(found)) => found,
            (None, None) => {
                self.at += 1 + all.len() - inside.len();
                return Err(self.wrong("this is no element"));
            }
        };
        let mut rest = inside.get(length..).unwrap_or_default().trim_start_matches('@');
        let mut hydrogens = 0;
        if let Some(after) = rest.strip_prefix('H') {
            (hydrogens, rest) = count(after, 1);
        }
        let mut charge = 0;
        if let Some(sign) = rest.chars().next().filter(|c| ['+', '-'].contains(c)) {
            let after = rest.trim_start_matches(sign);
            let signs = (rest.len() - after.len()).min(9) as i8;
            let (size, tail) = if signs == 1 { count(after, 1) } else { (signs as u8, after) };
            let size = size.min(99) as i8;
            (charge, rest) = (if sign == '+' { size } else { -size }, tail);
        }
        if let Some(after) = rest.strip_prefix(':') {
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        if !rest.is_empty() {
            self.at += 1 + all.len() - rest.len();
            return Err(self.wrong("nothing of this kind stands here in a bracket"));
        }
        self.join(Atom { element, aromatic: aromatic.is_some(), charge, hydrogens }, false)?;
        self.at += 1 + all.len() + 1;
        Ok(())
    }

    /// Adds an atom and its bond to the one before it.
    fn join(&mut self, atom: Atom, implied: bool) -> Result<(), SmilesError> {
        let new = self.atoms.len();
        match self.last {
            Some(last) => self.bonds.push((last, new, self.bond)),
            None if self.bond.is_some() => return Err(self.wrong("a bond needs an atom before it")),
            None => {}
        }
        self.atoms.push(atom);
        self.implied.push(implied);
        (self.last, self.bond) = (Some(new), None);
        Ok(())
    }

    /// Opens or closes a ring.
    fn ring(&mut self, number: u32) -> Result<(), SmilesError> {
        let Some(last) = self.last else { return Err(self.wrong("a ring closure needs an atom before it")) };
        let bond = self.bond.take();
        let Some((first, other, _)) = self.rings.remove(&number) else {
            self.rings.insert(number, (last, bond, self.at + 1));
            return Ok(());
        };
        if first == last || self.bonds.iter().any(|&(a, b, _)| (a, b) == (first, last) || (a, b) == (last, first)) {
            return Err(self.wrong("this ring closure joins an atom to itself, or two that are joined already"));
        }
        if bond.is_some() && other.is_some() && bond != other {
            return Err(self.wrong("the two ends of this ring closure have different bonds"));
        }
        self.bonds.push((first, last, bond.or(other)));
        Ok(())
    }

    /// Bonds and hydrogens that are not written, and aromatic rings.
    fn molecule(self) -> Molecule {
        let Self { mut atoms, implied, bonds: written, .. } = self;
        let mut bonds: Vec<Bond> = written.iter().map(|&(a, b, order)| Bond { a, b, order: order.unwrap_or(Order::Single) }).collect();
        let next = rings::neighbours(atoms.len(), &bonds);
        let in_ring = rings::in_ring(&bonds, &next);
        for ((bond, (_, _, order)), ring) in bonds.iter_mut().zip(&written).zip(&in_ring) {
            // Two aromatic rings that a bond joins are written without it: it is single unless it is in a ring.
            if order.is_none() && *ring && atoms[bond.a].aromatic && atoms[bond.b].aromatic {
                bond.order = Order::Aromatic;
            }
        }
        for ((atom, around), _) in atoms.iter_mut().zip(&next).zip(&implied).filter(|(_, implied)| **implied) {
            let order = |k: usize| match bonds[k].order {
                Order::Single | Order::Aromatic => 1,
                Order::Double => 2,
                Order::Triple => 3,
                Order::Quadruple => 4,
            };
            let used = around.iter().map(|&(_, k)| order(k)).sum::<u8>() + u8::from(atom.aromatic);
            let valences = valences(atom.element);
            let valences = if atom.aromatic { &valences[..valences.len().min(1)] } else { valences };
            atom.hydrogens = valences.iter().find(|v| **v >= used).map_or(0, |v| v - used);
        }
        rings::perceive(&mut atoms, &mut bonds, &next, &in_ring);
        Molecule { atoms, bonds }
    }
}

/// The atomic number of a symbol.
fn number(symbol: &str) -> Option<u8> {
    ELEMENTS.split(' ').position(|known| known == symbol).map(|k| k as u8)
}

/// The number that a text begins with, or `without` one, and what is left of it.
fn count(text: &str, without: u8) -> (u8, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (text[..text.len() - rest.len()].parse().unwrap_or(without), rest)
}

/// The valences of an atom without brackets.
fn valences(element: u8) -> &'static [u8] {
    match element {
        5 => &[3],
        6 => &[4],
        7 | 15 => &[3, 5],
        8 => &[2],
        16 => &[2, 4, 6],
        9 | 17 | 35 | 53 => &[1],
        _ => &[],
    }
}
