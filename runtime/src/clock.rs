//! The one place that reads the time.
//!
//! Two readings, because they answer different questions. Wall-clock time is compared with the claims of a token
//! (`exp`, `nbf`, `iat`), which another machine wrote. Monotonic time measures how long ago something happened here,
//! and cannot be moved by an operator or by NTP.
#![expect(clippy::disallowed_methods, reason = "this file is the wall around the clock")]

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering, fence};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A future that completes at a deadline.
pub(crate) type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the verifier gets the time from.
pub(crate) trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Whole seconds since 1970-01-01T00:00:00Z, as `NumericDate` counts them (RFC 7519 section 2).
    fn unix_now(&self) -> i64;

    /// Time since an arbitrary start; never goes backwards.
    fn monotonic(&self) -> Duration;

    /// Both readings.
    fn both(&self) -> (i64, Duration) {
        (self.unix_now(), self.monotonic())
    }

    /// Completes once [`monotonic`](Clock::monotonic) has reached `deadline`. Only the key keeper awaits this, on its
    /// own runtime.
    fn sleep_until(&self, deadline: Duration) -> Sleep;
}

/// The clocks of the operating system.
#[derive(Debug)]
pub(crate) struct SystemClock {
    started: Instant,
    /// How far the monotonic clock was ahead of the wall clock when both were last asked, in nanoseconds.
    ahead: AtomicI64,
    /// When that was, in nanoseconds of the wall clock since the epoch.
    asked: AtomicI64,
}

impl SystemClock {
    /// For so long, in nanoseconds, the monotonic clock is taken to go as the wall clock does. Whoever sets that by less, or
    /// a machine that sleeps for less, makes an age wrong by no more.
    const ASK_AGAIN: i64 = 1_000_000_000;

    pub(crate) fn new() -> Self {
        let never = AtomicI64::new(i64::MIN);
        Self { started: Instant::now(), ahead: AtomicI64::new(0), asked: never }
    }
}

impl Clock for SystemClock {
    fn unix_now(&self) -> i64 {
        // A clock set before 1970 reads as 1970: every token is then "not yet valid", which fails closed.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    /// Asks the system once instead of twice, as every request asks. It is the wall clock that is always asked: it alone goes
    /// on while the machine sleeps, and tokens expire by it.
    fn both(&self) -> (i64, Duration) {
        let nanoseconds = |duration: Duration| {
            let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
            seconds.saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos().into())
        };
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (unix, wall) = (i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX), nanoseconds(since_epoch));
        let asked = self.asked.load(Ordering::Relaxed);
        if !(0..Self::ASK_AGAIN).contains(&wall.saturating_sub(asked)) {
            let monotonic = self.monotonic();
            self.ahead.store(nanoseconds(monotonic).saturating_sub(wall), Ordering::Relaxed);
            // Whoever sees when it was asked sees the answer, too.
            self.asked.store(wall, Ordering::Release);
            return (unix, monotonic);
        }
        fence(Ordering::Acquire);
        let monotonic = wall.saturating_add(self.ahead.load(Ordering::Relaxed));
        (unix, Duration::from_nanos(u64::try_from(monotonic).unwrap_or(0)))
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let remaining = deadline.saturating_sub(self.monotonic());
        Box::pin(tokio::time::sleep(remaining))
    }
}

/// A clock that stands still until the test moves it.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use requires_auth::testing::ManualClock;
/// use std::time::Duration;
///
/// let clock = ManualClock::starting_now();
/// let before = clock.unix_now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.unix_now(), before + 90);
/// # }
/// ```
#[cfg(any(test, feature = "testing"))]
#[derive(Clone, Debug)]
pub struct ManualClock {
    inner: std::sync::Arc<ManualClockInner>,
}

#[cfg(any(test, feature = "testing"))]
#[derive(Debug)]
struct ManualClockInner {
    /// Seconds between the epoch and the start of the monotonic reading; moves when only the wall clock is set.
    wall_offset: AtomicI64,
    elapsed: tokio::sync::watch::Sender<Duration>,
}

#[cfg(any(test, feature = "testing"))]
impl ManualClock {
    /// Stands at the present time of the system.
    #[must_use]
    pub fn starting_now() -> Self {
        Self::starting_at(SystemClock::new().unix_now())
    }

