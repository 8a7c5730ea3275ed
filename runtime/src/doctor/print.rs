//! Findings as lines of text.

use std::fmt::{self, Write as _};

use super::{Finding, Outcome};

/// A page of at most 100 columns.
pub(super) struct Page<'p, 'f> {
    to: &'p mut fmt::Formatter<'f>,
    colored: bool,
}

const COLUMNS: usize = 100;
/// Where sentences begin: behind the outcome and the name of the check.
const MARGIN: usize = 24;

impl<'p, 'f> Page<'p, 'f> {
    pub(super) fn plain(to: &'p mut fmt::Formatter<'f>) -> Self {
        Self { to, colored: false }
    }

    pub(super) fn colored(to: &'p mut fmt::Formatter<'f>) -> Self {
        Self { to, colored: true }
    }

    /// A title, a line or more for each finding, and an empty line.
    pub(super) fn section(&mut self, title: &str, findings: &[Finding]) -> fmt::Result {
        for line in wrapped(title, COLUMNS) {
            self.painted(BOLD, &line)?;
            self.to.write_char('\n')?;
        }
        for run in findings.chunk_by(Finding::is_like) {
            let Some((finding, others)) = run.split_first() else { continue };
            let (word, style) = word_of(finding.outcome);
            self.to.write_str("  ")?;
            self.painted(style, word)?;
            write!(self.to, "{:1$}{2:<13}", "", 9 - word.len(), finding.check)?;
            let reason = finding.reason.map(|reason| format!(" ({})", reason.code())).unwrap_or_default();
            let mut sentence = format!("{}{reason}", finding.sentence);
            if !others.is_empty() {
                let others: Vec<_> = others.iter().map(|other| other.check).collect();
                write!(sentence, " (the same: {})", others.join(", "))?;
            }
            let mut lines = wrapped(&sentence, COLUMNS - MARGIN);
            if let Some(fix) = &finding.fix {
                lines.extend(wrapped(&format!("Fix: {fix}"), COLUMNS - MARGIN));
            }
            for (number, line) in lines.iter().enumerate() {
                let margin = if number == 0 { 0 } else { MARGIN };
                writeln!(self.to, "{:margin$}{line}", "")?;
            }
        }
        self.to.write_char('\n')
    }

    pub(super) fn summary(&mut self, outcome: Outcome, text: &str) -> fmt::Result {
        let (_, style) = word_of(outcome);
        self.painted(style, text)?;
        self.to.write_char('\n')
    }

    fn painted(&mut self, style: &str, text: &str) -> fmt::Result {
        if self.colored { write!(self.to, "\x1b[{style}m{text}\x1b[0m") } else { self.to.write_str(text) }
    }
}

impl Finding {
    /// Whether one line does for both: nothing was asked, for the same cause.
    fn is_like(&self, next: &Self) -> bool {
        let asked_nothing = matches!(self.outcome, Outcome::Unknown | Outcome::Skipped);
        asked_nothing && self.outcome == next.outcome && self.sentence == next.sentence && next.fix.is_none()
    }
}

const BOLD: &str = "1";

/// The word for an outcome, at most 8 letters, and its style (ECMA-48 section 8.3.117).
fn word_of(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("ok", "32"),
        Outcome::Warning => ("warning", "33"),
        Outcome::Failed => ("WRONG", "1;31"),
        Outcome::Unknown => ("unknown", "36"),
        Outcome::Skipped => ("skipped", "2"),
    }
}

/// `text` in lines of at most `width` characters, broken at spaces, and at slashes where a word is longer than a line.
/// What is not to be seen is not printed: text from elsewhere must not steer the terminal.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        while !rest.is_empty() {
            let (used, space) =
                lines.last().map_or((0, 0), |line| (line.chars().count(), usize::from(!line.is_empty())));
            let room = width.saturating_sub(used + space);
            if rest.len() > room && used > 0 {
                lines.push(String::new());
                continue;
            }
            let length = if rest.len() <= room { rest.len() } else { break_of(&rest, room.max(1)) };
            let tail = rest.split_off(length);
            if let Some(line) = lines.last_mut() {
                line.extend((space > 0).then_some(' ').into_iter().chain(rest));
            }
            rest = tail;
        }
    }
    lines
}

/// Where a word that is longer than `room` is broken: behind its last slash there, if it has one.
fn break_of(word: &[char], room: usize) -> usize {
    word.iter().take(room).rposition(|c| *c == '/').map_or(room, |slash| slash + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Diagnosis, Section};

    fn page(findings: Vec<Finding>) -> Diagnosis {
        Diagnosis::new(vec![Section::new("a title", findings)])
    }

    #[test]
    fn outcome_check_and_sentence_stand_in_columns() {
        let finding = Finding::new("audience", Outcome::Failed, "aud is wrong").with_fix("set it");
        let expected =
            "a title\n  WRONG    audience     aud is wrong\n                        Fix: set it\n\n1 thing is wrong.\n";
        assert_eq!(page(vec![finding]).to_string(), expected);
    }

    #[test]
    fn what_was_not_reached_for_one_cause_takes_one_line() {
        let unknown = |check| Finding::new(check, Outcome::Unknown, "not reached");
        let text =
            page(vec![unknown("a"), unknown("b"), unknown("c"), Finding::new("d", Outcome::Passed, "not reached")]);
        let lines: Vec<_> = text.to_string().lines().map(str::to_owned).collect();
        assert_eq!(lines[1], "  unknown  a            not reached (the same: b, c)");
        assert_eq!(lines[2], "  ok       d            not reached");
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        let url = format!("https://login.microsoftonline.com/{}/.well-known/openid-configuration", "x/".repeat(80));
        for text in ["word ".repeat(60), url, "y".repeat(300), format!("\u{e4}{}", "\u{e4}".repeat(299))] {
            let text = page(vec![Finding::new("metadata", Outcome::Passed, &text).with_fix(&text)]).to_string();
            assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        }
    }

    #[test]
    fn all_of_a_long_word_is_printed() {
        let url = format!("https://login.example.com/{}", "abc/".repeat(50));
        assert_eq!(wrapped(&url, 40).concat(), url);
        assert!(wrapped(&url, 40).iter().all(|line| line.ends_with('/')));
        assert_eq!(wrapped("", 40), [""]);
    }

    #[test]
    fn plain_text_has_no_escapes_and_coloured_text_the_same_words() {
        let page = page(vec![
            Finding::new("x", Outcome::Passed, "a\x1b[2Jb"),
            Finding::new("y", Outcome::Skipped, "nothing asked"),
        ]);
        let (plain, colored) = (page.to_string(), page.colored().to_string());
        assert!(!plain.contains('\x1b'), "{plain}");
        assert!(colored.contains("\x1b[32mok\x1b[0m"), "{colored}");
        let mut stripped = String::new();
        for (number, part) in colored.split('\x1b').enumerate() {
            stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        assert_eq!(stripped, plain);
    }
}
