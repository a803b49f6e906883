//! `Headline`: a statement of a paper's abstract, and the one mark that its parts make.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Claim, Mark, Verdict};

/// What a verdict on a headline rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// We trained what the paper trained, at its scale.
    OwnTraining,
    /// The authors' own data.
    ReleasedData,
    /// Public data of others.
    OtherData,
    /// Our own training in the small.
    Miniature,
    /// Runs simulated from a law.
    Simulation,
}

impl Basis {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OwnTraining => "own training",
            Self::ReleasedData => "released data",
            Self::OtherData => "other data",
            Self::Miniature => "miniature",
            Self::Simulation => "simulation",
        }
    }

    /// Is it about the paper's own runs? On any other basis the effect was seen elsewhere, and the paper's own number was not met.
    pub fn is_the_papers(self) -> bool {
        matches!(self, Self::OwnTraining | Self::ReleasedData)
    }
}

/// A statement of the abstract. Its parts are claims, and the worst of them decides its mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Headline {
    /// Its name.
    pub id: String,
    /// The statement, in the paper's own words.
    pub says: String,
    /// Where it stands.
    #[serde(rename = "where")]
    pub place: String,
    /// What its verdict rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The evidence, in a noun phrase: which runs, how many. Never the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Ids of the claims that make it up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Why nothing here can test it: `needs study:NAME` where a training study of ours would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
}

/// What the parts of a headline make together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composed<'a> {
    /// The worst mark: one part that fails makes the statement fail, and one that is untested leaves it open.
    pub mark: Mark,
    /// How many parts are reproduced.
    pub held: usize,
    /// The first part that has the worst mark; `None` where there are no parts.
    pub worst: Option<&'a (Claim, Verdict)>,
}

impl Headline {
    /// What its parts make together. A part without a verdict is untested.
    pub fn compose<'a>(&self, verdicts: &'a [(Claim, Verdict)]) -> Composed<'a> {
        let parts: Vec<Option<&(Claim, Verdict)>> = self.parts.iter().map(|id| verdicts.iter().find(|(claim, _)| claim.id == *id)).collect();
        let mark = |part: &Option<&(Claim, Verdict)>| part.map_or(Mark::Untested, |(_, verdict)| verdict.mark);
        let held = parts.iter().filter(|part| mark(part) == Mark::Reproduced).count();
        let Some(worst) = parts.iter().map(mark).max_by_key(|mark| severity(*mark)) else {
            return Composed { mark: Mark::Untested, held, worst: None };
        };
        Composed { mark: worst, held, worst: parts.iter().find(|part| mark(part) == worst).copied().flatten() }
    }

    /// What is wrong with it, among these claims.
    pub(crate) fn wrong(&self, claims: &[Claim]) -> Vec<String> {
        let mut wrong: Vec<String> = [("id", &self.id), ("says", &self.says), ("where", &self.place)]
            .into_iter()
            .chain(self.on.as_ref().map(|text| ("on", text)))
            .chain(self.untested.as_ref().map(|text| ("untested", text)))
            .filter(|(_, text)| text.trim().is_empty())
            .map(|(key, _)| format!("{key} is empty"))
            .collect();
        match (self.parts.is_empty(), &self.untested) {
            (true, None) => wrong.push("it has neither parts nor a reason why it is untested".to_owned()),
            (false, Some(_)) => wrong.push("it has parts, so that untested says nothing".to_owned()),
            (false, None) if self.basis.is_none() || self.on.is_none() => {
                wrong.push("a headline with parts needs basis and on: what the verdict rests on".to_owned())
            }
            (true, Some(_)) if self.basis.is_some() || self.on.is_some() => wrong.push("nothing is tested, so that basis and on say nothing".to_owned()),
            _ => {}
        }
        for id in &self.parts {
            match claims.iter().find(|claim| claim.id == *id) {
                None => {
                    let hint = curves::nearest(id, claims.iter().map(|c| c.id.as_str())).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
                    wrong.push(format!("part {id:?} is no claim{hint}"));
                }
                Some(claim) if claim.level == crate::claim::Level::Check => {
                    wrong.push(format!("part {id:?} is a check of ours, which says nothing of the paper"));
                }
                Some(_) => {}
            }
        }
        wrong
    }
}

