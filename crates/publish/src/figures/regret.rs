//! `regret`: regret against epochs spent.

use evaluation::Strings;
use report::{Axis, Colour, Layer, Panel, Shade, Style};
use schemars::JsonSchema;
use serde::Deserialize;

use super::rows::Rows;
use super::{Figure, Head, Inputs, Select};

/// Mean regret against epochs, over all tasks and for each.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Regret {
    /// Which replay: one `ask` of the protocol stop. The policies that `method` lists are drawn, in the colours of that order; all of them where it lists
    /// none.
    pub select: Select,
}

impl Figure for Regret {
    const NAME: &'static str = "regret";
    const SAYS: &'static str = "Regret of stopping runs early against the epochs spent, a line for each policy.";

    fn select(&self) -> &Select {
        &self.select
    }

    fn check(&self, _: &Head) -> Result<(), String> {
        if self.select.get("ask").is_none_or(|s| s.0.len() != 1) {
            return Err("its `select` has to name one `ask`".into());
        }
        Ok(())
    }

    fn draw(&self, head: &Head, inputs: &Inputs<'_>) -> Result<report::Figure, String> {
        let absent = || "its data are not here, or not all of its forecasts are made".to_owned();
        let mut select = self.select.clone();
        select.insert("view".into(), Strings(vec!["regret".into()]));
        let rows = Rows::of(&select, inputs.series).map_err(|_| absent())?;
        let policies = self.policies(&rows);
        let (mut tasks, mut found): (Vec<&str>, Vec<Curve<'_>>) = (Vec::new(), Vec::new());
        for r in rows.iter() {
            let (task, policy) = (rows.text("task", r), rows.text("method", r));
            let (Some(epochs), Some(regret)) = (rows.number("epochs", r), rows.number("regret", r)) else { continue };
            if !tasks.contains(&task) {
                tasks.push(task);
            }
            // Rows of one task and policy come together.
            match found.last_mut().filter(|c| c.task == task && c.policy == policy) {
                Some(curve) => curve.points.push([epochs, regret, rows.number("se", r).unwrap_or(0.0)]),
                None => found.push(Curve { task, policy, points: vec![[epochs, regret, rows.number("se", r).unwrap_or(0.0)]] }),
            }
        }
        tasks.sort_by_key(|t| (*t != "all", *t));
        let mut figure = head.figure().with_columns(3).with_panel_size(360, 280);
        for task in tasks {
            let mut panel = Panel::new(task, Axis::log("epochs spent"), Axis::log("mean regret, unit scale"));
            for curve in found.iter().filter(|c| c.task == task) {
                let Some(k) = policies.iter().position(|p| *p == curve.policy) else { continue };
                if task == "all" {
                    panel = panel.with(curve.band(k));
                }
                panel = panel.with(curve.line(k));
            }
            panel.legend = task == "all";
            figure = figure.with_panel(panel);
        }
        if figure.panels.is_empty() {
            return Err(absent());
        }
        Ok(figure.with_caption("Mean over random orders; the band of the first panel is one standard error over tasks."))
    }
}

impl Regret {
    /// The policies that are drawn: as listed, or all in the order in which they come.
    fn policies<'a>(&'a self, rows: &Rows<'a>) -> Vec<&'a str> {
        if let Some(listed) = self.select.get("method") {
            return listed.0.iter().map(String::as_str).collect();
        }
        let mut policies = Vec::new();
        for r in rows.iter() {
            let policy = rows.text("method", r);
            if !policies.contains(&policy) {
                policies.push(policy);
            }
        }
        policies
    }
}

/// The regret of one policy on one task: epochs, mean and standard error.
struct Curve<'a> {
    task: &'a str,
    policy: &'a str,
    points: Vec<[f64; 3]>,
}

impl Curve<'_> {
    fn line(&self, k: usize) -> Layer {
        Layer::Line { label: self.policy.to_owned(), points: self.points.iter().map(|[x, y, _]| (*x, *y)).collect(), style: Style::nth(k) }
    }

    fn band(&self, k: usize) -> Layer {
        Layer::Band {
            label: self.policy.to_owned(),
            x: self.points.iter().map(|[x, ..]| *x).collect(),
            low: self.points.iter().map(|[_, y, se]| y - se).collect(),
            high: self.points.iter().map(|[_, y, se]| y + se).collect(),
            colour: Colour::nth(k),
            shade: Shade::Light,
        }
    }
}
