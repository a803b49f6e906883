//! JSON schemas of the TOML files that people write, for editors. They are derived from the types that read the files, and say what these take
//! as far as a schema can.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::RunError;

/// A generator of schemas of draft 7, the latest that all editors of TOML understand.
pub fn generator() -> SchemaGenerator {
    SchemaSettings::draft07().with_transform(plain).into_generator()
}

/// Exactly one of these keys is there; what stands beside each key is not looked at.
pub fn exactly_one(schema: &mut Schema, kinds: &[(&str, &str)]) {
    let one: Vec<Value> = kinds.iter().map(|(key, _)| json!({ "required": [key] })).collect();
    schema.insert("oneOf".to_owned(), Value::Array(one));
}

/// The text of a schema's file, under a title and with what it describes. It has no `$id`: Taplo refuses a relative one, and there is no host to
/// name in an absolute one.
///
/// # Errors
/// The schema cannot be written as JSON.
pub fn text(mut schema: Schema, title: &str, says: &str) -> Result<String, RunError> {
    let wrong = |e: serde_json::Error| RunError::Spec(format!("the schema of {title}: {e}"));
    schema.insert("title".to_owned(), title.into());
    schema.insert("description".to_owned(), says.into());
    let schema = Schema::try_from(sorted(schema.into())).map_err(wrong)?;
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").map_err(wrong)
}

/// Takes away what a TOML file cannot hold (`null`) and what says nothing to whoever writes one (formats of numbers).
fn plain(schema: &mut Schema) {
    transform_subschemas(&mut plain, schema);
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        // Lines of a comment are broken where the source is wide, paragraphs where they end.
        let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
    if let Some(only) = without_null(object.get_mut("type"), |one| one == "null") {
        object.insert("type".to_owned(), only);
    }
    if let Some(only) = without_null(object.get_mut("anyOf"), |one| one.get("type").is_some_and(|t| t == "null")) {
        object.remove("anyOf");
        object.insert("allOf".to_owned(), json!([only]));
    }
}

/// Takes `null` out of alternatives; what is left where that is only one.
fn without_null(alternatives: Option<&mut Value>, is_null: impl Fn(&Value) -> bool) -> Option<Value> {
    let all = alternatives?.as_array_mut()?;
    let before = all.len();
    all.retain(|one| !is_null(one));
    if all.len() == 1 && before > 1 { all.pop() } else { None }
}

/// Keys in the order of the alphabet, which does not depend on how `serde_json` was built.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let by_key: BTreeMap<String, Value> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(by_key.into_iter().collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    /// Something
    /// broken.
    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[allow(dead_code, reason = "only described")]
    struct Example {
        /// A number.
        a_number: Option<f64>,
        /// A part.
        part: Option<Part>,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only described")]
    struct Part {
        count: usize,
    }

    #[test]
    fn what_may_be_left_out_is_never_null() {
        let schema = Value::from(generator().into_root_schema_for::<Example>());
        let properties = json!({
            "a-number": { "description": "A number.", "type": "number" },
            "part": { "description": "A part.", "allOf": [{ "$ref": "#/definitions/Part" }] },
        });
        assert_eq!((&schema["properties"], &schema["description"]), (&properties, &json!("Something broken.")));
        assert_eq!((&schema["additionalProperties"], schema.get("required")), (&json!(false), None));
        assert_eq!(schema["definitions"]["Part"]["properties"]["count"], json!({ "type": "integer", "minimum": 0 }));
    }

    #[test]
    fn the_text_has_a_title_first_and_a_newline_last() {
        let text = text(generator().into_root_schema_for::<Example>(), "a file", "what it is").unwrap();
        let (title, properties) = (text.find("\"title\": \"a file\"").unwrap(), text.find("\"properties\"").unwrap());
        assert!(title < properties && text.ends_with("}\n") && !text.contains("$id"), "{text}");
    }
}
