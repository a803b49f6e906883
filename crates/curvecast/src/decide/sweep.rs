//! The runs of a sweep, as files have them: one run a file, or a file with a column that names the run.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use curves::Better;
use rayon::prelude::*;
use tables::{Table, TableError};

use super::standings::{Standing, Standings, better};
use crate::separator::load;
use crate::{Error, ReadSeries, Series, Warning};

/// The column that names the run where none is told.
const RUN: &str = "run";
/// Folders within folders are looked through as deep as this.
const DEEP: usize = 8;

/// Which columns and rows of the files are what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadSweep {
    /// The columns of the resource and the measure, and which rows are read.
    pub series: ReadSeries,
    /// The column that names the run. Default: `run` where there is such a column; else every file is a run.
    pub run: Option<String>,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRun {
    /// What it is called: its file, or what the column of runs says.
    pub name: String,
    /// What was seen of it, or why it cannot be read.
    pub series: Result<Series, Error>,
}

/// Runs of one measure against one resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// The runs, by the names of their files, and within a file in the order in which they begin there.
    pub runs: Vec<SweepRun>,
}

impl Sweep {
    /// Reads files, and the files of folders that look like tables. What cannot be read is a run without a series.
    pub fn read(paths: &[PathBuf], how: &ReadSweep) -> Self {
        Self { runs: Self::each(paths, how, |run| run) }
    }

    /// What `of` says of every run as it is read, on all threads and in the order of [`Sweep::runs`], so that never more series are held than
    /// files of them are read at once.
    pub fn each<R: Send>(paths: &[PathBuf], how: &ReadSweep, of: impl Fn(SweepRun) -> R + Sync) -> Vec<R> {
        let mut files = Vec::new();
        let mut found = Vec::new();
        for path in paths {
            if path.is_dir() {
                let (mut there, broken) = inside(path, DEEP);
                // A folder without tables may hold event files or text logs, which are read as one table.
                if there.is_empty() && matches!(import::read(path), Ok(Some(_))) {
                    files.push((path.display().to_string(), path.clone()));
                }
                there.sort();
                files.extend(there.into_iter().map(|file| {
                    let name = file.strip_prefix(path).unwrap_or(&file).display().to_string();
                    (name, file)
                }));
                found.extend(broken.into_iter().map(&of));
            } else {
                files.push((path.display().to_string(), path.clone()));
            }
        }
        apart(&mut files);
        let alone = files.len() == 1;
        found.par_extend(files.par_iter().flat_map(|(name, file)| runs_of(name, file, how, alone).into_par_iter().map(&of)));
        found
    }

    /// What has to be known of all of them before one is judged at the place `at`.
    pub fn standings(&self, at: f64) -> Standings {
        self.runs.iter().map(|run| Standing::of(run, at)).collect()
    }

    /// The runs that could be read.
    pub fn series(&self) -> impl Iterator<Item = (&str, &Series)> {
        self.runs.iter().filter_map(|run| Some((run.name.as_str(), run.series.as_ref().ok()?)))
    }

    /// The direction that is told, or else the one that is good in most runs.
    pub fn better(&self, told: Option<Better>) -> Better {
        better(self.series().map(|(_, series)| series), told)
    }
}

/// Files of one name in several folders are called by their paths, so that every run has a name of its own.
fn apart(files: &mut [(String, PathBuf)]) {
    let mut times: HashMap<String, usize> = HashMap::new();
    files.iter().for_each(|(name, _)| *times.entry(name.clone()).or_default() += 1);
    files.iter_mut().filter(|(name, _)| times[name] > 1).for_each(|(name, path)| *name = path.display().to_string());
}

/// The files of a folder that look like tables, and folders that cannot be looked through.
fn inside(folder: &Path, deep: usize) -> (Vec<PathBuf>, Vec<SweepRun>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) => {
            let name = folder.display().to_string();
            let series = Err(Error::Table(TableError::Read { file: name.clone(), why: e.to_string() }));
            return (Vec::new(), vec![SweepRun { name, series }]);
        }
    };
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') {
            continue;
        }
        // A link to a folder may lead round in a circle, and is left alone.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if let Some(deep) = deep.checked_sub(1) {
                let (more, others) = inside(&path, deep);
                files.extend(more);
                broken.extend(others);
            }
        } else if tables::reads_own(&name) && path.is_file() {
            files.push(path);
        }
    }
    (files, broken)
}

