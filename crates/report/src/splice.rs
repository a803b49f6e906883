//! Keeps the part of a Markdown document between two markers up to date.
//!
//! ```text
//! <!-- BEGIN: scoreboard -->
//! whatever is here is replaced
//! <!-- END: scoreboard -->
//! ```
//!
//! A marker counts only where it is a whole line, so a sentence may mention one. Every byte outside
//! the markers is kept.

use crate::ReportError;

/// The document with `body` between the markers of section `name`.
pub fn splice(document: &str, name: &str, body: &str) -> Result<String, ReportError> {
    if let Some(inner) = body.lines().find(|line| is_marker(line)) {
        return Err(ReportError::MarkerInText { name: name.to_owned(), inner: inner.trim().to_owned() });
    }
    let begin = only(document, "BEGIN", name)?;
    let end = only(document, "END", name)?;
    if end.start < begin.end {
        return Err(ReportError::MarkerOrder { name: name.to_owned() });
    }
    if let Some(inner) = document[begin.end..end.start].lines().find(|line| is_marker(line)) {
        return Err(ReportError::MarkerNested { name: name.to_owned(), inner: inner.trim().to_owned() });
    }
    let mut out = document[..begin.end].to_owned();
    let body = body.trim_matches('\n');
    if !body.is_empty() {
        out.push_str(body);
        out.push('\n');
    }
    out.push_str(&document[end.start..]);
    Ok(out)
}

/// Whether [`splice`] would change the document: what CI asks.
pub fn check(document: &str, name: &str, body: &str) -> Result<bool, ReportError> {
    Ok(splice(document, name, body)? != document)
}

/// Where a line lies in the document, its line break included.
struct Line {
    start: usize,
    end: usize,
}

/// The one line that is this marker.
fn only(document: &str, edge: &'static str, name: &str) -> Result<Line, ReportError> {
    let marker = format!("<!-- {edge}: {name} -->");
    let mut found = None;
    let mut times = 0;
    let mut start = 0;
    for line in document.split_inclusive('\n') {
        let end = start + line.len();
        if line.trim() == marker {
            times += 1;
            found = Some(Line { start, end });
        }
        start = end;
    }
    match found {
        None => Err(ReportError::MarkerMissing { edge, name: name.to_owned() }),
        Some(_) if times > 1 => Err(ReportError::MarkerDoubled { edge, name: name.to_owned(), times }),
        Some(line) => Ok(line),
    }
}

fn is_marker(line: &str) -> bool {
    let line = line.trim();
    line.ends_with("-->") && (line.starts_with("<!-- BEGIN: ") || line.starts_with("<!-- END: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "a\n<!-- BEGIN: x -->\nold\n<!-- END: x -->\nb `<!-- BEGIN: x -->` c";

    #[test]
    fn replaces_what_is_between_and_nothing_else() {
        let new = "a\n<!-- BEGIN: x -->\nnew\n<!-- END: x -->\nb `<!-- BEGIN: x -->` c";
        assert_eq!(splice(DOCUMENT, "x", "\nnew\n\n").ok().as_deref(), Some(new));
        let none = "a\n<!-- BEGIN: x -->\n<!-- END: x -->\nb `<!-- BEGIN: x -->` c";
        assert_eq!(splice(DOCUMENT, "x", "").ok().as_deref(), Some(none));
    }

    #[test]
    fn check_says_whether_it_would_change() {
        assert!(matches!(check(DOCUMENT, "x", "old"), Ok(false)));
        assert!(matches!(check(DOCUMENT, "x", "new"), Ok(true)));
    }

    #[test]
    fn a_missing_marker_is_named() {
        assert!(matches!(splice(DOCUMENT, "y", ""), Err(ReportError::MarkerMissing { edge: "BEGIN", .. })));
        let open = "<!-- BEGIN: x -->\n";
        assert!(matches!(splice(open, "x", ""), Err(ReportError::MarkerMissing { edge: "END", .. })));
    }

    #[test]
    fn a_doubled_marker_is_refused() {
        let twice = format!("{DOCUMENT}\n{DOCUMENT}");
        assert!(matches!(splice(&twice, "x", ""), Err(ReportError::MarkerDoubled { times: 2, .. })));
    }

    #[test]
    fn markers_in_the_wrong_order_are_refused() {
        let swapped = "<!-- END: x -->\n<!-- BEGIN: x -->\n";
        assert!(matches!(splice(swapped, "x", ""), Err(ReportError::MarkerOrder { .. })));
    }

    #[test]
    fn a_section_inside_another_is_not_overwritten() {
        let nested = "<!-- BEGIN: x -->\n<!-- BEGIN: y -->\n<!-- END: y -->\n<!-- END: x -->\n";
        assert!(matches!(splice(nested, "x", ""), Err(ReportError::MarkerNested { .. })));
        assert!(splice(nested, "y", "inner").is_ok());
    }

    #[test]
    fn a_text_with_markers_is_refused() {
        let text = "one\n<!-- END: x -->\n";
        assert!(matches!(splice(DOCUMENT, "x", text), Err(ReportError::MarkerInText { .. })));
    }

    #[test]
    fn windows_line_ends_are_kept_outside() {
        let document = "a\r\n<!-- BEGIN: x -->\r\nold\r\n<!-- END: x -->\r\n";
        let new = "a\r\n<!-- BEGIN: x -->\r\nnew\n<!-- END: x -->\r\n";
        assert_eq!(splice(document, "x", "new").ok().as_deref(), Some(new));
    }
}
