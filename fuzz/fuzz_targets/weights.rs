//! Weights of a network (safetensors with a model card): a file is refused, or it is a network that answers with ordered quantiles or an
//! error.
#![no_main]

use curves::Curve;
use fitters::Question;
use libfuzzer_sys::fuzz_target;
use pfn::Pfn;

/// A larger network is read and not asked: one answer would take seconds, in which thousands of small ones are tried.
const MOST: usize = 64;

fuzz_target!(|data: &[u8]| {
    let Ok(network) = Pfn::from_bytes(data) else { return };
    let again = Pfn::from_bytes(data).expect("what was read once is read again");
    assert_eq!(network.fingerprint(), again.fingerprint());
    let shape = network.card().recipe.network;
    if [shape.width, shape.layers, shape.bins, shape.horizon].into_iter().any(|n| n > MOST) {
        return;
    }
    let seen = Curve::on_grid(vec![0.25]).expect("one finite point is a curve");
    let at = [2.0, shape.horizon as f64];
    if let Ok(forecasts) = network.forecast_batch(&[Question::of(&seen, &at)]) {
        assert_eq!(forecasts.len(), 1);
        for point in 0..at.len() {
            let quantiles = [0.05, 0.5, 0.95].map(|p| forecasts[0].quantile(point, p));
            assert!(quantiles.windows(2).all(|q| q[0] <= q[1]), "{quantiles:?}");
        }
    }
});
