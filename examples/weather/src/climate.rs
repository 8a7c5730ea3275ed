//! The weather of a city: what this month is usually like there.
//!
//! The course's API asks OpenWeather. The examples answer in the same words, from figures that they bring along.

use std::f64::consts::TAU;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    Complaint, Place,
    cities::{CITIES, City},
};

/// What `GET /api/weather/{city}` takes beside the city.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Details {
    /// The two letters of a state of the US.
    pub state: Option<String>,
    /// The two letters of a country, by default `US`.
    pub country: Option<String>,
    /// `standard` (kelvin), `metric` (the default) or `imperial`.
    pub units: Option<String>,
}

/// The weather, in the words of OpenWeather's `main` object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Climate {
    /// The mean temperature.
    pub temp: f64,
    /// How warm that feels in the shade without wind.
    pub feels_like: f64,
    /// The mean daily minimum.
    pub temp_min: f64,
    /// The mean daily maximum.
    pub temp_max: f64,
    /// At sea level, in hPa.
    pub pressure: u16,
    /// Relative, in per cent.
    pub humidity: u8,
}

impl Climate {
    /// Looks up what the current month is usually like in a city.
    ///
    /// # Errors
    ///
    /// Details that make no sense, or a city that is not among the few dozen known.
    pub fn of(city: &str, details: &Details) -> Result<Self, Complaint> {
        let month = Timestamp::now().to_zoned_datetime(TimeZone::UTC).month();
        Self::in_month(month, city, details)
    }

