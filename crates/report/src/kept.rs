//! How numbers are kept in JSON, so that they read back as exactly what they were: `#[serde(with = "crate::kept")]` on a field of them.
//!
//! JSON has no number for what is not finite, and a figure has such numbers, since they are its gaps. They are kept as text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number, or numbers in pairs, lists and options.
pub(crate) trait Numbers {
    /// The same in a form that JSON has.
    type Kept: Serialize + DeserializeOwned;
    /// To that form.
    fn keep(&self) -> Self::Kept;
    /// And back.
    fn back(kept: Self::Kept) -> Self;
}

/// One number.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Kept {
    Finite(f64),
    Other(Other),
}

/// What is no finite number, by the name that Rust prints.
#[derive(Serialize, Deserialize)]
pub(crate) enum Other {
    NaN,
    #[serde(rename = "inf")]
    Infinity,
    #[serde(rename = "-inf")]
    MinusInfinity,
}

impl Numbers for f64 {
    type Kept = Kept;

    fn keep(&self) -> Kept {
        match *self {
            v if v.is_finite() => Kept::Finite(v),
            v if v.is_nan() => Kept::Other(Other::NaN),
            v if v > 0.0 => Kept::Other(Other::Infinity),
            _ => Kept::Other(Other::MinusInfinity),
        }
    }

    fn back(kept: Kept) -> Self {
        match kept {
            Kept::Finite(v) => v,
            Kept::Other(Other::NaN) => f64::NAN,
            Kept::Other(Other::Infinity) => f64::INFINITY,
            Kept::Other(Other::MinusInfinity) => f64::NEG_INFINITY,
        }
    }
}

impl<A: Numbers, B: Numbers> Numbers for (A, B) {
    type Kept = (A::Kept, B::Kept);

    fn keep(&self) -> Self::Kept {
        (self.0.keep(), self.1.keep())
    }

    fn back(kept: Self::Kept) -> Self {
        (A::back(kept.0), B::back(kept.1))
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    type Kept = Vec<T::Kept>;

    fn keep(&self) -> Self::Kept {
        self.iter().map(T::keep).collect()
    }

    fn back(kept: Self::Kept) -> Self {
        kept.into_iter().map(T::back).collect()
    }
}

impl<T: Numbers> Numbers for Option<T> {
    type Kept = Option<T::Kept>;

    fn keep(&self) -> Self::Kept {
        self.as_ref().map(T::keep)
    }

    fn back(kept: Self::Kept) -> Self {
        kept.map(T::back)
    }
}

pub(crate) fn serialize<T: Numbers, S: Serializer>(numbers: &T, serializer: S) -> Result<S::Ok, S::Error> {
    numbers.keep().serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Numbers, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::Kept::deserialize(deserializer).map(T::back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Held {
        #[serde(with = "crate::kept")]
        list: Vec<(f64, f64)>,
        #[serde(with = "crate::kept")]
        none: Option<f64>,
        #[serde(with = "crate::kept")]
        some: Option<f64>,
    }

    #[test]
    fn every_number_comes_back_bit_by_bit() {
        // The fourth is one that a reader which is not exact gets wrong by a bit.
        let all = [0.1, -0.0, f64::MIN_POSITIVE / 3.0, 1.226_198_236_457_192_3e-8, f64::MAX, 1e16, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let held = Held { list: all.iter().map(|&v| (v, -v)).collect(), none: None, some: Some(f64::NAN) };
        let text = serde_json::to_string(&held).unwrap();
        let back: Held = serde_json::from_str(&text).unwrap();
        let bits = |held: &Held| -> Vec<Option<(u64, u64)>> {
            // There are many NaNs, and nothing tells them apart.
            let one = |v: f64| if v.is_nan() { f64::NAN } else { v }.to_bits();
            held.list.iter().map(|&(a, b)| Some((one(a), one(b)))).collect()
        };
        assert_eq!(bits(&back), bits(&held), "{text}");
        assert!(back.none.is_none() && back.some.is_some_and(f64::is_nan));
        assert!(text.ends_with("\"none\":null,\"some\":\"NaN\"}"), "{text}");
        assert!(serde_json::from_str::<Held>("{\"list\":[[\"many\",1]],\"none\":null,\"some\":null}").is_err());
    }
}
