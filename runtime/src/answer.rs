//! The fields of a refusal, for any framework.

use crate::error::AuthError;
use crate::problem::PROBLEM_JSON;

impl AuthError {
    /// The fields of the answer, with names in lower case: `content-type`, which is that of [`problem`](Self::problem), then
    /// `www-authenticate` and `retry-after` where the refusal has them. Each stands once.
    ///
    /// With [`status`](Self::status) and the problem document this is the whole answer, for a framework that has no adapter.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::testing::Issuer;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let refusal = runtime.block_on(Issuer::entra().verifier().verify("")).unwrap_err();
    /// let names: Vec<_> = refusal.fields().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["content-type", "www-authenticate"]);
    /// # }
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        let challenge = self.www_authenticate().map(|challenge| ("www-authenticate", challenge));
        let retry_after = self.retry_after().map(|seconds| ("retry-after", seconds.to_string()));
        [("content-type", PROBLEM_JSON.to_owned())].into_iter().chain(challenge).chain(retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    fn names(refusal: &AuthError) -> Vec<&'static str> {
        refusal.fields().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_refusal_has_the_fields_of_its_kind() {
        assert_eq!(names(&Reason::Expired.into()), ["content-type", "www-authenticate"]);
        assert_eq!(names(&Reason::NotConfigured.into()), ["content-type"]);
        let unavailable = AuthError::new(Reason::KeysUnavailable).with_retry_after(5);
        let fields: Vec<_> = unavailable.fields().collect();
        let expected = [("content-type", PROBLEM_JSON), ("retry-after", "5")];
        assert_eq!(fields, expected.map(|(name, value)| (name, value.to_owned())));
    }

    /// A value that is no field value would be dropped by an adapter, silently.
    #[test]
    fn every_value_is_printable_ascii() {
        for reason in Reason::ALL {
            for (name, value) in AuthError::new(*reason).fields() {
                assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{reason:?}: {name}");
            }
        }
    }
}