/// The runs of a file, which is the only one or one of several.
fn runs_of(name: &str, file: &Path, how: &ReadSweep, alone: bool) -> Vec<SweepRun> {
    let one = |series: Result<Series, Error>| vec![SweepRun { name: name.to_owned(), series }];
    let (table, said) = match load(file) {
        Ok(read) => read,
        Err(e) => return one(Err(e)),
    };
    let there = table.columns();
    let column = how.run.clone().or_else(|| there.iter().find(|c| *c == RUN).cloned());
    let Some(column) = column else {
        return one(Series::of_table(&table, said, &file.display().to_string(), &how.series));
    };
    if !there.contains(&column) {
        return one(Err(Error::NoColumn { file: file.display().to_string(), column, there }));
    }
    let names = match table.text(&column) {
        Ok(names) => names,
        Err(e) => return one(Err(e.into())),
    };
    let runs = rows_by_run(&names);
    let (columns, taken) = columns(&table, &column, &how.series);
    let asked = |c: &&String| [&columns.x, &columns.y].into_iter().flatten().any(|name| *c == name || *c == name.trim());
    let numbers: Vec<&str> = there.iter().filter(asked).map(String::as_str).collect();
    let decimals = match table.decimals(&numbers) {
        Ok(decimals) => decimals,
        Err(e) => return one(Err(e.into())),
    };
    let read = |(_, rows): &(&str, Vec<usize>), name: String| {
        let mut series = Series::of_table(&table.part(rows, decimals)?, said.clone(), &name, &columns)?;
        series.notes.extend(taken.clone());
        Ok(series)
    };
    match runs.as_slice() {
        [] => one(Err(Error::Columns { file: file.display().to_string(), what: format!("column {column:?} names no run in any row") })),
        [only] => one(read(only, file.display().to_string())),
        several => several
            .iter()
            .map(|run| SweepRun {
                name: if alone { run.0.to_owned() } else { format!("{name}/{}", run.0) },
                series: read(run, format!("{}, {column} {}", file.display(), run.0)),
            })
            .collect(),
    }
}

/// The rows of every run, in the order in which runs begin; rows that name none are left out.
fn rows_by_run(names: &[String]) -> Vec<(&str, Vec<usize>)> {
    let mut place: HashMap<&str, usize> = HashMap::new();
    let mut runs: Vec<(&str, Vec<usize>)> = Vec::new();
    for (row, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        let at = *place.entry(name).or_insert(runs.len());
        if at == runs.len() {
            runs.push((name, Vec::new()));
        }
        runs[at].1.push(row);
    }
    runs
}

