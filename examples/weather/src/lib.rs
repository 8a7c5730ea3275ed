//! What the weather API is in every framework: its figures, its reports, its start page, and how its server starts and
//! stops.
//!
//! No framework is named in here, and nothing in here decides who may call: each example shows both in its own
//! `main.rs`. [`Development`] brings up something to sign and verify tokens with where nothing is configured.

mod cities;
mod climate;
mod complaint;
mod development;
pub mod doctor;
mod failure;
pub mod page;
mod place;
mod reports;
pub mod server;

pub use climate::{Climate, Details};
pub use complaint::Complaint;
pub use development::Development;
pub use failure::Failure;
pub use place::Place;
pub use reports::{LONGEST_CITY, LONGEST_DESCRIPTION, MOST_REPORTS, NewReport, Report, Reports};
