//! What frozen features are worth.

use nets::{Params, Training};

use super::{Objective, Settings, other};
use crate::blocks::encoder;
use crate::blocks::pictures::{PIXELS, Pictures, Source};
use crate::blocks::probes::{accuracy, chosen_ridge, neighbours, structure, unit_rows};
use crate::blocks::streams::{Purpose, stream};
use crate::{Context, Files, Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of pretraining, mean since the point before; 0 where nothing is trained")];

pub(super) const SCALARS: [(&str, &str); 9] = [
    ("probe", "Share of right classes by a ridge classifier that learns from a few pictures of each class"),
    ("fine", "Share of right classes by five nearest neighbours among the pictures of pretraining"),
    ("group", "Share of right groups by five nearest neighbours among the pictures of pretraining"),
    ("probe-group", "Share of classes in the right group by the ridge classifier"),
    ("structure", "Squared distance of class means from the mean of their group, over the spread within classes"),
    ("valid", "The probe on pictures for validation, by which the learning rate is chosen"),
    ("rate", "Learning rate, chosen on other seeds"),
    ("neighbours", "Neighbours of `look`, chosen on other seeds"),
    ("passed", "Pictures passed forward and backward in pretraining"),
];

/// Neighbours that vote.
const VOTES: usize = 5;

/// The pictures of a seed.
pub(super) struct Parts {
    /// For pretraining.
    pub(super) source: Pictures,
    /// What the probe learns from.
    pub(super) few: Pictures,
    pub(super) valid: Pictures,
    pub(super) test: Pictures,
    /// The group of every class.
    pub(super) groups: Vec<u32>,
}

impl Parts {
    pub(super) fn new(own: &Settings, seed: u64, files: &dyn Files) -> Result<Self, StudyError> {
        let mut all = Source::new(own.world, seed, files)?;
        let classes: Vec<usize> = (0..own.world.classes()).collect();
        let mut take = |each: usize| all.take(&classes, each);
        let (source, few, valid, test) = (take(own.pictures)?, take(own.few)?, take(own.valid)?, take(own.test)?);
        Ok(Self { source, few, valid, test, groups: own.world.group_of(seed) })
    }
}

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// Measures the features of an arm.
pub(super) fn run(own: &Settings, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let parts = Parts::new(own, context.seed, context.files)?;
    let mut params = Params::<f32>::new(stream(context.seed, Purpose::Weights, 0));
    let net = encoder::build(&mut params, own.width, own.outputs);
    let mut about = [("rate", None), ("neighbours", None), ("passed", Some(0.0))];
    let mut curve = vec![[1.0, 0.0]];
    if own.objective.learns() {
        let need = needs.first().ok_or_else(|| other("an arm lacks its pretraining"))?;
        if let Status::Diverged(why) = &need.status {
            return Ok(outcome(&[], &[], None, Status::Diverged(format!("its pretraining: {why}"))));
        }
        params.read(need.handed_over()?.unwrap_or_default()).map_err(other)?;
        about = ["rate", "neighbours", "passed"].map(|name| (name, need.scalar(name)));
        if let Some(loss) = need.series("loss") {
            curve = loss.x.iter().zip(&loss.y).map(|(x, y)| [*x, *y]).collect();
        }
    }
    let mut training = Training::new(params, 0.0);
    let pixels = own.objective == Objective::Pixels;
    let dim = if pixels { PIXELS } else { encoder::features_of(own.width) };
    let mut of = |pictures: &Pictures| if pixels { pictures.pixels.clone() } else { encoder::features(&net, &mut training, &pictures.pixels) };
    let (mut source, few, valid, mut test) = (of(&parts.source), of(&parts.few), of(&parts.valid), of(&parts.test));
    let (known, held) = ((few.as_slice(), parts.few.labels.as_slice()), (valid.as_slice(), parts.valid.labels.as_slice()));
    let (ridge, valid) = chosen_ridge(known, held, own.world.classes(), dim)?;
    let answers = ridge.classes(&test);
    unit_rows(&mut source, dim);
    unit_rows(&mut test, dim);
    let fine = neighbours(&source, &parts.source.labels, &test, dim, VOTES);
    let group = |labels: &[u32]| labels.iter().map(|l| parts.groups.get(*l as usize).copied().unwrap_or(0)).collect::<Vec<u32>>();
    let wanted = group(&parts.test.labels);
    let groups = neighbours(&source, &group(&parts.source.labels), &test, dim, VOTES);
    let found = [
        ("probe", Some(accuracy(&answers, &parts.test.labels))),
        ("fine", Some(accuracy(&fine, &parts.test.labels))),
        ("group", Some(accuracy(&groups, &wanted))),
        ("probe-group", Some(accuracy(&group(&answers), &wanted))),
        ("structure", structure(&test, &parts.test.labels, &parts.groups, dim)),
        ("valid", Some(valid)),
    ];
    Ok(outcome(&curve, &[found.as_slice(), about.as_slice()].concat(), None, Status::Done))
}