/// The columns of the resource and the measure beside one that names the run, and that they were taken where others could be meant.
fn columns(table: &Table, run: &str, how: &ReadSeries) -> (ReadSeries, Option<Warning>) {
    let others: Vec<String> = table.columns().into_iter().filter(|c| c != run).collect();
    let x = how.x.clone().or_else(|| others.iter().find(|c| Some(*c) != how.y.as_ref()).cloned());
    let place = x.as_ref().and_then(|x| others.iter().position(|c| c == x));
    let after = place.and_then(|k| others.get((k + 1) % others.len())).filter(|c| Some(*c) != x.as_ref());
    let y = how.y.clone().or_else(|| after.cloned());
    let taken = match (&x, &y) {
        (Some(resource), Some(measure)) if (how.x.is_none() || how.y.is_none()) && others.len() > 2 => {
            Some(Warning::ColumnsTaken { resource: resource.clone(), measure: measure.clone() })
        }
        _ => None,
    };
    (ReadSeries { x, y, ..how.clone() }, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, content: &str) {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn named(sweep: &Sweep) -> Vec<&str> {
        sweep.runs.iter().map(|r| r.name.as_str()).collect()
    }

    #[test]
    fn a_folder_holds_a_run_a_file() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "b.csv", "epoch,loss\n1,0.7\n2,0.6\n");
        write(dir.path(), "a/metrics.jsonl", "{\"epoch\": 1, \"loss\": 0.9}\n{\"epoch\": 2, \"loss\": 0.8}\n");
        write(dir.path(), "c.csv", "epoch,loss\n1,many\n");
        write(dir.path(), ".hidden.csv", "epoch,loss\n1,0.7\n2,0.6\n");
        write(dir.path(), "notes.md", "# none");
        let sweep = Sweep::read(&[dir.path().to_owned()], &ReadSweep::default());
        assert_eq!(named(&sweep), ["a/metrics.jsonl", "b.csv", "c.csv"]);
        assert_eq!(sweep.runs[1].series.as_ref().unwrap().y, [0.7, 0.6]);
        // What cannot be read is a run with its reason.
        assert!(sweep.runs[2].series.as_ref().unwrap_err().to_string().contains("many"));
        assert_eq!((sweep.series().count(), sweep.better(None)), (2, Better::Lower));
        let missing = Sweep::read(&[dir.path().join("no.csv")], &ReadSweep::default());
        assert!(missing.runs[0].series.as_ref().unwrap_err().to_string().contains("no.csv"));
    }

    #[test]
    fn files_of_one_name_are_called_by_their_paths() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "a/run.csv", "epoch,loss\n1,0.7\n2,0.2\n");
        write(dir.path(), "b/run.csv", "epoch,loss\n1,0.9\n2,0.5\n");
        write(dir.path(), "b/other.csv", "epoch,loss\n1,0.9\n2,0.6\n");
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let sweep = Sweep::read(&[a.clone(), b.clone()], &ReadSweep::default());
        let paths = [a.join("run.csv"), b.join("run.csv")].map(|p| p.display().to_string());
        assert_eq!(named(&sweep), [paths[0].as_str(), "other.csv", paths[1].as_str()]);
        // Each is held against the others and not against itself.
        let standings = sweep.standings(2.0);
        let bests = standings.bests_without(Better::Lower);
        assert_eq!((bests[paths[0].as_str()], bests[paths[1].as_str()]), (Some(0.5), Some(0.2)));
    }

    #[test]
    fn a_run_that_is_broken_spoils_no_other_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "sweep.csv", "run;epoch;loss\na;1;0,9\nb;1;0,8\na;2;0,7\nb;2;many\nc;1;3\nc;2;2\n");
        let sweep = Sweep::read(&[dir.path().join("sweep.csv")], &ReadSweep::default());
        // Decimals are those of the whole file: that of c alone would leave them open.
        assert_eq!(
            (sweep.runs[0].series.as_ref().unwrap().y.as_slice(), sweep.runs[2].series.as_ref().unwrap().y.as_slice()),
            (&[0.9, 0.7][..], &[3.0, 2.0][..])
        );
        let why = sweep.runs[1].series.as_ref().unwrap_err().to_string();
        assert!(why.contains("line 5") && why.contains("many"), "{why}");
    }

    #[test]
    fn a_column_tells_runs_apart() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "sweep.csv", "run,epoch,loss\nlr-2,1,0.7\nlr-1,1,0.9\nlr-2,2,0.6\nlr-1,2,0.5\n,3,9\n");
        let sweep = Sweep::read(&[dir.path().join("sweep.csv")], &ReadSweep::default());
        assert_eq!(named(&sweep), ["lr-2", "lr-1"]);
        let of = |k: usize| sweep.runs[k].series.as_ref().unwrap();
        assert_eq!((of(0).x.as_slice(), of(0).y.as_slice(), of(1).y.as_slice()), (&[1.0, 2.0][..], &[0.7, 0.6][..], &[0.9, 0.5][..]));
        assert_eq!((of(0).resource.as_str(), of(0).measure.as_str()), ("epoch", "loss"));
        let without = |run: &str, at: f64| sweep.standings(at).bests_without(Better::Lower)[run];
        assert_eq!((without("lr-2", 2.0), without("lr-2", 1.0)), (Some(0.5), Some(0.9)));
        assert_eq!(without("lr-1", 0.5), None);
        // As they are read, one after the other, they are the same.
        let each = Sweep::each(&[dir.path().join("sweep.csv")], &ReadSweep::default(), |run| run);
        assert_eq!(each, sweep.runs);
        // Beside another file they carry its name, and a file of one run is that run.
        write(dir.path(), "one.csv", "run,epoch,loss\nz,1,0.7\nz,2,0.6\n");
        let both = Sweep::read(&[dir.path().to_owned()], &ReadSweep::default());
        assert_eq!(named(&both), ["one.csv", "sweep.csv/lr-2", "sweep.csv/lr-1"]);
        let wrong = Sweep::read(&[dir.path().join("one.csv")], &ReadSweep { run: Some("trial".into()), ..ReadSweep::default() });
        assert!(wrong.runs[0].series.as_ref().unwrap_err().to_string().contains("there are run, epoch, loss"));
    }

    #[test]
    fn columns_are_taken_beside_that_of_the_run_and_said() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "s.csv", "run,step,acc,loss\na,1,0.1,0.7\na,2,0.2,0.6\nb,1,0.1,0.7\nb,2,0.2,0.6\n");
        let path = [dir.path().join("s.csv")];
        let taken = Sweep::read(&path, &ReadSweep::default());
        let series = taken.runs[0].series.as_ref().unwrap();
        assert!(series.measure == "acc" && matches!(series.notes[..], [Warning::ColumnsTaken { .. }]), "{series:?}");
        let how = ReadSweep { series: ReadSeries { y: Some("loss".into()), ..ReadSeries::default() }, run: None };
        let asked = Sweep::read(&path, &how);
        let series = asked.runs[0].series.as_ref().unwrap();
        assert_eq!((series.resource.as_str(), series.y.as_slice()), ("step", &[0.7, 0.6][..]));
    }
}
