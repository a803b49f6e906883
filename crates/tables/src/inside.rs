//! Paths that stay below a folder.

/// Is this a relative path of plain components, such as `curves/small.csv`?
///
/// For paths that a file or a command line names and that are joined to a folder: what passes lies below that folder, on
/// every system. Refused are the empty path, roots (`/a`), prefixes (`C:a`), backslashes, which separate on Windows, and
/// components that are empty, `.` or `..`. Links that lie below the folder are followed all the same.
///
/// # Errors
/// What is wrong with the path, in a sentence that names it.
pub fn inside(path: &str) -> Result<(), String> {
    let bytes = path.as_bytes();
    let wrong = if path.is_empty() {
        "is empty"
    } else if path.starts_with('/') {
        "begins at the root"
    } else if bytes.get(1) == Some(&b':') && bytes[0].is_ascii_alphabetic() {
        "names a drive"
    } else if path.contains(['\\', '\0']) {
        "holds a backslash or a zero byte"
    } else if path.split('/').any(|part| part == "..") {
        "goes up with \"..\""
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        "has a part that is empty or \".\""
    } else {
        return Ok(());
    };
    Err(format!("the path {path:?} {wrong}; it has to lie below its folder, as \"curves/small.csv\" does"))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn plain_paths_pass() {
        for path in ["a", "a/b.csv", "runs_hot_120b+_only.csv", "a..b", "...", ".hidden", "é/ö", "a b", "v1:2"] {
            assert_eq!(inside(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for (path, why) in [
            ("", "is empty"),
            ("/", "begins at the root"),
            ("/etc/passwd", "begins at the root"),
            ("C:a", "names a drive"),
            ("c:/a", "names a drive"),
            ("a\\b", "backslash"),
            ("a\0b", "zero byte"),
            ("..", "goes up"),
            ("../../../escaped.csv", "goes up"),
            ("a/../b", "goes up"),
            ("a//b", "empty or"),
            ("a/", "empty or"),
            ("./a", "empty or"),
        ] {
            let e = inside(path).unwrap_err();
            assert!(e.contains(why) && e.contains("has to lie below its folder"), "{path}: {e}");
        }
    }
}
