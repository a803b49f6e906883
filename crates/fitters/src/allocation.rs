//! What a compute budget buys: the size and the data that lower the loss the most, and how far from them one may go.
//!
//! With C = k N D, L = E + A N^−α + B D^−β is least at N* = G (C/k)^(β/(α+β)), D* = (C/k)^(α/(α+β)) / G, with
//! G = (αA/(βB))^(1/(α+β)). Near it the loss is flat, so a range comes with the point: all sizes whose loss exceeds the
//! least by no more than a share.
//!
//! Source: Hoffmann et al. 2022, eq. 4.

use models::Law;

use crate::{Fit, FitError};

/// FLOP per parameter and token of a dense transformer, the convention of Kaplan et al. 2020.
pub const FLOP_PER_PARAM_TOKEN: f64 = 6.0;

/// A loss surface L = E + A N^−α + B D^−β.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// Irreducible loss.
    pub e: f64,
    /// Cost of a small model.
    pub a: f64,
    /// Cost of little data.
    pub b: f64,
    /// Rate in parameters.
    pub alpha: f64,
    /// Rate in tokens.
    pub beta: f64,
}

/// The best use of a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    /// N*, in the units of the fit.
    pub params: f64,
    /// D*, in the units of the fit.
    pub tokens: f64,
    /// D*/N*.
    pub ratio: f64,
    /// The loss there.
    pub loss: f64,
}

/// Sizes that are nearly as good as the best, each with the tokens that the budget leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// From the smallest to the largest size.
    pub params: (f64, f64),
    /// From the fewest to the most tokens.
    pub tokens: (f64, f64),
    /// From the fewest to the most tokens per parameter.
    pub ratio: (f64, f64),
    /// The loss at both ends.
    pub loss: f64,
}

impl Surface {
    /// The surface of a fit, where its law trades size for data.
    ///
    /// # Errors
    /// A law that does not ([`Law::size_and_data`]).
    pub fn of(fit: &Fit) -> Result<Self, FitError> {
        Self::from_theta(fit.law, &fit.theta)
    }

    /// The same from parameters of a law, in its order.
    ///
    /// # Errors
    /// A law without such a surface, or parameters that are not as many as its own.
    pub fn from_theta(law: &dyn Law, theta: &[f64]) -> Result<Self, FitError> {
        match law.size_and_data() {
            Some(at) if theta.len() == law.params().len() => {
                Ok(Self { e: theta[at.e], a: theta[at.a], b: theta[at.b], alpha: theta[at.alpha], beta: theta[at.beta] })
            }
            _ => {
                let known: Vec<&str> = models::all().iter().filter(|l| l.size_and_data().is_some()).map(|l| l.name()).collect();
                let known = known.join(", ");
                Err(FitError::Setting(format!("{} with {} parameters has no compute-optimal split in closed form; {known} have", law.name(), theta.len())))
            }
        }
    }

    /// The loss of `params` trained on `tokens`.
    pub fn loss(&self, params: f64, tokens: f64) -> f64 {
        self.e + self.a * params.powf(-self.alpha) + self.b * tokens.powf(-self.beta)
    }

    /// The exponent a* = β/(α+β) with which N* grows in compute; D* grows with 1 − a*.
    pub fn exponent(&self) -> f64 {
        self.beta / (self.alpha + self.beta)
    }

    /// The best split of `compute` FLOP at `per` FLOP per parameter and token (6 for dense transformers).
    ///
    /// # Errors
    /// A budget, or parameters of the surface, that are not positive.
    pub fn optimum(&self, compute: f64, per: f64) -> Result<Optimum, FitError> {
        let product = compute / per;
        let sound = [product, per, self.a, self.b, self.alpha, self.beta].iter().all(|v| *v > 0.0 && v.is_finite());
        if !sound {
            return Err(FitError::Setting(format!(
                "a budget of {compute} FLOP at {per} per parameter and token on {self:?} has no best split; all must be positive"
            )));
        }
        let g = (self.alpha * self.a / (self.beta * self.b)).powf(1.0 / (self.alpha + self.beta));
        let params = g * product.powf(self.exponent());
        let tokens = product / params;
        Ok(Optimum { params, tokens, ratio: tokens / params, loss: self.loss(params, tokens) })
    }

