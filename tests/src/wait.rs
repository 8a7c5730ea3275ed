//! Waiting, always with a deadline: a test that hangs says nothing.

use std::future::Future;
use std::time::Duration;

/// Long enough for a slow machine under load, short enough to be told.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The outcome of `future`, which must come before the [`DEADLINE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("no end in {DEADLINE:?}: {what}"))
}

/// Waits until a counter or a state that nobody announces is as it should be.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    within(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
