//! Every check of a token, whatever the ones before it said.
//!
//! It calls what a request calls, in the order in which a request does, and notes each outcome instead of ending at the
//! first refusal. It fetches nothing, and no access token comes of it.

mod advice;
mod notes;
mod seen;

use self::notes::Notes;
use self::seen::{Seen, Trust};
use super::compact::CompactToken;
use super::header::{Members, UnverifiedHeader};
use super::issuers::nearest;
use super::key_choice::{KeySets, NoKey, Progress, Whom};
use super::registered::{self, Window};
use super::{Question, Route, Told, Verifier, signature};
use crate::access_token::Facts;
use crate::bearer::BearerToken;
use crate::checks::Check;
use crate::claims::Claims;
use crate::doctor::Explanation;
use crate::error::{AuthError, Reason};
use crate::jwk::SigningKey;
use crate::keys::{Candidates, KeyQuery, Now, Snapshot, TokenId};

impl Verifier {
    /// Makes every check of a token and says what came of each, with what to do about those that fail.
    ///
    /// It goes on where [`verify`](Self::verify) stops, so that a token with three faults is mended in one go. It asks no
    /// network and tells nobody of the token: the keys are those that are cached now. Where the token's key is not among
    /// them, it says so; [`explain_with_lookup`](Self::explain_with_lookup) has them fetched.
    ///
    /// For a developer at a terminal. The explanation quotes claims, which are personal data; it holds neither the token
    /// nor its signature.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::{Reason, doctor::Outcome, testing::Issuer};
    /// # let issuer = Issuer::entra();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// # let verifier = issuer.verifier();
    /// # verifier.ready().await;
    /// let explanation = verifier.explain(&issuer.token().expired().audience("api://other").sign());
    ///
    /// assert_eq!(explanation.reason(), Some(Reason::Audience), "what a request is refused with");
    /// let failed = explanation.findings().iter().filter(|finding| finding.outcome() == Outcome::Failed);
    /// assert_eq!(failed.map(|finding| finding.check()).collect::<Vec<_>>(), ["audience", "time"]);
    /// # });
    /// # }
    /// ```
    #[must_use]
    pub fn explain(&self, token: &str) -> Explanation {
        self.explained(token, None).0
    }

    /// The same, after the token's key was looked up as it is for a request: where it is not cached, its issuer is asked
    /// for its keys, at most 5 s for each set that may have it. The issuer hears nothing of the token.
    ///
    /// Needs no particular runtime. Not for tokens that a request brings; [`verify`](Self::verify) bounds what they cost.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::testing::Issuer;
    /// # let issuer = Issuer::entra();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// // No key is here yet.
    /// let explanation = issuer.verifier().explain_with_lookup(&issuer.token().sign()).await;
    /// assert_eq!(explanation.reason(), None, "{explanation}");
    /// # });
    /// # }
    /// ```
    pub fn explain_with_lookup(&self, token: &str) -> impl Future<Output = Explanation> + Send + use<> {
        let (verifier, token) = (self.clone(), Box::<str>::from(token));
        async move {
            let mut explained = verifier.explained(&token, None);
            // As often as for a request.
            for _ in 0..3 {
                let Some(question) = explained.1 else { break };
                let told = question.answered(verifier.ask(&question, token.as_bytes()).await);
                explained = verifier.explained(&token, Some(told));
            }
            explained.0
        }
    }

    /// What is to be asked where the keys that are here do not tell, too.
    fn explained(&self, token: &str, told: Option<Told>) -> (Explanation, Option<Question>) {
        let now = Now::read(&*self.0.clock);
        let window = Window { now: now.unix, leeway: self.0.leeway };
        let mut notes = Notes::default();

        // 1. Split and read.
        let bearer = notes.take(Check::Format, BearerToken::from_token(token.as_bytes(), self.max_token_bytes()));
        let compact = bearer.and_then(|bearer| notes.take(Check::Format, CompactToken::split(bearer)));
        let header = compact.and_then(|compact| notes.take(Check::Format, compact.decode_header()));
        let members = header.as_deref().and_then(|header| notes.take(Check::Header, Members::read(header)));
        let algorithm = members.as_ref().and_then(|members| members.check(&mut notes).ok().flatten());
        let payload = compact.and_then(|compact| notes.take(Check::Format, compact.decode_payload()));
        let claims = payload.as_deref().and_then(|payload| {
            let mut claims = Claims::default();
            let outcome = super::read_claims(payload, &mut claims);
            notes.take(Check::Claims, outcome.map(|()| claims))
        });

        let id = TokenId::Text(token.as_bytes());
        let mut seen = Seen::of(token, window);
        let mut question = None;
        if let Some(claims) = &claims {
            // 2. The issuer, its algorithms, and all that the claims alone refuse.
            match self.route(claims, None, window) {
                Ok((index, route)) => {
                    seen.trust = Trust::Issuer(route);
                    if let Some(algorithm) = algorithm {
                        notes.note(Check::Algorithm, route.check_algorithm(algorithm));
                    }
                    if let Some(members) = &members {
                        notes.note(Check::Type, route.check_type(members.is_at_jwt()));
                    }
                    notes.each(|notes| registered::check_each(claims, &route.profile, &route.issuer, window, notes));
                    // 3 to 6. The key, the signature, and who may call.
                    let header = algorithm.zip(members.as_ref()).map(|(algorithm, members)| UnverifiedHeader {
                        algorithm,
                        at_jwt: members.is_at_jwt(),
                        kid: members.kid.clone(),
                        x5t: members.x5t.clone(),
                    });
                    let signed = compact.zip(header);
                    let progress = told.map_or(Progress::Fresh, |told| told.to(index));
                    let asks = route.explain_key(signed, claims, id, (now, progress), &mut notes, &mut seen);
                    question = asks.map(|whom| Question {
                        route: index,
                        whom,
                        tenant: route.issuer.tenant_of(claims.iss.as_deref().unwrap_or_default()).map(Into::into),
                        kid: members.as_ref().and_then(|members| members.kid.as_deref()).map(Into::into),
                        signed_by: registered::signed_by(claims),
                    });
                    let facts = route.profile.facts(claims, payload.as_deref().unwrap_or_default());
                    seen.facts = notes.take(Check::Claims, facts.map(Facts::into_owned));
                    if let Some(facts) = &seen.facts {
                        notes.each(|notes| route.admission.check_each(facts.identity(), notes));
                    }
                }
                Err(refusal) => {
                    notes.note(Check::Issuer, Err(refusal));
                    // As if it came from the issuer that is most like its own: which other mistakes are in it?
                    if let Some(route) = nearest(claims.iss.as_deref().unwrap_or_default(), &self.0.routes) {
                        seen.trust = Trust::Nobody { nearest: route };
                        notes.each_of([Check::Claims, Check::Kind, Check::Audience, Check::Time], |notes| {
                            registered::check_each(claims, &route.profile, &route.issuer, window, notes)
                        });
                    }
                }
            }
        }
        seen.members = members;
        seen.claims = claims;
        (Explanation::new(notes.reason(), notes.findings(&seen)), question)
    }
}

