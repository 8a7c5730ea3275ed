//! How the keys of a verifier fare, for probes and operators.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::key_set::KeySet;
use super::snapshot::{Due, Now, Snapshot};

/// How the keys of a verifier fare at one moment. Made by [`Verifier::health`](crate::Verifier::health).
///
/// It serializes to JSON, and its `Display` writes one line for each set of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    ready: bool,
    degraded: bool,
    issuers: Vec<IssuerHealth>,
}

/// How the keys of one issuer fare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IssuerHealth {
    /// The issuer as it is configured; with `{tenantid}` where it stands for many tenants.
    pub issuer: String,
    /// The name of the authority, where it has one.
    pub authority: Option<String>,
    /// Whether there are keys that may be used.
    pub ready: bool,
    /// Whether the verifier is ready only when these keys are. False for Entra ID's issuer of version 1.0.
    pub required: bool,
    /// How many keys the issuer publishes for us.
    pub keys: usize,
    /// How many keys serve on although the issuer does not publish them any more: until one of the others has verified a
    /// token.
    pub retained_keys: usize,
    /// How long ago the issuer last said that these are its keys. `None` before the first time, and for keys that were
    /// given.
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    pub age: Option<Duration>,
    /// When the next refresh is due. Zero while one is on its way; `None` for keys that were given.
    #[serde(rename = "next_refresh_seconds", serialize_with = "seconds")]
    pub next_refresh: Option<Duration>,
    /// By how much the thread that fetches the keys is late, from half a minute on. `None` while it is in time. Keys that
    /// it should have refreshed 15 minutes ago verify nothing any more.
    #[serde(rename = "overdue_seconds", serialize_with = "seconds")]
    pub overdue: Option<Duration>,
    /// How many refreshes have failed since one succeeded.
    pub failures: u32,
    /// Why the last refresh failed. `None` once one succeeds.
    pub last_error: Option<String>,
    /// Grows when a key comes or goes; 0 before there were keys.
    pub generation: u64,
}

impl Health {
    pub(crate) fn new(issuers: Vec<IssuerHealth>) -> Self {
        let ready = issuers.iter().all(|issuer| issuer.ready || !issuer.required);
        let is_well = |issuer: &IssuerHealth| issuer.ready && issuer.failures == 0 && issuer.overdue.is_none();
        let degraded = !issuers.iter().all(is_well);
        Self { ready, degraded, issuers }
    }

    /// Whether tokens can be verified: the keys of every required issuer are here. Also while an issuer is down and its
    /// last good keys serve. Not where the thread that fetches them is more than 15 minutes late.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether something is wrong: an issuer without keys, one whose last refresh failed, or one whose refresh is
    /// [overdue](IssuerHealth::overdue). To be alarmed by, not to restart for.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// Each set of keys, in the order of the authorities. Entra ID's tenants have two.
    #[must_use]
    pub fn issuers(&self) -> &[IssuerHealth] {
        &self.issuers
    }
}

impl IssuerHealth {
    pub(crate) fn of(snapshot: &Snapshot, issuer: String, authority: Option<&str>, required: bool, now: Now) -> Self {
        let keys = snapshot.keys.as_ref();
        Self {
            issuer,
            authority: authority.map(ToOwned::to_owned),
            ready: snapshot.has_keys(now),
            required,
            keys: keys.map_or(0, KeySet::len),
            retained_keys: keys.map_or(0, |keys| keys.retained_len(now)),
            age: keys.and_then(|keys| keys.age(now)),
            next_refresh: snapshot.due.map(|due| match due {
                Due::RefreshAt(at) => at.saturating_sub(now.monotonic),
                Due::EndOfRefresh { .. } => Duration::ZERO,
            }),
            overdue: snapshot.lateness(now),
            failures: snapshot.failures,
            last_error: snapshot.last_error().map(ToOwned::to_owned),
            generation: snapshot.generation(),
        }
    }
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs()).serialize(serializer)
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issuer) in self.issuers.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            issuer.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for IssuerHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.issuer)?;
        match (self.ready, self.age) {
            (true, Some(age)) => write!(f, "{}, {} old", Count(self.keys), Time(age))?,
            (true, None) => write!(f, "{}, given", Count(self.keys))?,
            (false, Some(age)) => write!(f, "no usable keys, the last are {} old", Time(age))?,
            (false, None) => f.write_str("no keys yet")?,
        }
        if self.retained_keys > 0 {
            write!(f, "; {} no longer published", self.retained_keys)?;
        }
        if let Some(due) = self.next_refresh {
            match due {
                Duration::ZERO => f.write_str("; refreshing")?,
                due => write!(f, "; refresh in {}", Time(due))?,
            }
        }
        if let Some(late) = self.overdue {
            write!(f, " ({} late: the thread that fetches keys is stuck or starved)", Time(late))?;
        }
        match &self.last_error {
            Some(error) => write!(f, "; failed refreshes: {}, the last: {error}", self.failures),
            None => Ok(()),
        }
    }
}

