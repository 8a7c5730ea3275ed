//! The claims (RFC 7519 section 4), read before anything is decided about them.

use requires_auth::Reason;

use crate::json::{Loose, Malformed, Members};

/// The claims that something in the library reads. None of them may stand twice.
const READ: &str = "
    iss sub aud exp nbf iat jti azp appid client_id tid oid ver uti idtyp idp acct scp scope roles groups
    wids tfp acr acrs xms_cc hasgroups _claim_names nonce at_hash c_hash s_hash token_use typ cnf events
    xms_act_fct xms_sub_fct
";

/// Those whose type is the issuer's business, as long as they are JSON.
const LOOSE: &str = "
    tid oid ver idtyp idp scp scope roles groups wids acrs xms_cc xms_act_fct tfp acr uti jti token_use typ
";

/// A double counts single seconds up to here.
const LAST_DATE: f64 = 9_007_199_254_740_992.0;

/// What a payload says.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) iss: Option<String>,
    pub(crate) sub: Option<String>,
    pub(crate) azp: Option<String>,
    pub(crate) appid: Option<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) exp: Option<i64>,
    pub(crate) nbf: Option<i64>,
    pub(crate) iat: Option<i64>,
    members: Members,
}

impl Claims {
    pub(crate) fn read(payload: &[u8]) -> Result<Self, Reason> {
        Self::parse(payload).map_err(|_| Reason::Claims)
    }

    fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let members = Members::read(payload)?;
        if READ.split_whitespace().any(|name| members.count(name) > 1) {
            return Err(Malformed);
        }
        for name in LOOSE.split_whitespace() {
            members.loose(name)?;
        }
        members.text("client_id")?;
        if let Some(replaced) = members.get("_claim_names") {
            Members::read(replaced.as_bytes())?;
        }
        Ok(Self {
            iss: members.text("iss")?,
            sub: members.text("sub")?,
            azp: members.text("azp")?,
            appid: members.text("appid")?,
            audiences: audiences(&members)?,
            exp: date(&members, "exp")?,
            nbf: date(&members, "nbf")?,
            iat: date(&members, "iat")?,
            members,
        })
    }

    pub(crate) fn has(&self, claim: &str) -> bool {
        self.members.has(claim)
    }

    /// Whether a claim is called so, but for its case.
    pub(crate) fn has_in_other_case(&self, claim: &str) -> bool {
        self.members.0.iter().any(|(name, _)| name != claim && name.eq_ignore_ascii_case(claim))
    }

    pub(crate) fn get(&self, claim: &str) -> Option<Loose> {
        self.members.loose(claim).expect("it was read before")
    }

    pub(crate) fn text(&self, claim: &str) -> Option<String> {
        match self.get(claim)? {
            Loose::Text(text) => Some(text),
            Loose::List(_) | Loose::Other => None,
        }
    }

    pub(crate) fn list(&self, claim: &str) -> Vec<String> {
        match self.get(claim) {
            Some(Loose::List(items)) => items,
            _ => Vec::new(),
        }
    }

    /// The words of a list of scopes. A lone slash is none.
    pub(crate) fn scopes(&self, claim: &str) -> Vec<String> {
        let list = self.text(claim).unwrap_or_default();
        list.split(' ').filter(|scope| !scope.is_empty() && *scope != "/").map(str::to_owned).collect()
    }
}

fn audiences(members: &Members) -> Result<Vec<String>, Malformed> {
    match members.get("aud") {
        None => Ok(Vec::new()),
        Some(one) if one.starts_with('"') => Ok(vec![serde_json::from_str(one)?]),
        Some(several) => Ok(serde_json::from_str(several)?),
    }
}

fn date(members: &Members, name: &str) -> Result<Option<i64>, Malformed> {
    let Some(text) = members.get(name) else { return Ok(None) };
    let seconds: f64 = serde_json::from_str(text)?;
    if seconds.abs() > LAST_DATE {
        return Err(Malformed);
    }
    #[expect(clippy::cast_possible_truncation, reason = "in range, and the fraction is meant to go")]
    Ok(Some(seconds.floor() as i64))
}
