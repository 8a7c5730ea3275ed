//! When a check is asked, and what a refusal is made of.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any as arbitrary, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::error::AuthError;

/// As many checks as the largest tree has.
const MOST: usize = 27;

type Function = fn(&AccessToken) -> bool;

thread_local! {
    static ASKED: [Cell<usize>; MOST] = const { [const { Cell::new(0) }; MOST] };
    static SAYS: [Cell<bool>; MOST] = const { [const { Cell::new(false) }; MOST] };
}

fn nth<const N: usize>(_: &AccessToken) -> bool {
    ASKED.with(|asked| asked[N].set(asked[N].get() + 1));
    SAYS.with(|says| says[N].get())
}

macro_rules! functions {
    ($($n:literal)*) => { [$(nth::<$n>),*] };
}

const FUNCTIONS: [Function; MOST] = functions!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26);

/// The check of this number, which has not been asked yet.
fn saying(number: usize, says: bool) -> Requirement {
    ASKED.with(|asked| asked[number].set(0));
    SAYS.with(|all| all[number].set(says));
    check("nth", FUNCTIONS[number])
}

fn asked(number: usize) -> usize {
    ASKED.with(|asked| asked[number].get())
}

#[test]
fn a_check_is_what_the_function_says() {
    let holds_x = check("f", |token| token.has_scope("x"));
    assert_eq!(reason(holds_x, &user(&["x"], &[])), None);
    assert_eq!(reason(holds_x, &user(&[], &[])), Some(Reason::ForbiddenCheck));
}

#[test]
fn a_check_is_asked_once_whether_it_grants_or_refuses() {
    for says in [true, false] {
        let expected = if says { None } else { Some(Reason::ForbiddenCheck) };
        assert_eq!(reason(saying(0, says), &user(&[], &[])), expected);
        assert_eq!(asked(0), 1);
        assert_eq!(reason(all_of(&[delegated(), saying(0, says)]), &user(&[], &[])), expected);
        assert_eq!(asked(0), 1);
    }
    let choice = any_of(&[saying(0, false), saying(1, false), saying(2, false)]);
    assert_eq!(reason(all_of(&[delegated(), choice]), &user(&[], &[])), Some(Reason::ForbiddenCheck));
    assert_eq!([asked(0), asked(1), asked(2)], [1, 1, 1], "more than one answer is remembered");
}

#[test]
fn a_check_is_not_asked_after_a_part_that_does_not_hold() {
    let lacking = user(&[], &[]);
    let unknown = token(|_| ());
    let nested: [fn(Requirement) -> Requirement; 5] = [
        |check| all_of(&[scope("a"), check]),
        |check| all_of(&[scope("a"), any_of(&[check, role("r")])]),
        |check| all_of(&[scope("a"), any_of(&[role("r"), all_of(&[check])])]),
        |check| any_of(&[all_of(&[scope("a"), check]), role("r")]),
        |check| all_of(&[any_of(&[scope("a"), scope("b")]), all_of(&[role("r"), any_of(&[role("x"), check])])]),
    ];
    for build in nested {
        let requirement = build(saying(0, true));
        assert!(requirement.evaluate(&lacking).is_err());
        assert_eq!(asked(0), 0, "{requirement:?}");
    }
    let requirement = all_of(&[guest(), saying(0, true)]);
    assert_eq!(reason(requirement, &unknown), Some(Reason::ForbiddenGuest));
    assert_eq!(asked(0), 0, "unknown does not hold");
    let requirement = all_of(&[not_guest(), any_of(&[saying(0, true), role("r")])]);
    assert_eq!(reason(requirement, &unknown), Some(Reason::ForbiddenGuest));
    assert_eq!(asked(0), 0, "nor does its not");
}

fn not_guest() -> Requirement {
    negated(guest())
}

#[test]
fn a_check_is_asked_before_what_stands_after_it() {
    let requirement = all_of(&[saying(0, true), guest()]);
    assert_eq!(reason(requirement, &token(|_| ())), Some(Reason::ForbiddenGuest));
    assert_eq!(asked(0), 1);
    let requirement = all_of(&[saying(0, false), scope("a"), saying(1, true)]);
    assert_eq!(reason(requirement, &user(&[], &[])), Some(Reason::InsufficientScope));
    assert_eq!([asked(0), asked(1)], [1, 0]);
}

