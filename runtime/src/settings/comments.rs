//! JSON as .NET reads it: with comments.

/// The text with spaces where comments were, so that errors still name the right line.
pub(super) fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut in_string = false;
    while let Some(character) = rest.next() {
        match (character, rest.peek()) {
            ('"', _) => in_string = !in_string,
            ('\\', Some(_)) if in_string => {
                plain.push(character);
                plain.extend(rest.next());
                continue;
            }
            ('/', Some('/')) if !in_string => {
                plain.extend(std::iter::from_fn(|| rest.next_if(|next| *next != '\n')).map(|_| ' '));
                continue;
            }
            ('/', Some('*')) if !in_string => {
                rest.next();
                let mut before = None;
                for next in rest.by_ref() {
                    plain.push(if next == '\n' { next } else { ' ' });
                    if (before, next) == (Some('*'), '/') {
                        break;
                    }
                    before = Some(next);
                }
                continue;
            }
            _ => {}
        }
        plain.push(character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_become_blank_and_lines_stay() {
        let text = "{ // a \"b\n\"c\": \"// no /* comment */\", /* d\n*/ \"e\\\"//\": 1 }";
        let plain = without_comments(text);
        assert_eq!(plain.lines().count(), text.lines().count());
        let value: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(value, serde_json::json!({ "c": "// no /* comment */", "e\"//": 1 }));
        assert_eq!(without_comments("/*/ still /* a comment").trim(), "");
    }

    proptest! {
        #[test]
        fn what_stands_in_a_text_is_no_comment(text in r#"([/*"\\\n]|\PC){0,20}"#, comment in "[^\n]{0,10}") {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&without_comments(&json), &json);
            let read = |json: &str| serde_json::from_str::<String>(&without_comments(json)).ok();
            prop_assert_eq!(read(&format!("{json} // {comment}")), Some(text.clone()));
            prop_assert_eq!(read(&format!("/* {} */ {json}", comment.replace('*', ""))), Some(text));
        }
    }
}
