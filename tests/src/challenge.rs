//! A strict reader of `WWW-Authenticate` (RFC 9110 section 11.6.1), as strict as the strictest client that was tried.
//!
//! It takes one `Bearer` challenge and nothing else. Names are lower-case, known and unique; each value is quoted and
//! has no escapes; `error_description`, the only free text, is last. A field that it reads is read the same by every
//! parser, also by those that search for `scope=` with a regular expression.

use data_encoding::BASE64;

/// A challenge, in the order in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    parameters: Vec<(String, String)>,
}

/// RFC 6750 section 3, RFC 9728 section 5.1, Entra ID's claims challenge.
const NAMES: [&str; 7] =
    ["realm", "authorization_uri", "resource_metadata", "scope", "error", "claims", "error_description"];

impl Challenge {
    /// Reads the value of the field.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn parse(field: &[u8]) -> Result<Self, String> {
        let field = std::str::from_utf8(field).map_err(|_| "it is not ASCII".to_owned())?;
        let mut rest = field.strip_prefix("Bearer ").ok_or("it does not begin with `Bearer` and one space")?;
        let mut challenge = Self { parameters: Vec::new() };
        loop {
            let (name, after_name) = rest.split_once("=\"").ok_or_else(|| format!("no name=\"value\" in {rest:?}"))?;
            let (value, after_value) =
                after_name.split_once('"').ok_or_else(|| format!("the value of {name} does not end"))?;
            challenge.add(name, value)?;
            if after_value.is_empty() {
                return challenge.checked();
            }
            rest = after_value.strip_prefix(", ").ok_or_else(|| format!("{after_value:?} is no separator"))?;
        }
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        if !NAMES.contains(&name) {
            return Err(format!("{name:?} is no parameter of a Bearer challenge, in lower case"));
        }
        if self.get(name).is_some() {
            return Err(format!("{name} stands twice"));
        }
        if value.is_empty() {
            return Err(format!("{name} is empty"));
        }
        if !value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\') {
            return Err(format!("{name} has an escape or a byte that is not printable ASCII"));
        }
        if NAMES.iter().any(|other| value.contains(&format!("{other}="))) {
            return Err(format!("{name} looks like another parameter inside: {value}"));
        }
        self.parameters.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// What the parameters must be like together.
    fn checked(self) -> Result<Self, String> {
        if let Some(position) = self.parameters.iter().position(|(name, _)| name == "error_description")
            && position + 1 != self.parameters.len()
        {
            return Err("free text is not last".to_owned());
        }
        if self.get("error").is_none() && self.get("error_description").is_some() {
            return Err("a description of no error".to_owned());
        }
        if let Some(claims) = self.get("claims") {
            BASE64.decode(claims.as_bytes()).map_err(|error| format!("claims is not standard base64: {error}"))?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_should_and_keeps_the_order() {
        let field =
            br#"Bearer realm="api", scope="a b", error="insufficient_scope", error_description="More, please.""#;
        let challenge = Challenge::parse(field).unwrap();
        assert_eq!(challenge.get("scope"), Some("a b"));
        assert_eq!(challenge.parameters[3], ("error_description".to_owned(), "More, please.".to_owned()));
    }

    #[test]
    fn refuses_what_some_client_would_misread() {
        let table: &[(&[u8], &str)] = &[
            (b"Bearer", "one space"),
            (b"bearer realm=\"a\"", "one space"),
            (b"Bearer  realm=\"a\"", "parameter"),
            (b"Bearer Realm=\"a\"", "lower case"),
            (b"Bearer realm=a", "no name"),
            (b"Bearer realm=\"\"", "empty"),
            (b"Bearer realm=\"a", "does not end"),
            (b"Bearer realm=\"a\",scope=\"b\"", "separator"),
            (b"Bearer realm=\"a\", realm=\"a\"", "twice"),
            (b"Bearer realm=\"a\", Basic realm=\"a\"", "parameter"),
            (b"Bearer realm=\"a\\\\b\"", "escape"),
            (b"Bearer realm=\"\xE4\"", "ASCII"),
            (b"Bearer realm=\"a scope=b\"", "inside"),
            (b"Bearer error=\"e\", error_description=\"d\", scope=\"s\"", "last"),
            (b"Bearer realm=\"a\", error_description=\"d\"", "no error"),
            (b"Bearer realm=\"a\", claims=\"e_-\"", "base64"),
        ];
        for (field, problem) in table {
            let error = Challenge::parse(field).unwrap_err();
            assert!(error.contains(problem), "{}: {error}", field.escape_ascii());
        }
    }
}
