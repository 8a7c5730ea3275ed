//! The issuer, the API and those who call it, for a month that takes seconds.

use std::time::Duration;

use requires_auth::Verifier;
use requires_auth::testing::{Issuer, Lie, ManualClock};
use requires_auth_tests::wait::within;

use crate::figures::Counts;
use crate::flights::{Flights, Tower};
use crate::key::{Key, Moment};
use crate::scenario::Scenario;
use crate::schedule::{DAY, DAYS, Event, Fault, Schedule};

/// Entra ID has one issuer for each version of its tokens.
pub(crate) const VERSIONS: usize = 2;

pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) verifier: Verifier,
    pub(crate) started: i64,
    tower: &'static Tower,
    sources: [String; VERSIONS],
    /// The sets that a key is looked up in first.
    asked_first: [String; VERSIONS],
    pub(crate) fault: Option<Fault>,
    pub(crate) quiet: bool,
    may_lack_sets: bool,
    pub(crate) keys: Vec<Key>,
    /// When that was last asked, and the answer.
    pub(crate) probed: [(i64, bool); VERSIONS],
    pub(crate) counts: Counts,
}

impl World {
    /// Has its first keys.
    pub(crate) async fn start(scenario: Scenario) -> Self {
        let clock = ManualClock::starting_now();
        let issuer = Issuer::entra().with_clock(clock.clone());
        // Of these names are the sets of the one tenant, and the tenant's own sets where there are many.
        let of = |tenant: &str| {
            [issuer.issuer().replace(issuer.tenant_id(), tenant), format!("https://sts.windows.net/{tenant}/")]
        };
        let (sources, asked_first) = (of(issuer.tenant_id()), of(&(scenario.asked_first)(&issuer)));
        let tower = Tower::listen();
        for source in sources.iter().chain(&asked_first) {
            tower.expect(source, &clock);
        }
        let verifier = Verifier::builder((scenario.authority)(&issuer)).clock(clock.clone()).build().expect("settings");
        let started = clock.unix_now() - scenario.first_day * DAY;
        let mut world = Self {
            scenario,
            issuer,
            clock,
            verifier,
            started,
            tower,
            sources,
            asked_first,
            fault: None,
            quiet: false,
            may_lack_sets: false,
            keys: Vec::new(),
            probed: [(0, false); VERSIONS],
            counts: Counts::default(),
        };
        let published =
            Moment { at: scenario.first_day * DAY, started: vec![0; VERSIONS], started_first: vec![0; VERSIONS] };
        world.keys.push(Key::new(world.issuer.signing_key(), published));
        world.keys[0].used = true;
        world.keys[0].served = [Some(world.now()); VERSIONS];
        within("the first keys", world.verifier.ready()).await;
        // A tenant gets sets of its own by its first tokens.
        for token in [world.issuer.token(), world.issuer.token().v1()] {
            world.verify(&token.sign()).await.0.expect("a good token is served");
        }
        world.settle().await;
        world
    }

    pub(crate) async fn live_through(mut self, schedule: &Schedule) -> Counts {
        for at in &schedule.instants {
            self.counts.steps += 1;
            let ahead = u64::try_from(at - self.now()).unwrap_or(0);
            self.clock.advance(Duration::from_secs(ahead));
            self.settle().await;
            self.count(schedule, *at);
            for event in schedule.events.get(at).into_iter().flatten() {
                self.happen(*event, *at).await;
            }
            if let Some(flood) = schedule.flood_at(*at) {
                self.flood(flood.start == *at).await;
            }
            self.call(schedule, *at).await;
            self.may_lack_sets =
                if self.may_lack_sets { !self.serves_all() } else { self.may_lose_sets(schedule, *at) };
        }
        self.clock.advance(Duration::from_secs(u64::try_from(DAYS * DAY - self.now()).unwrap_or(0)));
        self.settle().await;
        self.count_days();
        self.counts.refreshes(self.sources.iter().map(|source| self.tower.of(source)));
        self.counts.of_nobody = self.issuer.requests().other;
        self.counts
    }

    /// Seconds since the start of the month.
    pub(crate) fn now(&self) -> i64 {
        self.clock.unix_now() - self.started
    }

