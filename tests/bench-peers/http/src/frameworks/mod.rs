//! The frameworks, one file each.

use crate::Failure;
use crate::framework::{Announce, Framework};
use crate::in_process::{self, Task};

mod actix_web;
mod axum;
mod ntex;
mod poem;
mod rocket;
mod salvo;
mod tonic;
mod warp;

/// A framework whose type is forgotten.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) not_by_wrk: Option<&'static str>,
    pub(crate) serve: fn(Announce) -> Result<(), Failure>,
    pub(crate) call: fn(Task) -> Result<(), Failure>,
}

pub(crate) const ALL: [Entry; 8] = [
    entry::<axum::Axum>(),
    entry::<actix_web::ActixWeb>(),
    entry::<ntex::Ntex>(),
    entry::<poem::Poem>(),
    entry::<rocket::Rocket>(),
    entry::<salvo::Salvo>(),
    entry::<tonic::Tonic>(),
    entry::<warp::Warp>(),
];

const fn entry<F: Framework>() -> Entry {
    Entry { name: F::NAME, not_by_wrk: F::NOT_BY_WRK, serve: F::serve, call: in_process::call::<F> }
}
