//! Statistics of rows: means, quantiles, ranks, correlations, calibration and the bootstrap.
//!
//! A question that numbers cannot answer (nothing given, a NaN among them, no variation) is `None`.

mod auc;
mod bootstrap;
mod calibration;
mod correlation;
mod diebold_mariano;
mod log_rank;
mod proportion;
mod resampled;
mod stationary;
mod summary;

pub use curves::Interval;

pub use auc::{DeLong, auc, delong};
pub use bootstrap::{bootstrap_mean, bootstrap_ratio, paired_bootstrap, resample};
pub use calibration::{msce, uniformity, uniformity_of_ranks};
pub use correlation::{kendall, pearson, spearman};
pub use diebold_mariano::{DieboldMariano, diebold_mariano};
pub use log_rank::{LogRank, log_rank};
pub use resampled::{Resampled, resampled_t};
pub use stationary::stationary_se;
pub use summary::{Mean, mean_se, median, quantile, ranks};

pub(crate) use proportion::wilson;
pub(crate) use summary::median_in_place;
