//! View `pair`: how well two models agree; view `agreement`: the mean over pairs, with families of tasks resampled once for all.

use evaluation::emergence::Emergence;
use evaluation::emergence::agreement::{Agreement, Settings, Statistic, agreement, mean_agreement};
use evaluation::emergence::censor::{Compared, Subset, compared, levels};
use rayon::prelude::*;

use super::data::{Data, Series};
use super::points::Points;
use super::settings::Tasks;
use super::spec::EmergenceSpec;
use crate::protocol::AskHead;
use crate::row_writer::{ALL, EACH, OK, RowWriter, count};
use crate::spec::About;

/// One way of comparing all models.
struct Question<'a> {
    definition: &'a str,
    subset: Subset,
    statistic: Statistic,
    compared: Vec<Compared>,
}

/// All pairs in all ways asked.
pub(super) fn rows(about: &About, ask: &AskHead, asked: &EmergenceSpec, data: &Data, points: &[Points], rows: &mut RowWriter<'_>) {
    let how = &asked.agreement;
    let kept: Vec<bool> =
        (0..data.tasks.len()).map(|t| how.tasks == Tasks::Pair || data.models.iter().all(|m| m.curves.get(t).is_some_and(Option::is_some))).collect();
    let pairs: Vec<(usize, usize)> = (0..data.models.len()).flat_map(|a| (a + 1..data.models.len()).map(move |b| (a, b))).collect();
    let questions = questions(asked, data, points, &kept, &pairs);
    let families: Vec<usize> = data.tasks.iter().map(|t| t.family).collect();
    let seed = about.seed.to_string();
    // Every resample is of the same families in every pair and every way of comparing.
    let block_seed = fitters::seed::of(&[&seed, &ask.source, &ask.id, "families"]);
    let jobs: Vec<(usize, usize)> = (0..questions.len()).flat_map(|q| (0..pairs.len()).map(move |p| (q, p))).collect();
    let name = |m: usize| data.models[m].name.as_str();
    // A pair's seeds are of names, so the order in which threads take pairs changes nothing.
    let answers: Vec<Agreement> = jobs
        .par_iter()
        .map(|&(q, p)| {
            let (question, (a, b)) = (&questions[q], pairs[p]);
            let settings = Settings {
                statistic: question.statistic,
                min_tasks: how.min_tasks,
                permutations: how.permutations,
                resamples: how.resamples,
                confidence: how.confidence,
            };
            let shuffle =
                fitters::seed::of(&[&seed, &ask.source, &ask.id, question.definition, question.subset.name(), question.statistic.name(), name(a), name(b)]);
            agreement(&question.compared[p], &families, data.families.len(), &settings, shuffle, block_seed)
        })
        .collect();
    for (q, question) in questions.iter().enumerate() {
        let of_question = &answers[q * pairs.len()..(q + 1) * pairs.len()];
        for (p, answer) in of_question.iter().enumerate() {
            let (a, b) = pairs[p];
            let emerged = [&[a][..], &[b], &[a, b]].map(|models| emerged(points, question, &question.compared[p], models));
            row(question, [name(a), name(b)], relation(data, a, b), answer, emerged, rows);
        }
        summaries(asked, data, question, &pairs, of_question, rows);
    }
}

fn questions<'a>(asked: &EmergenceSpec, data: &Data, points: &'a [Points], kept: &[bool], pairs: &[(usize, usize)]) -> Vec<Question<'a>> {
    let how = &asked.agreement;
    let mut all = Vec::new();
    for p in points {
        let models: Vec<Vec<Emergence>> =
            p.models.iter().map(|m| m.iter().zip(kept).map(|(e, keep)| if *keep { *e } else { Emergence::NoCurve("left-out") }).collect()).collect();
        for subset in how.subsets.iter().copied().filter(|s| *s != Subset::Level) {
            for &statistic in &how.statistics {
                let compared = pairs.iter().map(|&(a, b)| compared(&models[a], &models[b], subset, how.censoring)).collect();
                all.push(Question { definition: &p.definition, subset, statistic, compared });
            }
        }
    }
    if how.subsets.contains(&Subset::Level) {
        let last: fn(&Series) -> Option<f64> = |s| s.y.last().copied();
        let mean: fn(&Series) -> Option<f64> = |s| Some(s.y.iter().sum::<f64>() / s.y.len() as f64);
        for (definition, level) in [("final-level", last), ("mean-level", mean)] {
            let of = |m: usize| -> Vec<Option<f64>> {
                data.models[m].curves.iter().zip(kept).map(|(c, keep)| c.as_ref().filter(|_| *keep).and_then(level)).collect()
            };
            for &statistic in &how.statistics {
                let compared = pairs.iter().map(|&(a, b)| levels(&of(a), &of(b))).collect();
                all.push(Question { definition, subset: Subset::Level, statistic, compared });
            }
        }
    }
    all
}

