//! The Gaussian mixture: clusters from unlabelled inputs, and a label for each cluster from labelled ones.
//!
//! K clusters of equal weight have unit covariance and centres `(Δ/√2) e_k`, any two of which are Δ apart; the label of an input is its
//! cluster. Pretraining is the maximum likelihood estimate of centres and weights by expectation maximisation, the best of several
//! beginnings by k-means++ (Arthur and Vassilvitskii 2007); downstream, each cluster takes the label that most of its labelled inputs
//! have, and one without any takes the most frequent label. The supervised learner estimates the centre and the weight of every class
//! from its labelled inputs alone, the same model without unlabelled data.
//!
//! With clusters that are told apart for certain, an error is an input of a cluster without a label: its probability is
//! `Σ_k π_k (1 − π_k)ⁿ`, which is `(1 − 1/K)ⁿ` here, exactly.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

use super::{Learner, Settings, Streams, Trial};

/// Iterations of expectation maximisation at most, and the gain of the mean log likelihood at which it stops.
const STOP: (usize, f64) = (500, 1e-9);

/// Clusters with unit covariance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clusters {
    dim: usize,
    /// Centre after centre.
    centres: Vec<f64>,
    /// ln of the weight less half the squared length of the centre.
    bias: Vec<f64>,
}

impl Clusters {
    /// Of centres and weights; a weight of 0 is a cluster that nothing belongs to.
    pub(super) fn new(dim: usize, centres: Vec<f64>, weights: &[f64]) -> Self {
        let bias = centres.chunks_exact(dim).zip(weights).map(|(c, w)| w.ln() - 0.5 * c.iter().map(|v| v * v).sum::<f64>()).collect();
        Self { dim, centres, bias }
    }

    /// The true ones.
    pub(super) fn truth(settings: &Settings) -> Self {
        let (d, k) = (settings.dim, settings.clusters);
        let side = settings.separation / std::f64::consts::SQRT_2;
        let centres = (0..k * d).map(|at| if at % d == at / d { side } else { 0.0 }).collect();
        Self::new(d, centres, &vec![1.0 / k as f64; k])
    }

    /// ln of weight times density of an input in each cluster, but for what all clusters share.
    fn scores<'a>(&'a self, x: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let inner = move |c: &[f64]| c.iter().zip(x).map(|(c, x)| c * x).sum::<f64>();
        self.centres.chunks_exact(self.dim).zip(&self.bias).map(move |(c, bias)| bias + inner(c))
    }

    /// The most probable cluster of an input; of equals the first.
    pub(super) fn of(&self, x: &[f64]) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for (k, score) in self.scores(x).enumerate() {
            if score > best.1 {
                best = (k, score);
            }
        }
        best.0
    }
}

/// Expectation maximisation, in memory that all beginnings share.
struct Search<'a> {
    dim: usize,
    clusters: usize,
    /// Input after input.
    points: &'a [f64],
    /// Responsibilities of one input.
    share: Vec<f64>,
    /// Sums of them.
    weights: Vec<f64>,
    /// Squared distance of each input from the nearest centre so far.
    distances: Vec<f64>,
}

