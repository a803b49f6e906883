//! How verdicts are shown. The one place where verbs ask `publish` for claims.

use evaluation::{Claim, Mark, Verdict};
use report::{ClaimRow, Table};
use runner::{Results, exit};

use crate::output::Format;
use crate::{OK, output};

/// The claims of an experiment with their verdicts.
pub struct Judged {
    verdicts: Vec<(Claim, Verdict)>,
    rows: Vec<ClaimRow>,
    statements: Option<Table>,
}

impl Judged {
    /// Of results, judged here.
    pub fn now(results: &Results) -> Self {
        Self::of(results, publish::judge::verdicts(results))
    }

    /// Of results that were judged.
    pub fn of(results: &Results, verdicts: Vec<(Claim, Verdict)>) -> Self {
        let statements = publish::statements_table(&publish::statements(results, &verdicts));
        Self { rows: publish::claims::rows(results, &verdicts), verdicts, statements }
    }

    /// Every claim with what it says and why it came out so.
    pub fn table(&self) -> Table {
        report::claims_table(&self.rows)
    }

    /// Prints the statements of the abstract and then the claims, in the columns that fit a terminal; for a program the claims alone.
    pub fn print(&self, format: Format) {
        if let Some(statements) = self.statements.as_ref().filter(|_| format == Format::Table) {
            output::print(statements, format);
            println!();
        }
        output::print(&publish::claims::short_table(&self.rows), format);
    }

    /// One line: how many of each.
    pub fn summary(&self) -> String {
        publish::claims::summary(&self.rows)
    }

    /// A line `experiment claim mark` for every claim that is judged.
    pub fn marks(&self, experiment: &str) -> String {
        let judged = self.verdicts.iter().filter(|(_, v)| v.mark != Mark::Untested);
        judged.map(|(c, v)| format!("{experiment} {} {}\n", c.id, v.mark.symbol())).collect()
    }

    /// Names the claims that came out otherwise than expected; answers the exit code.
    pub fn code(&self) -> u8 {
        let surprises = publish::judge::surprises(&self.verdicts);
        if surprises.is_empty() {
            return OK;
        }
        eprintln!("not as expected: {}", surprises.join(", "));
        exit::CLAIM
    }
}