#[test]
fn a_check_is_not_asked_after_an_alternative_that_holds() {
    let requirement = any_of(&[scope("a"), saying(0, false)]);
    assert_eq!(reason(requirement, &user(&["a"], &[])), None);
    assert_eq!(asked(0), 0);
    let requirement = all_of(&[any_of(&[saying(0, true), saying(1, true)]), scope("a")]);
    assert_eq!(scopes(requirement, &user(&[], &[])), ["a"]);
    assert_eq!([asked(0), asked(1)], [1, 0]);
}

/// The compiler may store them once, and then they have one address.
#[test]
fn equal_parts_of_a_requirement_share_one_answer() {
    let shared = parts(&[saying(0, false)]);
    assert_eq!(reason(any_of(&[all(shared), all(shared)]), &user(&[], &[])), Some(Reason::ForbiddenCheck));
    assert_eq!(asked(0), 1);
}

#[test]
fn a_check_may_rely_on_what_stands_before_it() {
    let relies = check("relies", |token| token.client_id().unwrap() == A && token.has_scope("a"));
    let of_client = |id: Option<&'static str>| token(|facts| facts.client_id = id.map(Into::into));
    for requirement in [
        all_of(&[client(A), relies]),
        all_of(&[client(A), any_of(&[relies, role("r")])]),
        all_of(&[scope("b"), client(A), any_of(&[all_of(&[relies, scope("a")]), role("r")])]),
    ] {
        for client in [None, Some(B), Some(A)] {
            let refusal = requirement.evaluate(&of_client(client)).unwrap_err();
            assert_eq!(AuthError::new(refusal.reason).status(), 403, "{requirement:?} of {client:?}");
        }
    }
}

#[test]
fn a_check_that_was_not_asked_is_no_reason() {
    let lacking = user(&[], &[]);
    // Whether the caller needs the role is not known yet: it may need only the scope.
    let requirement = all_of(&[scope("a"), any_of(&[saying(0, true), role("r")])]);
    assert_eq!(reason(requirement, &lacking), Some(Reason::InsufficientScope));
    assert_eq!(scopes(requirement, &lacking), ["a"]);
    assert_eq!(reason(requirement, &user(&["a"], &[])), None);
    let requirement = all_of(&[scope("a"), any_of(&[saying(0, false), role("r")])]);
    assert_eq!(reason(requirement, &lacking), Some(Reason::InsufficientScope));
    assert_eq!(reason(requirement, &user(&["a"], &[])), Some(Reason::ForbiddenRole));
    let requirement = any_of(&[all_of(&[delegated(), saying(0, false)]), all_of(&[guest(), saying(1, false)])]);
    assert_eq!(reason(requirement, &app(&[])), Some(Reason::ForbiddenCaller));
}

#[test]
fn a_check_that_was_not_asked_is_no_alternative() {
    let lacking = user(&[], &[]);
    let requirement = all_of(&[scope("a"), any_of(&[saying(0, true), scope("b")])]);
    assert_eq!(scopes(requirement, &lacking), ["a", "b"]);
    let held = all_of(&[scope("a"), any_of(&[all_of(&[scope("b"), saying(0, true)]), scope("c")])]);
    assert_eq!(scopes(held, &user(&["b"], &[])), ["a", "c"]);
    let only = all_of(&[scope("a"), any_of(&[all_of(&[scope("b"), saying(0, true)]), saying(1, true)])]);
    assert_eq!(scopes(only, &user(&["b"], &[])), ["a", "b"], "if none is left, the first");
}

#[test]
fn a_check_that_holds_is_the_alternative_that_the_caller_meets() {
    let requirement = all_of(&[any_of(&[scope("b"), saying(0, true)]), scope("a")]);
    assert_eq!(scopes(requirement, &user(&[], &[])), ["a"]);
    let requirement = all_of(&[any_of(&[saying(0, false), scope("b")]), scope("a")]);
    assert_eq!(scopes(requirement, &user(&[], &[])), ["b", "a"]);
}

