//! The scoreboard in README.md, from the verdicts that are committed.

use std::path::Path;

use report::{Mark, Score};
use runner::{RunError, write_atomically};

/// Counts the marks of every experiment's `tables/verdicts.csv`.
fn scores(root: &Path) -> Result<Vec<Score>, RunError> {
    let mut out = Vec::new();
    for name in runner::list(root)? {
        let path = root.join("results").join(&name).join("tables/verdicts.csv");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let bad = |why: String| RunError::Data(format!("{}: {why}", path.display()));
        let frame = evaluation::Frame::from_csv(&text, |_| false).map_err(|e| bad(e.to_string()))?;
        let mut claims = Vec::with_capacity(frame.len());
        for r in 0..frame.len() {
            let text = |c: &str| frame.text(c, r).unwrap_or_default();
            let mark = Mark::from_symbol(text("verdict")).ok_or_else(|| bad(format!("row {}: no verdict {:?}", r + 1, text("verdict"))))?;
            let scale = Some(text("scale").to_owned()).filter(|s| !s.is_empty());
            claims.push(report::ClaimRow { mark, scale, ..Default::default() });
        }
        out.push(Score::count(&name, &claims).with_link(format!("results/{name}/verdicts.md")));
    }
    Ok(out)
}

/// Splices the scoreboard into README.md, or with `check` only says whether it is current.
pub fn splice(root: &Path, check: bool) -> Result<bool, RunError> {
    let path = root.join("README.md");
    let readme = std::fs::read_to_string(&path).map_err(|e| RunError::Nothing(format!("{}: {e}", path.display())))?;
    let board = report::scoreboard(&scores(root)?).to_markdown();
    let wrong = |e: report::ReportError| RunError::Spec(format!("README.md: {e}"));
    if !report::splice::check(&readme, "scoreboard", &board).map_err(wrong)? {
        return Ok(true);
    }
    if !check {
        let text = report::splice::splice(&readme, "scoreboard", &board).map_err(wrong)?;
        write_atomically(&path, text.as_bytes())?;
    }
    Ok(!check)
}