impl Search<'_> {
    /// Centres by k-means++.
    fn begin(&mut self, rng: &mut Pcg64) -> Vec<f64> {
        let (d, count) = (self.dim, self.distances.len());
        let first = rng.random_range(0..count);
        let mut centres = self.points[first * d..(first + 1) * d].to_vec();
        self.distances.fill(f64::INFINITY);
        for k in 1..self.clusters {
            let newest = &centres[(k - 1) * d..k * d];
            for (distance, x) in self.distances.iter_mut().zip(self.points.chunks_exact(d)) {
                let away: f64 = x.iter().zip(newest).map(|(a, b)| (a - b) * (a - b)).sum();
                *distance = distance.min(away);
            }
            let mut left = rng.random::<f64>() * self.distances.iter().sum::<f64>();
            let chosen = self.distances.iter().position(|distance| {
                left -= distance;
                left < 0.0
            });
            let next = chosen.unwrap_or(count - 1);
            centres.extend_from_slice(&self.points[next * d..(next + 1) * d]);
        }
        centres
    }

    /// Climbs from these centres; gives the clusters and the mean log likelihood, but for a constant.
    fn climb(&mut self, centres: Vec<f64>) -> (Clusters, f64) {
        let (d, k, count) = (self.dim, self.clusters, self.distances.len() as f64);
        let mut now = Clusters::new(d, centres, &vec![1.0 / k as f64; k]);
        let mut sums = vec![0.0; k * d];
        let mut likelihood = f64::NEG_INFINITY;
        for _ in 0..STOP.0 {
            self.weights.fill(0.0);
            sums.fill(0.0);
            let mut total = 0.0;
            for x in self.points.chunks_exact(d) {
                let largest = now.scores(x).fold(f64::NEG_INFINITY, f64::max);
                let mut whole = 0.0;
                for (share, score) in self.share.iter_mut().zip(now.scores(x)) {
                    *share = (score - largest).exp();
                    whole += *share;
                }
                total += largest + whole.ln();
                for ((share, weight), sum) in self.share.iter().zip(&mut self.weights).zip(sums.chunks_exact_mut(d)) {
                    let share = share / whole;
                    *weight += share;
                    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += share * x);
                }
            }
            let better = total / count;
            if better - likelihood < STOP.1 {
                break;
            }
            likelihood = better;
            for ((centre, sum), weight) in now.centres.chunks_exact_mut(d).zip(sums.chunks_exact(d)).zip(&self.weights) {
                // A cluster that has lost all its inputs stays where it is.
                if *weight > 0.0 {
                    centre.iter_mut().zip(sum).for_each(|(c, s)| *c = s / weight);
                }
            }
            for ((bias, weight), centre) in now.bias.iter_mut().zip(&self.weights).zip(now.centres.chunks_exact(d)) {
                *bias = (weight / count).ln() - 0.5 * centre.iter().map(|v| v * v).sum::<f64>();
            }
        }
        (now, likelihood)
    }
}

/// The best of several climbs.
pub(super) fn learn(settings: &Settings, points: &[f64], rng: &mut Pcg64) -> Clusters {
    let (dim, clusters) = (settings.dim, settings.clusters);
    let count = points.len() / dim;
    let mut search = Search { dim, clusters, points, share: vec![0.0; clusters], weights: vec![0.0; clusters], distances: vec![0.0; count] };
    let mut best: Option<(Clusters, f64)> = None;
    for _ in 0..settings.restarts {
        let begun = search.begin(rng);
        let found = search.climb(begun);
        if best.as_ref().is_none_or(|(_, likelihood)| found.1 > *likelihood) {
            best = Some(found);
        }
    }
    best.map_or_else(|| Clusters::truth(settings), |(found, _)| found)
}

/// The label that most have; of equals the first.
fn most(counts: &[usize]) -> usize {
    let mut best = 0;
    for (label, count) in counts.iter().enumerate() {
        if *count > counts[best] {
            best = label;
        }
    }
    best
}

/// How many inputs of each cluster have each label: cluster after cluster.
#[derive(Clone, Debug)]
struct Table {
    labels: usize,
    counts: Vec<usize>,
}

impl Table {
    fn new(labels: usize) -> Self {
        Self { labels, counts: vec![0; labels * labels] }
    }

    fn add(&mut self, cluster: usize, label: usize) {
        self.counts[cluster * self.labels + label] += 1;
    }

