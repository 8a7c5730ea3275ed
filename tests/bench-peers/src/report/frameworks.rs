//! What the attribute costs in each framework, as a table.

use std::fmt::Write as _;

use bench_measure::Row;
use serde_json::Value;

use super::{find, three_digits, time};

const IN_PROCESS: &str = "handler_";
const OVER_HTTP: &str = "http_";

/// Whether a row is of a handler in a framework, and not of a peer.
pub(super) fn is_of_framework(row: &Row) -> bool {
    row.case.starts_with(IN_PROCESS) || row.case.starts_with(OVER_HTTP)
}

/// The table, in Markdown; nothing where no framework was measured.
pub(super) fn table(rows: &[Row]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        let name = row.case.strip_prefix(IN_PROCESS).or_else(|| row.case.strip_prefix(OVER_HTTP));
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    let mut text = String::new();
    if names.is_empty() {
        return text;
    }
    text.push_str("### A guarded handler beside an open one, tokens that come again\n\n");
    text.push_str(
        "| | more instructions | more allocations | requests per second over HTTP, × open | more CPU of the server | the \
         same without a cache, × open |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for name in names {
        let in_process = find(rows, &format!("{IN_PROCESS}{name}"), "guarded");
        let over_http = |subject| find(rows, &format!("{OVER_HTTP}{name}"), subject);
        let number = |row: Option<&Row>, field: &str| row.and_then(|row| row.extra.get(field)).and_then(Value::as_f64);
        let whole = |number: f64| format!("{number:.0}");
        let cells = [
            number(in_process, "more_instructions").map(whole),
            number(in_process, "more_allocations").map(whole),
            over_http("guarded").and_then(|row| row.ratio).map(three_digits),
            number(over_http("guarded"), "more_cpu_ns")
                .map(|ns| if ns <= 0.0 { "within noise".to_owned() } else { time(ns) }),
            over_http("guarded_cold").and_then(|row| row.ratio).map(three_digits),
        ];
        let cells = cells.map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_has_one_line() {
        let guarded = Row {
            extra: [("more_instructions", 1_500), ("more_allocations", 0)]
                .map(|(name, count)| (name.to_owned(), count.into()))
                .into_iter()
                .collect(),
            ..Row::new("handler_axum", "guarded")
        };
        let over_http = Row { ratio: Some(0.98), ..Row::new("http_axum", "guarded") };
        let text = table(&[Row::new("handler_axum", "open"), guarded, over_http]);
        assert!(text.contains("| axum | 1500 | 0 | 0.98 | – | – |"), "{text}");
        assert!(table(&[Row::new("cold_rs256", "floor")]).is_empty());
    }
}
