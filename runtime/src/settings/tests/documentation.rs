//! The documented tables are the one of the code.

use std::path::Path;

use super::*;
use crate::settings::schema::Provider;

const PAGE: &str = include_str!("../../_documentation/settings.md");

fn rows() -> Vec<String> {
    let code = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let row = |key: Key| {
        let row = key.row();
        let of = match row.of {
            [] => "all".to_owned(),
            [Provider::Entra, Provider::ExternalId, Provider::B2c] => "Microsoft's".to_owned(),
            [Provider::Oidc] => "OpenID providers".to_owned(),
            of => of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let flat = row.flat.map(|name| code(&[name])).unwrap_or_default();
        let variable = row.variable.map(|name| code(&[name])).unwrap_or_default();
        format!("| {} | {flat} | {} | {variable} | {of} |", row.what, code(row.members)).replace("|  |", "| |")
    };
    Key::ALL.into_iter().map(|key| row(key).replace("|  |", "| |")).collect()
}

fn table() -> String {
    let head = "| setting | `settings.json` | section | variable | for |\n|---|---|---|---|---|";
    format!("{head}\n{}\n", rows().join("\n"))
}

#[test]
fn the_tables_of_settings_are_the_one_of_the_code() {
    let table = table();
    assert!(PAGE.contains(&format!("\n{table}\n")), "settings.md must have this table:\n{table}");
    let in_docs = table.lines().fold(String::new(), |docs, line| docs + "/// " + line + "\n");
    assert!(include_str!("../mod.rs").contains(&in_docs), "the docs of Settings must have this table:\n{in_docs}");
}

#[test]
fn the_page_names_every_member_that_is_refused() {
    for (member, _) in schema::ELSEWHERE {
        assert!(PAGE.contains(&format!("| `{member}` |")), "{member}");
    }
}

#[test]
fn no_two_settings_share_a_name() {
    let mut names: Vec<_> = Key::members().map(|(_, member)| member).collect();
    names.extend(Key::ALL.iter().flat_map(|key| [key.row().flat, key.row().variable]).flatten());
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(Key::ALL.is_sorted(), "in the order of the enum, which is the order of messages");
}

#[test]
fn the_examples_of_the_page_are_whole() {
    let blocks: Vec<_> = PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 5, "{}", blocks.len());
    for block in blocks {
        let settings = Settings::agreeing(file::read(block, "appsettings.json", None).unwrap()).unwrap();
        let authority = settings.loaded().and_then(|settings| settings.authority()).unwrap();
        authority.resolve().unwrap();
    }
}

/// In a package there are no examples.
#[test]
fn each_provider_of_the_template_is_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/settings_template.json");
    let Ok(template) = std::fs::read_to_string(path) else { return };
    let read = |text: &str| Settings::agreeing(file::read(text, "settings.json", None)?);
    names(
        &read(&template).unwrap().authority().unwrap_err(),
        &["client_id in settings.json", "Application (client) ID"],
    );

    let filled = template.replace("copy Directory (tenant) ID here", TENANT);
    let filled = filled.replace("copy Application (client) ID here", CLIENT).replace("// ", "");
    let objects: Vec<_> = filled.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(objects.len(), 4);
    for object in objects {
        read(&format!("{{{object}}}")).unwrap().authority().unwrap().resolve().unwrap();
    }
}
