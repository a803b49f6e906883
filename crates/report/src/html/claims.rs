//! All claims, each folded into its verdict and its sentence, and filtered by mark with radio buttons and no script.

use super::inline;
use crate::escape::{anchor, html};
use crate::mark::Mark;
use crate::table::html::cell;
use crate::verdicts::ClaimRow;

/// The list; `number` tells the radio buttons of several lists on one page apart.
///
/// The buttons come before the claims and beside them, so that the style sheet can hide what a chosen button does not show.
pub(super) fn claims(claims: &[ClaimRow], number: usize) -> String {
    let mut out = String::from("<div class=\"claims\">\n");
    out.push_str(&button(number, "all", "all", claims.len(), true));
    for mark in Mark::ALL {
        let count = claims.iter().filter(|claim| claim.mark == mark).count();
        let label = format!("{} {}", mark.symbol(), mark.words());
        out.push_str(&button(number, mark.name(), &label, count, false));
    }
    claims.iter().for_each(|claim| out.push_str(&one(claim)));
    out.push_str("</div>\n");
    out
}

/// One choice of the filter.
fn button(number: usize, class: &str, label: &str, count: usize, checked: bool) -> String {
    let id = format!("claims-{number}-{class}");
    let checked = if checked { " checked" } else { "" };
    format!(
        "<input type=\"radio\" name=\"claims-{number}\" id=\"{id}\" class=\"only-{class}\"{checked}><label for=\"{id}\">{} <b>{count}</b></label>\n",
        html(label)
    )
}

/// One claim: open to see its numbers and the reason as it was computed.
fn one(claim: &ClaimRow) -> String {
    let mark = claim.mark;
    let mut out = format!("<details class=\"claim {}\" id=\"{}\">\n<summary>", mark.name(), html(&anchor(&claim.id)));
    out.push_str(&format!("<span class=\"mark {}\" title=\"{}\">{}</span> ", mark.name(), mark.words(), html(mark.symbol())));
    let says = if claim.says.is_empty() { &claim.id } else { &claim.says };
    out.push_str(&format!("<span class=\"says\">{}</span>", inline(says)));
    if !claim.words.is_empty() {
        out.push_str(&format!(" <span class=\"words\">{}</span>", inline(&claim.words)));
    }
    out.push_str("</summary>\n<dl>\n");
    let texts = [
        ("claim", format!("<code>{}</code>", html(&claim.id))),
        ("where", inline(&claim.place)),
        ("published", cell(&claim.published_cell())),
        ("ours", cell(&claim.ours_cell())),
        ("interval", cell(&claim.interval_cell())),
        ("note", inline(&claim.beside())),
        ("level", inline(&claim.level)),
        ("basis", inline(&claim.basis)),
        ("number from", inline(&claim.source)),
        ("because", inline(&claim.because)),
    ];
    for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{text}</dd></div>\n"));
    }
    out.push_str("</dl>\n");
    if !claim.reason.is_empty() {
        out.push_str(&format!("<p class=\"small\">As computed: {}</p>\n", inline(&claim.reason)));
    }
    out.push_str("</details>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdicts::samples;

    #[test]
    fn every_claim_is_foldable_and_has_the_class_of_its_mark() {
        let page = claims(&samples(), 2);
        assert_eq!(page.matches("<details class=\"claim ").count(), 3);
        for part in [
            "<details class=\"claim not-reproduced\" id=\"claim-speed\">\n<summary><span class=\"mark not-reproduced\" title=\"not reproduced\">[¬Re]</span> ",
            "<span class=\"says\">stops runs early</span> <span class=\"words\">No gain is &lt;seen&gt; in <code>p1</code>.</span></summary>",
            "<div><dt>interval</dt><dd>1.520 … 1.541</dd></div>",
            "<div><dt>because</dt><dd>the network is small</dd></div>",
            "<p class=\"small\">As computed: no gain seen</p>",
            // A claim that says nothing is called by its name.
            "<span class=\"says\">later</span>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        assert_eq!(page.matches("<dt>because</dt>").count(), 1);
    }

    #[test]
    fn buttons_filter_by_mark_and_say_how_many_there_are() {
        let page = claims(&samples(), 2);
        for part in [
            "<input type=\"radio\" name=\"claims-2\" id=\"claims-2-all\" class=\"only-all\" checked><label for=\"claims-2-all\">all <b>3</b></label>",
            "id=\"claims-2-near\" class=\"only-near\"><label for=\"claims-2-near\">[≈Re] near <b>0</b></label>",
            "class=\"only-untested\"><label for=\"claims-2-untested\">[ – ] untested <b>1</b></label>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        // The style sheet hides by these classes: a button, and every claim that it does not show.
        for mark in Mark::ALL {
            let rule = format!(".only-{0}:checked ~ .claim:not(.{0})", mark.name());
            assert!(super::super::STYLE.contains(&rule), "{rule}");
        }
    }
}
