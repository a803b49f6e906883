//! No bench: the table at the end of `cargo bench`. What was measured, how much of it a second, and what other software takes.
//!
//! Reads the estimates that criterion keeps, those of earlier runs among them, and `peers/figures.toml`. Its name puts it last.
#![allow(missing_docs, reason = "a program, not a library")]

use std::path::{Path, PathBuf};

use report::{Cell, Column, Table};
use serde::Deserialize;
use serde_json::Value;

/// What other software takes.
const PEERS: &str = include_str!("peers/figures.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Peers {
    figure: Vec<Figure>,
}

/// One piece of work in other software.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figure {
    /// How the name of the bench begins that does the same.
    bench: String,
    /// What is done.
    what: String,
    /// By whom.
    peer: String,
    /// How long it takes.
    seconds: f64,
    /// What kind of seconds.
    counted: String,
}

/// What criterion found of one bench.
struct Found {
    /// `group/function`.
    name: String,
    /// Seconds of one iteration.
    seconds: f64,
    /// Elements of one iteration, where the bench says how many.
    elements: Option<f64>,
}

/// Criterion's folder: as it finds its own, or above this program.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let named = variable("CRITERION_HOME").or_else(|| variable("CARGO_TARGET_DIR").map(|t| t.join("criterion")));
    let above = || std::env::current_exe().ok()?.ancestors().map(|d| d.join("criterion")).find(|d| d.is_dir());
    named.filter(|d| d.is_dir()).or_else(above)
}

/// Every bench below a folder.
fn collect(dir: &Path, into: &mut Vec<Found>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()) {
        if path.ends_with("new") {
            into.extend(found(&path));
        } else {
            collect(&path, into);
        }
    }
}

/// The bench of a folder `new`.
fn found(new: &Path) -> Option<Found> {
    let json = |name: &str| -> Option<Value> { serde_json::from_slice(&std::fs::read(new.join(name)).ok()?).ok() };
    let (about, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let typical = if estimates["slope"].is_object() { &estimates["slope"] } else { &estimates["mean"] };
    Some(Found {
        name: about["full_id"].as_str()?.to_owned(),
        seconds: typical["point_estimate"].as_f64()? * 1e-9,
        elements: about["throughput"]["Elements"].as_f64(),
    })
}

/// Seconds for people, three digits.
fn span(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

/// A rate for people.
fn rate(per_second: f64) -> String {
    if per_second < 100.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") }
}

fn main() {
    let mut all = Vec::new();
    if let Some(folder) = folder() {
        collect(&folder, &mut all);
    }
    if all.is_empty() {
        println!("no bench has run; `cargo bench` runs them all");
        return;
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let peers: Peers = match toml::from_str(PEERS) {
        Ok(peers) => peers,
        Err(e) => {
            eprintln!("benches/peers/figures.toml: {e}");
            std::process::exit(1);
        }
    };
    let columns = vec![
        Column::left("what"),
        Column::right("takes"),
        Column::right("per second"),
        Column::left("of"),
        Column::left("peer"),
        Column::right("peer takes"),
        Column::right("times ours"),
        Column::left("counted"),
    ];
    let mut t = Table::new("What was measured, and what other software takes for the same", columns)
        .with_note("Ours: wall-clock seconds on as many threads as RAYON_NUM_THREADS says. The peers' figures are committed (benches/peers/figures.toml), of another run and of the machine that benches/peers/README.md names.");
    for f in &all {
        let per_second = rate(f.elements.unwrap_or(1.0) / f.seconds);
        let of = if f.elements.is_some() { "elements" } else { "iterations" };
        t.push(vec![f.name.as_str().into(), span(f.seconds).into(), per_second.into(), of.into(), Cell::Missing, Cell::Missing, Cell::Missing, Cell::Missing]);
        for p in peers.figure.iter().filter(|p| f.name.starts_with(&p.bench)) {
            t.push(vec![
                format!("· {}", p.what).into(),
                Cell::Missing,
                Cell::Missing,
                Cell::Missing,
                p.peer.as_str().into(),
                span(p.seconds).into(),
                rate(p.seconds / f.seconds).into(),
                p.counted.as_str().into(),
            ]);
        }
    }
    print!("\n{}", t.to_text());
}
