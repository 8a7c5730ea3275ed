//! Pages that belong to no item. They hold no code.

pub mod frameworks;

/// What the compiler and the answers say, and what to do about it.
#[doc = include_str!("troubleshooting.md")]
pub mod troubleshooting {}

/// The way here from other libraries, and where this one differs on purpose.
#[doc = include_str!("coming_from.md")]
pub mod coming_from {}

/// Microsoft Entra ID: registering an API, and what its tokens say.
#[doc = include_str!("entra.md")]
pub mod entra {}

/// Which token passes at which authority: one table, each cell of which is run as a test.
#[doc = include_str!("authorities.md")]
pub mod authorities {}

/// OpenID providers by name: set-up, claims and traps of Auth0, Okta, Keycloak, Amazon Cognito and RFC 9068.
#[doc = include_str!("providers.md")]
pub mod providers {}

/// Settings: what each is called in a file, in the environment and as an argument, and what is refused.
#[doc = include_str!("settings.md")]
pub mod settings {}

/// How keys outlive outages and rollovers, beside Microsoft's published algorithm, with the figures of a month of faults.
#[doc = include_str!("key_life.md")]
pub mod key_life {}

/// The doctor: what is wrong with a set-up, or with one token, and which setting mends it.
#[doc = include_str!("doctor.md")]
pub mod doctor {}

/// What a check costs, how that grows, and beside other libraries.
#[doc = include_str!("performance.md")]
#[doc = include_str!("performance/costs.svg")]
///
#[doc = include_str!("performance/table.md")]
pub mod performance {}

/// What Microsoft's own resource server does, and where this library differs.
#[doc = include_str!("microsoft.md")]
pub mod microsoft {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::error::Reason;

    const TROUBLESHOOTING: &str = include_str!("troubleshooting.md");
    const COMING_FROM: &str = include_str!("coming_from.md");

    /// The rows of the table of reasons, as the code has them.
    fn rows() -> Vec<String> {
        let row = |reason: &Reason| {
            let (kind, code) = (reason.kind(), reason.code());
            let error = kind.error_code().map(|error| format!(" `{error}`")).unwrap_or_default();
            let (sentence, remedy) = (reason.sentence(), reason.remedy());
            format!("| `{code}` | {}{error} | {sentence} | {remedy} |", kind.status())
        };
        Reason::ALL.iter().map(row).collect()
    }

    #[test]
    fn the_table_of_reasons_is_the_one_of_the_code() {
        let rows = rows().join("\n");
        assert!(
            TROUBLESHOOTING.contains(&format!("|---|---|---|---|\n{rows}\n\n")),
            "troubleshooting.md must have these rows:\n{rows}"
        );
    }

    #[test]
    fn every_reason_that_a_page_names_exists() {
        let headings = TROUBLESHOOTING.lines().filter_map(|line| line.strip_prefix("## `"));
        let codes_of_others = COMING_FROM.lines().filter(|line| line.starts_with("| IDX") || line.starts_with("| IDW"));
        let last_columns = codes_of_others.filter_map(|row| row.rsplit_once("| `").map(|(_, column)| column));
        for named in headings.chain(last_columns) {
            let (code, _) = named.split_once('`').unwrap();
            assert!(Reason::ALL.iter().any(|reason| reason.code() == code), "{code} is no reason");
        }
    }

    /// The README names the tests that prove its defaults. In a package there is neither.
    #[test]
    fn every_test_that_the_readme_names_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let Ok(readme) = fs::read_to_string(root.join("../README.md")) else { return };
        let table = readme.split("## Defaults").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let last_column = |row: &str| row.trim_end_matches(" |").rsplit(" | ").next().unwrap().to_owned();
        let named: Vec<String> = table
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| default"))
            .flat_map(|row| {
                last_column(row).split(", ").map(|name| name.trim_matches('`').to_owned()).collect::<Vec<_>>()
            })
            .collect();
        assert!(named.len() >= 12);
        let mut sources = String::new();
        read_all(&root.join("src"), &mut sources);
        // Not the whole folder, which holds what third-party tests install.
        for file in ["defaults.rs", "faults.rs", "tenants.rs", "key_life.rs"] {
            sources.push_str(&fs::read_to_string(root.join("../tests/core").join(file)).unwrap());
        }
        for name in named {
            assert!(sources.contains(&format!("fn {name}()")), "no test is named {name}");
        }
    }

    fn read_all(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_all(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
}
