//! What the documentation shows of a run.

mod frameworks;
mod json;
mod plot;
mod table;

use std::path::Path;
use std::{fs, io};

use bench_measure::Row;

/// Writes the rows, the tables and the plot.
pub(crate) fn write(rows: &[Row], directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("rows.jsonl"), json::lines(rows))?;
    fs::write(directory.join("table.md"), table::tables(rows))?;
    fs::write(directory.join("costs.svg"), plot::plot(rows))
}

/// The row of a subject in a case.
fn find<'a>(rows: &'a [Row], case: &str, subject: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.case == case && row.subject == subject)
}

/// The subjects of all cases, in the order of the rows.
fn subjects<'a>(rows: &'a [Row], cases: &[&str]) -> Vec<&'a str> {
    let mut subjects = Vec::new();
    for row in rows.iter().filter(|row| cases.contains(&row.case.as_str())) {
        if !subjects.contains(&row.subject.as_str()) {
            subjects.push(row.subject.as_str());
        }
    }
    subjects
}

/// Nanoseconds as people write them: three digits, and a unit that fits.
fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns >= 999_500.0 => (ns / 1e6, "ms"),
        ns if ns >= 999.5 => (ns / 1e3, "µs"),
        ns => (ns, "ns"),
    };
    format!("{} {unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    match value {
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        for (ns, text) in [
            (4.2, "4.20 ns"),
            (73.04, "73.0 ns"),
            (999.4, "999 ns"),
            (999.6, "1.00 µs"),
            (18_345.0, "18.3 µs"),
            (234_567.0, "235 µs"),
            (2.5e6, "2.50 ms"),
        ] {
            assert_eq!(time(ns), text);
        }
    }

    #[test]
    fn all_three_files_are_written() {
        let directory = std::env::temp_dir().join(format!("bench-peers-report-{}", std::process::id()));
        let rows = [Row { ns: Some(5.0), ..Row::new("cold_rs256", "floor") }];
        write(&rows, &directory).unwrap();
        for file in ["rows.jsonl", "table.md", "costs.svg"] {
            assert!(fs::read_to_string(directory.join(file)).unwrap().contains("floor"), "{file}");
        }
        fs::remove_dir_all(&directory).unwrap();
    }
}
