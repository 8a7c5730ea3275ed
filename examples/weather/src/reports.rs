//! Reports of the weather by whoever looked out of the window: kept in memory, the newest first.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Complaint, Place};

/// How many reports are kept; the oldest goes when one more comes.
pub const MOST_REPORTS: usize = 1_000;
/// How many characters the description of a report may have.
pub const LONGEST_DESCRIPTION: usize = 500;
/// How many characters the city of a report may have.
pub const LONGEST_CITY: usize = 100;

/// What `POST /api/reports` takes.
#[derive(Clone, Debug, Deserialize)]
pub struct NewReport {
    /// What the weather is like.
    pub description: String,
    /// Where it is.
    pub location: Place,
}

/// A report as it is kept, and as `GET /api/reports` lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// A random UUID.
    pub id: String,
    /// What the weather was like.
    pub description: String,
    /// Where it was.
    pub location: Place,
    /// When the report came in.
    pub created_date: Timestamp,
}

/// The reports of this process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<VecDeque<Report>>>);

impl Reports {
    /// Files a report, trimmed and in one form.
    ///
    /// # Errors
    ///
    /// An empty or overlong description or city, or a country or state that is none.
    pub fn add(&self, new: &NewReport) -> Result<Report, Complaint> {
        let NewReport { description, location: Place { city, state, country } } = new;
        let report = Report {
            id: random_id(),
            description: text("description", description, LONGEST_DESCRIPTION)?,
            location: Place::checked(&text("city", city, LONGEST_CITY)?, state.as_deref(), Some(country))?,
            created_date: now(),
        };

        let mut reports = self.lock();
        reports.push_front(report.clone());
        reports.truncate(MOST_REPORTS);
        Ok(report)
    }

    /// All that are kept, the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Report> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Report>> {
        // The list is whole between any two of its calls, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(name: &str, value: &str, longest: usize) -> Result<String, Complaint> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Complaint::Invalid(format!("Invalid {name}: it must not be empty.")));
    }
    if value.chars().count() > longest {
        return Err(Complaint::Invalid(format!("Invalid {name}: it must have at most {longest} characters.")));
    }
    Ok(value.to_owned())
}

/// A UUID of version 4.
///
/// From the seeds that std draws for its hash maps: an id tells reports apart and guards nothing, so it is not worth a
/// dependency. Where an id must not be guessed, take one from the `uuid` crate.
fn random_id() -> String {
    let half = || RandomState::new().hash_one(());
    let bits = (u128::from(half()) << 64) | u128::from(half());
    let version_4 = bits & !(0xf << 76) | (0x4 << 76);
    let variant_1 = version_4 & !(0x3 << 62) | (0x2 << 62);
    let mut id = format!("{variant_1:032x}");
    for hyphen in [20, 16, 12, 8] {
        id.insert(hyphen, '-');
    }
    id
}

/// Whole seconds: nobody reports the weather more exactly, and some clients cannot read nine decimals.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{LONGEST_CITY, LONGEST_DESCRIPTION, MOST_REPORTS, NewReport, Reports, random_id};
    use crate::Complaint;

    fn report(json: &str) -> NewReport {
        serde_json::from_str(json).unwrap()
    }

    fn in_seattle(description: &str) -> NewReport {
        let mut new = report(r#"{"description": "", "location": {"city": "Seattle"}}"#);
        new.description = description.to_owned();
        new
    }

    fn complaint(new: &NewReport) -> String {
        match Reports::default().add(new) {
            Err(Complaint::Invalid(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_the_wire_format_of_the_course() {
        let new = report(r#"{"description": " Fog ", "location": {"city": " Seattle", "state": "wa"}}"#);
        let json = serde_json::to_value(Reports::default().add(&new).unwrap()).unwrap();
        assert_eq!(json["description"], "Fog");
        assert_eq!(json["location"], serde_json::json!({"city": "Seattle", "state": "WA", "country": "US"}));
        assert_eq!(json["id"].as_str().unwrap().len(), 36);
        let created: jiff::Timestamp = json["created_date"].as_str().unwrap().parse().unwrap();
        assert!(created.duration_until(jiff::Timestamp::now()).as_secs() < 5);
        assert_eq!(json.as_object().unwrap().len(), 4);
    }

    #[test]
    fn lists_the_newest_first() {
        let reports = Reports::default();
        for description in ["rain", "more rain", "sun"] {
            reports.clone().add(&in_seattle(description)).unwrap();
        }
        let listed: Vec<_> = reports.list().into_iter().map(|report| report.description).collect();
        assert_eq!(listed, ["sun", "more rain", "rain"]);
    }

    #[test]
    fn drops_the_oldest_when_full() {
        let reports = Reports::default();
        for number in 0..MOST_REPORTS + 5 {
            reports.add(&in_seattle(&number.to_string())).unwrap();
        }
        let listed = reports.list();
        assert_eq!(listed.len(), MOST_REPORTS);
        assert_eq!(listed.first().unwrap().description, (MOST_REPORTS + 4).to_string());
        assert_eq!(listed.last().unwrap().description, "5");
    }

    #[test]
    fn refuses_a_description_that_is_empty_or_too_long() {
        assert_eq!(complaint(&in_seattle(" \n")), "Invalid description: it must not be empty.");
        assert_eq!(
            complaint(&in_seattle(&"x".repeat(LONGEST_DESCRIPTION + 1))),
            "Invalid description: it must have at most 500 characters."
        );
        assert!(Reports::default().add(&in_seattle(&"\u{fc}".repeat(LONGEST_DESCRIPTION))).is_ok());
    }

    #[test]
    fn refuses_a_place_that_is_none() {
        let mut new = in_seattle("rain");
        new.location.country = "USA".to_owned();
        assert!(complaint(&new).starts_with("Invalid country: usa. "));
        new.location.city = "x".repeat(LONGEST_CITY + 1);
        assert_eq!(complaint(&new), "Invalid city: it must have at most 100 characters.");
    }

    #[test]
    fn refuses_without_keeping() {
        let reports = Reports::default();
        assert!(reports.add(&in_seattle("")).is_err());
        assert!(reports.list().is_empty());
    }

    #[test]
    fn ids_are_version_4_and_differ() {
        let ids: HashSet<_> = (0..1_000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            let parts: Vec<_> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
