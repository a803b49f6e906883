//! How far draws can be trusted: R-hat and effective sample size over groups.

/// Mean and unbiased variance.
fn moments(v: &[f64]) -> (f64, f64) {
    let n = v.len() as f64;
    let m = v.iter().sum::<f64>() / n;
    (m, v.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (n - 1.0).max(1.0))
}

/// R-hat of Gelman and Rubin over groups of draws of one quantity: 1 when the groups agree.
///
/// `None` with fewer than two groups or two draws a group; 1 when nothing varies at all.
pub fn r_hat(groups: &[Vec<f64>]) -> Option<f64> {
    let n = groups.iter().map(Vec::len).min()?;
    if groups.len() < 2 || n < 2 {
        return None;
    }
    let each: Vec<(f64, f64)> = groups.iter().map(|g| moments(g)).collect();
    let within = each.iter().map(|m| m.1).sum::<f64>() / each.len() as f64;
    let between = moments(&each.iter().map(|m| m.0).collect::<Vec<_>>()).1;
    if within == 0.0 {
        return Some(if between == 0.0 { 1.0 } else { f64::INFINITY });
    }
    Some((((n as f64 - 1.0) / n as f64) + between / within).sqrt())
}

/// Effective sample size for the mean, from how much the group means differ: total variance over the
/// variance of the overall mean, at most the number of draws.
///
/// For populations that are correlated inside (particles share ancestors) this is the honest count. `None` as for [`r_hat`].
pub fn effective_size(groups: &[Vec<f64>]) -> Option<f64> {
    if groups.len() < 2 || groups.iter().any(|g| g.len() < 2) {
        return None;
    }
    let all: Vec<f64> = groups.concat();
    let total = moments(&all).1;
    let means: Vec<f64> = groups.iter().map(|g| moments(g).0).collect();
    let of_mean = moments(&means).1 / groups.len() as f64;
    if of_mean == 0.0 {
        return Some(all.len() as f64);
    }
    Some((total / of_mean).min(all.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreeing_groups_have_r_hat_one_and_full_size() {
        let g: Vec<f64> = (0..1000).map(|i| (f64::from(i) * 0.618_034).fract()).collect();
        let r = r_hat(&[g.clone(), g.clone()]).unwrap();
        assert!((r - 1.0).abs() < 1e-3, "{r}");
        assert_eq!(effective_size(&[g.clone(), g]), Some(2000.0));
    }

    #[test]
    fn groups_apart_are_seen() {
        let a: Vec<f64> = (0..100).map(|i| (f64::from(i) * 0.618_034).fract()).collect();
        let b: Vec<f64> = a.iter().map(|v| v + 3.0).collect();
        assert!(r_hat(&[a.clone(), b.clone()]).unwrap() > 3.0);
        assert!(effective_size(&[a.clone(), b]).unwrap() < 3.0);
        assert_eq!(r_hat(&[a]), None);
        assert_eq!(r_hat(&[vec![1.0; 5], vec![1.0; 5]]), Some(1.0));
    }
}
