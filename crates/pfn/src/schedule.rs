//! A network that knows the learning-rate schedule: features, network, training, weights, forecaster.
//!
//! It learns in context, from curves of the prior [`priors::annealing`], how a loss goes on under a schedule that is known
//! into the future, and answers with a mixture of normals. PFNs are Müller et
//! al. 2022, laws under schedules Tissue et al. 2024 and Luo et al. 2025.
//!
//! `anneal-s1` on real runs (27 of the multi-power repository, 430 of the xLSTM study; their prior widths were chosen on two
//! thirds of them, by name, and these are the medians over the other third): error of the final loss 1.0 and 2.4 % when a
//! quarter is seen, 1.0 and 0.6 % from half, 0.05 and 0.13 % from three quarters; its 90 % band holds 90 to 100 %, and is
//! wider than it need be before a cooldown has begun. Without the schedule its bands are too narrow on runs that cool down.

mod features;
mod forecaster;
mod network;
mod train;
mod weights;

pub use forecaster::SchedulePfn;
pub use network::Shape as ScheduleShape;
pub use train::{ScheduleRecipe, ScheduleTrainer};
pub use weights::Card as ScheduleCard;
