//! What the command line says.

use std::path::PathBuf;

/// How to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Only the cases whose names contain one of these; all, if there is none.
    pub(crate) only: Vec<String>,
    /// Fewer rounds and fewer tokens: to see that it works, not to quote.
    pub(crate) quick: bool,
    /// Write the files that the documentation shows.
    pub(crate) write: bool,
    /// Of the run under valgrind: where its tokens are.
    pub(crate) tokens: Option<PathBuf>,
}

pub(crate) const USAGE: &str = "usage: [--only CASE]... [--quick] [--write]";

impl Arguments {
    /// Reads them, without the program's name.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value; {USAGE}"));
            match word.as_str() {
                "--only" => arguments.only.push(value()?),
                "--quick" => arguments.quick = true,
                "--write" => arguments.write = true,
                "--tokens" => arguments.tokens = Some(value()?.into()),
                other => return Err(format!("{other}: unknown; {USAGE}")),
            }
        }
        if arguments.write && (arguments.quick || !arguments.only.is_empty()) {
            return Err("--write is for a whole run: leave out --quick and --only".into());
        }
        Ok(arguments)
    }

    /// Whether this case is wanted.
    pub(crate) fn wants(&self, case: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| case.contains(part.as_str()))
    }

    /// A part that is in no name: a slip of the keyboard, after which nothing would be measured.
    pub(crate) fn in_none_of(&self, names: &[&str]) -> Option<&str> {
        let is_in_none = |part: &&String| !names.iter().any(|name| name.contains(part.as_str()));
        self.only.iter().find(is_in_none).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_filter_is_a_part_of_the_name() {
        let arguments = parse(&["--only", "cold", "--quick"]).unwrap();
        assert!(arguments.quick && arguments.wants("cold_rs256") && !arguments.wants("hot_rs256"));
        assert!(parse(&[]).unwrap().wants("anything"));
    }

    #[test]
    fn a_filter_that_fits_nothing_is_found() {
        let names = ["cold_rs256", "handler_axum"];
        let in_none = |words: &[&str]| parse(words).unwrap().in_none_of(&names).map(str::to_owned);
        assert_eq!(in_none(&["--only", "axum", "--only", "cold"]), None);
        assert_eq!(in_none(&["--only", "cold", "--only", "clod"]).as_deref(), Some("clod"));
        assert_eq!(in_none(&[]), None);
    }

    #[test]
    fn half_a_run_is_not_written_into_the_documentation() {
        assert!(parse(&["--write"]).unwrap().write);
        for words in [&["--write", "--quick"][..], &["--write", "--only", "hot"], &["--only"], &["--wirte"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