#[derive(Clone, Debug)]
enum Tree {
    Fact(usize),
    Check(bool),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

fn facts() -> [Requirement; 10] {
    [
        scope("a"),
        scope("b"),
        role("r"),
        app_permission("r"),
        group(A),
        client(A),
        auth_context("c1"),
        delegated(),
        guest(),
        not_guest(),
    ]
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![(0..facts().len()).prop_map(Tree::Fact), arbitrary::<bool>().prop_map(Tree::Check)];
    leaf.prop_recursive(3, 27, 3, |part| {
        let parts = vec(part, 1..=3);
        prop_oneof![parts.clone().prop_map(Tree::All), parts.prop_map(Tree::Any)]
    })
}

fn tokens() -> impl Strategy<Value = AccessToken> {
    let kind = prop_oneof![Just(CallerKind::Delegated), Just(CallerKind::AppOnly), Just(CallerKind::Unknown)];
    let flags = arbitrary::<[bool; 6]>();
    (kind, flags, arbitrary::<Option<bool>>()).prop_map(|(caller, [a, b, r, of_client, capable, cut], guest)| {
        token(|facts| {
            facts.scopes.extend(a.then_some("a".into()));
            facts.scopes.extend(b.then_some("b".into()));
            facts.roles.extend(r.then_some("r".into()));
            facts.client_id = of_client.then_some(A.into());
            facts.traits.overage.groups = cut;
            (facts.traits.caller, facts.traits.guest, facts.traits.claims_capable) = (caller, guest, capable);
        })
    })
}

/// A tree whose checks are numbered in the order in which they are written.
#[derive(Clone, Debug)]
enum Numbered {
    Fact(Requirement),
    Check(usize, bool),
    All(Vec<Numbered>),
    Any(Vec<Numbered>),
}

impl Numbered {
    fn of(tree: &Tree, next: &mut usize) -> Self {
        match tree {
            Tree::Fact(position) => Self::Fact(facts()[*position]),
            Tree::Check(says) => {
                *next += 1;
                Self::Check(*next - 1, *says)
            }
            Tree::All(parts) => Self::All(parts.iter().map(|part| Self::of(part, next)).collect()),
            Tree::Any(parts) => Self::Any(parts.iter().map(|part| Self::of(part, next)).collect()),
        }
    }

    fn requirement(&self) -> Requirement {
        let built = |parts: &[Self]| parts.iter().map(Self::requirement).collect::<Vec<_>>();
        match self {
            Self::Fact(fact) => *fact,
            Self::Check(number, says) => saying(*number, *says),
            Self::All(parts) => all_of(&built(parts)),
            Self::Any(parts) => any_of(&built(parts)),
        }
    }

    /// The numbers of its checks.
    fn checks(&self) -> Vec<usize> {
        match self {
            Self::Fact(_) => Vec::new(),
            Self::Check(number, _) => vec![*number],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::checks).collect(),
        }
    }

    /// Kleene's strong logic, in which checks are asked freely.
    fn truth(&self, token: &AccessToken) -> Truth {
        let of = |parts: &[Self]| parts.iter().map(|part| part.truth(token)).collect::<Vec<_>>();
        match self {
            Self::Fact(fact) => truth_of(*fact, token),
            Self::Check(_, says) => Truth::of(*says),
            Self::All(parts) if of(parts).contains(&Truth::No) => Truth::No,
            Self::All(parts) if of(parts).contains(&Truth::Unknown) => Truth::Unknown,
            Self::All(_) => Truth::Yes,
            Self::Any(parts) if of(parts).contains(&Truth::Yes) => Truth::Yes,
            Self::Any(parts) if of(parts).contains(&Truth::Unknown) => Truth::Unknown,
            Self::Any(_) => Truth::No,
        }
    }

    fn holds(&self, token: &AccessToken) -> bool {
        self.truth(token) == Truth::Yes
    }