    /// Stands at `unix` seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn starting_at(unix: i64) -> Self {
        let (elapsed, _) = tokio::sync::watch::channel(Duration::ZERO);
        let wall_offset = AtomicI64::new(unix);
        Self { inner: std::sync::Arc::new(ManualClockInner { wall_offset, elapsed }) }
    }

    /// Lets time pass: both the wall clock and the monotonic clock move.
    pub fn advance(&self, by: Duration) {
        self.inner.elapsed.send_modify(|elapsed| *elapsed += by);
    }

    /// Sets the wall clock alone, as an operator or NTP does. May move it backwards.
    pub fn shift_wall_clock(&self, seconds: i64) {
        self.inner.wall_offset.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The wall-clock time it stands at.
    #[must_use]
    pub fn unix_now(&self) -> i64 {
        Clock::unix_now(self)
    }
}

#[cfg(any(test, feature = "testing"))]
impl Clock for ManualClock {
    fn unix_now(&self) -> i64 {
        let elapsed = i64::try_from(self.monotonic().as_secs()).unwrap_or(i64::MAX);
        self.inner.wall_offset.load(Ordering::SeqCst).saturating_add(elapsed)
    }

    fn monotonic(&self) -> Duration {
        *self.inner.elapsed.borrow()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let mut elapsed = self.inner.elapsed.subscribe();
        Box::pin(async move {
            // The sender lives in the clock; when the clock is gone nobody can move time any more.
            if elapsed.wait_for(|now| *now >= deadline).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_clock_is_past_2020_and_does_not_go_backwards() {
        let clock = SystemClock::new();
        assert!(clock.unix_now() > 1_577_836_800);
        let first = clock.monotonic();
        assert!(clock.monotonic() >= first);
    }

    #[test]
    fn both_readings_are_those_of_the_system() {
        const NEARLY: Duration = Duration::from_millis(5);
        let clock = SystemClock::new();
        // The second reading comes from the first.
        for _ in 0..3 {
            let before = (clock.unix_now(), clock.monotonic());
            let both = clock.both();
            let after = (clock.unix_now(), clock.monotonic());
            assert!((before.0..=after.0).contains(&both.0), "{before:?} {both:?} {after:?}");
            assert!((before.1.saturating_sub(NEARLY)..=after.1 + NEARLY).contains(&both.1));
        }
    }

    /// A machine that slept, and whoever sets the wall clock either way: the wall clock is right at once, and the monotonic
    /// one is asked again as soon as they differ by a second.
    #[test]
    fn a_wall_clock_that_jumps_is_heard_at_once() {
        const HOUR: i64 = 3_600 * 1_000_000_000;
        for jump in [HOUR, -HOUR, SystemClock::ASK_AGAIN] {
            let clock = SystemClock::new();
            let (unix, monotonic) = clock.both();
            // What was found out at the last asking shows.
            clock.ahead.fetch_add(HOUR, Ordering::Relaxed);
            assert!(clock.both().1 >= Duration::from_secs(3_600));
            // As if the wall clock had been elsewhere when it was asked.
            clock.asked.fetch_sub(jump, Ordering::Relaxed);
            let both = clock.both();
            assert!((unix..unix + 60).contains(&both.0) && both.1 < monotonic + Duration::from_secs(60), "{jump}");
        }
    }

    #[test]
    fn manual_clock_moves_only_when_told() {
        let clock = ManualClock::starting_at(1_000);
        assert_eq!((clock.unix_now(), clock.monotonic()), (1_000, Duration::ZERO));
        clock.advance(Duration::from_secs(7));
        assert_eq!((clock.unix_now(), clock.monotonic()), (1_007, Duration::from_secs(7)));
        clock.shift_wall_clock(-500);
        assert_eq!((clock.unix_now(), clock.monotonic()), (507, Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn manual_sleep_ends_at_its_deadline() {
        let clock = ManualClock::starting_at(0);
        let sleep = clock.sleep_until(Duration::from_secs(5));
        tokio::pin!(sleep);
        assert!(futures_util::poll!(&mut sleep).is_pending());
        clock.advance(Duration::from_secs(4));
        assert!(futures_util::poll!(&mut sleep).is_pending());
        clock.advance(Duration::from_secs(1));
        sleep.await;
    }
}
