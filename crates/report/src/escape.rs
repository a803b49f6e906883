//! Text made safe for the language it is put into.

/// For the text and the quoted attributes of HTML and XML. Control characters, which XML forbids, become spaces.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The `id` of a claim in a page: what no name of a claim should have, a space say, becomes a hyphen.
pub(crate) fn anchor(claim: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    format!("claim-{}", claim.chars().map(plain).collect::<String>())
}

/// For a cell of a Markdown table: nothing may end the cell, the row or the text.
///
/// Other markup is left alone, so that a cell can hold `code`. A `<` is escaped only where it would
/// open a tag or a comment: "p < 0.05" stays readable in the source.
pub(crate) fn markdown_cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '|' => out.push_str("\\|"),
            '\r' => {}
            '\n' => out.push_str("<br>"),
            '<' if rest.peek().is_some_and(|n| n.is_ascii_alphabetic() || matches!(n, '/' | '!' | '?')) => {
                out.push_str("&lt;");
            }
            c => out.push(c),
        }
    }
    out
}

/// For one field of a CSV file (RFC 4180): quoted only where it must be.
pub(crate) fn csv(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_leaves_no_way_out() {
        assert_eq!(html("<b a=\"x\" c='y'>R&D\u{1}"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;R&amp;D ");
    }

    #[test]
    fn an_anchor_is_one_word() {
        assert_eq!(anchor("table3-m1_10.5"), "claim-table3-m1_10.5");
        assert_eq!(anchor("a b\"<c>"), "claim-a-b--c-");
    }

    #[test]
    fn a_markdown_cell_stays_one_cell() {
        assert_eq!(markdown_cell("a|b\r\nc"), "a\\|b<br>c");
        assert_eq!(markdown_cell("p < 0.05"), "p < 0.05");
        assert_eq!(markdown_cell("<!-- END: x --><b>"), "&lt;!-- END: x -->&lt;b>");
    }

    #[test]
    fn csv_quotes_only_what_needs_it() {
        assert_eq!(csv("plain text"), "plain text");
        assert_eq!(csv("a,b"), "\"a,b\"");
        assert_eq!(csv("say \"x\"\nthen"), "\"say \"\"x\"\"\nthen\"");
    }
}