    /// The numbers of the checks before which everything holds in a conjunction, and nothing in a choice.
    fn to_ask(&self, token: &AccessToken) -> Vec<usize> {
        let until = |parts: &[Self], end: bool| {
            let reached = parts.iter().position(|part| part.holds(token) == end).unwrap_or(parts.len());
            parts.iter().take(reached + 1).flat_map(|part| part.to_ask(token)).collect()
        };
        match self {
            Self::Fact(_) => Vec::new(),
            Self::Check(number, _) => vec![*number],
            Self::All(parts) => until(parts, false),
            Self::Any(parts) => until(parts, true),
        }
    }

    /// The same tree, in which these checks alone say what they say and every other says yes.
    fn with_answers_of(&self, asked: &[usize]) -> Self {
        let of = |parts: &[Self]| parts.iter().map(|part| part.with_answers_of(asked)).collect();
        match self {
            Self::Check(number, says) => Self::Check(*number, *says || !asked.contains(number)),
            Self::All(parts) => Self::All(of(parts)),
            Self::Any(parts) => Self::Any(of(parts)),
            Self::Fact(fact) => Self::Fact(*fact),
        }
    }

    /// Why it does not hold, in which checks are asked freely.
    fn why(&self, token: &AccessToken) -> (Reason, Option<&'static str>) {
        let ease = |part: &&Self| ease(part.why(token).0);
        match self {
            Self::Fact(fact) => {
                let unmet = fact.evaluate(token).unwrap_err();
                (unmet.reason, unmet.auth_context)
            }
            Self::Check(..) => (Reason::ForbiddenCheck, None),
            Self::All(parts) => {
                let is_named = |part: &&Self| !part.holds(token) && !matches!(part, Self::Check(..));
                let hardest = parts.iter().rev().filter(is_named).max_by_key(ease);
                hardest.map_or((Reason::ForbiddenCheck, None), |part| part.why(token))
            }
            Self::Any(parts) => parts.iter().min_by_key(ease).unwrap().why(token),
        }
    }

    /// The scopes that the operation needs, in which checks are asked freely.
    fn needs(&self, token: &AccessToken, scopes: &mut Vec<&'static str>) {
        match self {
            Self::Fact(Requirement(Node::Scope(scope))) if !scopes.contains(scope) => scopes.push(scope),
            Self::All(parts) => parts.iter().for_each(|part| part.needs(token, scopes)),
            Self::Any(parts) => {
                let met = parts.iter().find(|part| part.holds(token));
                let easiest = || parts.iter().min_by_key(|part| ease(part.why(token).0)).unwrap();
                met.unwrap_or_else(easiest).needs(token, scopes);
            }
            _ => {}
        }
    }
}

fn ease(reason: Reason) -> usize {
    match reason {
        Reason::InsufficientClaims => 0,
        Reason::InsufficientScope => 1,
        Reason::ForbiddenRole | Reason::ForbiddenGroup | Reason::GroupsOverage | Reason::ForbiddenAuthContext => 2,
        _ => 3,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_evaluation_decides_as_one_that_asks_freely(tree in trees(), token in tokens()) {
        let tree = Numbered::of(&tree, &mut 0);
        let outcome = tree.requirement().evaluate(&token);
        prop_assert_eq!(outcome.is_ok(), tree.holds(&token));
        let to_ask = tree.to_ask(&token);
        for number in tree.checks() {
            prop_assert_eq!(asked(number), usize::from(to_ask.contains(&number)), "check {}", number);
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_whatever_the_checks_would_have_said(tree in trees(), token in tokens()) {
        let tree = Numbered::of(&tree, &mut 0);
        let Err(unmet) = tree.requirement().evaluate(&token) else { return Ok(()) };
        let asked = tree.to_ask(&token);
        let reference = tree.with_answers_of(&asked);
        prop_assert_eq!((unmet.reason, unmet.auth_context), reference.why(&token));
        if asked == tree.checks() {
            let mut scopes = Vec::new();
            if unmet.reason == Reason::InsufficientScope {
                tree.needs(&token, &mut scopes);
            }
            prop_assert_eq!(unmet.scopes, scopes);
        }
    }
}
