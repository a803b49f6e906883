//! For tests: a study's stages, one after the other in memory, each with a seed of its own and no progress.

use std::collections::BTreeMap;

use crate::{Context, DynStudy, Files, Go, Memory, Outcome, Stage, StudyError, arms};

/// The stages of one seed, for settings and arms in TOML.
pub(crate) fn stages(study: &dyn DynStudy, with: &str, arms: &str) -> Result<Vec<Stage>, StudyError> {
    let arms = arms::product(&toml::from_str(arms).unwrap()).unwrap();
    study.stages(&toml::from_str(with).unwrap(), &arms, 0..1)
}

/// One of them.
pub(crate) fn run_stage(
    study: &dyn DynStudy,
    stage: &Stage,
    needs: &[Outcome],
    files: &dyn Files,
    memory: &mut Memory,
    watch: &dyn Fn(f64) -> Go,
) -> Result<Outcome, StudyError> {
    study.run(stage, needs, &mut Context { seed: 31 * stage.seed + 7, checkpoint: memory, files, watch })
}

/// Runs all stages of one seed twice, at once and stopped wherever they can be and resumed, and holds them to be the same; gives how many there are, and
/// how many of them were stopped.
pub(crate) fn resumed(study: &dyn DynStudy, with: &str, arms: &str, files: &dyn Files) -> (usize, usize) {
    let mut done: Vec<Outcome> = Vec::new();
    let mut stopped = 0;
    for stage in stages(study, with, arms).unwrap() {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| done[*n].clone()).collect();
        let run = |memory: &mut Memory, go: Go| run_stage(study, &stage, &needs, files, memory, &move |_| go);
        let whole = run(&mut Memory::default(), Go::On).unwrap();
        let mut memory = Memory::default();
        match run(&mut memory, Go::Stop) {
            Err(StudyError::Interrupted) => {
                stopped += 1;
                assert_eq!(run(&mut memory, Go::On).unwrap(), whole, "{}", stage.id);
            }
            found => assert_eq!(found.unwrap(), whole, "{}", stage.id),
        }
        done.push(whole);
    }
    (done.len(), stopped)
}

/// What the networks of all stages cost, over what was planned for the stages that have any.
pub(crate) fn cost(study: &dyn DynStudy, with: &str, arms: &str, files: &dyn Files) -> f64 {
    let stages = stages(study, with, arms).unwrap();
    let (mut used, mut planned) = (0.0, 0.0);
    let mut outcomes: Vec<Outcome> = Vec::new();
    for stage in &stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| outcomes[*n].clone()).collect();
        let before = crate::operations();
        outcomes.push(run_stage(study, stage, &needs, files, &mut Memory::default(), &|_| Go::On).unwrap());
        let cost = crate::operations() - before;
        if cost > 0 {
            used += cost as f64;
            planned += stage.flops;
        }
    }
    used / planned
}

/// The outcomes of all of them by id.
pub(crate) fn run_all(study: &dyn DynStudy, with: &str, arms: &str, files: &dyn Files) -> BTreeMap<String, Outcome> {
    let stages = stages(study, with, arms).unwrap();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for stage in &stages {
        let needs: Vec<Outcome> = stage.needs.iter().map(|n| outcomes[*n].clone()).collect();
        outcomes.push(run_stage(study, stage, &needs, files, &mut Memory::default(), &|_| Go::On).unwrap());
    }
    stages.into_iter().map(|stage| stage.id).zip(outcomes).collect()
}
