use std::fmt::Display;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use requires_auth::requires_auth;

trait Store: Clone + Send + Sync + 'static {
    fn read(&self) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn read(&self) -> String {
        "sunny".to_owned()
    }
}

#[requires_auth(scope = "weather.read")]
async fn weather<S, const N: usize>(State(store): State<S>, Path(_city): Path<String>) -> impl axum::response::IntoResponse
where
    S: Store,
{
    store.read().repeat(N)
}

#[requires_auth(scope = "weather.read")]
fn borrowed<'a, T: Display + ?Sized>(first: &'a T, _rest: &[u8]) -> impl Display + use<'a, T> {
    first
}

#[requires_auth(scope = "weather.read")]
async fn elided(text: &str, mut count: u8) -> Option<&str> {
    count = count.checked_sub(1)?;
    text.get(usize::from(count)..)
}

fn main() {
    let _: Router = Router::new().route("/{city}", get(weather::<Memory, 2>)).with_state(Memory);
    let _ = borrowed::<str>;
    let _ = elided;
}
