//! One measurement, as one line of JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::timing::Timing;

/// What one subject costs in one case. What could not be measured is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is done, such as `cold_rs256`.
    pub case: String,
    /// Who does it: `floor`, `requires-auth`, or the crate name of a peer.
    pub subject: String,
    /// Nanoseconds of one operation, the median of all rounds. On several threads: as one of them sees it.
    pub ns: Option<f64>,
    /// `ns` over the `ns` of the floor. Of a handler: the median of what both routes took in the same rounds. Over HTTP: the
    /// requests per second over those of the open route, in the best of the rounds, so that more is better.
    pub ratio: Option<f64>,
    /// Instructions of one operation, as callgrind counts them.
    pub instructions: Option<u64>,
    /// `instructions` over those of the floor.
    pub instructions_ratio: Option<f64>,
    /// Allocations of one operation.
    pub allocations: Option<u64>,
    /// How many threads did it at the same time.
    pub threads: u32,
    /// The quickest round, in nanoseconds of one operation.
    pub ns_min: Option<f64>,
    /// The slowest round, in nanoseconds of one operation.
    pub ns_max: Option<f64>,
    /// What a reader must know to compare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whatever else a benchmark has to say; members of the same object.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Row {
    /// A row in which nothing is measured yet, on one thread.
    #[must_use]
    pub fn new(case: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { case: case.into(), subject: subject.into(), threads: 1, ..Self::default() }
    }

    /// With the times of a subject.
    #[must_use]
    pub fn timed(mut self, timing: &Timing) -> Self {
        let round = |ns: f64| Some((ns * 10.0).round() / 10.0);
        (self.ns, self.ns_min, self.ns_max) = (round(timing.median()), round(timing.min()), round(timing.max()));
        self
    }

    /// With the ratios to `floor`, of what both have.
    #[must_use]
    pub fn compared_to(mut self, floor: &Self) -> Self {
        let ratio = |own: Option<f64>, floor: Option<f64>| {
            let ratio = own? / floor.filter(|floor| *floor > 0.0)?;
            Some((ratio * 10_000.0).round() / 10_000.0)
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of instructions are far below 2^52")]
        let real = |count: Option<u64>| count.map(|count| count as f64);
        self.ratio = ratio(self.ns, floor.ns);
        self.instructions_ratio = ratio(real(self.instructions), real(floor.instructions));
        self
    }

    /// The line of JSON, without its end.
    ///
    /// # Panics
    ///
    /// Never: all members are plain values.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain values")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_with_null_for_what_was_not_measured() {
        let row = Row { allocations: Some(3), ..Row::new("cold_rs256", "floor") };
        let line = row.to_json();
        assert!(!line.contains('\n'));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["case"], "cold_rs256");
        assert_eq!(value["allocations"], 3);
        assert!(value["ns"].is_null() && value["ratio"].is_null() && value["instructions"].is_null());
        assert_eq!(serde_json::from_str::<Row>(&line).unwrap(), row);
    }

    #[test]
    fn extras_are_members_of_the_same_object() {
        let mut row = Row::new("open", "axum");
        row.extra.insert("requests_per_second".into(), 9000.into());
        assert!(row.to_json().contains(r#""requests_per_second":9000"#));
    }

    #[test]
    fn ratios_are_to_the_floor_where_both_are_known() {
        let floor = Row { ns: Some(200.0), ..Row::new("a", "floor") };
        let row = Row { ns: Some(300.0), instructions: Some(7), ..Row::new("a", "b") }.compared_to(&floor);
        assert_eq!((row.ratio, row.instructions_ratio), (Some(1.5), None));
    }
}
