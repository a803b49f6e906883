//! The list of all studies. One `mod` and one line in the list add one.

pub mod bpd_freezing;
pub mod calibration_aware;
pub mod continual_pretraining;
pub mod distillation_trajectories;
pub mod finite_corpus;
pub mod fractal;
pub mod gen_vs_disc;
pub mod gnn_strategies;
pub mod gpht;
pub mod grokking_llm;
pub mod grokking_nets;
pub mod ignite;
pub mod implicit_curriculum_lab;
pub mod kind;
pub mod lazy_to_rich;
pub mod look;
pub mod loss_reweighting;
pub mod mae_thorax;
pub mod medical_init;
pub mod more_is_better;
pub mod never_from_scratch;
pub mod nexus;
pub mod nmc_baseline;
pub mod one_step_gd;
pub mod pathway_dimension;
pub mod pela;
pub mod poa;
pub mod pos_tagging;
pub mod preselect;
pub mod pretrainers_guide;
pub mod provable_pretraining;
pub mod representation_geometry;
pub mod resize_normalize;
pub mod same_loss;
pub mod self_distillation;
pub mod sspt;
pub mod tera;
pub mod transfer_matrix;
pub mod ul2;
pub mod v_pretraining;
pub mod w2pgnn;

use crate::study::named;
use crate::{DynStudy, StudyError};

/// Every study, in alphabetical order.
pub static STUDIES: &[&dyn DynStudy] = &[
    &bpd_freezing::BpdFreezing,
    &calibration_aware::CalibrationAware,
    &continual_pretraining::ContinualPretraining,
    &distillation_trajectories::DistillationTrajectories,
    &finite_corpus::FiniteCorpus,
    &fractal::Fractal,
    &gen_vs_disc::GenVsDisc,
    &gnn_strategies::GnnStrategies,
    &gpht::Gpht,
    &grokking_llm::GrokkingLlm,
    &grokking_nets::GrokkingNets,
    &ignite::Ignite,
    &implicit_curriculum_lab::ImplicitCurriculumLab,
    &kind::Kind,
    &lazy_to_rich::LazyToRich,
    &look::Look,
    &loss_reweighting::LossReweighting,
    &mae_thorax::MaeThorax,
    &medical_init::MedicalInit,
    &more_is_better::MoreIsBetter,
    &never_from_scratch::NeverFromScratch,
    &nexus::Nexus,
    &nmc_baseline::NmcBaseline,
    &one_step_gd::OneStepGd,
    &pathway_dimension::PathwayDimension,
    &pela::Pela,
    &poa::Poa,
    &pos_tagging::PosTagging,
    &preselect::Preselect,
    &pretrainers_guide::PretrainersGuide,
    &provable_pretraining::ProvablePretraining,
    &representation_geometry::RepresentationGeometry,
    &resize_normalize::ResizeNormalize,
    &same_loss::SameLoss,
    &self_distillation::SelfDistillation,
    &sspt::Sspt,
    &tera::Tera,
    &transfer_matrix::TransferMatrix,
    &ul2::Ul2,
    &v_pretraining::VPretraining,
    &w2pgnn::W2pgnn,
];

/// The study of this name; the error suggests the nearest one.
pub fn find(name: &str) -> Result<&'static dyn DynStudy, StudyError> {
    named(STUDIES, name)
}
