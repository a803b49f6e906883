//! A figure as a file, in the form that the file's name says.

use std::path::Path;

use report::Figure;
use runner::RunError;

/// The ends of names that are understood.
const FORMS: &str = ".svg or .png";

/// That a figure can be written under this name, before hours are spent on it.
///
/// # Errors
/// Another end than `.svg` and `.png`.
pub(super) fn check(path: &Path) -> Result<(), RunError> {
    match end(path).as_deref() {
        Some("svg" | "png") => Ok(()),
        _ => Err(RunError::Nothing(format!("--plot {}: end the name in {FORMS}", path.display()))),
    }
}

/// Writes a figure, and says where it is.
///
/// # Errors
/// As [`check`], and a file that cannot be written.
pub(super) fn write(figure: &Figure, path: &Path) -> Result<(), RunError> {
    check(path)?;
    let failed = |e: report::ReportError| RunError::Jobs(e.to_string());
    if end(path).as_deref() == Some("png") {
        // Whole or not at all, under a name of its own first.
        let made = path.with_extension(format!("part-{}.png", std::process::id()));
        let moved = figure.to_png(&made).map_err(failed).and_then(|()| {
            let io = |e: std::io::Error| RunError::Jobs(format!("{}: {e}", path.display()));
            std::fs::rename(&made, path).map_err(io)
        });
        if moved.is_err() {
            let _ = std::fs::remove_file(&made);
        }
        moved?;
    } else {
        runner::write_atomically(path, figure.to_svg().map_err(failed)?.as_bytes())?;
    }
    eprintln!("drawn: {}", path.display());
    Ok(())
}

fn end(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_name_says_its_form_or_is_refused() {
        for good in ["a.svg", "a/b.PNG"] {
            assert!(super::check(Path::new(good)).is_ok(), "{good}");
        }
        for bad in ["a", "a.pdf", "svg"] {
            let why = super::check(Path::new(bad)).unwrap_err().to_string();
            assert!(why.contains(".svg or .png"), "{bad}: {why}");
        }
    }
}
