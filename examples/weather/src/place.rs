//! Where on earth: the city, state and country of a request, put into one form.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Complaint;

/// A place as a client writes it, in a query or in a report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The name of a city.
    pub city: String,
    /// The two letters of a state of the US.
    #[serde(default)]
    pub state: Option<String>,
    /// The two letters of a country, `US` where a client gives none.
    #[serde(default = "us")]
    pub country: String,
}

impl Place {
    /// Trims all three, makes state and country upper case, and takes an empty country for the US, an empty state for
    /// none.
    ///
    /// # Errors
    ///
    /// A country or state that is not two letters, or a state outside the US; in the words of the course's API.
    pub fn checked(city: &str, state: Option<&str>, country: Option<&str>) -> Result<Self, Complaint> {
        let country = country.map(str::trim).filter(|country| !country.is_empty()).unwrap_or("US");
        if !is_two_letters(country) {
            return Err(Complaint::Invalid(format!(
                "Invalid country: {}. It must be a two letter abbreviation such as US or GB.",
                country.to_lowercase()
            )));
        }

        let state = state.map(str::trim).filter(|state| !state.is_empty());
        if let Some(state) = state
            && !(is_two_letters(state) && country.eq_ignore_ascii_case("US"))
        {
            return Err(Complaint::Invalid(format!(
                "Invalid state: {}. It must be a two letter abbreviation such as CA or KS (use for US only).",
                state.to_lowercase()
            )));
        }

        Ok(Self { city: city.trim().to_owned(), state: state.map(str::to_uppercase), country: country.to_uppercase() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.city)?;
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        write!(f, ", {}", self.country)
    }
}

fn is_two_letters(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn us() -> String {
    "US".to_owned()
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::Complaint;

    fn complaint(state: Option<&str>, country: Option<&str>) -> String {
        match Place::checked("seattle", state, country) {
            Err(Complaint::Invalid(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn trims_and_folds_case() {
        let place = Place::checked(" Seattle ", Some(" wa"), Some("us ")).unwrap();
        assert_eq!(place.to_string(), "Seattle, WA, US");
    }

    #[test]
    fn takes_the_us_for_no_country() {
        assert_eq!(Place::checked("Seattle", None, None).unwrap().country, "US");
        assert_eq!(Place::checked("Seattle", Some(""), Some(" ")).unwrap().to_string(), "Seattle, US");
    }

    #[test]
    fn complains_about_a_country_in_the_words_of_the_course() {
        for country in ["usa", "USA", " usa ", "u", "1x", "\u{fc}"] {
            assert_eq!(
                complaint(None, Some(country)),
                format!(
                    "Invalid country: {}. It must be a two letter abbreviation such as US or GB.",
                    country.trim().to_lowercase()
                )
            );
        }
    }

    #[test]
    fn complains_about_a_state_in_the_words_of_the_course() {
        for (state, country) in [("Wash", "US"), ("w", "US"), ("ON", "CA")] {
            assert_eq!(
                complaint(Some(state), Some(country)),
                format!(
                    "Invalid state: {}. It must be a two letter abbreviation such as CA or KS (use for US only).",
                    state.to_lowercase()
                )
            );
        }
    }
}
