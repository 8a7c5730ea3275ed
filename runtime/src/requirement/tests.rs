use std::panic::catch_unwind;
use std::sync::{Arc, OnceLock};

use super::build::{
    all, any, any_token, app_only, app_permission, auth_context, check, client, delegated, directory_role, group,
    guest, not, role, scope, tenant,
};
use super::*;
use crate::access_token::{Basis, Facts, Grantor, Minimum, Traits};
use crate::claims::Overage;
use crate::crypto::key_pair::{KeyPair, PublicMembers};
use crate::crypto::{SignatureValid, VerifyingKey};
use crate::error::ApiDescription;

const A: &str = "11111111-1111-4111-8111-111111111111";
const B: &str = "22222222-2222-4222-8222-222222222222";

/// A token that states nothing but what `state` adds.
fn token(state: impl FnOnce(&mut Facts<'static>)) -> AccessToken {
    token_of_authority(Minimum::Genuine, state)
}

/// A token that states nothing but what `state` adds. What it must have at least is a setting of the authority.
pub(crate) fn token_of_authority(minimum: Minimum, state: impl FnOnce(&mut Facts<'static>)) -> AccessToken {
    let mut facts = Facts {
        issuer: "https://issuer.example".into(),
        subject: None,
        object_id: None,
        tenant_id: None,
        client_id: None,
        token_id: None,
        scopes: Vec::new(),
        roles: Vec::new(),
        groups: Vec::new(),
        directory_roles: Vec::new(),
        auth_contexts: Vec::new(),
        traits: Traits {
            expires_at: 0,
            caller: CallerKind::Unknown,
            applications_have_scopes: false,
            guest: None,
            agent: false,
            overage: Overage::default(),
            claims_capable: false,
        },
    };
    state(&mut facts);
    let api = ApiDescription {
        realm: "api".into(),
        scope_prefix: "".into(),
        authorization_uri: None,
        resource_metadata: None,
    };
    let grantor = Grantor { name: None, api: Arc::new(api), minimum };
    let basis = Basis { authority: None, route: 0, keys: None, current: 0..0, is_cached: false };
    AccessToken::from_verified(proof(), b"", &facts, Arc::new(grantor), basis)
}

/// There is no way round a signature, for a test neither.
fn proof() -> &'static SignatureValid {
    static PROOF: OnceLock<SignatureValid> = OnceLock::new();
    PROOF.get_or_init(|| {
        let pair = KeyPair::ed25519();
        let PublicMembers::Ed25519 { x } = pair.public() else { unreachable!() };
        let signature = pair.sign(jsonwebtoken::Algorithm::EdDSA, b"");
        VerifyingKey::ed25519(&x).unwrap().verify(b"", &signature).unwrap()
    })
}

fn list(items: &[&'static str]) -> Vec<Cow<'static, str>> {
    items.iter().map(|item| (*item).into()).collect()
}

fn user(scopes: &[&'static str], roles: &[&'static str]) -> AccessToken {
    token(|facts| {
        (facts.traits.caller, facts.scopes, facts.roles) = (CallerKind::Delegated, list(scopes), list(roles));
    })
}

fn app(roles: &[&'static str]) -> AccessToken {
    token(|facts| (facts.traits.caller, facts.roles) = (CallerKind::AppOnly, list(roles)))
}

/// What the token says of one predicate, or of its `not`.
fn truth_of(requirement: Requirement, token: &AccessToken) -> Truth {
    let Node::Not(part) = requirement.0 else { return requirement.truth(token) };
    match part.truth(token) {
        Truth::Yes => Truth::No,
        Truth::No => Truth::Yes,
        Truth::Unknown => Truth::Unknown,
    }
}

fn reason(requirement: Requirement, token: &AccessToken) -> Option<Reason> {
    requirement.evaluate(token).err().map(|unmet| unmet.reason)
}

fn scopes(requirement: Requirement, token: &AccessToken) -> Vec<String> {
    let unmet = requirement.evaluate(token).unwrap_err();
    unmet.scopes.into_iter().map(Cow::into_owned).collect()
}

fn parts(parts: &[Requirement]) -> &'static [Requirement] {
    parts.to_vec().leak()
}

fn all_of(of: &[Requirement]) -> Requirement {
    all(parts(of))
}

fn any_of(of: &[Requirement]) -> Requirement {
    any(parts(of))
}

fn negated(part: Requirement) -> Requirement {
    not(Box::leak(Box::new(part)))
}

mod checks;

mod truth {
    use super::Truth::{No, Unknown, Yes};
    use super::*;

    #[track_caller]
    fn is(requirement: Requirement, rows: impl IntoIterator<Item = (AccessToken, Truth)>) {
        for (position, (token, truth)) in rows.into_iter().enumerate() {
            let facts = token.traits();
            assert_eq!(truth_of(requirement, &token), truth, "{requirement:?}, row {position}: {facts:?}");
            assert_eq!(requirement.evaluate(&token).is_ok(), truth == Yes, "only yes grants: {requirement:?}");
        }
    }

    #[test]
    fn an_application_holds_scopes_where_its_authority_grants_them() {
        let app = |applications_have_scopes| {
            token(|facts| {
                facts.traits.caller = CallerKind::AppOnly;
                facts.scopes = list(&["weather.read"]);
                facts.traits.applications_have_scopes = applications_have_scopes;
            })
        };
        assert_eq!(evaluate_scope("weather.read", &app(true)), Ok(()));
        assert_eq!(evaluate_scope("weather.read", &app(false)).unwrap_err().reason, Reason::ForbiddenCaller);
        let lacking = evaluate_scope("weather.write", &app(true)).unwrap_err();
        assert_eq!((lacking.reason, lacking.scopes), (Reason::InsufficientScope, vec!["weather.write".into()]));
        assert!(scope("weather.read").evaluate(&app(true)).is_ok());
        assert!(delegated().evaluate(&app(true)).is_err(), "who calls is known all the same");
    }

    #[test]
    fn any_token_is_met_by_any() {
        is(any_token(), [(token(|_| ()), Yes), (app(&[]), Yes)]);
    }

    #[test]
    fn a_scope_is_held_exactly_and_never_by_an_application_on_its_own() {
        is(
            scope("weather.read"),
            [
                (user(&["x", "weather.read"], &[]), Yes),
                (token(|facts| facts.scopes = list(&["weather.read"])), Yes),
                (user(&["Weather.Read", "weather.reads", "weather"], &[]), No),
                (user(&[], &["weather.read"]), No),
                (user(&[], &[]), No),
                (app(&["weather.read"]), No),
                (
                    token(|facts| (facts.traits.caller, facts.scopes) = (CallerKind::AppOnly, list(&["weather.read"]))),
                    No,
                ),
            ],
        );
    }

    #[test]
    fn a_role_is_held_exactly_by_whomever() {
        is(
            role("Forecaster"),
            [
                (user(&[], &["Forecaster"]), Yes),
                (app(&["x", "Forecaster"]), Yes),
                (token(|facts| facts.roles = list(&["Forecaster"])), Yes),
                (user(&["Forecaster"], &["forecaster"]), No),
                (app(&[]), No),
            ],
        );
    }

    #[test]
    fn an_app_permission_is_a_role_of_an_application_on_its_own() {
        is(
            app_permission("Weather.Read.All"),
            [
                (app(&["Weather.Read.All"]), Yes),
                (token(|facts| facts.roles = list(&["Weather.Read.All"])), Unknown),
                (user(&[], &["Weather.Read.All"]), No),
                (app(&["x"]), No),
                (token(|_| ()), No),
            ],
        );
    }

    #[test]
    fn a_list_that_may_have_been_cut_never_says_no() {
        let overage = |groups, directory_roles| Overage { groups, directory_roles };
        is(
            group(A),
            [
                (token(|facts| facts.groups = list(&[B, A])), Yes),
                (token(|facts| facts.groups = list(&[B])), No),
                (token(|facts| facts.directory_roles = list(&[A])), No),
                (token(|facts| facts.traits.overage = overage(true, false)), Unknown),
                (token(|facts| facts.traits.overage = overage(false, true)), No),
                (token(|facts| (facts.groups, facts.traits.overage) = (list(&[A]), overage(true, false))), Yes),
            ],
        );
        is(
            directory_role(A),
            [
                (token(|facts| facts.directory_roles = list(&[B, A])), Yes),
                (token(|facts| facts.directory_roles = list(&[B])), No),
                (token(|facts| facts.groups = list(&[A])), No),
                (token(|facts| facts.traits.overage = overage(false, true)), Unknown),
                (token(|facts| facts.traits.overage = overage(true, false)), No),
            ],
        );
    }

    #[test]
    fn a_client_or_tenant_that_is_not_stated_is_unknown_and_so_is_its_not() {
        let of_client = |id: &'static str| token(|facts| facts.client_id = Some(id.into()));
        is(client(A), [(of_client(A), Yes), (of_client(B), No), (token(|_| ()), Unknown)]);
        is(negated(client(A)), [(of_client(A), No), (of_client(B), Yes), (token(|_| ()), Unknown)]);
        let of_tenant = |id: &'static str| token(|facts| facts.tenant_id = Some(id.into()));
        is(tenant(A), [(of_tenant(A), Yes), (of_tenant(B), No), (token(|_| ()), Unknown)]);
        is(negated(tenant(A)), [(of_tenant(A), No), (of_tenant(B), Yes), (token(|_| ()), Unknown)]);
    }

    #[test]
    fn a_kind_of_caller_that_is_not_stated_is_unknown_and_so_is_its_not() {
        let nobody = || token(|_| ());
        is(delegated(), [(user(&[], &[]), Yes), (app(&[]), No), (nobody(), Unknown)]);
        is(negated(delegated()), [(user(&[], &[]), No), (app(&[]), Yes), (nobody(), Unknown)]);
        is(app_only(), [(user(&[], &[]), No), (app(&[]), Yes), (nobody(), Unknown)]);
        is(negated(app_only()), [(user(&[], &[]), Yes), (app(&[]), No), (nobody(), Unknown)]);
        let guests = |guest: Option<bool>| token(|facts| facts.traits.guest = guest);
        is(guest(), [(guests(Some(true)), Yes), (guests(Some(false)), No), (guests(None), Unknown)]);
        is(negated(guest()), [(guests(Some(true)), No), (guests(Some(false)), Yes), (guests(None), Unknown)]);
    }

    #[test]
    fn an_authentication_context_is_there_or_not() {
        is(
            auth_context("c1"),
            [
                (token(|facts| facts.auth_contexts = list(&["c2", "c1"])), Yes),
                (token(|facts| facts.auth_contexts = list(&["c10"])), No),
                (token(|_| ()), No),
            ],
        );
    }

    #[test]
    fn all_and_any_of_three_values() {
        let of = |truth| match truth {
            Yes => role("yes"),
            No => role("no"),
            Unknown => guest(),
        };
        let token = app(&["yes"]);
        // Left, right, whether all hold, whether any does.
        let table = [
            (Yes, Yes, true, true),
            (Yes, Unknown, false, true),
            (Yes, No, false, true),
            (Unknown, Unknown, false, false),
            (Unknown, No, false, false),
            (No, No, false, false),
        ];
        let holds = |requirement: Requirement| requirement.evaluate(&token).is_ok();
        for (left, right, conjunction, disjunction) in table {
            for (left, right) in [(left, right), (right, left)] {
                assert_eq!(holds(all_of(&[of(left), of(right)])), conjunction, "all({left:?}, {right:?})");
                assert_eq!(holds(any_of(&[of(left), of(right)])), disjunction, "any({left:?}, {right:?})");
            }
            assert_eq!(holds(all_of(&[of(left)])), left == Yes);
            assert_eq!(holds(any_of(&[of(left)])), left == Yes);
        }
        // No builder makes an empty list; one that came about would still grant nothing.
        assert_eq!(reason(Requirement(Node::All(&[])), &token), Some(Reason::ForbiddenCaller));
        assert_eq!(reason(Requirement(Node::Any(&[])), &token), Some(Reason::ForbiddenCaller));
    }

    /// `not` takes none of them; one that came about would not turn their no into a yes.
    #[test]
    fn the_not_of_what_is_no_single_statement_grants_nothing() {
        for part in [check("f", |_| false), all_of(&[role("r")]), any_of(&[role("r")])] {
            let not = Requirement(Node::Not(Box::leak(Box::new(part))));
            assert!(not.evaluate(&app(&[])).is_err(), "{not:?}");
        }
    }
}

mod reasons {
    use super::*;

    #[test]
    fn each_predicate_has_its_own() {
        let capable = token(|facts| facts.traits.claims_capable = true);
        let many_groups = token(|facts| facts.traits.overage = Overage { groups: true, directory_roles: true });
        let table = [
            (scope("a"), user(&[], &[]), Reason::InsufficientScope),
            (scope("a"), token(|_| ()), Reason::InsufficientScope),
            (scope("a"), app(&["a"]), Reason::ForbiddenCaller),
            (role("r"), user(&[], &[]), Reason::ForbiddenRole),
            (app_permission("r"), app(&[]), Reason::ForbiddenRole),
            (app_permission("r"), token(|_| ()), Reason::ForbiddenRole),
            (app_permission("r"), user(&[], &["r"]), Reason::ForbiddenCaller),
            (app_permission("r"), user(&[], &[]), Reason::ForbiddenCaller),
            (app_permission("r"), token(|facts| facts.roles = list(&["r"])), Reason::ForbiddenCaller),
            (group(A), token(|_| ()), Reason::ForbiddenGroup),
            (group(A), many_groups.clone(), Reason::GroupsOverage),
            (directory_role(A), token(|_| ()), Reason::ForbiddenDirectoryRole),
            (directory_role(A), many_groups, Reason::DirectoryRolesOverage),
            (client(A), token(|_| ()), Reason::ForbiddenClient),
            (negated(client(A)), token(|_| ()), Reason::ForbiddenClient),
            (tenant(A), token(|_| ()), Reason::ForbiddenTenant),
            (negated(tenant(A)), token(|_| ()), Reason::ForbiddenTenant),
            (auth_context("c1"), token(|_| ()), Reason::ForbiddenAuthContext),
            (auth_context("c1"), capable, Reason::InsufficientClaims),
            (delegated(), app(&[]), Reason::ForbiddenCaller),
            (app_only(), user(&[], &[]), Reason::ForbiddenCaller),
            (negated(app_only()), app(&[]), Reason::ForbiddenCaller),
            (guest(), token(|_| ()), Reason::ForbiddenGuest),
            (negated(guest()), token(|_| ()), Reason::ForbiddenGuest),
            (check("f", |_| false), token(|_| ()), Reason::ForbiddenCheck),
        ];
        for (requirement, token, expected) in table {
            assert_eq!(reason(requirement, &token), Some(expected), "{requirement:?}: {:?}", token.traits());
        }
    }

    #[test]
    fn the_claims_challenge_names_its_context() {
        let token = token(|facts| facts.traits.claims_capable = true);
        let unmet = any_of(&[guest(), auth_context("c7")]).evaluate(&token).unwrap_err();
        assert_eq!((unmet.reason, unmet.auth_context), (Reason::InsufficientClaims, Some("c7")));
        let unmet = all_of(&[auth_context("c7"), role("r")]).evaluate(&token).unwrap_err();
        assert_eq!((unmet.reason, unmet.auth_context), (Reason::ForbiddenRole, None));
    }

    /// In the order in which they are to be cured.
    #[test]
    fn a_conjunction_names_the_hardest_to_cure_and_a_choice_the_easiest() {
        let token = token(|facts| (facts.traits.caller, facts.traits.claims_capable) = (CallerKind::Delegated, true));
        let ladder = [
            (auth_context("c1"), Reason::InsufficientClaims),
            (scope("a"), Reason::InsufficientScope),
            (role("r"), Reason::ForbiddenRole),
            (guest(), Reason::ForbiddenGuest),
        ];
        for (i, (easy, easier)) in ladder.iter().enumerate() {
            for (hard, harder) in &ladder[i + 1..] {
                for pair in [[*easy, *hard], [*hard, *easy]] {
                    assert_eq!(reason(all_of(&pair), &token), Some(*harder), "all{pair:?}");
                    assert_eq!(reason(any_of(&pair), &token), Some(*easier), "any{pair:?}");
                }
            }
        }
        let nested = all_of(&[any_of(&[guest(), role("r")]), scope("a")]);
        assert_eq!(reason(nested, &token), Some(Reason::ForbiddenRole));
        let nested = any_of(&[all_of(&[scope("a"), role("r")]), scope("b")]);
        assert_eq!(reason(nested, &token), Some(Reason::InsufficientScope));
    }

    #[test]
    fn of_equals_the_first_written_is_named() {
        let token = user(&[], &[]);
        let equals = [
            (role("r"), Reason::ForbiddenRole),
            (group(A), Reason::ForbiddenGroup),
            (directory_role(A), Reason::ForbiddenDirectoryRole),
            (auth_context("c1"), Reason::ForbiddenAuthContext),
        ];
        for (first, of_first) in equals {
            for (second, of_second) in equals.into_iter().filter(|(_, other)| *other != of_first) {
                for build in [all_of, any_of] {
                    assert_eq!(reason(build(&[first, second]), &token), Some(of_first));
                    assert_eq!(reason(build(&[second, first]), &token), Some(of_second));
                }
            }
        }
    }

    #[test]
    fn what_is_met_is_not_named() {
        let token = user(&[], &["r"]);
        assert_eq!(reason(all_of(&[role("r"), scope("a")]), &token), Some(Reason::InsufficientScope));
        assert_eq!(reason(all_of(&[delegated(), role("x")]), &token), Some(Reason::ForbiddenRole));
    }
}

mod scopes_to_request {
    use super::*;

    #[test]
    fn a_challenge_lists_all_that_the_operation_needs() {
        let holds_a = user(&["a"], &[]);
        assert_eq!(scopes(scope("b"), &holds_a), ["b"]);
        assert_eq!(scopes(all_of(&[scope("a"), scope("b")]), &holds_a), ["a", "b"], "the one it has as well");
        assert_eq!(scopes(all_of(&[scope("b"), scope("c"), scope("b")]), &holds_a), ["b", "c"], "each once");
        assert_eq!(scopes(all_of(&[scope("b"), any_of(&[scope("c"), scope("a")])]), &holds_a), ["b", "a"]);
        assert_eq!(scopes(all_of(&[scope("b"), any_of(&[scope("c"), scope("d")])]), &holds_a), ["b", "c"]);
    }

    #[test]
    fn of_a_choice_it_lists_the_alternative_that_this_caller_could_meet() {
        let read = any_of(&[app_permission("Read.All"), scope("read")]);
        assert_eq!(scopes(read, &user(&[], &[])), ["read"]);
        let needs_role = any_of(&[all_of(&[scope("read"), role("r")]), scope("read.any")]);
        assert_eq!(scopes(needs_role, &user(&[], &[])), ["read.any"]);
        assert_eq!(scopes(needs_role, &user(&[], &["r"])), ["read"]);
    }

    #[test]
    fn no_scope_helps_an_application_on_its_own_or_where_something_else_is_missing() {
        let read = any_of(&[scope("read"), app_permission("Read.All")]);
        assert_eq!(reason(read, &app(&[])), Some(Reason::ForbiddenRole));
        assert_eq!(scopes(read, &app(&[])), [""; 0]);
        assert_eq!(scopes(all_of(&[scope("read"), role("r")]), &user(&[], &[])), [""; 0]);
        assert_eq!(scopes(scope("read"), &app(&[])), [""; 0]);
    }

    #[test]
    fn a_client_without_a_token_is_told_the_first_alternative_that_has_any() {
        let table: [(Requirement, &[&str]); 6] = [
            (any_token(), &[]),
            (role("r"), &[]),
            (scope("a"), &["a"]),
            (all_of(&[scope("a"), role("r"), scope("b")]), &["a", "b"]),
            (any_of(&[app_permission("r"), scope("a"), scope("b")]), &["a"]),
            (all_of(&[scope("a"), any_of(&[role("r"), all_of(&[scope("b"), scope("c")])])]), &["a", "b", "c"]),
        ];
        for (requirement, expected) in table {
            assert_eq!(requirement.scopes_to_request(), expected, "{requirement:?}");
        }
    }

    #[test]
    fn a_scope_known_only_at_run_time_is_evaluated_as_a_written_one() {
        for token in [user(&["a"], &[]), user(&[], &["a"]), app(&["a"]), token(|_| ())] {
            let written = scope("a").evaluate(&token);
            assert_eq!(evaluate_scope("a", &token), written, "{:?}", token.traits());
        }
    }
}

#[test]
fn a_requirement_names_the_client_only_if_every_way_to_meet_it_does() {
    let table = [
        (client(A), true),
        (all_of(&[client(A), app_only()]), true),
        (all_of(&[app_only(), any_of(&[client(A), client(B)])]), true),
        (any_of(&[all_of(&[client(A), app_only()]), all_of(&[client(B), app_only()])]), true),
        (any_of(&[client(A), app_only()]), false),
        (negated(client(A)), false),
        (any_token(), false),
        (all_of(&[app_only(), tenant(A)]), false),
    ];
    for (requirement, names) in table {
        assert_eq!(requirement.names_client(), names, "{requirement:?}");
    }
}

#[test]
fn debug_prints_the_grammar() {
    let requirement = all_of(&[
        any_of(&[scope("weather.read"), app_permission("Weather.Read.All"), role("Fore\"caster")]),
        negated(guest()),
        all_of(&[group(A), directory_role(B), client(A), tenant(B), auth_context("c1")]),
        any_of(&[delegated(), app_only()]),
        check("path::to::check", |_| true),
    ]);
    let expected = format!(
        "all(any(scope = \"weather.read\", app_permission = \"Weather.Read.All\", role = \"Fore\\\"caster\"), \
         not(guest), all(group = {A:?}, directory_role = {B:?}, client = {A:?}, tenant = {B:?}, auth_context = \"c1\"), \
         any(delegated, app_only), check = path::to::check)"
    );
    assert_eq!(format!("{requirement:?}"), expected);
    assert_eq!(format!("{:?}", any_token()), "any token");
}

mod ill_formed {
    use super::*;

    /// Whether the builder refuses the value; in an expansion this happens at compile time.
    fn refuses(build: fn(&'static str) -> Requirement, value: &'static str) -> bool {
        catch_unwind(|| build(value)).is_err()
    }

    #[test]
    fn values_do_not_build() {
        type Build = fn(&'static str) -> Requirement;
        const UPPER: &str = "AAAAAAAA-1111-4111-8111-111111111111";
        const SHORT: &str = "11111111-1111-4111-8111-11111111111";
        // An id of another provider, which does not look like a GUID.
        const HEX: &str = "0123456789abcdef0123456789abcdef";
        const LONG: &str = "weather-app-of-the-north-and-the-south";
        const BRACES: &str = "{11111111-1111-4111-8111-111111111111}";
        let table: [(Build, &[&str], &[&str]); 9] = [
            (scope, &["a", "api://id/a.b", "!"], &["", " ", "a b", " a", "a\"", "a\\", "\u{e4}", "a\t", "a\u{7f}"]),
            (role, &["a", "a b", "\u{e4}"], &["", " a", "a ", "a\nb", "\0"]),
            (app_permission, &["a", "a b"], &["", " a", "a ", "a\nb"]),
            (group, &[A, "weather-readers"], &["", " ", "a b", UPPER, SHORT, BRACES, "a\n"]),
            (directory_role, &[A], &["", "reader", UPPER, SHORT, BRACES]),
            (client, &[A, "weather-app", "fade-cafe", HEX, LONG], &["", "a b", UPPER, SHORT, BRACES]),
            (tenant, &[A], &["", "common", "contoso.onmicrosoft.com", UPPER, SHORT, BRACES]),
            (auth_context, &["c1", "c9", "c10", "c99"], &["", "c", "c0", "c01", "c100", "C1", "1", "c1 ", "ca"]),
            (|value| all_of(&[scope(value)]), &["a"], &[""]),
        ];
        for (build, good, bad) in table {
            for value in good {
                assert!(!refuses(build, value), "{value:?} is well-formed");
            }
            for value in bad {
                assert!(refuses(build, value), "{value:?} is ill-formed, but built {:?}", build(value));
            }
        }
    }

    #[test]
    fn nothing_is_not_a_requirement() {
        assert!(catch_unwind(|| all(&[])).is_err());
        assert!(catch_unwind(|| any(&[])).is_err());
    }

    /// Lacking a permission must never open a door.
    #[test]
    fn not_takes_no_permission() {
        for good in [delegated(), app_only(), guest(), client(A), tenant(A)] {
            assert!(catch_unwind(|| negated(good)).is_ok(), "{good:?}");
        }
        let always = check("f", |_| true);
        let permissions = [scope("a"), role("a"), app_permission("a"), group(A), directory_role(A), auth_context("c1")];
        let others = [any_token(), always, all_of(&[guest()]), any_of(&[guest()]), negated(guest())];
        for bad in permissions.into_iter().chain(others) {
            assert!(catch_unwind(|| negated(bad)).is_err(), "{bad:?}");
        }
    }
}
