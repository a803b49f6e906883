//! JSON as Python writes it.
//!
//! Numbers that are not finite stand there as the bare words `NaN`, `Infinity` and `-Infinity`, which JSON does not have.

/// The same JSON with the bare words as the strings `nan`, `inf` and `-inf`; what stands inside strings is left alone.
pub fn quoted(json: &[u8]) -> Vec<u8> {
    static WORDS: [(&[u8], &[u8]); 3] = [(b"NaN", b"\"nan\""), (b"Infinity", b"\"inf\""), (b"-Infinity", b"\"-inf\"")];
    let mut out = Vec::with_capacity(json.len() + json.len() / 2);
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = json.get(at) {
        let rest = &json[at..];
        let word = if in_string { None } else { WORDS.iter().find(|(word, _)| rest.starts_with(word)) };
        if let Some((word, text)) = word {
            out.extend_from_slice(text);
            at += word.len();
            continue;
        }
        if in_string && byte == b'\\' {
            // the escaped byte may be a quote that ends nothing
            out.extend_from_slice(&rest[..rest.len().min(2)]);
            at += 2;
            continue;
        }
        if byte == b'"' {
            in_string = !in_string;
        }
        out.push(byte);
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_words_are_quoted() {
        let python = br#"{"a NaN \" NaN": [NaN, -Infinity,Infinity, 1.5, "Infinity\\"]}"#;
        let json = br#"{"a NaN \" NaN": ["nan", "-inf","inf", 1.5, "Infinity\\"]}"#;
        assert_eq!(quoted(python), json);
        assert_eq!(quoted(br#""cut \"#), br#""cut \"#, "a text that ends in an escape");
    }
}
