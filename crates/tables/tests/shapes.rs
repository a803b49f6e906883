//! Tables become sets of curves, wide and long.

use std::collections::BTreeMap;

use curves::{Better, CurveError, CurveSet, Measure, Resource};
use tables::{Long, Repeats, Table, TableError, Wide, load_bytes, read_long, read_wide};

fn table(text: &str) -> Table {
    load_bytes("runs.csv", text.as_bytes(), None).unwrap()
}

fn epoch() -> Resource {
    Resource { name: "epoch".into() }
}

fn loss() -> Measure {
    Measure { name: "loss".into(), unit: "nats".into(), better: Better::Lower, bounds: None }
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|c| c.to_string()).collect()
}

fn pairs(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

fn ids(set: &CurveSet) -> Vec<&str> {
    set.entries().iter().map(|e| e.id.as_str()).collect()
}

// columns out of order, and e10 after e2 in number but not in text
const WIDE: &str = "\
task,config,split,e2,e0,e1,e10,epsilon
gru,0,train,.5,.7,.6,.4,1e-8
gru,0,valid,.55,.7,.65,.45,1e-8
gru,1,valid,nan,.7,inf,nan,1e-7
lstm,0,valid,.5,.7,.6,,1e-8
lstm,0,test,broken,.7,.6,,1e-8
";

fn wide() -> Wide {
    Wide { id: names(&["task", "config"]), prefix: "e".into(), filter: pairs(&[("split", "valid")]), ..Wide::default() }
}

#[test]
fn wide_rows_become_runs() {
    let set = read_wide(&table(WIDE), &wide(), epoch(), loss()).unwrap();
    assert_eq!((set.resource(), set.measure()), (&epoch(), &loss()));
    assert_eq!(ids(&set), ["gru/0", "gru/1", "lstm/0"]);
    let good = &set.entries()[0];
    assert_eq!(good.x, [0.0, 1.0, 2.0, 10.0]);
    assert_eq!(good.y, [0.7, 0.65, 0.55, 0.45]);
    assert_eq!(good.covariates, pairs(&[("task", "gru"), ("config", "0")]));
    // a diverged run is an entry, as recorded
    let diverged = &set.entries()[1];
    assert_eq!(diverged.x.len(), 4);
    assert_eq!((diverged.y[0], diverged.y[1]), (0.7, f64::INFINITY));
    assert!(diverged.y[2].is_nan() && diverged.y[3].is_nan());
    assert!(matches!(diverged.curve(), Err(CurveError::NotFinite { what: "y", at: 1, .. })));
    // and so is one that ends early
    assert_eq!(set.entries()[2].y.len(), 4);
    assert!(set.entries()[2].y[3].is_nan());
}

#[test]
fn wide_options() {
    let ragged = Wide { ragged: true, ..wide() };
    let set = read_wide(&table(WIDE), &ragged, epoch(), loss()).unwrap();
    assert_eq!(set.entries()[2].y, [0.7, 0.6, 0.5]);
    assert_eq!(set.entries()[2].x, [0.0, 1.0, 2.0]);
    assert_eq!(set.entries()[1].y, [0.7, f64::INFINITY]);
    let later = Wide { first: Some(1.0), covariates: names(&["epsilon", "e0"]), ..wide() };
    let set = read_wide(&table(WIDE), &later, epoch(), loss()).unwrap();
    assert_eq!(set.entries()[0].x, [1.0, 2.0, 10.0]);
    assert_eq!(set.entries()[0].y, [0.65, 0.55, 0.45]);
    assert_eq!(set.entries()[0].covariates, pairs(&[("epsilon", "1e-8"), ("e0", ".7")]));
}

#[test]
fn wide_mistakes_are_named() {
    let refused = |w: Wide| read_wide(&table(WIDE), &w, epoch(), loss()).unwrap_err().to_string();
    assert_eq!(refused(Wide { prefix: "loss_".into(), ..wide() }), "runs.csv: no column holds points: none is \"loss_\" and a number");
    assert_eq!(refused(Wide { first: Some(11.0), ..wide() }), "runs.csv: no column holds points: none is \"e\" and a number from 11 on");
    assert_eq!(refused(Wide { filter: pairs(&[("split", "vaild")]), ..wide() }), "runs.csv: no row has \"vaild\" in column \"split\"; did you mean \"valid\"?");
    assert_eq!(refused(Wide { filter: pairs(&[("split", "train"), ("task", "lstm")]), ..wide() }), "runs.csv: no row passes all the filters together");
    assert_eq!(refused(Wide { id: vec![], ..wide() }), "runs.csv: `id` is empty; name the columns that tell the runs apart");
    assert_eq!(refused(Wide { id: names(&["task"]), ..wide() }), "runs.csv: two curves are both called \"gru\"; give each its own name");
    // what stands in a row that is filtered out does not matter, what stands in one that is kept does
    assert_eq!(refused(Wide { filter: pairs(&[("split", "test")]), ..wide() }), "runs.csv: row 6, column \"e2\": \"broken\" is not a number");
}

const LONG: &str = "\
seed,lr,step,loss,kind
1,0.1,20,0.5,a
2,0.1,10,0.9,a
1,0.1,10,0.8,a
2,0.1,20,nan,a
1,0.1,20,0.4,a
1,0.2,10,0.7,b
";

fn long() -> Long {
    Long { id: names(&["lr", "seed"]), x: "step".into(), y: "loss".into(), ..Long::default() }
}

#[test]
fn long_rows_become_points() {
    let set = read_long(&table(LONG), &long(), epoch(), loss()).unwrap();
    assert_eq!(ids(&set), ["0.1/1", "0.1/2", "0.2/1"]);
    // sorted by x; the two rows of step 20 are kept in their order, and are what is wrong with the run
    let first = &set.entries()[0];
    assert_eq!(first.x, [10.0, 20.0, 20.0]);
    assert_eq!(first.y, [0.8, 0.5, 0.4]);
    assert!(matches!(first.curve(), Err(CurveError::NotIncreasing { at: 2, .. })));
    assert_eq!(first.covariates, pairs(&[("lr", "0.1"), ("seed", "1")]));
    let second = &set.entries()[1];
    assert_eq!((second.x.as_slice(), second.y[0]), (&[10.0, 20.0][..], 0.9));
    assert!(second.y[1].is_nan());
    assert_eq!(set.entries()[2].curve().unwrap().last(), (10.0, 0.7));
}

#[test]
fn long_options_and_mistakes() {
    let some = Long { filter: pairs(&[("kind", "b")]), covariates: names(&["kind"]), ..long() };
    let set = read_long(&table(LONG), &some, epoch(), loss()).unwrap();
    assert_eq!(ids(&set), ["0.2/1"]);
    assert_eq!(set.entries()[0].covariates, pairs(&[("kind", "b")]));
    let refused = |l: Long| read_long(&table(LONG), &l, epoch(), loss()).unwrap_err();
    assert_eq!(
        refused(Long { id: names(&["seed"]), covariates: names(&["lr"]), ..long() }),
        TableError::Varies { file: "runs.csv".into(), row: 7, column: "lr".into(), run: "1".into() }
    );
    assert_eq!(refused(Long { y: "kind".into(), ..long() }).to_string(), "runs.csv: row 2, column \"kind\": \"a\" is not a number");
    assert_eq!(refused(Long { x: "stop".into(), ..long() }).to_string(), "runs.csv: no column is called \"stop\"; did you mean \"step\"?");
}

#[test]
fn repeats_and_what_is_given() {
    let once = Long { repeats: Repeats::Last, filter: pairs(&[("kind", "a")]), ..long() };
    let set = read_long(&table(LONG), &once, epoch(), loss()).unwrap();
    // The last row of step 20 stays.
    assert_eq!((set.entries()[0].x.as_slice(), set.entries()[0].y.as_slice()), (&[10.0, 20.0][..], &[0.8, 0.4][..]));
    assert_eq!(set.entries()[0].given, None);
    let marked = "run,x,y,use\na,2,0.8,fit\na,1,0.9,fit\na,3,0.7,test\nb,1,0.5,fit\nb,2,0.4,test\n";
    let long = Long { id: names(&["run"]), x: "x".into(), y: "y".into(), given: pairs(&[("use", "fit")]), ..Long::default() };
    let given: Vec<Option<usize>> = read_long(&table(marked), &long, epoch(), loss()).unwrap().entries().iter().map(|e| e.given).collect();
    assert_eq!(given, [Some(2), Some(1)]);
    let one = Long { id: Vec::new(), one: "addition".into(), filter: pairs(&[("run", "a")]), ..long.clone() };
    let set = read_long(&table(marked), &one, epoch(), loss()).unwrap();
    assert_eq!((ids(&set), set.entries()[0].given, set.entries()[0].covariates.len()), (vec!["addition"], Some(2), 0));
    let late = "run,x,y,use\na,2,0.8,test\na,3,0.9,fit\n";
    let e = read_long(&table(late), &long, epoch(), loss()).unwrap_err();
    assert_eq!(e, TableError::GivenLater { file: "runs.csv".into(), row: 3, run: "a".into() });
    // What is left out is not serialised: it is part of no key.
    assert!(!serde_json::to_string(&Long::default()).unwrap().contains("repeats"));
}

#[test]
fn ids_that_only_look_alike_are_not_merged() {
    // "a/b" + "c" and "a" + "b/c" are two runs, though their ids are the same text: refused rather than mixed
    let text = "p,q,x,y\na/b,c,1,1\na,b/c,1,2\n";
    let both = Long { id: names(&["p", "q"]), x: "x".into(), y: "y".into(), ..Long::default() };
    let e = read_long(&table(text), &both, epoch(), loss()).unwrap_err();
    assert_eq!(e, TableError::Curves { file: "runs.csv".into(), why: CurveError::DuplicateId("a/b/c".into()) });
}

#[test]
fn descriptions_are_read_strictly() {
    let w: Wide = serde_json::from_str(r#"{"id": ["task"], "prefix": "e", "first": 1, "filter": {"split": "valid"}}"#).unwrap();
    let want = Wide { id: names(&["task"]), first: Some(1.0), ..wide() };
    assert_eq!(w, want);
    assert!(serde_json::from_str::<Wide>(r#"{"id": ["task"], "prefix": "e", "frist": 1}"#).is_err());
    assert!(serde_json::from_str::<Wide>(r#"{"id": ["task"]}"#).is_err());
    let l: Long = serde_json::from_str(r#"{"id": ["lr", "seed"], "x": "step", "y": "loss"}"#).unwrap();
    assert_eq!(l, long());
    assert!(serde_json::from_str::<Long>(r#"{"id": ["lr"], "x": "step", "y": "loss", "prefix": "e"}"#).is_err());
    assert_eq!(serde_json::to_string(&l).unwrap(), r#"{"id":["lr","seed"],"x":"step","y":"loss"}"#);
}
