//! From gathered rows to files: tables, figures, verdicts, one page.

pub mod figures;
pub mod scoreboard;
pub mod tables;
pub mod verdicts;

use evaluation::{Claim, Verdict};
use report::{Block, Page, ReportError, Section};
use runner::store::write_atomically;
use runner::{Gathered, Manifest, Plan, RunError, judge};

/// A drawing or rendering that failed, as a run error.
fn drawing(e: ReportError) -> RunError {
    RunError::Jobs(e.to_string())
}

/// Writes everything `results/<name>` holds, and returns the verdicts.
pub fn write(plan: &Plan, gathered: &Gathered) -> Result<Vec<(Claim, Verdict)>, RunError> {
    let e = &plan.experiment;
    let out = &plan.results;
    let verdicts = judge::verdicts(plan, &gathered.frame);
    let claims = verdicts::rows(&verdicts);
    let mut page = Page::new(e.spec.experiment.title.clone(), verdicts::lead(plan, &claims))
        .with_command(format!("cargo curvecast reproduce {} --size {}", e.name, e.size));

    // What is printed on the terminal is the answer in short, and comes before everything.
    let (mut first, mut section) = (Section::new("In short"), Section::new("Tables"));
    for spec in &e.spec.tables {
        let section = if spec.print { &mut first } else { &mut section };
        match tables::render(spec, &e.published.claims, &gathered.frame) {
            Ok(t) => {
                write_atomically(&out.join("tables").join(format!("{}.csv", spec.id)), t.to_csv().as_bytes())?;
                section.blocks.push(Block::Table(t));
            }
            // A table of rows that are not there, because their data are not, is left out and said so.
            Err(why) => section.blocks.push(Block::Text(format!("Table `{}` is left out: {why}.", spec.id))),
        }
    }
    let status = tables::statuses(&gathered.frame);
    write_atomically(&out.join("tables/status.csv"), status.to_csv().as_bytes())?;
    write_atomically(&out.join("tables/verdicts.csv"), report::claims_csv(&claims).as_bytes())?;
    if !first.blocks.is_empty() {
        page = page.with_section(first);
    }
    page = page.with_section(Section::new("Paper against ours").with(Block::Claims(claims.clone()))).with_section(verdicts::deviations(e));
    page = page.with_section(section.with(Block::Table(status)));

    let mut section = Section::new("Figures");
    for spec in &e.spec.figures {
        match figures::draw(spec, plan, gathered) {
            Ok(f) => {
                let svg = f.to_svg().map_err(drawing)?;
                write_atomically(&out.join("figures").join(format!("{}.svg", spec.id)), svg.as_bytes())?;
                write_atomically(&out.join("figures").join(format!("{}.csv", spec.id)), f.to_csv().as_bytes())?;
                // Where SVG is not wanted; not kept in git, because it says nothing more.
                f.to_png(out.join("figures").join(format!("{}.png", spec.id))).map_err(drawing)?;
                section = section.with(Block::Figure { path: format!("figures/{}.svg", spec.id), figure: f });
            }
            Err(why) => section = section.with(Block::Text(format!("Figure `{}` is left out: {why}.", spec.id))),
        }
    }
    page = page.with_section(section);
    let manifest = Manifest::of(plan, gathered.frame.len())?;
    page = page.with_data(serde_json::to_value(&manifest).unwrap_or_default());
    write_atomically(&out.join("manifest.json"), manifest.to_json().as_bytes())?;
    write_atomically(&out.join("verdicts.md"), page.to_markdown().as_bytes())?;
    write_atomically(&out.join("report.html"), page.to_html().map_err(drawing)?.as_bytes())?;
    Ok(verdicts)
}