struct Count(usize);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 key"),
            count => write!(f, "{count} keys"),
        }
    }
}

/// A length of time as people say it.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..120 => write!(f, "{seconds} s"),
            seconds @ 120..7200 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{} h", seconds / 3600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> IssuerHealth {
        IssuerHealth {
            issuer: "https://issuer".to_owned(),
            authority: None,
            ready: true,
            required: true,
            keys: 3,
            retained_keys: 0,
            age: Some(Duration::from_secs(600)),
            next_refresh: Some(Duration::from_secs(2_900)),
            overdue: None,
            failures: 0,
            last_error: None,
            generation: 1,
        }
    }

    #[test]
    fn ready_means_that_required_keys_are_here_and_degraded_that_something_is_wrong() {
        let failing = || IssuerHealth { failures: 2, last_error: Some("down".to_owned()), ..healthy() };
        let empty = || IssuerHealth { ready: false, ..failing() };
        let optional = || IssuerHealth { required: false, ..empty() };
        let late = || IssuerHealth { overdue: Some(Duration::from_secs(60)), ..healthy() };
        for (issuers, ready, degraded) in [
            (vec![healthy()], true, false),
            (vec![healthy(), failing()], true, true),
            (vec![healthy(), empty()], false, true),
            (vec![late(), healthy()], true, true),
            (vec![healthy(), optional()], true, true),
        ] {
            let health = Health::new(issuers);
            assert_eq!((health.is_ready(), health.is_degraded()), (ready, degraded), "{health}");
        }
    }

    #[test]
    fn a_line_says_what_an_operator_asks() {
        let line = |health: IssuerHealth| health.to_string();
        assert_eq!(line(healthy()), "https://issuer: 3 keys, 10 min old; refresh in 48 min");
        let failing = IssuerHealth {
            keys: 1,
            retained_keys: 2,
            age: Some(Duration::from_secs(30_000)),
            next_refresh: Some(Duration::ZERO),
            failures: 9,
            last_error: Some("no name".to_owned()),
            ..healthy()
        };
        assert_eq!(
            line(failing),
            "https://issuer: 1 key, 8 h old; 2 no longer published; refreshing; failed refreshes: 9, the last: no name"
        );
        let stuck =
            IssuerHealth { next_refresh: Some(Duration::ZERO), overdue: Some(Duration::from_secs(300)), ..healthy() };
        assert!(line(stuck).contains("refreshing (5 min late: the thread that fetches keys is stuck"));
        let given = IssuerHealth { age: None, next_refresh: None, ..healthy() };
        assert_eq!(line(given), "https://issuer: 3 keys, given");
        let empty = IssuerHealth { ready: false, keys: 0, age: None, ..healthy() };
        assert_eq!(line(empty), "https://issuer: no keys yet; refresh in 48 min");
        assert_eq!(Health::new(vec![healthy(), healthy()]).to_string().lines().count(), 2);
    }

    #[test]
    fn json_counts_in_seconds() {
        let json = serde_json::to_value(Health::new(vec![healthy()])).unwrap();
        assert_eq!(json["ready"], true);
        assert_eq!(json["issuers"][0]["age_seconds"], 600);
        assert_eq!(json["issuers"][0]["next_refresh_seconds"], 2_900);
        assert_eq!(json["issuers"][0]["overdue_seconds"], serde_json::Value::Null);
        assert_eq!(json["issuers"][0]["last_error"], serde_json::Value::Null);
    }
}
