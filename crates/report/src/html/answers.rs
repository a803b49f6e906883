//! The claims that answer first: the verdict, what is claimed, what was found, and what that rests on.

use super::inline;
use crate::escape::{anchor, html};
use crate::verdicts::ClaimRow;

/// A table that becomes a list of cards where the screen is narrow: each cell then says what it is.
pub(super) fn answers(claims: &[ClaimRow]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<div class=\"answers\">\n<table>\n<thead><tr><th>verdict</th><th>claimed</th><th>found</th><th>where</th><th>basis</th></tr></thead>\n<tbody>\n",
    );
    for claim in claims {
        let mark = claim.mark;
        out.push_str(&format!("<tr class=\"{}\">", mark.name()));
        out.push_str(&format!("<td data-label=\"verdict\">{}{}</td>", symbol(claim), if claim.better { " better" } else { "" }));
        for (label, text) in [("claimed", claim.says.as_str()), ("found", claim.found()), ("where", &claim.place), ("basis", &claim.basis)] {
            let shown = if text.is_empty() { "–".to_owned() } else { inline(text) };
            out.push_str(&format!("<td data-label=\"{label}\">{shown}</td>"));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

/// The mark; where a claim is behind it, as a link to it.
fn symbol(claim: &ClaimRow) -> String {
    let (mark, text) = (claim.mark, html(claim.mark.symbol()));
    if claim.id.is_empty() {
        return format!("<span class=\"mark {}\" title=\"{}\">{text}</span>", mark.name(), mark.words());
    }
    let id = html(&claim.id);
    format!("<a class=\"mark {}\" href=\"#{}\" title=\"{id}: {}\">{text}</a>", mark.name(), html(&anchor(&claim.id)), mark.words())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdicts::samples;

    #[test]
    fn an_answer_has_its_mark_its_words_and_its_basis() {
        let page = answers(&samples());
        for part in [
            "<tr class=\"not-reproduced\"><td data-label=\"verdict\"><a class=\"mark not-reproduced\" href=\"#claim-speed\" ",
            " title=\"speed: not reproduced\">[¬Re]</a></td>",
            "<td data-label=\"claimed\">stops runs early</td><td data-label=\"found\">No gain is &lt;seen&gt; in <code>p1</code>.</td>",
            "<td data-label=\"basis\">miniature</td></tr>",
            // Without a sentence, the reason as it was computed.
            "<td data-label=\"found\">off by 0.002, within 0.01</td>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        assert_eq!(page.matches("<tr class=").count(), 3);
        let statement = ClaimRow { says: "an abstract's".into(), better: true, ..ClaimRow::default() };
        assert!(answers(&[statement]).contains("<td data-label=\"verdict\"><span class=\"mark untested\" title=\"untested\">[ – ]</span> better</td>"));
        assert_eq!(answers(&[]), "");
    }
}
