//! The one place that calls the subscriber of `tracing`, which is code of others.
//!
//! A subscriber can panic: that of `tracing_subscriber::fmt` does, where neither its writer nor standard error takes the
//! line (a closed pipe, a full disk). A line that cannot be written costs that line, and nothing else:
//!
//! 1. [`isolated`] ends a panic of the subscriber where it began. All lines of this crate go through it.
//! 2. On threads of ours, [`mute_this_thread`] keeps from it what other libraries say. A panic in a line of theirs would
//!    end the fetch that says it, and two at once the process.

use std::any::Any;
use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::dispatcher::{self, DefaultGuard, Dispatch};

macro_rules! error {
    ($($event:tt)+) => { $crate::log::isolated(|| tracing::error!($($event)+)) };
}
macro_rules! warning {
    ($($event:tt)+) => { $crate::log::isolated(|| tracing::warn!($($event)+)) };
}
macro_rules! info {
    ($($event:tt)+) => { $crate::log::isolated(|| tracing::info!($($event)+)) };
}
macro_rules! debug {
    ($($event:tt)+) => { $crate::log::isolated(|| tracing::debug!($($event)+)) };
}
// The name `warn` is that of an attribute of the compiler, too.
pub(crate) use {debug, error, info, warning as warn};

thread_local! {
    static MUTED: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// Emits an event. A panic of the subscriber ends here.
pub(crate) fn isolated(emit: impl FnOnce()) {
    let was_muted = unmute_this_thread();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(emit)) {
        discard(payload);
    }
    if was_muted {
        mute_this_thread();
    }
}

/// Keeps from the subscriber what is emitted on this thread, but for [`isolated`] events.
///
/// Does nothing before the process has a subscriber: the first one of any thread turns off the records of `log` that
/// `tracing` makes for processes without one.
pub(crate) fn mute_this_thread() {
    if dispatcher::has_been_set() {
        // A thread that ends has nothing more to say.
        let _ = MUTED.try_with(|muted| {
            if let Ok(mut muted) = muted.try_borrow_mut()
                && muted.is_none()
            {
                *muted = Some(dispatcher::set_default(&Dispatch::none()));
            }
        });
    }
}

/// Ends what [`mute_this_thread`] began. Returns whether there was anything to end.
pub(crate) fn unmute_this_thread() -> bool {
    let guard = MUTED.try_with(|muted| muted.try_borrow_mut().ok()?.take()).ok().flatten();
    guard.is_some()
}

/// Drops what a panic carried. That may panic too, and what that carries is not dropped any more.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber, subscriber};

    use super::*;

    /// Counts what it is told, and panics each time.
    struct Panicking(Arc<AtomicUsize>);

    /// Panics once more when it is dropped.
    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("as the test asked, again");
        }
    }

    impl Subscriber for Panicking {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            panic!("as the test asked");
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic_any(Grenade);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_subscriber_that_panics_costs_its_line_alone() {
        let told = Arc::new(AtomicUsize::new(0));
        subscriber::with_default(Panicking(Arc::clone(&told)), || {
            info!(reason = "expired", "one");
            warn!("two");
            error!("three");
            debug!("four");
        });
        assert_eq!(told.load(Ordering::Relaxed), 4);
    }

    #[test]
    fn on_a_muted_thread_only_our_own_lines_are_heard() {
        let told = Arc::new(AtomicUsize::new(0));
        subscriber::with_default(Panicking(Arc::clone(&told)), || {
            mute_this_thread();
            tracing::info!("of another library");
            info!("ours");
            tracing::info!("of another library");
            assert_eq!(told.load(Ordering::Relaxed), 1);
            assert!(unmute_this_thread() && !unmute_this_thread());
            info!("ours");
            assert_eq!(told.load(Ordering::Relaxed), 2);
        });
    }
}
