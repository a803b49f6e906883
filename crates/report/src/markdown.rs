//! A page as Markdown: what is committed as `verdicts.md`.

mod claims;

use crate::page::{Block, Page};

impl Page {
    /// The page as GitHub-flavoured Markdown. Figures are linked by their path, not drawn.
    pub fn to_markdown(&self) -> String {
        let mut parts = vec![format!("# {}", self.title.trim())];
        if !self.lead.is_empty() {
            parts.push(self.lead.trim().to_owned());
        }
        for section in &self.sections {
            if !section.title.is_empty() {
                parts.push(format!("## {}", section.title.trim()));
            }
            parts.extend(section.blocks.iter().map(block));
        }
        if !self.command.is_empty() {
            parts.push(format!("Made by:\n\n{}", fenced(&self.command)));
        }
        parts.retain(|part| !part.is_empty());
        let mut out = parts.join("\n\n");
        out.push('\n');
        out
    }
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) => text.trim().to_owned(),
        Block::List(items) => {
            let lines: Vec<String> = items.iter().map(|item| format!("- {}", item.trim().replace('\n', "\n  "))).collect();
            lines.join("\n")
        }
        Block::Code(code) => fenced(code),
        Block::Table(table) => table.to_markdown().trim_end().to_owned(),
        Block::Grid(grid) => grid.to_markdown().trim_end().to_owned(),
        Block::Answers(claims) => claims::answers(claims),
        Block::Claims(claims) => claims::claims(claims),
        Block::Figure { figure, path } => {
            let words = figure.title.replace(['[', ']', '\n'], " ");
            let image = format!("![{}]({})", words.trim(), path.replace(' ', "%20"));
            format!("{image}\n\n{}", figure.caption.trim()).trim_end().to_owned()
        }
    }
}

/// A code block whose fence is longer than any run of backticks within.
fn fenced(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", code.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::sample;

    #[test]
    fn renders_every_kind_of_block() {
        assert_eq!(
            sample().to_markdown(),
            "\
# lcpfn & co

One `a<b` thing.

Two.

## Answers

| verdict | claimed | found | where | basis |
| --- | --- | --- | --- | --- |
| `[≈Re]` | a < b & c | – | – | – |

## Verdicts

<details><summary><code>[≈Re]</code> near: 1</summary>

| claim | says | where | published | ours | interval | found |
| --- | --- | --- | ---: | ---: | ---: | --- |
| c1 | a < b & c | – | – | – | – | – |

</details>

## Numbers

**Scores**

| method | score |
| --- | ---: |
| &lt;/script> | 0.50 |

**Table 3**

| method | 10% | 20% |
| --- | ---: | ---: |
| p1 &lt;small> | 1.568 ± 0.021; paper 1.6<28 `[≈Re]` | 1.900 |

_± is one standard error. A shaded cell holds our number, the paper's, and the verdict on it._

- first
- second

```text
x < 1
```

![Loss <here>](figures/curve.svg)

It falls.

Made by:

```text
just reproduce lcpfn
```
"
        );
    }

    #[test]
    fn a_fence_outlasts_what_it_holds() {
        assert_eq!(fenced("a\n```\nb"), "````text\na\n```\nb\n````");
    }
}