    /// Share of the inputs of `test` that have another label than their cluster is given here.
    fn error(&self, test: &Self) -> f64 {
        let mut all = vec![0; self.labels];
        for row in self.counts.chunks_exact(self.labels) {
            all.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        let usual = most(&all);
        let right: usize = self
            .counts
            .chunks_exact(self.labels)
            .zip(test.counts.chunks_exact(self.labels))
            .map(|(row, there)| there[if row.iter().sum::<usize>() > 0 { most(row) } else { usual }])
            .sum();
        1.0 - right as f64 / test.counts.iter().sum::<usize>() as f64
    }
}

/// Draws a label, and an input of its cluster.
fn draw(settings: &Settings, x: &mut [f64], rng: &mut Pcg64) -> usize {
    let label = rng.random_range(0..settings.clusters);
    x.iter_mut().for_each(|x| *x = rng.sample(StandardNormal));
    x[label] += settings.separation / std::f64::consts::SQRT_2;
    label
}

/// So many inputs one after the other, and their labels.
pub(super) fn draws(settings: &Settings, count: usize, rng: &mut Pcg64) -> (Vec<f64>, Vec<usize>) {
    let mut points = vec![0.0; count * settings.dim];
    let labels = points.chunks_exact_mut(settings.dim).map(|x| draw(settings, x, rng)).collect();
    (points, labels)
}

/// Class means and weights, label by label.
struct Classes {
    sums: Vec<f64>,
    counts: Vec<usize>,
}

impl Classes {
    /// The clusters that these examples make.
    fn clusters(&self, dim: usize) -> Clusters {
        let all = self.counts.iter().sum::<usize>().max(1) as f64;
        let weights: Vec<f64> = self.counts.iter().map(|count| *count as f64 / all).collect();
        let mean = |(at, sum): (usize, &f64)| sum / self.counts[at / dim].max(1) as f64;
        Clusters::new(dim, self.sums.iter().enumerate().map(mean).collect(), &weights)
    }
}

/// One draw of all data.
pub(super) fn trial(settings: &Settings, grid: &[usize], streams: &Streams) -> Trial {
    let (d, k) = (settings.dim, settings.clusters);
    let truth = Clusters::truth(settings);
    let (points, labels) = draws(settings, settings.test, &mut streams.test());
    let table = |clusters: &Clusters| {
        let mut table = Table::new(k);
        points.chunks_exact(d).zip(&labels).for_each(|(x, label)| table.add(clusters.of(x), *label));
        table
    };
    let wrong = |clusters: &Clusters| {
        let right = points.chunks_exact(d).zip(&labels).filter(|(x, label)| clusters.of(x) == **label).count();
        1.0 - right as f64 / labels.len() as f64
    };
    let bayes = wrong(&truth);
    let model = match settings.learner {
        Learner::Pretrained => {
            let (unlabeled, _) = draws(settings, settings.unlabeled, &mut streams.unlabeled());
            learn(settings, &unlabeled, &mut streams.search())
        }
        Learner::Supervised | Learner::Oracle => truth.clone(),
    };
    let (test, known_test) = (table(&model), table(&truth));
    let (mut seen, mut known) = (Table::new(k), Table::new(k));
    let mut classes = Classes { sums: vec![0.0; k * d], counts: vec![0; k] };
    let mut rng = streams.labeled();
    let mut x = vec![0.0; d];
    let mut curve = Vec::with_capacity(grid.len());
    for example in 1..=settings.labeled {
        let label = draw(settings, &mut x, &mut rng);
        seen.add(model.of(&x), label);
        known.add(truth.of(&x), label);
        classes.sums[label * d..(label + 1) * d].iter_mut().zip(&x).for_each(|(sum, x)| *sum += x);
        classes.counts[label] += 1;
        if grid.binary_search(&example).is_ok() {
            let error = if settings.learner == Learner::Supervised { wrong(&classes.clusters(d)) } else { seen.error(&test) };
            curve.push(error - bayes);
        }
    }
    let last = curve.last().copied().unwrap_or(f64::NAN);
    Trial { curve, extra: last - (known.error(&known_test) - bayes), bayes, ..Trial::default() }
}
