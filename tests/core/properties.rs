//! What holds for every token, every request and every requirement, tried with many.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of a test fail it where they stand"
)]

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::OnceLock;

use data_encoding::BASE64URL_NOPAD;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use requires_auth::__private::requirement as build;
use requires_auth::testing::{Issuer, ManualClock, Token};
use requires_auth::{AccessToken, AuthError, Reason, RequestHead, Requirement, Verifier, validate_scope};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Bounded, so that all of this file takes seconds.
fn cases(number: u32) -> ProptestConfig {
    ProptestConfig { cases: number, failure_persistence: None, ..ProptestConfig::default() }
}

/// An issuer and a verifier that has its keys.
struct Site {
    issuer: Issuer,
    verifier: Verifier,
}

impl Site {
    fn of(issuer: Issuer) -> Self {
        let verifier = issuer.verifier();
        wait(verifier.ready());
        Self { issuer, verifier }
    }

    fn check(&self, authorization: impl Into<Vec<u8>>, requirement: Requirement) -> Result<AccessToken, AuthError> {
        self.check_fields(vec![authorization.into()], requirement)
    }

    fn check_fields(&self, fields: Vec<Vec<u8>>, requirement: Requirement) -> Result<AccessToken, AuthError> {
        wait(validate_scope(requirement, &Head { fields, verifier: &self.verifier }))
    }

    /// Granted, or the reason.
    fn verdict(&self, token: &Token, requirement: Requirement) -> Result<(), Reason> {
        self.check(token.bearer(), requirement).map(|_| ()).map_err(|refusal| refusal.reason())
    }
}

fn entra() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| Site::of(Issuer::entra()))
}

fn provider() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| Site::of(Issuer::oidc()))
}

fn wait<F: Future>(future: F) -> F::Output {
    thread_local!(static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() });
    RUNTIME.with(|runtime| {
        runtime.get_or_init(|| tokio::runtime::Builder::new_current_thread().build().unwrap()).block_on(future)
    })
}

struct Head<'a> {
    fields: Vec<Vec<u8>>,
    verifier: &'a Verifier,
}

impl RequestHead for Head<'_> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().map(Vec::as_slice)
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(self.verifier)
    }
}

// -- Whatever is sent

