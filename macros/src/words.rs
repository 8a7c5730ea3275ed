//! The words of the attribute.

/// A word that may stand in the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// `word = "value"`: something that the token states.
    Claim(Claim),
    /// `word`: what kind of caller holds the token.
    Caller(Caller),
    /// `word(..)`: predicates joined.
    Join(Join),
    /// `check = path`: the user's own rule.
    Check,
    /// `word = ..` at the top level: not a predicate.
    Setting(Setting),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Scope,
    Role,
    AppPermission,
    Group,
    DirectoryRole,
    Client,
    Tenant,
    AuthContext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Delegated,
    AppOnly,
    Guest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    All,
    Any,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Crate,
    Authority,
}

impl Word {
    pub(crate) fn find(name: &str) -> Option<Self> {
        WORDS.iter().find(|(known, ..)| *known == name).map(|(_, word, _)| *word)
    }

    /// The word as it is written, which is also the name of the constructor that the runtime has for it.
    pub(crate) fn name(self) -> &'static str {
        self.entry().0
    }

    /// The word in use, for messages.
    pub(crate) fn example(self) -> &'static str {
        self.entry().1
    }

    fn entry(self) -> (&'static str, &'static str) {
        // Every word is in the table, which a test holds; the fallback only keeps this total.
        WORDS.iter().find(|(_, word, _)| *word == self).map_or(("", ""), |(name, _, example)| (name, example))
    }
}

/// Says what is wrong with a word that is not in the table, and which one was probably meant.
pub(crate) fn unknown(name: &str) -> String {
    let known: Vec<_> = WORDS.iter().map(|(known, ..)| format!("`{known}`")).collect();
    let known = known.join(", ");
    match meant(name) {
        Some(meant) => format!("unknown word `{name}`, did you mean `{meant}`? expected one of {known}"),
        None => format!("unknown word `{name}`, expected one of {known}"),
    }
}

fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let synonym = SYNONYMS.iter().find(|(synonym, _)| *synonym == lower).map(|(_, word)| *word);
    synonym.or_else(|| {
        let near = WORDS.iter().map(|(known, ..)| (distance(&lower, known), *known)).min()?;
        // Two slips in a long word, one in a short one: `an` is no nearer to `all` than to `any`.
        (near.0 <= if lower.len() > 4 { 2 } else { 1 }).then_some(near.1)
    })
}

/// How many letters must be added, dropped or changed to turn one word into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, above) in to.bytes().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(a != b);
            diagonal = *above;
            left = changed.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

const WORDS: &[(&str, Word, &str)] = &[
    ("scope", Word::Claim(Claim::Scope), r#"scope = "weather.read""#),
    ("role", Word::Claim(Claim::Role), r#"role = "Forecaster""#),
    ("app_permission", Word::Claim(Claim::AppPermission), r#"app_permission = "Weather.Read.All""#),
    ("group", Word::Claim(Claim::Group), r#"group = "0f8fad5b-d9cb-469f-a165-70867728950e""#),
    ("directory_role", Word::Claim(Claim::DirectoryRole), r#"directory_role = "62e90394-69f5-4237-9190-012177145e10""#),
    ("client", Word::Claim(Claim::Client), r#"client = "7c9e6679-7425-40de-944b-e07fc1f90ae7""#),
    ("tenant", Word::Claim(Claim::Tenant), r#"tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47""#),
    ("auth_context", Word::Claim(Claim::AuthContext), r#"auth_context = "c1""#),
    ("delegated", Word::Caller(Caller::Delegated), "delegated"),
    ("app_only", Word::Caller(Caller::AppOnly), "app_only"),
    ("guest", Word::Caller(Caller::Guest), "guest"),
    ("check", Word::Check, "check = path::to::function"),
    ("all", Word::Join(Join::All), r#"all(scope = "weather.read", delegated)"#),
    ("any", Word::Join(Join::Any), r#"any(scope = "weather.read", app_permission = "Weather.Read.All")"#),
    ("not", Word::Join(Join::Not), "not(guest)"),
    ("authority", Word::Setting(Setting::Authority), r#"authority = "customers""#),
    ("crate", Word::Setting(Setting::Crate), "crate = my_auth"),
];

/// Names of the claims behind the words, and what other grammars call the same thing.
const SYNONYMS: &[(&str, &str)] = &[
    ("scp", "scope"),
    ("permission", "scope"),
    ("permissions", "scope"),
    ("app_role", "role"),
    ("wids", "directory_role"),
    ("azp", "client"),
    ("appid", "client"),
    ("client_id", "client"),
    ("tid", "tenant"),
    ("tenant_id", "tenant"),
    ("acrs", "auth_context"),
    ("acr", "auth_context"),
    ("user", "delegated"),
    ("application", "app_only"),
    ("daemon", "app_only"),
    ("and", "all"),
    ("or", "any"),
    ("policy", "check"),
    ("issuer", "authority"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_begins_its_example() {
        for (name, word, example) in WORDS {
            assert_eq!(Word::find(name), Some(*word));
            assert_eq!((word.name(), word.example()), (*name, *example));
            assert!(example.starts_with(name));
        }
    }

    #[test]
    fn every_synonym_leads_to_a_word() {
        for (synonym, word) in SYNONYMS {
            assert!(Word::find(word).is_some() && Word::find(synonym).is_none(), "{synonym}");
        }
    }

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let cases = [
            ("scopes", Some("scope")),
            ("Scope", Some("scope")),
            ("scoep", Some("scope")),
            ("roles", Some("role")),
            ("groups", Some("group")),
            ("app_permissions", Some("app_permission")),
            ("scp", Some("scope")),
            ("client_id", Some("client")),
            ("tenants", Some("tenant")),
            ("an", Some("any")),
            ("weather", None),
            ("x", None),
        ];
        for (name, expected) in cases {
            assert_eq!(meant(name), expected, "{name}");
        }
    }

    #[test]
    fn distance_counts_letters() {
        for (from, to, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("role", "roles", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }
}
