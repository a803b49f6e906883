//! The messages of event files, with the fields that scalars need: `event.proto`, `summary.proto` and `tensor.proto` of TensorBoard.
//! All other fields are passed over.

use prost::Message;

/// The status of a [`SessionLog`] that begins a session.
pub(super) const START: i32 = 1;

/// `DT_FLOAT`.
const FLOAT: i32 = 1;
/// `DT_DOUBLE`.
const DOUBLE: i32 = 2;
/// `DT_INT32`.
const INT32: i32 = 3;
/// `DT_INT64`.
const INT64: i32 = 9;

/// One record of an event file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    pub(super) session_log: Option<SessionLog>,
}

/// The beginning or the end of a session.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionLog {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

/// Values of one step.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<Value>,
}

/// One value.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(float, optional, tag = "2")]
    pub(super) simple_value: Option<f32>,
    #[prost(message, optional, tag = "8")]
    pub(super) tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<Metadata>,
}

/// What is known of a tag.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub(super) plugin: Option<Plugin>,
}

/// The plugin that shows a tag.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Plugin {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// An array. Its elements stand in `content` as bytes, or in the list of their type.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Shape>,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub(super) floats: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub(super) doubles: Vec<f64>,
    #[prost(int32, repeated, tag = "7")]
    pub(super) ints: Vec<i32>,
    #[prost(int64, repeated, tag = "10")]
    pub(super) longs: Vec<i64>,
}

/// How many elements an array has in each direction.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub(super) sides: Vec<Side>,
}

/// One direction.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Side {
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}

impl Tensor {
    /// The one number that it holds; `None` where it holds several, none, or something else.
    pub(super) fn number(&self) -> Option<f64> {
        if self.shape.as_ref().is_some_and(|s| s.sides.iter().any(|side| side.size != 1)) {
            return None;
        }
        match self.kind {
            FLOAT => only(&self.floats).or_else(|| self.bytes().map(f32::from_le_bytes)).map(f64::from),
            DOUBLE => only(&self.doubles).or_else(|| self.bytes().map(f64::from_le_bytes)),
            INT32 => only(&self.ints).or_else(|| self.bytes().map(i32::from_le_bytes)).map(f64::from),
            // beyond 2^53 it is rounded
            INT64 => only(&self.longs).or_else(|| self.bytes().map(i64::from_le_bytes)).map(|n| n as f64),
            _ => None,
        }
    }

    /// The bytes, where they are so many.
    fn bytes<const N: usize>(&self) -> Option<[u8; N]> {
        self.content.as_slice().try_into().ok()
    }
}

/// The one element of a list.
fn only<T: Copy>(list: &[T]) -> Option<T> {
    match list {
        [one] => Some(*one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(kind: i32) -> Tensor {
        Tensor { kind, ..Tensor::default() }
    }

    #[test]
    fn one_element_of_any_number_type_is_a_number() {
        let shape = |sizes: &[i64]| Some(Shape { sides: sizes.iter().map(|&size| Side { size }).collect() });
        for (one, number) in [
            (Tensor { floats: vec![0.1], ..tensor(FLOAT) }, Some(f64::from(0.1_f32))),
            (Tensor { content: 2.5_f32.to_le_bytes().to_vec(), ..tensor(FLOAT) }, Some(2.5)),
            (Tensor { doubles: vec![0.1], shape: shape(&[]), ..tensor(DOUBLE) }, Some(0.1)),
            (Tensor { content: (-3_i32).to_le_bytes().to_vec(), shape: shape(&[1, 1]), ..tensor(INT32) }, Some(-3.0)),
            (Tensor { longs: vec![1 << 40], ..tensor(INT64) }, Some((1_u64 << 40) as f64)),
            (Tensor { floats: vec![0.1, 0.2], ..tensor(FLOAT) }, None),
            (Tensor { floats: vec![0.1], shape: shape(&[7]), ..tensor(FLOAT) }, None),
            (Tensor { content: vec![0; 3], ..tensor(FLOAT) }, None),
            (Tensor { floats: vec![0.1], ..tensor(7) }, None),
            (tensor(DOUBLE), None),
        ] {
            assert_eq!(one.number(), number, "{one:?}");
        }
    }
}
