//! The program, run as a person runs it, from the root of the checkout and without real data.

use std::process::{Command, Output};

pub fn curvecast(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_curvecast"))
        .args(args)
        .env_remove("CURVECAST_DATA")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn file(dir: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}
