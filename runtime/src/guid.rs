//! GUIDs as Entra ID writes them into tokens: lower case, with dashes, without braces.

/// How long a GUID is, in bytes.
pub(crate) const LENGTH: usize = 36;

/// Whether `text` is a GUID in the form that tokens carry.
pub(crate) const fn is_guid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut rest = bytes;
    let mut position = 0;
    while let [byte, tail @ ..] = rest {
        let fits = match position {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        };
        if !fits {
            return false;
        }
        position += 1;
        rest = tail;
    }
    position == LENGTH
}

/// A GUID from a configuration, which may be written in upper case, in the form that tokens carry.
pub(crate) fn normalized(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    is_guid(&lower).then_some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    #[test]
    fn only_the_form_of_tokens_is_a_guid() {
        assert!(is_guid(GUID));
        for text in
            ["", "common", "{tenantid}", &GUID.to_uppercase(), &format!("{{{GUID}}}"), &GUID[1..], &format!("{GUID}0")]
        {
            assert!(!is_guid(text), "{text}");
        }
        assert!(!is_guid(&GUID.replace('-', "0")));
    }

    #[test]
    fn configuration_may_be_upper_case() {
        assert_eq!(normalized(&format!(" {} ", GUID.to_uppercase())).as_deref(), Some(GUID));
        assert_eq!(normalized("contoso.onmicrosoft.com"), None);
    }
}