/// How much worse a mark makes the whole: what failed outweighs what is open, and that what is near.
fn severity(mark: Mark) -> u8 {
    match mark {
        Mark::Reproduced => 0,
        Mark::Near => 1,
        Mark::Untested => 2,
        Mark::NotReproduced => 3,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Frame, Published};

    /// Claims about a loss of 2: `right`, `near`, `wrong`, `later`, and the check `ours`.
    fn verdicts() -> Vec<(Claim, Verdict)> {
        let mut frame = Frame::new();
        frame.push_row(&[("method", "a")], &[("loss", Some(2.0))]);
        let claim = |id: &str, level: &str, published: f64, more: &str| {
            format!(
                "[[claim]]\nid = \"{id}\"\nsays = \"s\"\nwhere = \"w\"\nkind = \"value\"\nlevel = \"{level}\"\nsource = \"paper\"\n\
                 of = {{ metric = \"loss\" }}\npublished = {published:?}\nwithin = {{ abs = 0.1 }}\nbecause = \"b\"\n{more}\n"
            )
        };
        let text = [
            claim("right", "statement", 2.0, ""),
            claim("near", "statement", 2.2, ""),
            claim("wrong", "statement", 9.0, ""),
            claim("later", "statement", 2.0, "needs = [\"weights:p3\"]"),
            claim("ours", "check", 2.0, ""),
        ]
        .concat();
        let published: Published = toml::from_str(&text).unwrap();
        published.claims.into_iter().map(|c| (c.clone(), crate::judge(&c, &frame, &BTreeSet::new(), 1))).collect()
    }

    fn headline(parts: &[&str]) -> Headline {
        let (basis, on) = (Some(Basis::ReleasedData), Some("o".to_owned()));
        let parts = parts.iter().map(|p| (*p).to_owned()).collect();
        Headline { id: "h".into(), says: "s".into(), place: "Abstract".into(), basis, on, parts, untested: None }
    }

    #[test]
    fn the_worst_part_decides() {
        let verdicts = verdicts();
        let composed = |parts: &[&str]| {
            let headline = headline(parts);
            let c = headline.compose(&verdicts);
            (c.mark, c.held, c.worst.map(|(claim, _)| claim.id.clone()))
        };
        assert_eq!(composed(&["right", "right"]), (Mark::Reproduced, 2, Some("right".into())));
        assert_eq!(composed(&["right", "near"]), (Mark::Near, 1, Some("near".into())));
        assert_eq!(composed(&["near", "later"]), (Mark::Untested, 0, Some("later".into())));
        assert_eq!(composed(&["later", "wrong", "right"]), (Mark::NotReproduced, 1, Some("wrong".into())));
        assert_eq!(composed(&[]), (Mark::Untested, 0, None));
    }

    #[test]
    fn what_a_headline_rests_on_is_said_and_exists() {
        let claims: Vec<Claim> = verdicts().into_iter().map(|(c, _)| c).collect();
        assert!(headline(&["right"]).wrong(&claims).is_empty());
        assert_eq!(headline(&["rigth"]).wrong(&claims), ["part \"rigth\" is no claim; did you mean \"right\"?"]);
        assert_eq!(headline(&["ours"]).wrong(&claims), ["part \"ours\" is a check of ours, which says nothing of the paper"]);
        let bare = Headline { basis: None, ..headline(&["right"]) };
        assert!(bare.wrong(&claims)[0].contains("needs basis and on"));
        let nothing = Headline { basis: None, on: None, ..headline(&[]) };
        assert!(nothing.wrong(&claims)[0].contains("neither parts nor"));
        let open = Headline { untested: Some("needs study:x".into()), ..nothing };
        assert!(open.wrong(&claims).is_empty());
        assert!(Headline { basis: Some(Basis::Miniature), ..open }.wrong(&claims)[0].contains("say nothing"));
    }
}
