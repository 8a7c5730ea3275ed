//! The rows as tables.

use std::fmt::Write as _;

use bench_measure::Row;
use serde_json::Value;

use super::frameworks;
use super::{find, subjects, three_digits, time};

/// One table: what its cases are, and what a cell says.
struct Table {
    title: &'static str,
    columns: &'static [(&'static str, &'static str)],
    cell: fn(&Row) -> Option<String>,
}

const TABLES: [Table; 5] = [
    Table {
        title: "A token that is verified in full, in multiples of the floor",
        columns: &[
            ("cold_rs256", "RS256"),
            ("cold_ps256", "PS256"),
            ("cold_es256", "ES256"),
            ("cold_eddsa", "EdDSA"),
            ("cold_rs256_2_threads", "RS256, two threads"),
            ("cold_rs256_200_groups", "RS256, 200 groups"),
            ("new_each_time", "RS256, a new one each time"),
        ],
        cell: |row| row.ratio.map(three_digits),
    },
    Table {
        title: "Tokens that come again (RS256)",
        columns: &[
            ("hot_rs256", "one token"),
            ("hot_rs256_2_threads", "one token, two threads"),
            ("hot_rs256_10k", "10,000 tokens, uniform"),
            ("hot_rs256_10k_zipf", "10,000 tokens, Zipf"),
        ],
        cell: |row| row.ns.map(time),
    },
    Table {
        title: "Refusals (RS256)",
        columns: &[
            ("expired", "expired"),
            ("foreign_audience", "for another API"),
            ("unknown_kid", "unknown key"),
            ("garbage", "1.9 KB without dots"),
            ("wrong_signature", "wrong signature"),
        ],
        cell: |row| row.ns.map(time),
    },
    Table {
        title: "Hostile tokens of 16 KiB, beside a valid one",
        columns: &[
            ("cold_rs256_16k", "valid"),
            ("foreign_audience_16k", "for another API"),
            ("dots_16k", "dots"),
            ("encrypted_16k", "five parts"),
            ("padded_16k", "padded"),
            ("no_json_16k", "no JSON"),
            ("deep_16k", "deep"),
            ("members_16k", "members"),
            ("items_16k", "audiences"),
            ("duplicate_16k", "a claim twice"),
        ],
        cell: |row| row.ns.map(time),
    },
    Table {
        title: "Hostile tokens of 64 KiB, beside a valid one",
        columns: &[
            ("cold_rs256_64k", "valid"),
            ("foreign_audience_64k", "for another API"),
            ("dots_64k", "dots"),
            ("encrypted_64k", "five parts"),
            ("padded_64k", "padded"),
            ("no_json_64k", "no JSON"),
            ("deep_64k", "deep"),
            ("members_64k", "members"),
            ("items_64k", "audiences"),
            ("duplicate_64k", "a claim twice"),
        ],
        cell: |row| row.ns.map(time),
    },
];

/// All tables, in Markdown.
pub(super) fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    full(&mut text, rows, "cold_rs256", "A token that is verified in full: RS256");
    full(&mut text, rows, "hot_rs256", "The same token again: RS256");
    for table in &TABLES {
        matrix(&mut text, rows, table);
    }
    text.push_str(&frameworks::table(rows));
    notes(&mut text, rows);
    text
}

/// Everything that was measured in one case.
fn full(text: &mut String, rows: &[Row], case: &str, title: &str) {
    let of_case: Vec<_> = rows.iter().filter(|row| row.case == case).collect();
    if of_case.is_empty() {
        return;
    }
    let _ = writeln!(text, "### {title}\n");
    text.push_str("| | time | × floor | instructions | × floor | under valgrind | × floor | allocations |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for row in of_case {
        let cells = [
            row.ns.map(time),
            row.ratio.map(three_digits),
            row.extra.get("instructions_native").and_then(Value::as_u64).map(thousands),
            row.extra.get("instructions_native_ratio").and_then(Value::as_f64).map(three_digits),
            row.instructions.map(thousands),
            row.instructions_ratio.map(three_digits),
            row.allocations.map(|count| count.to_string()),
        ];
        line(text, &row.subject, cells);
    }
    text.push('\n');
    let own = find(rows, case, "requires-auth").map(|row| &row.extra);
    let of_own = |name| own.and_then(|extra| extra.get(name));
    if let (Some(peer), Some(times)) =
        (of_own("fastest_peer").and_then(Value::as_str), of_own("times_faster").and_then(Value::as_f64))
    {
        let _ =
            writeln!(text, "The fastest peer, {peer}, takes {} times as long as requires-auth.\n", three_digits(times));
    }
}

