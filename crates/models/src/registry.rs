//! The list of all laws. One line registers a law.

use curves::nearest;

use crate::{Law, LawError, curve, link, schedule, surface};

/// Registers laws, each written as the path of its unit struct.
macro_rules! laws {
    ($($law:expr),+ $(,)?) => {
        static LAWS: &[&dyn Law] = &[$(&$law),+];
    };
}

laws! {
    curve::bnsl1::Bnsl1,
    curve::bnsl2::Bnsl2,
    curve::bnsl3::Bnsl3,
    curve::exp3::Exp3,
    curve::exp4::Exp4,
    curve::gompertz::Gompertz,
    curve::hill3::Hill3,
    curve::hill4::Hill4,
    curve::ilog2::Ilog2,
    curve::janoschek::Janoschek,
    curve::log_linear::LogLinear,
    curve::log_power::LogPower,
    curve::logistic::Logistic,
    curve::loglog_linear::LoglogLinear,
    curve::m1::M1,
    curve::m2::M2,
    curve::m3::M3,
    curve::m4::M4,
    curve::mmf::Mmf,
    curve::pow2::Pow2,
    curve::pow3::Pow3,
    curve::pow4::Pow4,
    curve::pow4_lcdb::Pow4Lcdb,
    curve::sat_growth::SatGrowth,
    curve::vap::Vap,
    curve::weibull::Weibull,
    surface::average_params::AverageParams,
    surface::chinchilla::Chinchilla,
    surface::chinchilla_gamma::ChinchillaGamma,
    surface::chinchilla_guided::ChinchillaGuided,
    surface::chinchilla_tied::ChinchillaTied,
    surface::critical_batch::CriticalBatch,
    surface::data_constrained::DataConstrained,
    surface::ensemble::Ensemble,
    surface::joint_ensemble::JointEnsemble,
    surface::kaplan::Kaplan,
    surface::kaplan_steps::KaplanSteps,
    surface::over_training::OverTraining,
    surface::routed::Routed,
    surface::vocabulary::Vocabulary,
    surface::width_depth::WidthDepth,
    surface::width_depth_params::WidthDepthParams,
    schedule::lr_annealing::LrAnnealing,
    schedule::multi_power::MultiPower,
    link::bounded_link::BoundedLink,
    link::exp_link::ExpLink,
    link::sigmoid_link::SigmoidLink,
}

/// Every law, in alphabetical order within its kind.
pub fn all() -> &'static [&'static dyn Law] {
    LAWS
}

/// The law of this name; the error suggests the nearest one.
pub fn find(name: &str) -> Result<&'static dyn Law, LawError> {
    let known = LAWS.iter().copied().find(|law| law.name() == name);
    known.ok_or_else(|| LawError::Unknown { name: name.to_owned(), nearest: nearest(name, LAWS.iter().map(|law| law.name())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_by_its_name_and_a_slip_is_mended() {
        assert_eq!(find("m4").map(|law| law.title()), Ok("Saturating power law, M4"));
        let slip = find("janoshek").unwrap_err().to_string();
        assert_eq!(slip, "unknown law `janoshek`, did you mean `janoschek`?");
        let nonsense = find("quux-the-great").unwrap_err().to_string();
        assert_eq!(nonsense, "unknown law `quux-the-great`");
    }
}