    /// All sizes whose loss under the budget is at most 1 + `slack` times the least (0.001 for a tenth of a percent).
    ///
    /// # Errors
    /// As [`optimum`](Self::optimum), and a slack that is not positive.
    pub fn near(&self, compute: f64, per: f64, slack: f64) -> Result<Near, FitError> {
        let best = self.optimum(compute, per)?;
        if !(slack > 0.0 && slack.is_finite()) {
            return Err(FitError::Setting(format!("a slack of {slack}; it must be positive, 0.001 for a tenth of a percent")));
        }
        let product = compute / per;
        let limit = best.loss * (1.0 + slack);
        let at = |ln_n: f64| self.loss(ln_n.exp(), product / ln_n.exp());
        let centre = best.params.ln();
        // Along the budget the loss is a sum of two exponentials of ln N, so convex: one crossing on each side.
        let edge = |sign: f64| {
            let (mut inside, mut step) = (centre, 0.5);
            while at(inside + sign * step) <= limit && step < 300.0 {
                inside += sign * step;
                step *= 2.0;
            }
            let mut outside = inside + sign * step;
            for _ in 0..100 {
                let middle = 0.5 * (inside + outside);
                if at(middle) <= limit { inside = middle } else { outside = middle }
            }
            inside.exp()
        };
        let params = (edge(-1.0), edge(1.0));
        let tokens = (product / params.1, product / params.0);
        Ok(Near { params, tokens, ratio: (tokens.0 / params.1, tokens.1 / params.0), loss: limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hoffmann et al. 2022, the parameters of their TeX source, and Besiroglu et al. 2024's fit.
    const HOFFMANN: Surface = Surface { e: 1.693_37, a: 406.4, b: 410.7, alpha: 0.339_170_84, beta: 0.284_908_3 };

    #[test]
    fn no_other_split_is_better() {
        let best = HOFFMANN.optimum(5.76e23, FLOP_PER_PARAM_TOKEN).unwrap();
        assert!((6.0 * best.params * best.tokens / 5.76e23 - 1.0).abs() < 1e-12);
        for factor in [0.5, 0.99, 1.01, 2.0] {
            assert!(HOFFMANN.loss(best.params * factor, best.tokens / factor) > best.loss);
        }
        // The derivative along the budget vanishes: α A N^−α = β B D^−β.
        let (left, right) = (0.339_170_84 * 406.4 * best.params.powf(-0.339_170_84), 0.284_908_3 * 410.7 * best.tokens.powf(-0.284_908_3));
        assert!((left / right - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ratios_of_tokens_to_parameters_by_arithmetic() {
        // The closed form in Python 3.11, from the rounded parameters that the papers print.
        let besiroglu = Surface { e: 1.816_86, a: 482.006, b: 2085.434, alpha: 0.347_81, beta: 0.365_85 };
        let best = besiroglu.optimum(5.76e23, 6.0).unwrap();
        assert!((best.ratio / 18.338_358_674_017 - 1.0).abs() < 1e-9, "{best:?}");
        let best = HOFFMANN.optimum(5.76e23, 6.0).unwrap();
        assert!((best.ratio / 58.921_643_655_051 - 1.0).abs() < 1e-9, "{best:?}");
        assert!((besiroglu.exponent() - 0.513).abs() < 5e-4);
    }

    #[test]
    fn the_near_range_ends_where_the_slack_is_spent() {
        let near = HOFFMANN.near(1e22, 6.0, 1e-3).unwrap();
        let best = HOFFMANN.optimum(1e22, 6.0).unwrap();
        assert!(near.params.0 < best.params && best.params < near.params.1);
        for n in [near.params.0, near.params.1] {
            assert!((HOFFMANN.loss(n, 1e22 / 6.0 / n) / best.loss - 1.001).abs() < 1e-9);
        }
        assert!(near.ratio.0 < best.ratio && best.ratio < near.ratio.1 && near.tokens.0 < best.tokens);
    }

    #[test]
    fn what_has_no_optimum_says_so() {
        assert!(HOFFMANN.optimum(0.0, 6.0).is_err() && HOFFMANN.optimum(f64::NAN, 6.0).is_err() && HOFFMANN.optimum(1e20, -6.0).is_err());
        assert!(Surface { alpha: 0.0, ..HOFFMANN }.optimum(1e20, 6.0).is_err());
        assert!(HOFFMANN.near(1e20, 6.0, 0.0).is_err());
        let from = |law: &str, theta: &[f64]| Surface::from_theta(models::find(law).unwrap(), theta);
        assert!(from("kaplan", &[1.0; 4]).is_err() && from("chinchilla", &[1.0; 4]).is_err());
        assert!(from("joint_ensemble", &[1.0; 5]).unwrap_err().to_string().contains("average_params, chinchilla, chinchilla_tied have"));
        assert_eq!(from("chinchilla_tied", &[1.0, 2.0, 3.0, 0.5]).map(|s| s.beta), Ok(0.5));
    }
}
