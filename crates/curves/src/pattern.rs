//! Text with `*` for any text: `blimp_*`, `downstream/*_rc_5shot_*`.

/// Is `text` what `pattern` describes? Every `*` stands for any text, also none; everything else for itself.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    // `split` gives at least one part: what stands after the last star has to end the text.
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        // The earliest place leaves the most for the parts to come.
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text) in [
            ("abc", "abc"),
            ("", ""),
            ("*", ""),
            ("*", "anything"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*c", "ac"),
            ("a*b*c", "axxbyyc"),
            ("a*b*c", "abbc"),
            ("**", "x"),
            ("downstream/*_rc_5shot_*", "downstream/piqa_val_rc_5shot_len_norm"),
            ("*é*", "caféa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("abc", "abcd"),
            ("", "a"),
            ("a*", "ba"),
            ("*c", "abcd"),
            ("a*a", "a"),
            ("a*b*c", "acb"),
            ("downstream/*", "downstream_bpb/piqa"),
            ("downstream/*_rc_5shot_*", "downstream/piqa_val_mc_5shot_acc"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
