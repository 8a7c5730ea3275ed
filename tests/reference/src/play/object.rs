//! JSON objects as text, so that they can be wrong in any way.

use serde_json::Value;

use super::script::Script;

/// Names that a header may have.
pub(super) const HEADER_NAMES: &str = "
    alg kid typ cty crit b64 nonce x5t x5c x5u jwk jku x5t#S256 enc zip anything
";

/// Names that claims may have.
pub(super) const CLAIM_NAMES: &str = r"
    iss sub aud exp nbf iat jti tid oid ver azp appid client_id scp scope roles groups wids acrs xms_cc idtyp
    idp acct uti hasgroups _claim_names nonce at_hash c_hash s_hash cnf events token_use typ tfp acr
    xms_act_fct xms_sub_fct TID Tid \u0061ud anything
";

/// Values of JSON, some of which are none.
const VALUES: &str = r#"
    null
    true
    false
    0
    1
    -1
    1.5
    1e15
    1e300
    1e999
    -0
    01
    ""
    "x"
    "JWT"
    "at+jwt"
    "application/AT+JWT"
    "dpop+jwt"
    "RS256"
    "ES256"
    "EdDSA"
    "Ed25519"
    "HS256"
    "none"
    "1.0"
    "2.0"
    "app"
    "user"
    "id"
    "ID"
    "Refresh"
    "/"
    "weather.read"
    "weather.read  weather.read"
    "\ud800"
    "weather\u002eread"
    []
    ["x"]
    [1]
    [["x"]]
    {}
    {"groups":"src1"}
    {"\ud800":1}
    [1e999]
"#;

/// A JSON object as text, member by member, so that it can be wrong in any way.
#[derive(Clone)]
pub(super) struct Object(Vec<(String, String)>);

impl Object {
    pub(super) fn of(value: &Value) -> Self {
        let members = value.as_object().expect("an object");
        Self(members.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> Vec<u8> {
        let members: Vec<_> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    /// Sets a member, takes one away, or lets one stand twice.
    pub(super) fn edit(&mut self, names: &str, script: &mut Script<'_>, now: i64) {
        let name = *script.pick(&names.split_whitespace().collect::<Vec<_>>());
        let old = self.get(name).map(str::to_owned);
        let value = match (script.below(4), old) {
            (0, _) => (now + *script.pick(&[-3_601, -61, -60, -59, -1, 0, 1, 60, 61, 3_600])).to_string(),
            (1, Some(old)) => near(&old, script),
            _ => a_value(script),
        };
        let is_twice = script.once_in(8);
        if !is_twice {
            self.0.retain(|(found, _)| found != name);
        }
        if is_twice || !script.once_in(6) {
            let at = script.below(self.0.len() + 1);
            self.0.insert(at, (name.to_owned(), value));
        }
    }
}

/// Nearly what it was.
fn near(old: &str, script: &mut Script<'_>) -> String {
    let inner = old.trim_matches('"');
    match script.below(8) {
        0 => format!("[{old}]"),
        1 => format!("[\"x\",{old}]"),
        2 => format!("[{old},7]"),
        3 => format!("\"{}\"", inner.to_uppercase()),
        4 => format!("\"{inner} \""),
        5 => format!("\"{}\"", inner.get(1..).unwrap_or_default()),
        6 => format!(" {old}\t"),
        _ => format!("{old}.5"),
    }
}

fn a_value(script: &mut Script<'_>) -> String {
    let values: Vec<_> = VALUES.trim().lines().map(str::trim).collect();
    // A reader of JSON goes so deep and no deeper.
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let index = script.below(values.len() + 2);
    values.get(index).map_or_else(|| nested(126 + index - values.len()), |value| (*value).to_owned())
}
