//! `Solver`: one signature for every way to find a law's parameters. One file and one line in the list below is one way.

pub mod curve_fit;
pub mod fixed;
pub mod global;
pub mod grid_lbfgs;
pub mod local;
pub mod su_three_stage;

use models::Law;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::interval::bootstrap;
use crate::threads::map;
use crate::{Fit, FitError, Loss, Problem, Solved};

pub use curve_fit::CurveFit;
pub use fixed::Fixed;
pub use global::GlobalSearch;
pub use grid_lbfgs::{HoffmannGrid, Reduction, SlopesBy, Tolerances};
pub use local::Local;
pub use su_three_stage::SuThreeStage;

/// A way to find a law's parameters.
pub trait Solver: Send + Sync {
    /// Its name, as specs and the command line have it.
    fn name(&self) -> &'static str;

    /// Can it fit this law under this loss, whatever the rows?
    ///
    /// # Errors
    /// What it cannot do, and what would do.
    fn check(&self, law: &dyn Law, loss: Loss) -> Result<(), FitError>;

    /// Finds the parameters.
    ///
    /// # Errors
    /// What [`check`](Self::check) refuses, and rows from which no parameters follow.
    fn solve(&self, problem: &Problem<'_>, seed: u64) -> Result<Solved, FitError>;

    /// Fits of resampled runs, resample by resample: each solved again from what is known of the problem.
    ///
    /// # Errors
    /// What no resample could be fitted for; what a single one lacks is its own entry.
    fn resample(&self, problem: &Problem<'_>, how: Resampling, seed: u64) -> Result<Vec<Result<Fit, FitError>>, FitError> {
        let base = problem.samples.weights();
        Ok(map(problem.threads, how.count, |k| -> Result<Fit, FitError> {
            let weighted = problem.with_weights(bootstrap::weights(base, &problem.runs, seed, k)?)?;
            self.solve(&weighted, seed).map(|s| s.fit)
        }))
    }

    /// Is what it finds an optimum of the problem's own loss? Only of an optimum do curvature and profile say something.
    fn minimises(&self) -> bool {
        true
    }

    /// Can parameters be held?
    fn takes_pinned(&self) -> bool {
        true
    }
}

/// How a fit is made again and again on resampled runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How often.
    pub count: usize,
    /// Cells or starts that a global search polishes each time.
    pub keep: usize,
}

/// Makes the list of solvers: their names, their settings and their parser.
macro_rules! solvers {
    ($($settings:ty),+ $(,)?) => {
        /// The name of every solver.
        pub const NAMES: &[&str] = &[$(<$settings>::NAME),+];

        /// Every solver, with its default settings.
        pub fn all() -> Vec<Box<dyn Solver>> {
            vec![$(Box::new(<$settings>::default()) as Box<dyn Solver>),+]
        }

        /// The solver of a name, made from its own settings, such as a table of a TOML file.
        ///
        /// # Errors
        /// A name that no solver has, and settings that this one does not have.
        pub fn find<'de, D: Deserializer<'de>>(name: &str, settings: D) -> Result<Box<dyn Solver>, D::Error> {
            $(
                if name == <$settings>::NAME {
                    return <$settings>::deserialize(settings).map(|s| Box::new(s) as Box<dyn Solver>);
                }
            )+
            Err(D::Error::custom(curves::no_such("solver", name, NAMES.iter().copied())))
        }
    };
}

solvers! {
    GlobalSearch,
    Local,
    Fixed,
    CurveFit,
    HoffmannGrid,
    SuThreeStage,
}

/// Refuses held parameters for a solver that cannot hold any.
fn nothing_pinned(solver: &dyn Solver, problem: &Problem<'_>) -> Result<(), FitError> {
    if problem.is_pinned() {
        return Err(FitError::Setting(format!("the solver `{}` cannot hold parameters; pin none, or use `{}`", solver.name(), GlobalSearch::NAME)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    #[test]
    fn names_are_unique_and_find_their_solver() {
        for (k, solver) in all().iter().enumerate() {
            assert_eq!(NAMES[k], solver.name());
            assert!(!NAMES[..k].contains(&solver.name()), "{} is there twice", solver.name());
            let empty: BTreeMap<&str, u64> = BTreeMap::new();
            let found = find(solver.name(), MapDeserializer::<_, Error>::new(empty.into_iter()));
            assert_eq!(found.map(|s| s.name()), Ok(solver.name()));
        }
    }

    #[test]
    fn settings_are_read_and_slips_are_mended() {
        let with = |name: &str, key: &'static str| {
            let settings: BTreeMap<&str, u64> = BTreeMap::from([(key, 7)]);
            find(name, MapDeserializer::<_, Error>::new(settings.into_iter())).map(|s| s.name()).map_err(|e| e.to_string())
        };
        assert_eq!(with("global", "starts"), Ok("global"));
        assert!(with("global", "strats").unwrap_err().contains("strats"));
        assert!(with("golbal", "starts").unwrap_err().contains("did you mean \"global\"?"));
    }
}
