//! The rows as JSON lines.

use bench_measure::Row;

/// One line per row.
pub(super) fn lines(rows: &[Row]) -> String {
    rows.iter().map(|row| row.to_json() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row() {
        let rows = [Row::new("a", "floor"), Row::new("a", "b")];
        let text = lines(&rows);
        let read: Vec<Row> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, rows);
        assert!(text.ends_with('\n'));
    }
}