fn matrix(text: &mut String, rows: &[Row], table: &Table) {
    let cases: Vec<_> = table.columns.iter().map(|(case, _)| *case).filter(|case| has(rows, case)).collect();
    let subjects = subjects(rows, &cases);
    if subjects.is_empty() {
        return;
    }
    let names = table.columns.iter().filter(|(case, _)| cases.contains(case)).map(|(_, name)| *name);
    let _ = writeln!(text, "### {}\n", table.title);
    let _ = writeln!(text, "| | {} |", names.collect::<Vec<_>>().join(" | "));
    let _ = writeln!(text, "|---|{}", "--:|".repeat(cases.len()));
    for subject in subjects {
        line(text, subject, cases.iter().map(|case| find(rows, case, subject).and_then(table.cell)));
    }
    text.push('\n');
}

/// What each subject is, by its note.
fn notes(text: &mut String, rows: &[Row]) {
    text.push_str("### Who was measured, and how\n\n");
    text.push_str(
        "Times are medians of rounds. In each round all subjects have their turn, warmed up anew. The floor is the bare \
         signature check of aws-lc-rs with the same algorithm, in the same run: the least that any check can cost. What is \
         verified in full is one token over and over, without a cache; *a new one each time* is another token each time, \
         with the cache as it is by default. Instructions are those of the processor, counted in single steps, and those \
         under valgrind, where aws-lc runs other code. Allocations are those of Rust code: what a C library takes for \
         itself is not seen. With 10,000 tokens, the time to copy a token in from elsewhere is taken off. Who refuses has \
         seen a valid token before.\n\n\
         A dash: it cannot do this, gives another answer (it accepts the token), or was not counted. wrk speaks no HTTP/2, \
         so tonic has no figure over HTTP. Entra ID signs with RS256 alone; for the other algorithms this library trusts a \
         plain OpenID provider, whose tokens need fewer checks. Most peers check no scope.\n\n",
    );
    let of_peers = rows.iter().filter(|row| !frameworks::is_of_framework(row));
    let cases: Vec<_> = of_peers.map(|row| row.case.as_str()).collect();
    for subject in subjects(rows, &cases) {
        let row = rows.iter().find(|row| row.subject == subject);
        let version = row.and_then(|row| row.extra.get("version")?.as_str()).unwrap_or_default();
        let note = row.and_then(|row| row.note.as_deref()).unwrap_or_default();
        let _ = writeln!(text, "- **{subject}** {version}: {note}.");
    }
}

/// A subject and its cells; what was not measured is a dash.
fn line(text: &mut String, subject: &str, cells: impl IntoIterator<Item = Option<String>>) {
    let name = if subject.starts_with("requires-auth") { format!("**{subject}**") } else { subject.to_owned() };
    let cells: Vec<_> = cells.into_iter().map(|cell| cell.unwrap_or_else(|| "–".into())).collect();
    let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
}

fn has(rows: &[Row], case: &str) -> bool {
    rows.iter().any(|row| row.case == case)
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: &str, subject: &str, ns: f64) -> Row {
        Row { ns: Some(ns), ratio: Some(ns / 100.0), note: Some("ring".into()), ..Row::new(case, subject) }
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let rows = [
            row("cold_rs256", "floor", 100.0),
            row("cold_rs256", "requires-auth", 105.0),
            row("cold_eddsa", "floor", 100.0),
        ];
        let text = tables(&rows);
        assert!(text.contains("| | RS256 | EdDSA |\n|---|--:|--:|\n| floor | 1.00 | 1.00 |"), "{text}");
        assert!(text.contains("| **requires-auth** | 1.05 | – |"), "{text}");
        assert!(!text.contains("Refusals"), "a table without rows is left out");
    }

    #[test]
    fn every_subject_has_its_note() {
        let mut rows = [row("garbage", "aliri", 5.0)];
        rows[0].extra.insert("version".into(), "0.6.4".into());
        assert!(tables(&rows).contains("- **aliri** 0.6.4: ring."));
    }

    #[test]
    fn instructions_have_separators() {
        for (count, text) in [(7, "7"), (988, "988"), (1_234, "1,234"), (2_549_000, "2,549,000")] {
            assert_eq!(thousands(count), text);
        }
    }
}