impl Route {
    /// Looks for the key, and verifies with it. Returns whom to ask where the key is not here.
    fn explain_key(
        &self,
        token: Option<(CompactToken<'_>, UnverifiedHeader<'_>)>,
        claims: &Claims<'_>,
        id: TokenId<'_>,
        (now, progress): (Now, Progress),
        notes: &mut Notes,
        seen: &mut Seen<'_>,
    ) -> Option<Whom> {
        let iss = claims.iss.as_deref().unwrap_or_default();
        let unverified_tenant = self.issuer.tenant_of(iss);
        let (common, own) = self.load_keys(unverified_tenant, now);
        notes.note(Check::Issuer, self.check_learned_issuer(claims, &common));
        let Some((token, header)) = token else {
            notes.unknown(Check::Key, "the header does not say which key to look for", None);
            return None;
        };

        let signed_by = registered::signed_by(claims);
        let (kid, x5t) = (header.kid.as_deref(), header.x5t.as_deref());
        let query = KeyQuery { kid, x5t, algorithm: header.algorithm, signed_by, token: id };
        let sets = KeySets {
            common: &common,
            own: own.as_deref().map(|own| &**own),
            is_shared: self.keys.tenants().is_some(),
        };
        let admitted = || unverified_tenant.is_some_and(|tenant| self.admission.admits_tenant(tenant));
        match sets.choose(&query, now, progress, admitted) {
            Ok((snapshot, candidates)) => {
                notes.note(Check::Key, Ok(()));
                let cloud = snapshot.cloud_instance_name();
                let may_sign = |key: &SigningKey| signature::check_key_issuer(key, &self.issuer, iss, cloud);
                let signer = explain_signature(token, &header, candidates, may_sign, notes);
                if let Some(key) = signer.or_else(|| candidates.iter().next()) {
                    seen.key_issuer = key.issuer.as_deref().map(Into::into);
                    notes.note(Check::KeyIssuer, may_sign(key));
                }
            }
            Err(NoKey::Refused(refusal)) if refusal.reason() == Reason::UnknownKey => {
                notes.note(Check::Key, Err(refusal));
            }
            Err(NoKey::Refused(refusal)) => {
                notes.unknown(Check::Key, &missing_key(&common, now), Some(refusal.reason()));
            }
            Err(NoKey::Ask(whom)) => {
                let reason = if common.has_keys(now) { Reason::KeyNotLookedUp } else { Reason::KeysUnavailable };
                notes.unknown(Check::Key, &missing_key(&common, now), Some(reason));
                return Some(whom);
            }
        }
        None
    }
}

/// Verifies the signature, and returns the key that made it and may.
fn explain_signature<'k>(
    token: CompactToken<'_>,
    header: &UnverifiedHeader<'_>,
    candidates: Candidates<'k>,
    may_sign: impl Fn(&SigningKey) -> Result<(), AuthError>,
    notes: &mut Notes,
) -> Option<&'k SigningKey> {
    match signature::verify(token, header, candidates, may_sign) {
        Ok((key, _)) => {
            notes.note(Check::Signature, Ok(()));
            return Some(key);
        }
        Err(refusal) => match refusal.reason() {
            // It was made with one of the keys.
            Reason::KeyIssuer => {
                notes.note(Check::Signature, Ok(()));
                notes.note(Check::KeyIssuer, Err(refusal));
            }
            Reason::Algorithm | Reason::Format => {
                let check = if refusal.reason() == Reason::Format { Check::Format } else { Check::Algorithm };
                notes.note(check, Err(refusal));
                notes.unknown(Check::Signature, "not reached: no key can be tried", None);
            }
            _ => notes.note(Check::Signature, Err(refusal)),
        },
    }
    None
}

/// Why a key that may exist is not here.
fn missing_key(keys: &Snapshot, now: Now) -> String {
    match (keys.has_keys(now), keys.last_error()) {
        (true, _) => "the key that it names is not among those that are cached; a request would look it up".to_owned(),
        (false, Some(error)) => format!("no keys are cached: {error}"),
        (false, None) => "no keys are cached, they are still being fetched".to_owned(),
    }
}