/// Field values from noise to nearly right. None of them is signed.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let json = prop_oneof![
        Just(r#"{"alg":"RS256","kid":"k"}"#.to_owned()),
        Just(r#"{"iss":"i","aud":"a","exp":9999999999}"#.to_owned()),
        r#"\{"(alg|typ|kid|crit|iss|aud|exp|\\u0061lg)":("[a-zA-Z0-9\\u]*"|[0-9.eE+-]*|\[\]|\{\}|null),?\}"#,
        ".{0,40}",
    ];
    let part = prop_oneof![
        json.prop_map(|text| BASE64URL_NOPAD.encode(text.as_bytes())),
        vec(any::<u8>(), 0..40).prop_map(|bytes| BASE64URL_NOPAD.encode(&bytes)),
        "[A-Za-z0-9_=+/ -]{0,20}",
    ];
    let token = vec(part, 0..7).prop_map(|parts| parts.join("."));
    let scheme = prop_oneof!["[Bb][Ee][Aa][Rr][Ee][Rr]", "[ -~]{0,8}"];
    prop_oneof![
        vec(any::<u8>(), 0..100),
        (scheme, "[ \t]{0,3}", token).prop_map(|(scheme, space, token)| format!("{scheme}{space}{token}").into_bytes()),
        vec(any::<u8>(), 0..100).prop_map(|bytes| [b"Bearer ", &bytes[..]].concat()),
    ]
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn any_bytes_are_refused_as_the_client_s_mistake(fields in vec(field(), 0..3)) {
        let refusal = entra().check_fields(fields, build::any_token()).unwrap_err();
        prop_assert!([400, 401].contains(&refusal.status()), "{refusal:?}");
        let challenge = refusal.www_authenticate().unwrap_or_default();
        prop_assert!(challenge.starts_with("Bearer realm=") && challenge.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
}

/// Every bit of one token, in the text as it is sent and in the bytes that it stands for.
#[test]
fn one_changed_bit_never_verifies() {
    let site = entra();
    let token = site.issuer.token().user("ada").scope("weather.read").sign();
    let granted = |token: &[u8]| site.check([b"Bearer ", token].concat(), build::scope("weather.read"));
    assert!(granted(token.as_bytes()).is_ok(), "as it was");

    let mut reasons = BTreeMap::<&str, usize>::new();
    let mut refuse = |token: &[u8], place: &str, bit: usize| {
        let Err(refusal) = granted(token) else { panic!("granted with bit {bit} of {place} changed") };
        // An edited kid names a key that has to be looked up, which not every request may cause.
        let statuses: &[u16] = if place == "the header" || place == "the text" { &[400, 401, 503] } else { &[401] };
        assert!(statuses.contains(&refusal.status()), "bit {bit} of {place}: {refusal:?}");
        *reasons.entry(refusal.reason().code()).or_default() += 1;
    };
    for bit in 0..token.len() * 8 {
        let mut changed = token.clone().into_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        refuse(&changed, "the text", bit);
    }
    let parts: Vec<&str> = token.split('.').collect();
    for (position, place) in ["the header", "the claims", "the signature"].into_iter().enumerate() {
        let bytes = BASE64URL_NOPAD.decode(parts[position].as_bytes()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = BASE64URL_NOPAD.encode(&changed);
            let mut parts = parts.clone();
            parts[position] = &changed;
            refuse(parts.join(".").as_bytes(), place, bit);
        }
    }
    println!("{} changes: {reasons:?}", reasons.values().sum::<usize>());
    // 2048 bits of the signature alone, twice: what is not refused earlier, the signature refuses.
    assert!(reasons["signature"] > 4_000, "{reasons:?}");
}

// -- Requirements, against an evaluator that shares no line with the library's

const SCOPES: [&str; 3] = ["weather.read", "weather.write", "weather.admin"];
const ROLES: [&str; 3] = ["Forecaster", "Weather.Read.All", "weather.read"];
const IDS: [&str; 2] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
const CONTEXTS: [&str; 2] = ["c1", "c2"];

/// A requirement as the test knows it.
#[derive(Clone, Debug)]
enum Rule {
    AnyToken,
    Scope(&'static str),
    Role(&'static str),
    AppPermission(&'static str),
    Group(&'static str),
    DirectoryRole(&'static str),
    Client(&'static str),
    Tenant(&'static str),
    AuthContext(&'static str),
    Delegated,
    AppOnly,
    Guest,
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
}

impl Rule {
    fn built(&self) -> Requirement {
        let parts =
            |rules: &[Self]| -> &'static [Requirement] { rules.iter().map(Self::built).collect::<Vec<_>>().leak() };
        match self {
            Self::AnyToken => build::any_token(),
            Self::Scope(value) => build::scope(value),
            Self::Role(value) => build::role(value),
            Self::AppPermission(value) => build::app_permission(value),
            Self::Group(value) => build::group(value),
            Self::DirectoryRole(value) => build::directory_role(value),
            Self::Client(value) => build::client(value),
            Self::Tenant(value) => build::tenant(value),
            Self::AuthContext(value) => build::auth_context(value),
            Self::Delegated => build::delegated(),
            Self::AppOnly => build::app_only(),
            Self::Guest => build::guest(),
            Self::All(rules) => build::all(parts(rules)),
            Self::Any(rules) => build::any(parts(rules)),
            Self::Not(rule) => build::not(Box::leak(Box::new(rule.built()))),
        }
    }

    /// 1 yes, 0 unknown, -1 no: then `all` is the least, `any` the greatest, `not` the opposite.
    fn value(&self, holder: &Holder) -> i8 {
        let is = |holds: bool| if holds { 1 } else { -1 };
        let app_only = holder.kind() == Some(Kind::App);
        match self {
            Self::AnyToken => 1,
            Self::Scope(value) => is(holder.scopes.contains(value) && !app_only),
            Self::Role(value) => is(holder.roles.contains(value)),
            Self::AppPermission(value) if !holder.roles.contains(value) => -1,
            Self::AppPermission(_) | Self::AppOnly => holder.kind().map_or(0, |kind| is(kind == Kind::App)),
            Self::Delegated => holder.kind().map_or(0, |kind| is(kind == Kind::User)),
            Self::Group(value) if holder.too_many_groups => i8::from(holder.groups.contains(value)),
            Self::Group(value) => is(holder.groups.contains(value)),
            Self::DirectoryRole(value) => is(holder.directory_roles.contains(value)),
            Self::Client(value) => holder.client.map_or(0, |client| is(client == *value)),
            // Every token here is of the issuer's own tenant.
            Self::Tenant(_) => -1,
            Self::AuthContext(value) => is(holder.contexts.contains(value)),
            Self::Guest => match holder.acct {
                // Without acct, the absent idp means the home tenant.
                None | Some(0) => -1,
                Some(1) => 1,
                Some(_) => 0,
            },
            Self::All(rules) => rules.iter().map(|rule| rule.value(holder)).min().unwrap(),
            Self::Any(rules) => rules.iter().map(|rule| rule.value(holder)).max().unwrap(),
            Self::Not(rule) => -rule.value(holder),
        }
    }

    fn names_client(&self) -> bool {
        match self {
            Self::Client(_) => true,
            Self::All(rules) => rules.iter().any(Self::names_client),
            Self::Any(rules) => !rules.iter().any(|rule| !rule.names_client()),
            _ => false,
        }
    }
}

/// What the library must decide of this holder.
fn reference(rule: &Rule, holder: &Holder) -> bool {
    let has_permission = !holder.scopes.is_empty() || !holder.roles.is_empty();
    rule.value(holder) == 1 && (has_permission || rule.names_client())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    User,
    App,
}

/// What a token of Entra ID says of its holder.
#[derive(Clone, Debug)]
struct Holder {
    app: bool,
    idtyp: Option<&'static str>,
    scopes: Vec<&'static str>,
    roles: Vec<&'static str>,
    groups: Vec<&'static str>,
    too_many_groups: bool,
    directory_roles: Vec<&'static str>,
    client: Option<&'static str>,
    acct: Option<u8>,
    contexts: Vec<&'static str>,
    claims_capable: bool,
}

impl Holder {
    fn kind(&self) -> Option<Kind> {
        match self.idtyp {
            Some("app") => Some(Kind::App),
            Some("user") => Some(Kind::User),
            Some(_) => None,
            None if !self.scopes.is_empty() => Some(Kind::User),
            // The object id of an application is its subject too.
            None => self.app.then_some(Kind::App),
        }
    }

    fn token(&self) -> Token {
        let token = entra().issuer.token();
        let token = if self.app { token.app("daemon") } else { token.user("ada") };
        let list = |items: &[&str]| (!items.is_empty()).then(|| json!(items));
        let claims = [
            ("idtyp", self.idtyp.map(|kind| json!(kind))),
            ("scp", (!self.scopes.is_empty()).then(|| json!(self.scopes.join(" ")))),
            ("roles", list(&self.roles)),
            ("groups", list(&self.groups)),
            ("hasgroups", self.too_many_groups.then_some(json!(true))),
            ("wids", list(&self.directory_roles)),
            ("azp", self.client.map(|client| json!(client))),
            ("acct", self.acct.map(|acct| json!(acct))),
            ("acrs", list(&self.contexts)),
            ("xms_cc", self.claims_capable.then(|| json!(["cp1"]))),
        ];
        claims.into_iter().fold(token, |token, (name, value)| match value {
            Some(value) => token.claim(name, value),
            None => token.without_claim(name),
        })
    }
}

fn some_of(items: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(items, 0..=items.len()).prop_shuffle()
}

fn holder() -> impl Strategy<Value = Holder> {
    let who = (any::<bool>(), select(vec![None, None, Some("app"), Some("user"), Some("device")]));
    let holds = (some_of(&SCOPES), some_of(&ROLES), some_of(&IDS), any::<bool>(), some_of(&IDS));
    let client = select(vec![None, Some(IDS[0]), Some(IDS[1])]);
    let rest = (client, select(vec![None, Some(0), Some(1), Some(2)]), some_of(&CONTEXTS), any::<bool>());
    (who, holds, rest).prop_map(|(who, holds, rest)| {
        let (app, idtyp) = who;
        let (scopes, roles, groups, too_many_groups, directory_roles) = holds;
        let (client, acct, contexts, claims_capable) = rest;
        // Entra ID gives an application on its own no scope, and without either scope or client it is an ID token.
        let scopes = if app { vec![] } else { scopes };
        let client = if scopes.is_empty() { client.or(Some(IDS[0])) } else { client };
        Holder {
            app,
            idtyp,
            scopes,
            roles,
            groups,
            too_many_groups,
            directory_roles,
            client,
            acct,
            contexts,
            claims_capable,
        }
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let about_the_caller = || {
        prop_oneof![
            Just(Rule::Delegated),
            Just(Rule::AppOnly),
            Just(Rule::Guest),
            select(&IDS[..]).prop_map(Rule::Client),
            select(&IDS[..]).prop_map(Rule::Tenant),
        ]
    };
    let leaf = prop_oneof![
        1 => Just(Rule::AnyToken),
        3 => select(&SCOPES[..]).prop_map(Rule::Scope),
        2 => select(&ROLES[..]).prop_map(Rule::Role),
        2 => select(&ROLES[..]).prop_map(Rule::AppPermission),
        1 => select(&IDS[..]).prop_map(Rule::Group),
        1 => select(&IDS[..]).prop_map(Rule::DirectoryRole),
        1 => select(&CONTEXTS[..]).prop_map(Rule::AuthContext),
        2 => about_the_caller(),
        2 => about_the_caller().prop_map(|rule| Rule::Not(Box::new(rule))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![vec(inner.clone(), 1..4).prop_map(Rule::All), vec(inner, 1..4).prop_map(Rule::Any)]
    })
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn the_evaluation_is_that_of_the_reference(holder in holder(), rules in vec(rule(), 8)) {
        // One signature for several requirements.
        let token = holder.token().bearer();
        for rule in rules {
            let verdict = entra().check(token.clone(), rule.built());
            prop_assert_eq!(verdict.is_ok(), reference(&rule, &holder), "{:?}: {:?}", rule, verdict);
            if let Err(refusal) = verdict {
                prop_assert!(refusal.status() == 403 || refusal.reason() == Reason::InsufficientClaims, "{refusal:?}");
            }
        }
    }

    #[test]
    fn a_lost_permission_never_opens_a_door(holder in holder(), rules in vec(rule(), 8), lost in any::<prop::sample::Index>()) {
        let number = holder.scopes.len() + holder.roles.len();
        prop_assume!(number > 0);
        let mut poorer = holder.clone();
        match lost.index(number).checked_sub(holder.scopes.len()) {
            None => _ = poorer.scopes.remove(lost.index(number)),
            Some(role) => _ = poorer.roles.remove(role),
        }
        // Without a scope, only the client tells the token from an ID token.
        poorer.client = poorer.client.or(poorer.scopes.is_empty().then_some(IDS[0]));
        let richer = Holder { client: poorer.client, ..holder };
        let (poorer, richer) = (poorer.token().bearer(), richer.token().bearer());
        for rule in rules {
            if entra().check(poorer.clone(), rule.built()).is_ok() {
                prop_assert!(entra().check(richer.clone(), rule.built()).is_ok(), "{rule:?}");
            }
        }
    }

    #[test]
    fn the_order_of_permissions_decides_nothing(
        (holder, scopes, roles) in holder().prop_flat_map(|holder| {
            let (scopes, roles) = (Just(holder.scopes.clone()).prop_shuffle(), Just(holder.roles.clone()).prop_shuffle());
            (Just(holder), scopes, roles)
        }),
        rule in rule(),
    ) {
        let reordered = Holder { scopes, roles, ..holder.clone() };
        let requirement = rule.built();
        let verdict = entra().verdict(&holder.token(), requirement);
        prop_assert_eq!(verdict, entra().verdict(&reordered.token(), requirement));
    }

    #[test]
    fn claims_that_nobody_knows_change_nothing(
        holder in holder(),
        rule in rule(),
        unknown in vec((unknown_name(), json_value()), 1..6),
    ) {
        let token = holder.token();
        let more = unknown.iter().fold(token.clone(), |token, (name, value)| token.claim(name, value));
        let requirement = rule.built();
        prop_assert_eq!(entra().verdict(&token, requirement), entra().verdict(&more, requirement));
    }

    /// A plain provider tells neither kinds of caller nor tenants nor guests, and these tokens name no client.
    #[test]
    fn neither_an_unknown_fact_nor_its_opposite_grants(scopes in btree_set(select(&SCOPES[..]), 1..3), beside in rule()) {
        let site = provider();
        let scopes = scopes.into_iter().collect::<Vec<_>>().join(" ");
        let token = site.issuer.token().user("ada").scope(&scopes).without_claim("client_id").without_claim("azp").bearer();
        let unknown = [Rule::Delegated, Rule::AppOnly, Rule::Guest, Rule::Client(IDS[0]), Rule::Tenant(IDS[0])];
        for rule in unknown {
            for rule in [rule.clone(), Rule::Not(Box::new(rule))] {
                prop_assert!(site.check(token.clone(), rule.built()).is_err(), "{rule:?}");
                let and_more = Rule::All(vec![beside.clone(), rule]);
                prop_assert!(site.check(token.clone(), and_more.built()).is_err(), "{and_more:?}");
            }
        }
    }
}

/// A name that no check and no accessor uses. Entra ID's `tid` is guarded against look-alikes.
fn unknown_name() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 33] = [
        "iss",
        "sub",
        "azp",
        "appid",
        "client_id",
        "aud",
        "exp",
        "nbf",
        "iat",
        "tid",
        "oid",
        "ver",
        "idtyp",
        "idp",
        "acct",
        "scp",
        "scope",
        "roles",
        "groups",
        "wids",
        "acrs",
        "xms_cc",
        "uti",
        "jti",
        "hasgroups",
        "_claim_names",
        "nonce",
        "at_hash",
        "c_hash",
        "cnf",
        "events",
        "xms_act_fct",
        "xms_sub_fct",
    ];
    let near = select(&KNOWN[..]).prop_flat_map(|name| {
        prop_oneof![
            Just(format!("{name} ")),
            Just(format!("{name}s_")),
            Just(name.to_uppercase()),
            Just(format!("_{name}"))
        ]
    });
    let extension = Just("extension_weather_scp".to_owned());
    prop_oneof![near, ".{0,12}", extension, Just("__proto__".to_owned()), Just("constructor".to_owned())]
        .prop_filter("a known name", |name| !KNOWN.contains(&name.as_str()) && !name.eq_ignore_ascii_case("tid"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        select(&SCOPES[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

// -- Time

/// The default leeway.
const LEEWAY: i64 = 60;
const NOW: i64 = 1_800_000_000;

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_token_is_good_within_its_window_and_at_no_other_time(
        begins in -7_200_i64..7_200,
        lasts in 0_i64..7_200,
        at in vec(-14_400_i64..14_400, 4),
    ) {
        static SITE: OnceLock<Site> = OnceLock::new();
        // Stands still: another clock for each moment would need its own keys.
        let site = SITE.get_or_init(|| Site::of(Issuer::entra().with_clock(clock().clone())));
        let (nbf, exp) = (NOW + begins, NOW + begins + lasts);
        let token = site.issuer.token().user("ada").scope("weather.read");
        let token = token.claim("iat", nbf).claim("nbf", nbf).claim("exp", exp).bearer();
        // Both edges, and the seconds beside them.
        let edges = [nbf - LEEWAY - 1, nbf - LEEWAY, nbf - LEEWAY + 1, exp + LEEWAY - 1, exp + LEEWAY, exp + LEEWAY + 1];
        for now in at.into_iter().map(|offset| NOW + offset).chain(edges) {
            clock().shift_wall_clock(now - clock().unix_now());
            let expected = if now < nbf - LEEWAY {
                Err(Reason::NotYetValid)
            } else if now >= exp + LEEWAY {
                Err(Reason::Expired)
            } else {
                Ok(())
            };
            let verdict = site.check(token.clone(), build::scope("weather.read")).map(|_| ());
            prop_assert_eq!(verdict.map_err(|refusal| refusal.reason()), expected, "at {}", now - NOW);
        }
    }
}

fn clock() -> &'static ManualClock {
    static CLOCK: OnceLock<ManualClock> = OnceLock::new();
    CLOCK.get_or_init(|| ManualClock::starting_at(NOW))
}
