//! The messages and services of `proto/weather.proto`, and how they are made of what the examples share.

pub use proto::*;

mod proto {
    #![allow(missing_docs, unused_qualifications, clippy::pedantic, reason = "generated")]

    tonic::include_proto!("weather.v1");

    /// The .proto file as clients of the reflection service read it.
    pub const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("weather");
}

impl From<weather::Climate> for Climate {
    fn from(climate: weather::Climate) -> Self {
        let weather::Climate { temp, feels_like, temp_min, temp_max, pressure, humidity } = climate;
        Self { temp, feels_like, temp_min, temp_max, pressure: pressure.into(), humidity: humidity.into() }
    }
}

impl From<weather::Place> for Place {
    fn from(place: weather::Place) -> Self {
        let weather::Place { city, state, country } = place;
        Self { city, state, country }
    }
}

impl From<NewReport> for weather::NewReport {
    fn from(new: NewReport) -> Self {
        let Place { city, state, country } = new.location.unwrap_or_default();
        Self { description: new.description, location: weather::Place { city, state, country } }
    }
}

impl From<weather::Report> for Report {
    fn from(report: weather::Report) -> Self {
        let weather::Report { id, description, location, created_date } = report;
        Self { id, description, location: Some(location.into()), created_date: created_date.to_string() }
    }
}
