//! The page of the documentation: its table, and in what it differs from what the authorities do.

use std::fmt::Write as _;
use std::{env, fs};

use futures_util::future::join_all;
use requires_auth::Verifier;

use super::columns::Column;
use super::{COLUMNS, kinds};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/src/_documentation/authorities.md");
const HEAD: &str = "| token | row | ";

/// The page, with the cells of its table.
struct Page {
    columns: Vec<String>,
    rows: Vec<Row>,
    text: String,
}

struct Row {
    text: String,
    name: String,
    cells: Vec<String>,
}

/// The rows of a column by name, and the verdict of each.
type Verdicts = Vec<(&'static str, String)>;

impl Page {
    fn load() -> Self {
        Self::of(fs::read_to_string(PATH).unwrap())
    }

    fn of(text: String) -> Self {
        let mut lines =
            text.lines().skip_while(|line| !line.starts_with(HEAD)).take_while(|line| line.starts_with('|'));
        let mut columns = cells(lines.next().expect("the page has a table")).split_off(2);
        for column in &mut columns {
            *column = column.trim_matches('`').to_owned();
        }
        let rows = lines.skip(1).map(|line| Row::of(line, columns.len())).collect();
        Self { columns, rows, text }
    }

    /// In which cells a column of the page differs from these verdicts: rows that one of both lacks, too.
    fn differences(&self, column: &str, verdicts: &Verdicts) -> Vec<String> {
        let Some(index) = self.columns.iter().position(|name| name == column) else {
            return vec!["the page has no such column".to_owned()];
        };
        let known = |name: &str| verdicts.iter().any(|(known, _)| *known == name);
        let unknown = self.rows.iter().filter(|row| !known(&row.name));
        let mut differences: Vec<_> = unknown.map(|row| format!("{}: kinds.rs has no such row", row.name)).collect();
        for (name, verdict) in verdicts {
            let rows: Vec<_> = self.rows.iter().filter(|row| row.name == *name).collect();
            let [row] = rows[..] else {
                differences.push(format!("{name}: the page has {} such rows", rows.len()));
                continue;
            };
            let cell = &row.cells[index];
            if cell != verdict {
                let said = if cell.is_empty() { "leaves the cell empty" } else { &format!("says \"{cell}\"") };
                let is = if verdict.is_empty() { "such an issuer has no such token" } else { verdict };
                differences.push(format!("{name}: the page {said}; it is: {is}"));
            }
        }
        differences
    }
}

impl Row {
    fn of(line: &str, columns: usize) -> Self {
        let mut cells = cells(line);
        assert_eq!(cells.len(), columns + 2, "a row is as long as the head of the table: {line}");
        let verdicts = cells.split_off(2);
        Self { name: cells[1].trim_matches('`').to_owned(), text: cells.swap_remove(0), cells: verdicts }
    }
}

fn cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')).expect("a row ends in `|`");
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// What each kind of token meets in this column. The cells run at once; they share issuer and verifier, unless a kind
/// changes one of them.
async fn verdicts(make: fn() -> Column) -> Verdicts {
    let shared = make();
    let verifier = Verifier::builder(shared.authority.clone()).build().unwrap();
    let verdicts = join_all(kinds::ALL.iter().map(|kind| kind.verdict(&shared, &verifier, make))).await;
    kinds::ALL.iter().map(|kind| kind.name).zip(verdicts).collect()
}

/// Runs a column of the page, and names all its wrong cells.
pub(crate) async fn hold(column: &str, make: fn() -> Column) {
    let wrong = Page::load().differences(column, &verdicts(make).await);
    assert!(wrong.is_empty(), "authorities.md, column {column}, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The table as it should be: a row for each kind, a column for each authority.
fn table(columns: &[Verdicts]) -> String {
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut table = format!("{HEAD}{} |\n|---|---|{}\n", names.join(" | "), "---|".repeat(COLUMNS.len()));
    for (index, kind) in kinds::ALL.iter().enumerate() {
        let cells: Vec<_> = columns.iter().map(|verdicts| verdicts[index].1.as_str()).collect();
        writeln!(table, "| {} | `{}` | {} |", kind.text, kind.name, cells.join(" | ")).unwrap();
    }
    table
}

/// Writes the table anew where it is asked for, and then says what changed: such a run is not to pass for a check.
#[tokio::test]
async fn the_page_can_be_written_anew() {
    if env::var_os("AUTHORITIES").is_none_or(|asked| asked != "overwrite") {
        return;
    }
    let mut all = Vec::new();
    let mut changes = Vec::new();
    let page = Page::load();
    for (column, make) in COLUMNS {
        let verdicts = verdicts(*make).await;
        let differences = page.differences(column, &verdicts);
        changes.extend(differences.into_iter().map(|difference| format!("{column}, {difference}")));
        all.push(verdicts);
    }
    let lines = page.text.lines().skip_while(|line| !line.starts_with(HEAD)).take_while(|line| line.starts_with('|'));
    let old: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(PATH, page.text.replace(&old, &table(&all))).unwrap();
    assert!(changes.is_empty(), "authorities.md is written anew; read the difference:\n{}", changes.join("\n"));
}

#[test]
fn the_page_has_the_rows_and_columns_of_the_code() {
    let page = Page::load();
    let columns: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    assert_eq!(page.columns, columns);
    let rows: Vec<_> = page.rows.iter().map(|row| (&*row.name, &*row.text)).collect();
    let kinds: Vec<_> = kinds::ALL.iter().map(|kind| (kind.name, kind.text)).collect();
    assert_eq!(rows, kinds);
}

#[test]
fn every_column_is_explained() {
    let page = Page::load();
    for (name, _) in COLUMNS {
        assert!(page.text.contains(&format!("\n| `{name}` | ")), "{name} is not in the list of authorities");
    }
}

const TWO_ROWS: &str = "\
    | token | row | `one` | `other` |\n\
    |---|---|---|---|\n\
    | right | `right` | accepted | |\n\
    | wrong | `wrong` | 401 issuer | 401 audience |\n\
    \n\
    | another | table |\n";

fn differences(column: &str, verdicts: &[(&'static str, &str)]) -> Vec<String> {
    let verdicts = verdicts.iter().map(|(name, verdict)| (*name, (*verdict).to_owned())).collect();
    Page::of(TWO_ROWS.to_owned()).differences(column, &verdicts)
}

#[test]
fn a_page_that_is_right_has_no_differences() {
    assert!(differences("one", &[("right", "accepted"), ("wrong", "401 issuer")]).is_empty());
    assert!(differences("other", &[("right", ""), ("wrong", "401 audience")]).is_empty());
}

#[test]
fn every_wrong_cell_is_named() {
    let wrong = differences("one", &[("right", "401 issuer"), ("wrong", "")]);
    assert_eq!(
        wrong,
        [
            "right: the page says \"accepted\"; it is: 401 issuer",
            "wrong: the page says \"401 issuer\"; it is: such an issuer has no such token",
        ]
    );
    let wrong = differences("other", &[("right", "accepted"), ("wrong", "401 audience")]);
    assert_eq!(wrong, ["right: the page leaves the cell empty; it is: accepted"]);
}

#[test]
fn a_row_or_column_that_one_side_lacks_is_a_difference() {
    let wrong = differences("one", &[("right", "accepted"), ("new", "accepted")]);
    assert_eq!(wrong, ["wrong: kinds.rs has no such row", "new: the page has 0 such rows"]);
    assert_eq!(differences("a third", &[]), ["the page has no such column"]);
}
