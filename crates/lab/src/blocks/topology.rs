//! Statistics of a graph's topology, the eight of W2PGNN's authors (caoyxuan/W2PGNN, `utils/cal_topo_statistcs.py`), and groups of graphs that are
//! alike.

use super::graphons::Graph;

/// How many statistics there are.
pub(crate) const STATISTICS: usize = 8;

/// Mean degree, its standard deviation, density, mean closeness, the correlation of the degrees at the ends of a link (twice: the authors'
/// assortativity is the same number under another name), transitivity, and mean clustering. What does not exist is 0.
pub(crate) fn statistics(graph: &Graph) -> [f64; STATISTICS] {
    let n = graph.nodes.max(1) as f64;
    let degrees: Vec<f64> = graph.degrees().into_iter().map(|d| d as f64).collect();
    let mean = degrees.iter().sum::<f64>() / n;
    let spread = (degrees.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt();
    let ends = (0..graph.nodes).flat_map(|a| graph.neighbours(a).map(move |b| (a, b)));
    let (from, to): (Vec<f64>, Vec<f64>) = ends.map(|(a, b)| (degrees[a], degrees[b])).unzip();
    let alike = evaluation::stat::pearson(&from, &to).unwrap_or(0.0);
    let (mut closed, mut open, mut clustering) = (0.0, 0.0, 0.0);
    for (node, degree) in degrees.iter().enumerate() {
        let around: Vec<usize> = graph.neighbours(node).collect();
        let links: usize = around.iter().map(|a| around.iter().filter(|b| graph.linked(*a, **b)).count()).sum();
        let pairs = degree * (degree - 1.0);
        closed += links as f64;
        open += pairs;
        clustering += if pairs > 0.0 { links as f64 / pairs } else { 0.0 };
    }
    let transitivity = if open > 0.0 { closed / open } else { 0.0 };
    [mean, spread, graph.density(), closeness(graph), alike, alike, transitivity, clustering / n]
}

/// The mean over nodes of (nodes reached) / (sum of the distances to them), times the share of the other nodes that is reached.
fn closeness(graph: &Graph) -> f64 {
    let of = |node: usize| {
        let far = graph.distances(node, graph.nodes);
        let reached = far.iter().flatten().count() as f64 - 1.0;
        let sum: usize = far.iter().flatten().sum();
        if sum == 0 { 0.0 } else { reached / sum as f64 * reached / (graph.nodes as f64 - 1.0) }
    };
    (0..graph.nodes).map(of).sum::<f64>() / graph.nodes.max(1) as f64
}

/// Means of vectors, and standard deviations; at least a little of these.
pub(crate) fn moments(vectors: &[[f64; STATISTICS]]) -> ([f64; STATISTICS], [f64; STATISTICS]) {
    let n = vectors.len().max(1) as f64;
    let mean: [f64; STATISTICS] = std::array::from_fn(|k| vectors.iter().map(|v| v[k]).sum::<f64>() / n);
    let spread = std::array::from_fn(|k| (vectors.iter().map(|v| (v[k] - mean[k]).powi(2)).sum::<f64>() / n).sqrt().max(1e-9));
    (mean, spread)
}

/// A distance of two vectors, each number over its spread.
pub(crate) fn distance(a: &[f64; STATISTICS], b: &[f64; STATISTICS], spread: &[f64; STATISTICS]) -> f64 {
    a.iter().zip(b).zip(spread).map(|((a, b), s)| ((a - b) / s).powi(2)).sum::<f64>().sqrt()
}

/// At most `count` groups of vectors that are near one another, as places in the list: k-means on standardised numbers, whose first centres are the
/// first vector and then always the one that is farthest from all centres. No group is empty.
pub(crate) fn groups(vectors: &[[f64; STATISTICS]], count: usize) -> Vec<Vec<usize>> {
    const ROUNDS: usize = 20;
    let Some(first) = vectors.first() else { return Vec::new() };
    let (_, spread) = moments(vectors);
    let mut centres = vec![*first];
    while centres.len() < count.min(vectors.len()) {
        let gap = |v: &[f64; STATISTICS]| centres.iter().map(|c| distance(v, c, &spread)).fold(f64::INFINITY, f64::min);
        let next = vectors.iter().max_by(|a, b| gap(a).total_cmp(&gap(b))).copied();
        centres.extend(next);
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for _ in 0..ROUNDS {
        let mut groups = vec![Vec::new(); centres.len()];
        for (place, vector) in vectors.iter().enumerate() {
            let near = (0..centres.len()).min_by(|a, b| distance(vector, &centres[*a], &spread).total_cmp(&distance(vector, &centres[*b], &spread)));
            groups[near.unwrap_or(0)].push(place);
        }
        groups.retain(|group| !group.is_empty());
        centres = groups.iter().map(|group| moments(&group.iter().map(|k| vectors[*k]).collect::<Vec<_>>()).0).collect();
        if groups == found {
            break;
        }
        found = groups;
    }
    found
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;

    fn graph(nodes: usize, links: &[(usize, usize)]) -> Graph {
        Graph::drawn(nodes, &mut Pcg64::seed_from_u64(1), |a, b| f64::from(u8::from(links.contains(&(a, b)))))
    }

    #[test]
    fn a_triangle_with_a_tail_by_hand() {
        // 0, 1 and 2 are a triangle, and 3 hangs on 2. Degrees 2, 2, 3, 1.
        let found = statistics(&graph(4, &[(1, 0), (2, 0), (2, 1), (3, 2)]));
        let close = (3.0 / 4.0 + 3.0 / 4.0 + 1.0 + 3.0 / 5.0) / 4.0;
        // Closed paths of two links: 2, 2, 2 and 0, of 2, 2, 6 and 0.
        let wanted = [2.0, 0.5_f64.sqrt(), 4.0 / 6.0, close, found[5], found[4], 6.0 / 10.0, (1.0 + 1.0 + 1.0 / 3.0) / 4.0];
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        // Links by degrees (2, 2), (2, 3) twice and (3, 1), both ways: mean 2.25, variance 3.5 / 8 and covariance −2.5 / 8.
        assert!((found[4] + 2.5 / 3.5).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_does_not_exist_is_nothing() {
        assert_eq!(statistics(&graph(3, &[])), [0.0; STATISTICS]);
    }

    #[test]
    fn groups_are_found_and_none_is_empty() {
        let vector = |x: f64| [x; STATISTICS];
        let all = [vector(0.0), vector(5.0), vector(0.1), vector(5.1), vector(9.0)];
        assert_eq!(groups(&all, 3), [vec![0, 2], vec![4], vec![1, 3]]);
        assert_eq!(groups(&all[..1], 5), [vec![0]]);
        assert!(groups(&[], 5).is_empty());
        // Fewer different ones than groups.
        assert_eq!(groups(&[vector(1.0); 4], 3).iter().map(Vec::len).sum::<usize>(), 4);
    }
}
