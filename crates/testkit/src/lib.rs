//! For tests only: curves whose truth is known, and the harness that every law, prior, fitter and metric passes.
