//! The settings of every ask that are in force: those that the spec gives, and those that it leaves to their defaults. Settings of methods and
//! of sources are not among them.
//!
//! No default of an ask may move a number unseen. So they are read off the ask as it runs, serialised, and not listed by anyone: a
//! setting that a protocol gains is here without a line of code. Where a setting left out or 0 stands for another value, its
//! protocol says which ([`Protocol::stands_for`](crate::protocol::Protocol::stands_for)). What the spec gives is told from the text of the spec after
//! its size and overrides. A setting that is optional, not given and has no default (a limit that there is not) is no row.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::protocol::Step;
use crate::{Experiment, RunError, parse};

/// One setting of one ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The ask by its id.
    pub ask: String,
    /// Its path below the ask, as an override names it: `surface.allocation.akima.digits`.
    pub setting: String,
    /// The same with `*` for the ids on the way: `surface.allocation.*.digits`.
    pub general: String,
    /// Those ids, joined with `/`; empty where there are none.
    pub item: String,
    /// Its value, as TOML without quotes around a text; `none` where it is empty.
    pub value: String,
    /// Does the spec (or its size, or an override) give it? Else it is a default.
    pub given: bool,
}

/// A setting that several asks, or several fits, definitions or policies of an ask, have alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Where, asks in the order of the spec: an ask, or `ask: item, item` for those items of it alone.
    pub places: Vec<String>,
    /// Its path below the ask, with `*` for the ids of items.
    pub setting: String,
    /// Its value.
    pub value: String,
    /// Do they give it? Else it is a default.
    pub given: bool,
}

/// Every setting in force, ask by ask in the order of the spec, and by path within an ask.
///
/// # Errors
/// Settings that cannot be written as TOML.
pub fn settings_in_force(experiment: &Experiment) -> Result<Vec<Setting>, RunError> {
    let wrong = |e: toml::ser::Error| RunError::Spec(format!("{}: {e}", experiment.shown));
    let written: Table = parse(&experiment.text, &experiment.shown)?;
    let mut all = Vec::new();
    for ask in &experiment.spec.asks {
        let Value::Table(resolved) = Value::try_from(ask).map_err(wrong)? else { continue };
        let given = with_id(written.get("ask"), &ask.id);
        let mut rows: BTreeMap<String, Leaf> = BTreeMap::new();
        // Its id and its source are what the rows are about, and a protocol without settings has none.
        let settings = resolved.iter().filter(|(key, value)| !["id", "source"].contains(&key.as_str()) && value.as_table().is_none_or(|t| !t.is_empty()));
        for (key, value) in settings {
            leaves(&Place::top(key), value, given.and_then(|g| g.get(key)), &mut rows);
        }
        let (key, protocol) = ask.protocol().map_err(RunError::Spec)?;
        for (place, value) in protocol.stands_for() {
            let place = place.iter().fold(Place::top(key), |here, step| here.step(step));
            rows.entry(place.path.clone()).or_insert(Leaf { place, value: String::new(), given: false }).value = value;
        }
        let row = |(setting, leaf): (String, Leaf)| Setting {
            ask: ask.id.clone(),
            setting,
            general: leaf.place.general,
            item: leaf.place.item,
            value: leaf.value,
            given: leaf.given,
        };
        all.extend(rows.into_iter().map(row));
    }
    Ok(all)
}

/// The same, with what several places have alike in one row: by path, and then in the order of the first of its places.
pub fn shared(settings: &[Setting]) -> Vec<Shared> {
    // A row, and its asks with the items of each.
    type Row<'a> = (Shared, Vec<(&'a str, Vec<&'a str>)>);
    let mut rows: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
    for s in settings {
        let of_path = rows.entry(&s.general).or_default();
        let at = of_path.iter().position(|(r, _)| r.value == s.value && r.given == s.given).unwrap_or_else(|| {
            of_path.push((Shared { places: Vec::new(), setting: s.general.clone(), value: s.value.clone(), given: s.given }, Vec::new()));
            of_path.len() - 1
        });
        let places = &mut of_path[at].1;
        match places.iter_mut().find(|(ask, _)| *ask == s.ask) {
            Some((_, items)) => items.push(&s.item),
            None => places.push((&s.ask, vec![&s.item])),
        }
    }
    let place = |(ask, items): (&str, Vec<&str>)| if items == [""] { ask.to_owned() } else { format!("{ask}: {}", items.join(", ")) };
    rows.into_values().flatten().map(|(row, places)| Shared { places: places.into_iter().map(place).collect(), ..row }).collect()
}

/// The table of a list that has this id.
fn with_id<'a>(list: Option<&'a Value>, id: &str) -> Option<&'a Value> {
    list?.as_array()?.iter().find(|v| v.get("id").and_then(Value::as_str) == Some(id))
}

/// A path into the settings of an ask.
#[derive(Clone, Debug)]
struct Place {
    path: String,
    general: String,
    item: String,
}

impl Place {
    fn top(key: &str) -> Self {
        Self { path: key.to_owned(), general: key.to_owned(), item: String::new() }
    }

    fn step(&self, step: &Step) -> Self {
        let (name, general) = match step {
            Step::Key(key) => (key, key.as_str()),
            Step::Item(id) => (id, "*"),
        };
        let item = match step {
            Step::Key(_) => self.item.clone(),
            Step::Item(id) if self.item.is_empty() => id.clone(),
            Step::Item(id) => format!("{}/{id}", self.item),
        };
        Self { path: format!("{}.{name}", self.path), general: format!("{}.{general}", self.general), item }
    }
}

/// A setting at its place.
struct Leaf {
    place: Place,
    value: String,
    given: bool,
}

/// What stands at and below a place, beside what the spec has written there.
fn leaves(place: &Place, value: &Value, written: Option<&Value>, rows: &mut BTreeMap<String, Leaf>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                // A value in another form than a table (a dataset by its name alone, say) gives all that it stands for.
                let inner = written.and_then(|w| if w.is_table() { w.get(key) } else { Some(w) });
                leaves(&place.step(&Step::Key(key.clone())), value, inner, rows);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for (k, value) in list.iter().enumerate() {
                let id = value.get("id").and_then(Value::as_str);
                let item = place.step(&Step::Item(id.map_or_else(|| (k + 1).to_string(), str::to_owned)));
                let inner = match id {
                    // An id may be a default itself: then the entry at the same place has none.
                    Some(id) => with_id(written, id).or_else(|| written?.as_array()?.get(k).filter(|v| v.get("id").is_none())),
                    None => written.and_then(Value::as_array).and_then(|w| w.get(k)),
                };
                let Value::Table(table) = value else { continue };
                for (key, value) in table.iter().filter(|(key, _)| *key != "id") {
                    leaves(&item.step(&Step::Key(key.clone())), value, inner.and_then(|w| w.get(key)), rows);
                }
            }
        }
        leaf => {
            rows.insert(place.path.clone(), Leaf { place: place.clone(), value: shown(leaf), given: written.is_some() });
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(s) if s.is_empty() => "none".into(),
        Value::String(s) => s.clone(),
        Value::Array(list) if list.is_empty() => "none".into(),
        Value::Table(table) if table.is_empty() => "none".into(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