    /// `month` counts from 1, as people do.
    fn in_month(month: i8, city: &str, details: &Details) -> Result<Self, Complaint> {
        let place = Place::checked(city, details.state.as_deref(), details.country.as_deref())?;
        let units = Units::checked(details.units.as_deref())?;
        let city = find(&place)?;

        // Coldest or warmest in January, the other way round in July: a cosine from one to the other and back.
        let january = f64::midpoint(1.0, (TAU * f64::from(month - 1) / 12.0).cos());
        let between = |[in_january, in_july]: [f64; 2]| in_july + (in_january - in_july) * january;
        let humidity = between(city.humidity.map(f64::from));
        let pressure = between(city.pressure.map(f64::from));

        let low = of_month(&city.low, month);
        let high = of_month(&city.high, month);
        let mean = f64::midpoint(low, high);
        Ok(Self {
            temp: units.convert(mean),
            feels_like: units.convert(apparent(mean, humidity)),
            temp_min: units.convert(low),
            temp_max: units.convert(high),
            pressure: whole(pressure),
            humidity: whole(humidity),
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Units {
    Imperial,
    Metric,
    Standard,
}

impl Units {
    fn checked(units: Option<&str>) -> Result<Self, Complaint> {
        match units.unwrap_or("metric").trim().to_lowercase().as_str() {
            "imperial" => Ok(Self::Imperial),
            "metric" => Ok(Self::Metric),
            "standard" => Ok(Self::Standard),
            unknown => Err(Complaint::Invalid(format!(
                "Invalid units '{unknown}', it must be one of {{standard, metric, imperial}}."
            ))),
        }
    }

    fn convert(self, celsius: f64) -> f64 {
        let degrees = match self {
            Self::Imperial => celsius * 1.8 + 32.0,
            Self::Metric => celsius,
            Self::Standard => celsius + 273.15,
        };
        // Two decimals, as OpenWeather has them.
        (degrees * 100.0).round() / 100.0
    }
}

fn find(place: &Place) -> Result<&'static City, Complaint> {
    let namesakes = || CITIES.iter().filter(|city| city.name.eq_ignore_ascii_case(&place.city));
    let wanted =
        |city: &&City| city.country == place.country && place.state.as_deref().is_none_or(|state| city.state == state);
    namesakes().find(wanted).ok_or_else(|| {
        let elsewhere: Vec<_> = namesakes()
            .map(|city| if city.state.is_empty() { ("country", city.country) } else { ("state", city.state) })
            .map(|(key, value)| format!("?{key}={value}"))
            .collect();
        Complaint::NotFound(if elsewhere.is_empty() {
            format!(
                "There are no figures for {place}. This API knows a few dozen cities, such as seattle, \
                 london?country=GB and tokyo?country=JP."
            )
        } else {
            format!("There are no figures for {place}. Did you mean {}?", elsewhere.join(" or "))
        })
    })
}

/// How warm the air feels in the shade without wind, in degrees Celsius (Steadman 1994, as in Australia's forecasts).
fn apparent(celsius: f64, humidity: f64) -> f64 {
    let vapour = humidity / 100.0 * 6.105 * (17.27 * celsius / (237.7 + celsius)).exp();
    celsius + 0.33 * vapour - 4.0
}

/// The figure of a month that counts from 1.
fn of_month(year: &[i8; 12], month: i8) -> f64 {
    year.iter().zip(1..).find(|(_, of)| *of == month).map_or(f64::NAN, |(figure, _)| f64::from(*figure))
}

/// The nearest whole number; one that does not fit (there is none in the table) is 0.
fn whole<N: TryFrom<i64> + Default>(figure: f64) -> N {
    #[allow(clippy::cast_possible_truncation, reason = "`as` saturates, and the conversion after it is checked")]
    let nearest = figure.round() as i64;
    N::try_from(nearest).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Climate, Details, whole};
    use crate::Complaint;

    fn details(query: &[(&str, &str)]) -> Details {
        let value = |key| query.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        Details { state: value("state"), country: value("country"), units: value("units") }
    }

    fn july(city: &str, query: &[(&str, &str)]) -> Result<Climate, Complaint> {
        Climate::in_month(7, city, &details(query))
    }

    fn not_found(city: &str, query: &[(&str, &str)]) -> String {
        match july(city, query) {
            Err(Complaint::NotFound(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_in_openweathers_words() {
        assert_eq!(
            serde_json::to_value(july("seattle", &[]).unwrap()).unwrap(),
            serde_json::json!({
                "temp": 19.5, "feels_like": 20.35, "temp_min": 14.0, "temp_max": 25.0, "pressure": 1018, "humidity": 65,
            })
        );
    }

    #[test]
    fn converts_units() {
        for (units, temp, temp_min) in
            [("metric", 19.5, 14.0), ("standard", 292.65, 287.15), (" Imperial ", 67.1, 57.2)]
        {
            let climate = july("seattle", &[("units", units)]).unwrap();
            assert!((climate.temp - temp).abs() < 1e-9, "{climate:?}");
            assert!((climate.temp_min - temp_min).abs() < 1e-9, "{climate:?}");
        }
    }

    #[test]
    fn refuses_unknown_units() {
        for units in ["Kelvin", "kelvin", ""] {
            let sentence =
                format!("Invalid units '{}', it must be one of {{standard, metric, imperial}}.", units.to_lowercase());
            assert_eq!(july("seattle", &[("units", units)]), Err(Complaint::Invalid(sentence)));
        }
    }

    #[test]
    fn finds_whatever_the_case_and_space() {
        let seattle = july("seattle", &[]).unwrap();
        assert_eq!(july(" SeaTTle ", &[("state", "wa "), ("country", " us")]), Ok(seattle));
    }

    #[test]
    fn tells_namesakes_apart_by_state() {
        let first = july("portland", &[]).unwrap();
        assert_eq!(july("portland", &[("state", "OR")]), Ok(first.clone()));
        assert_ne!(july("portland", &[("state", "ME")]), Ok(first));
    }

    #[test]
    fn names_the_place_that_was_meant() {
        assert_eq!(not_found("london", &[]), "There are no figures for london, US. Did you mean ?country=GB?");
        assert_eq!(
            not_found("Portland", &[("state", "tx")]),
            "There are no figures for Portland, TX, US. Did you mean ?state=OR or ?state=ME?"
        );
        assert!(not_found("Atlantis", &[("country", "gr")]).starts_with("There are no figures for Atlantis, GR. "));
    }

    #[test]
    fn swings_between_january_and_july() {
        let humidity = |month| Climate::in_month(month, "tokyo", &details(&[("country", "jp")])).unwrap().humidity;
        assert_eq!((humidity(1), humidity(4), humidity(7), humidity(10)), (51, 64, 76, 64));
    }

    #[test]
    fn knows_every_month() {
        for month in 1..=12 {
            assert!(Climate::in_month(month, "seattle", &Details::default()).unwrap().temp.is_finite());
        }
        assert!(Climate::of("seattle", &Details::default()).is_ok());
    }

    #[test]
    fn rounds_to_whole_numbers() {
        assert_eq!(whole::<u8>(63.5), 64);
        assert_eq!(whole::<u8>(300.0), 0);
    }
}