    pub(crate) fn flights(&self, version: usize) -> Flights {
        self.tower.of(&self.sources[version])
    }

    /// The refreshes of the set that a new key is looked up in first.
    pub(crate) fn flights_asked_first(&self, version: usize) -> Flights {
        self.tower.of(&self.asked_first[version])
    }

    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.fault, Some(Fault::Slow))
    }

    /// Lets what is due be done. A tenant that is served no more loses its sets, which then have nothing to do.
    async fn settle(&self) {
        if !self.may_lack_sets {
            let sources = [self.sources.as_slice(), &self.asked_first].concat();
            self.tower.settle(&sources, self.is_slow()).await;
            // What never ends is given up after seconds that really pass, while a step of this clock is a minute.
            let is_late = || self.verifier.health().issuers().iter().any(|issuer| issuer.overdue.is_some());
            while self.is_slow() && is_late() {
                self.issuer.go_down();
                self.issuer.recover();
                tokio::task::yield_now().await;
                self.issuer.lie(Lie::NeverEnding);
            }
        }
    }

    fn may_lose_sets(&self, schedule: &Schedule, at: i64) -> bool {
        self.scenario.invents_tenants && schedule.has_long_fault(at) && !self.serves_all()
    }

    /// Whether everybody's good token was served just now.
    fn serves_all(&self) -> bool {
        let mut good = self.keys.iter().filter(|key| key.used && key.withdrawn.is_none());
        good.all(|key| key.served.iter().all(|served| *served == Some(self.now())))
    }

    fn moment(&self, at: i64) -> Moment {
        let started_first = (0..VERSIONS).map(|version| self.flights_asked_first(version).started).collect();
        Moment { at, started: (0..VERSIONS).map(|version| self.flights(version).started).collect(), started_first }
    }

    fn count(&mut self, schedule: &Schedule, at: i64) {
        let begun = (0..VERSIONS).map(|version| self.flights(version).started).sum();
        if let Some(outage) = &schedule.watched_outage {
            self.counts.outage.pass(outage, at, begun);
        }
        self.counts.flood.pass(&schedule.watched_flood, at, self.issuer.requests().keys_v2);
        self.count_days();
    }

    fn count_days(&mut self) {
        let ended = usize::try_from(self.now() / DAY).expect("time goes forward");
        self.counts.days(ended, self.issuer.requests());
    }

    async fn happen(&mut self, event: Event, at: i64) {
        match event {
            Event::Begin(fault) => self.begin(fault),
            Event::End => self.end().await,
            Event::Publish => self.publish(at),
            Event::Use => self.keys.iter_mut().for_each(|key| key.used = true),
            Event::Withdraw => self.withdraw(at),
            Event::Replace => {
                self.publish(at);
                self.withdraw(at);
                self.keys.iter_mut().for_each(|key| key.used = true);
            }
            Event::Quiet(quiet) => self.quiet = quiet,
        }
    }

    fn begin(&mut self, fault: Fault) {
        self.fault = Some(fault);
        match fault {
            Fault::Down | Fault::Flapping => self.issuer.go_down(),
            Fault::Status(status) => self.issuer.fail_with(status),
            Fault::StatusOf(document, status) => self.issuer.fail_in(document, status),
            Fault::Lie(lie) => self.issuer.lie(lie),
            Fault::Slow => self.issuer.lie(Lie::NeverEnding),
        }
    }

    async fn end(&mut self) {
        // Answers that never end do so now.
        self.issuer.go_down();
        self.issuer.recover();
        self.fault = None;
        self.settle().await;
    }

    fn publish(&mut self, at: i64) {
        self.issuer.rotate();
        let moment = self.moment(at);
        self.keys.push(Key::new(self.issuer.signing_key(), moment));
    }

    fn withdraw(&mut self, at: i64) {
        self.issuer.withdraw_old_keys();
        let moment = self.moment(at);
        let (_, old) = self.keys.split_last_mut().expect("a key that signs");
        for key in old {
            key.withdrawn.get_or_insert_with(|| moment.clone());
        }
    }
}
