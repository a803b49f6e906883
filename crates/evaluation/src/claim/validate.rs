//! Is a claim complete, and does it hold nothing that its kind would not read?

use std::collections::BTreeSet;

use super::{Claim, Kind, Published, Within};
use curves::nearest;

use crate::{Cell, EvaluationError, Stat};

impl Published {
    /// Every claim and deviation is complete, names are unique, and deviations touch claims that exist.
    pub fn validate(&self) -> Result<(), Vec<EvaluationError>> {
        let mut wrong: Vec<EvaluationError> = self.claims.iter().filter_map(|c| c.validate().err()).flatten().collect();
        let mut names = BTreeSet::new();
        for claim in &self.claims {
            if !names.insert(claim.id.as_str()) {
                wrong.push(EvaluationError::InvalidClaim { id: claim.id.clone(), what: "another claim has this id".to_string() });
            }
        }
        let mut headlines = BTreeSet::new();
        for headline in &self.headlines {
            let mut found = headline.wrong(&self.claims);
            if !headlines.insert(headline.id.as_str()) {
                found.push("another headline has this id".to_string());
            }
            wrong.extend(found.into_iter().map(|what| EvaluationError::InvalidHeadline { id: headline.id.clone(), what }));
        }
        let mut deviations = BTreeSet::new();
        for d in &self.deviations {
            let mut push = |what: String| wrong.push(EvaluationError::InvalidDeviation { id: d.id.clone(), what });
            if !deviations.insert(d.id.as_str()) {
                push("another deviation has this id".to_string());
            }
            for (key, text) in [("id", &d.id), ("where", &d.place), ("says", &d.says), ("we", &d.we)] {
                if text.trim().is_empty() {
                    push(format!("{key} is empty"));
                }
            }
            for id in d.touches.iter().filter(|id| !names.contains(id.as_str())) {
                let hint = nearest(id, names.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
                push(format!("touches {id:?}, which is no claim{hint}"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// The keys a kind must have, and those it may have besides.
fn keys_of(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Value => (&["of"], &["published", "se", "within", "at-least", "at-most"]),
        Kind::Order => (&["of", "best-first"], &[]),
        Kind::Ratio => (&["to"], &["of", "of-value", "published", "se", "within", "at-least", "at-most"]),
        Kind::Fraction => (&["of", "relation"], &["to", "point", "published", "se", "within", "at-least", "at-most"]),
        Kind::Outside => (&["of", "point"], &["published", "se"]),
    }
}

impl Claim {
    /// Every key that the kind needs is there, none is there that it would not read, and every tolerance has its reason.
    pub fn validate(&self) -> Result<(), Vec<EvaluationError>> {
        let mut wrong = self.common();
        if self.untested.is_none() {
            wrong.extend(self.keys());
            if self.kind == Kind::Ratio && self.of.is_some() == self.of_value.is_some() {
                wrong.push("a claim of kind ratio needs of, or of-value in its place".to_string());
            }
            if wrong.is_empty() {
                wrong.extend(self.criterion());
                wrong.extend(self.cells());
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.into_iter().map(|what| EvaluationError::InvalidClaim { id: self.id.clone(), what }).collect())
    }

    fn common(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, text) in [
            ("id", Some(&self.id)),
            ("says", Some(&self.says)),
            ("where", Some(&self.place)),
            ("because", self.because.as_ref()),
            ("untested", self.untested.as_ref()),
        ] {
            if text.is_some_and(|t| t.trim().is_empty()) {
                wrong.push(format!("{key} is empty"));
            }
        }
        if self.within.is_some() && self.because.is_none() {
            wrong.push("within needs because: every tolerance has its reason".to_string());
        }
        if self.expect.is_some() && self.because.is_none() {
            wrong.push("expect needs because: say why it is known to fail".to_string());
        }
        if self.exact && self.because.is_none() {
            wrong.push("exact needs because: say why the rows carry no sampling error".to_string());
        }
        if self.exact && self.kind == Kind::Outside {
            wrong.push("a claim of kind outside is about an interval, which exact rows have not".to_string());
        }
        if self.exact && self.precision.is_some() {
            wrong.push("exact and precision exclude each other: rows without sampling error have no standard error".to_string());
        }
        if self.precision.is_some_and(|p| p.is_nan() || p <= 0.0) {
            wrong.push("precision is the largest standard error to judge with, and has to be above 0".to_string());
        }
        if self.confidence() <= 0.0 || self.confidence() >= 1.0 || self.confidence().is_nan() {
            wrong.push(format!("confidence is {}; it must be between 0 and 1", self.confidence()));
        }
        for (key, number) in [
            ("published", self.published),
            ("of-value", self.of_value),
            ("se", self.se),
            ("at-least", self.at_least),
            ("at-most", self.at_most),
            ("point", self.point),
        ] {
            if number.is_some_and(|v| !v.is_finite()) {
                wrong.push(format!("{key} is not a finite number"));
            }
        }
        if self.se.is_some_and(|se| se < 0.0) {
            wrong.push("se is negative".to_string());
        }
        wrong
    }

    fn keys(&self) -> Vec<String> {
        let (required, allowed) = keys_of(self.kind);
        let kind = format!("{:?}", self.kind).to_lowercase();
        let present = [
            ("of", self.of.is_some()),
            ("of-value", self.of_value.is_some()),
            ("to", self.to.is_some()),
            ("best-first", self.best_first.is_some()),
            ("within", self.within.is_some()),
            ("at-least", self.at_least.is_some()),
            ("at-most", self.at_most.is_some()),
            ("point", self.point.is_some()),
            ("relation", self.relation.is_some()),
            ("published", self.published.is_some()),
            ("se", self.se.is_some()),
        ];
        present
            .iter()
            .filter_map(|&(key, there)| {
                if required.contains(&key) && !there {
                    Some(format!("a claim of kind {kind} needs {key}"))
                } else if there && !required.contains(&key) && !allowed.contains(&key) {
                    Some(format!("a claim of kind {kind} does not read {key}"))
                } else {
                    None
                }
            })
            .collect()
    }

    fn criterion(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let bounded = self.at_least.is_some() || self.at_most.is_some();
        if matches!(self.kind, Kind::Value | Kind::Ratio | Kind::Fraction) {
            match (self.published, self.within) {
                (Some(_), None) if !bounded => wrong.push("published needs within, or else at-least or at-most".to_string()),
                (None, _) if !bounded => wrong.push("no criterion: published with within, at-least or at-most".to_string()),
                _ => {}
            }
        }
        if let (Some(low), Some(high)) = (self.at_least, self.at_most)
            && low > high
        {
            wrong.push(format!("nothing is at least {low} and at most {high}"));
        }
        if let Some(Within { abs, rel, se }) = self.within {
            let given: Vec<f64> = [abs, rel, se].into_iter().flatten().collect();
            if given.len() != 1 {
                wrong.push("within takes exactly one of abs, rel and se".to_string());
            }
            if given.iter().any(|v| !v.is_finite() || *v < 0.0) {
                wrong.push("within must be 0 or more".to_string());
            }
            if rel.is_some() && self.published == Some(0.0) {
                wrong.push("a share of 0 is 0: use within.abs".to_string());
            }
        }
        if self.kind == Kind::Fraction && self.to.is_some() == self.point.is_some() {
            wrong.push("a fraction compares of with either to or point".to_string());
        }
        wrong
    }

    fn cells(&self) -> Vec<String> {
        let mut cells: Vec<Cell> = Vec::new();
        let mut wrong = Vec::new();
        match (&self.of, &self.best_first) {
            (Some(of), Some(best)) => {
                cells.extend(best.iter().map(|selection| of.with(selection)));
                if best.len() < 2 {
                    wrong.push("best-first needs two selections or more".to_string());
                }
                if cells.iter().enumerate().any(|(k, c)| cells[..k].contains(c)) {
                    wrong.push("two selections of best-first are the same".to_string());
                }
            }
            (Some(of), None) => cells.push(of.clone()),
            (None, _) => {}
        }
        cells.extend(self.to.clone());
        let stats: &[Stat] = match self.kind {
            Kind::Order => &[Stat::Mean, Stat::Median, Stat::MeanRank],
            Kind::Fraction => &[Stat::Mean, Stat::MeanRank],
            Kind::Value | Kind::Ratio | Kind::Outside => &[],
        };
        let compares = matches!(self.kind, Kind::Order | Kind::Fraction);
        for cell in &cells {
            wrong.extend(cell.validate().err().map(|e| e.to_string()));
            if !stats.is_empty() && !stats.contains(&cell.stat) {
                wrong.push(format!("stat {:?} does not go with this kind", cell.stat));
            }
            if compares {
                wrong.extend(cell.better().err().map(|e| e.to_string()));
            }
            if cell.draws && (compares || self.kind == Kind::Ratio) {
                wrong.push("draws = true goes with the kinds value and outside only".to_string());
            }
        }
        wrong.dedup();
        wrong
    }
}
