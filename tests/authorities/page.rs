//! The page of the documentation holds the table of these tests.

use super::{AtStart, COLUMNS, Refused, Verdict, kinds};

const PAGE: &str = include_str!("../../runtime/src/_documentation/authorities.md");

/// The table: a row for each kind, a column for each authority.
fn table() -> String {
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut lines = vec![format!("| token | row | {} |", names.join(" | "))];
    lines.push(format!("|---|---|{}", "---|".repeat(COLUMNS.len())));
    for kind in kinds::ALL {
        let verdict =
            |cells: &&[super::Cell]| cells.iter().find(|cell| cell.kind.name == kind.name).map(|cell| cell.verdict);
        let cells: Vec<_> = COLUMNS
            .iter()
            .map(|(_, cells)| verdict(cells).map_or_else(String::new, |verdict: Verdict| verdict.to_string()))
            .collect();
        lines.push(format!("| {} | `{}` | {} |", kind.text, kind.name, cells.join(" | ")));
    }
    lines.join("\n")
}

#[test]
fn the_page_has_this_table() {
    let table = table();
    assert!(PAGE.contains(&format!("\n\n{table}\n")), "authorities.md must have this table:\n\n{table}\n");
}

#[test]
fn every_column_is_explained() {
    for (name, _) in COLUMNS {
        assert!(PAGE.contains(&format!("\n| `{name}` | ")), "{name} is not in the list of authorities");
    }
}

#[test]
fn tests_are_named_after_their_kind_and_verdict() {
    for (column, cells) in COLUMNS {
        for cell in *cells {
            let verb = match cell.verdict {
                Verdict::Accepted => "is_accepted",
                Refused(..) => "is_refused",
                AtStart => "is_refused_at_start",
            };
            assert_eq!(cell.test, format!("{}_{verb}", cell.kind.name), "{column}");
        }
    }
}

/// Whether an authority can get such a token at all.
fn applies(kind: &str, column: &str) -> bool {
    let is_b2c = column.starts_with("b2c");
    let is_entra = !is_b2c && !column.starts_with("external_id") && column != "oidc";
    let is_any = |parts: &[&str]| parts.iter().any(|part| kind.starts_with(part));
    if is_any(&["flow"]) {
        is_b2c
    } else if is_any(&["personal_", "work_key"]) {
        is_entra
    } else if is_any(&["agent", "key_of_another_cloud"]) {
        !is_b2c && column != "oidc"
    } else if is_any(&["tenant_", "tid_", "strangers_tenant", "iss_of_another_tenant", "iss_of_another_cloud"]) {
        column != "oidc"
    } else {
        true
    }
}

#[test]
fn no_cell_is_left_out_or_stands_twice() {
    for kind in kinds::ALL {
        for (column, cells) in COLUMNS {
            let count = cells.iter().filter(|cell| cell.kind.name == kind.name).count();
            assert_eq!(count, usize::from(applies(kind.name, column)), "{column}::{}", kind.name);
        }
    }
}