pub(super) fn relation(data: &Data, a: usize, b: usize) -> &'static str {
    let (a, b) = (&data.models[a].twin, &data.models[b].twin);
    if a == b && !a.is_empty() { "twin" } else { "other" }
}

/// How many of the tasks compared emerged in all of these models; of levels, none is said to.
fn emerged(points: &[Points], question: &Question<'_>, compared: &Compared, models: &[usize]) -> Option<f64> {
    let of = points.iter().find(|p| p.definition == question.definition).filter(|_| question.subset != Subset::Level)?;
    let yes = |task: &&usize| models.iter().all(|&m| of.models[m][**task].emerged() == Some(true));
    count(compared.tasks.iter().filter(yes).count())
}

fn row(question: &Question<'_>, names: [&str; 2], relation: &str, answer: &Agreement, emerged: [Option<f64>; 3], rows: &mut RowWriter<'_>) {
    let pair = names.join(" | ");
    let texts = [
        ("definition", question.definition),
        ("pair", &pair),
        ("model", names[0]),
        ("model-b", names[1]),
        ("relation", relation),
        ("subset", question.subset.name()),
        ("statistic", question.statistic.name()),
    ];
    let numbers = [
        ("correlation", answer.correlation.ok()),
        ("low", answer.interval.map(|i| i.low)),
        ("high", answer.interval.map(|i| i.high)),
        ("se", answer.interval.map(|i| i.se)),
        ("p", answer.p),
        ("null-95", answer.null_95),
        ("n", count(answer.n)),
        ("blocks", count(answer.families)),
        ("emerged", emerged[0]),
        ("emerged-b", emerged[1]),
        ("both", emerged[2]),
    ];
    rows.push("pair", EACH, answer.correlation.err().map_or(OK, |why| why.word()), &texts, &numbers);
}

/// The mean over all pairs, and over twins and others apart where twins are known.
fn summaries(asked: &EmergenceSpec, data: &Data, question: &Question<'_>, pairs: &[(usize, usize)], answers: &[Agreement], rows: &mut RowWriter<'_>) {
    for which in ["all", "twin", "other"] {
        if which != "all" && asked.twin.0.is_empty() {
            continue;
        }
        let mine: Vec<&Agreement> = answers.iter().zip(pairs).filter(|(_, (a, b))| which == "all" || relation(data, *a, *b) == which).map(|(x, _)| x).collect();
        let mean = mean_agreement(&mine, data.families.len(), asked.agreement.confidence);
        let usable: Vec<&&Agreement> = mine.iter().filter(|a| a.correlation.is_ok()).collect();
        let average = |of: &dyn Fn(&Agreement) -> Option<f64>| {
            let known: Vec<f64> = usable.iter().filter_map(|a| of(a)).collect();
            evaluation::stat::mean_se(&known).map(|m| m.mean)
        };
        let small = 1.0 - asked.agreement.confidence;
        let texts = [("definition", question.definition), ("relation", which), ("subset", question.subset.name()), ("statistic", question.statistic.name())];
        let interval = mean.and_then(|m| m.interval);
        let numbers = [
            ("correlation", mean.map(|m| m.mean)),
            ("low", interval.map(|i| i.low)),
            ("high", interval.map(|i| i.high)),
            ("se", interval.map(|i| i.se)),
            ("minimum", mean.map(|m| m.minimum)),
            ("maximum", mean.map(|m| m.maximum)),
            ("pairs", count(mean.map_or(0, |m| m.pairs))),
            ("n", average(&|a: &Agreement| count(a.n))),
            ("null-95", average(&|a: &Agreement| a.null_95)),
            ("share-significant", average(&|a: &Agreement| a.p.map(|p| if p < small { 1.0 } else { 0.0 }))),
        ];
        rows.push("agreement", ALL, if mean.is_some() { OK } else { "no-pairs" }, &texts, &numbers);
    }
}
