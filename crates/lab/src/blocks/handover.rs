//! The body of a network on its way from stage to stage: all weights but those of its head, and running statistics.

use nets::Params;

use crate::StudyError;

/// The first so many weights and the running statistics, as bytes.
pub(crate) fn handed_over(params: &Params<f32>, body: usize) -> Vec<u8> {
    params.values.iter().take(body).chain(&params.state).flat_map(|v| v.to_le_bytes()).collect()
}

/// Puts them in the place of the first weights and the statistics of another network, whose other weights stay.
///
/// # Errors
/// Bytes of another network.
pub(crate) fn taken_over(params: &mut Params<f32>, body: usize, bytes: &[u8]) -> Result<(), StudyError> {
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let wanted = body + params.state.len();
    match (numbers.split_at_checked(body), params.values.get_mut(..body)) {
        (Some((weights, state)), Some(first)) if numbers.len() == wanted => {
            first.copy_from_slice(weights);
            params.state.copy_from_slice(state);
            Ok(())
        }
        _ => Err(StudyError::Other(format!("a pretraining hands over {} numbers, where {wanted} are expected", numbers.len()))),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::super::encoder;
    use super::*;

    #[test]
    fn a_body_arrives_and_a_head_stays() {
        let net = |seed: u64, outs: usize| {
            let mut params = Params::<f32>::new(Pcg64::seed_from_u64(seed));
            encoder::build(&mut params, 2, outs);
            params
        };
        let (from, mut to) = (net(1, 3), net(2, 5));
        let body = from.len() - (encoder::features_of(2) + 1) * 3;
        let head = to.values[body..].to_vec();
        taken_over(&mut to, body, &handed_over(&from, body)).unwrap();
        assert!(to.values[..body] == from.values[..body] && to.values[body..] == head[..] && to.state == from.state);
        assert!(taken_over(&mut to, body, &[0; 8]).unwrap_err().to_string().contains("hands over 2 numbers"));
    }
}
