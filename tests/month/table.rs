//! The table of figures: as it is printed, as the page has it, and what each figure is held to.

use std::fmt::Write as _;

/// One row of the table.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) seen: i64,
    pub(crate) held_to: HeldTo,
}

/// What a figure must be in every run.
#[derive(Clone, Copy)]
pub(crate) enum HeldTo {
    Exactly(i64),
    AtMost(i64),
    /// The same in every run, so the page has it.
    ThePage,
    /// It depends on when refreshes came.
    Nothing,
}

/// The table as the page has it.
pub(crate) fn markdown(scenario: &str, table: &[Figure]) -> String {
    let mut text = format!("| {scenario} | seen | held to |\n|---|---|---|\n");
    for Figure { name, seen, held_to } in table {
        let held_to = match held_to {
            HeldTo::Exactly(value) => value.to_string(),
            HeldTo::AtMost(most) => format!("at most {most}"),
            HeldTo::ThePage => "the same in every run".to_owned(),
            HeldTo::Nothing => "varies".to_owned(),
        };
        let _ = writeln!(text, "| {name} | {seen} | {held_to} |");
    }
    text
}

/// Every figure is what it is held to, and the page says so.
pub(crate) fn check(scenario: &str, table: &[Figure], page: &str) {
    let printed = markdown(scenario, table);
    let head = printed.lines().next().unwrap_or_default();
    let (_, page) = page.split_once(head).unwrap_or_else(|| panic!("the page lacks the table of {scenario}"));
    let page = page.split("\n\n").next().unwrap_or_default();
    for (Figure { name, seen, held_to }, row) in table.iter().zip(printed.lines().skip(2)) {
        let prefix = format!("| {name} | ");
        let of_page = page.lines().find_map(|line| line.strip_prefix(&prefix));
        let of_page = of_page.unwrap_or_else(|| panic!("the page lacks this row, or its like:\n{row}"));
        let (seen_then, held_to_there) = of_page.split_once(" | ").expect("three columns");
        let seen_then: i64 = seen_then.parse().expect("a number");
        assert!(row.ends_with(&format!(" | {held_to_there}")), "the page holds it to something else:\n{row}");
        match held_to {
            HeldTo::Exactly(value) => assert_eq!((*seen, seen_then), (*value, *value), "{name}"),
            HeldTo::AtMost(most) => {
                assert!(seen.max(&seen_then) <= most, "{name}: {seen}, and {seen_then} on the page");
            }
            HeldTo::ThePage => assert_eq!(*seen, seen_then, "{name}, on the right as the page has it"),
            HeldTo::Nothing => {}
        }
    }
}
