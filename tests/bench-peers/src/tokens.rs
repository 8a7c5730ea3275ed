//! The tokens of a run, and the keys they are verified with: made once, and handed to the run under valgrind by a file.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io, path::Path, thread};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::algorithm::Algorithm;
use crate::keys::SigningKey;

/// The scope that every handler asks for.
pub(crate) const SCOPE: &str = "weather.read";
/// The id of the tenant.
pub(crate) const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
/// The client id of the API, which is the audience.
pub(crate) const AUDIENCE: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
/// How long the claims of an ordinary token are, so that it has 1,903 bytes with RS256.
const CLAIMS_BYTES: usize = 1_106;

/// The name of the key that signs. As long as Entra ID's, which are SHA-1 thumbprints.
pub(crate) const KID: &str = "L1KfKFI_jnXbwWc22xZxw1sUHH0";
const OTHER_KID: &str = "1LTMzakihiRla_8z2BEJVXeWMqo";
const UNKNOWN_KID: &str = "kWbkhQXd0cxyYbXbXUlNpVZvDNI";

/// Which tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    Valid(Algorithm),
    /// Many, all different and all valid, RS256.
    Many,
    /// With the object ids of 200 groups.
    Groups,
    Expired,
    ForeignAudience,
    UnknownKid,
    /// No token at all.
    Garbage,
    WrongSignature,
    /// Valid and long.
    Long(Length),
    /// Long, and of a shape that shall cost its reader much.
    Hostile(Shape, Length),
}

/// How long a long token is, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Length {
    /// A quarter of the most, to see how cost grows.
    Quarter,
    /// The longest token that this library reads by default.
    Most,
}

/// What is hostile about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Shape {
    /// Nothing, but it is for another API.
    ForeignAudience,
    /// Nothing but dots.
    Dots,
    /// Five parts, as an encrypted token has.
    Encrypted,
    /// Claims in base64url with padding.
    Padded,
    /// Claims in base64url that are no JSON.
    NoJson,
    /// A list in a list in a list.
    Deep,
    /// As many members as fit, none of them known.
    Members,
    /// As many audiences as fit.
    Items,
    /// A claim that stands twice, at the beginning and at the end.
    Duplicate,
}

impl Length {
    const ALL: [Self; 2] = [Self::Quarter, Self::Most];

    const fn bytes(self) -> usize {
        match self {
            Self::Quarter => 16_384,
            Self::Most => 65_536,
        }
    }
}

impl Shape {
    const ALL: [Self; 9] = [
        Self::ForeignAudience,
        Self::Dots,
        Self::Encrypted,
        Self::Padded,
        Self::NoJson,
        Self::Deep,
        Self::Members,
        Self::Items,
        Self::Duplicate,
    ];

    /// The token, of no more bytes than that. What can be signed is: nothing but the shape is wrong.
    fn token(self, length: Length, claims: &Claims, key: &SigningKey) -> String {
        let (bytes, room) = (length.bytes(), claims_bytes(length.bytes()));
        let sign = |payload: &str| key.sign(&header(claims.algorithm, KID), payload);
        let foreign = |bytes| Claims { audience: OTHER_AUDIENCE, bytes, ..*claims }.sign(key);
        let fill = |open: &str, part: &str, close: &str| {
            let times = (room - open.len() - close.len()) / part.len();
            [open, &part.repeat(times), close].concat()
        };
        match self {
            Self::ForeignAudience => foreign(room),
            Self::Dots => ".".repeat(bytes),
            Self::Encrypted => vec![opaque(1, bytes / 5 - 1); 5].join("."),
            Self::Padded => {
                let token = foreign(room - 3);
                let end = token.rfind('.').expect("a token has dots");
                [&token[..end], "=", &token[end..]].concat()
            }
            Self::NoJson => sign(&opaque(1, room)),
            Self::Deep => sign(&fill(r#"{"deep":"#, "[", "")),
            // Names of one length, so that as many fit as there can be.
            Self::Members => {
                let members: Vec<_> = (0..room / 10 - 1).map(|number| format!(r#""{number:05}":0"#)).collect();
                sign(&format!("{{{}}}", members.join(",")))
            }
            Self::Items => sign(&fill(r#"{"aud":["""#, r#","""#, "]}")),
            Self::Duplicate => sign(&fill(r#"{"aud":"a","filler":""#, "x", r#"","aud":"b"}"#)),
        }
    }
}

/// All tokens of a run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tokens {
    key_sets: Vec<(Algorithm, String)>,
    tokens: Vec<(Kind, Vec<String>)>,
}

impl Tokens {
    /// Makes keys and tokens; `many` of [`Kind::Many`].
    pub(crate) fn make(many: usize) -> Self {
        let (mut key_sets, mut tokens) = (Vec::new(), BTreeMap::new());
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm, KID);
            let other = SigningKey::generate(algorithm, OTHER_KID);
            key_sets.push((algorithm, json!({ "keys": [other.jwk(), key.jwk()] }).to_string()));
            let claims = Claims::of(algorithm);
            tokens.insert(Kind::Valid(algorithm), vec![claims.sign(&key)]);
            if algorithm != Algorithm::Rs256 {
                continue;
            }
            let mut only = |kind, token: String| tokens.insert(kind, vec![token]);
            only(Kind::Groups, Claims { groups: 200, bytes: 0, ..claims }.sign(&key));
            only(Kind::Expired, Claims { expires_in: -3600, ..claims }.sign(&key));
            let foreign = Claims { audience: OTHER_AUDIENCE, ..claims };
            only(Kind::ForeignAudience, foreign.sign(&key));
            for length in Length::ALL {
                only(Kind::Long(length), Claims { bytes: claims_bytes(length.bytes()), ..claims }.sign(&key));
                for shape in Shape::ALL {
                    only(Kind::Hostile(shape, length), shape.token(length, &claims, &key));
                }
            }
            only(Kind::UnknownKid, key.sign(&header(algorithm, UNKNOWN_KID), &claims.text()));
            only(Kind::WrongSignature, with_wrong_signature(&claims.sign(&key)));
            only(Kind::Garbage, garbage(claims.sign(&key).len()));
            tokens.insert(Kind::Many, sign_many(&claims, &key, many));
        }
        Self { key_sets, tokens: tokens.into_iter().collect() }
    }

    /// Writes them, the first `many` of [`Kind::Many`].
    pub(crate) fn write(&self, file: &Path, many: usize) -> io::Result<()> {
        let first = |(kind, tokens): &(Kind, Vec<String>)| (*kind, tokens.iter().take(many).cloned().collect());
        let short = Self { key_sets: self.key_sets.clone(), tokens: self.tokens.iter().map(first).collect() };
        fs::write(file, serde_json::to_vec(&short)?)
    }

    /// Reads what was written.
    pub(crate) fn read(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    }

    /// All of a kind, at least one.
    pub(crate) fn of(&self, kind: Kind) -> &[String] {
        let found = self.tokens.iter().find(|(of, _)| *of == kind);
        &found.expect("tokens of every kind are made").1
    }

    /// The key set that verifies them, as JWKS: the key that signs is the second of two.
    pub(crate) fn key_set(&self, algorithm: Algorithm) -> &str {
        let found = self.key_sets.iter().find(|(of, _)| *of == algorithm);
        &found.expect("every algorithm has keys").1
    }
}

const OTHER_AUDIENCE: &str = "00000003-0000-0000-c000-000000000000";

/// Who issues the tokens of an algorithm. Entra ID signs with RS256 alone, so the others have another issuer.
pub(crate) fn issuer(algorithm: Algorithm) -> String {
    let host = if algorithm == Algorithm::Rs256 { "login.microsoftonline.com" } else { "issuer.identity.example" };
    format!("https://{host}/{TENANT}/v2.0")
}

fn header(algorithm: Algorithm, kid: &str) -> String {
    format!(r#"{{"typ":"JWT","alg":"{}","kid":"{kid}"}}"#, algorithm.name())
}

/// The claims of an Entra ID token of version 2.0 for a user.
#[derive(Clone, Copy)]
struct Claims {
    algorithm: Algorithm,
    audience: &'static str,
    expires_in: i64,
    groups: usize,
    /// The token's number.
    index: usize,
    /// How long they are at least: `aio`, which is opaque, is as long as it takes.
    bytes: usize,
}

impl Claims {
    fn of(algorithm: Algorithm) -> Self {
        Self { algorithm, audience: AUDIENCE, expires_in: 24 * 3600, groups: 0, index: 0, bytes: CLAIMS_BYTES }
    }

    fn sign(&self, key: &SigningKey) -> String {
        key.sign(&header(self.algorithm, KID), &self.text())
    }

    fn text(&self) -> String {
        let missing = self.bytes.saturating_sub(self.with_aio("").len());
        self.with_aio(&opaque(self.index, missing))
    }

    fn with_aio(&self, aio: &str) -> String {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()).unwrap();
        let expires = now + self.expires_in;
        let issued = now.min(expires) - 4000;
        let mut members = vec![
            format!(r#""aud":"{}","iss":"{}""#, self.audience, issuer(self.algorithm)),
            format!(r#""iat":{issued},"nbf":{issued},"exp":{expires},"aio":"{aio}""#),
            r#""azp":"0b1e0f5c-8a4e-4d2c-9f37-6f1d2c3b4a59","azpacr":"1""#.into(),
        ];
        if self.groups > 0 {
            let ids: Vec<_> = (0..self.groups).map(|at| format!(r#""{}""#, guid("a1f0", at))).collect();
            members.push(format!(r#""groups":[{}]"#, ids.join(",")));
        }
        let scope = if self.algorithm == Algorithm::Rs256 { "scp" } else { "scope" };
        members.extend([
            format!(r#""name":"Ada Lovelace","oid":"{}""#, guid("b2e1", self.index)),
            r#""preferred_username":"ada.lovelace@contoso.com""#.into(),
            r#""rh":"1.ARoAv4j5cvGGr0GRqy180BHbRysXdG5WvkNIn_TmajnrEuMaAAAaAA.""#.into(),
            format!(r#""roles":["Forecaster","Reader"],"{scope}":"{SCOPE} weather.write""#),
            format!(r#""sub":"{}","tid":"{TENANT}""#, opaque(self.index + 7, 43)),
            format!(r#""uti":"{}","ver":"2.0""#, opaque(self.index + 13, 22)),
        ]);
        format!("{{{}}}", members.join(","))
    }
}

/// How long the claims of a token of so many bytes are: no base64 is longer by one than by a multiple of four.
fn claims_bytes(token: usize) -> usize {
    let rest = header(Algorithm::Rs256, KID).len().div_ceil(3) * 4 + 342 + 2;
    (token - rest) / 4 * 3
}

fn sign_many(claims: &Claims, key: &SigningKey, many: usize) -> Vec<String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let sign = |first| (first..many).step_by(threads).map(|at| Claims { index: at + 1, ..*claims }.sign(key));
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || sign(first).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("signing")).collect()
    })
}

/// Wrong in one bit, so that the arithmetic refuses it and not its size.
fn with_wrong_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a token has dots");
    let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64url");
    *bytes.last_mut().expect("a signature") ^= 1;
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&bytes))
}

fn garbage(bytes: usize) -> String {
    opaque(1, bytes)
}

/// Text that looks random and is the same for the same number.
fn opaque(seed: usize, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut random = Random::new(seed as u64);
    (0..length).map(|_| char::from(LETTERS[random.below(64)])).collect()
}

fn guid(first: &str, number: usize) -> String {
    let mut random = Random::new(number as u64);
    let mut hex =
        |digits: usize| -> String { (0..digits).map(|_| char::from(b"0123456789abcdef"[random.below(16)])).collect() };
    format!("{first}{}-{}-4{}-a{}-{}", hex(4), hex(4), hex(3), hex(3), hex(12))
}

/// `SplitMix64`: the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_token_has_1903_bytes() {
        let tokens = Tokens::make(2);
        assert_eq!(tokens.of(Kind::Valid(Algorithm::Rs256))[0].len(), 1903);
        assert_eq!(tokens.of(Kind::Garbage)[0].len(), 1903);
        for length in Length::ALL {
            let kinds = Shape::ALL.map(|shape| Kind::Hostile(shape, length));
            for kind in kinds.into_iter().chain([Kind::Long(length)]) {
                let (found, most) = (tokens.of(kind)[0].len(), length.bytes());
                assert!((most - 20..=most).contains(&found), "{kind:?}: {found}");
            }
        }
        let many = tokens.of(Kind::Many);
        assert!(many.len() == 2 && many[0] != many[1] && many.iter().all(|token| token.len() == 1903));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let file = std::env::temp_dir().join(format!("bench-peers-test-{}", std::process::id()));
        let tokens = Tokens::make(3);
        tokens.write(&file, 2).unwrap();
        let read = Tokens::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(read.of(Kind::Many), &tokens.of(Kind::Many)[..2]);
        assert_eq!(read.key_set(Algorithm::Es256), tokens.key_set(Algorithm::Es256));
    }
}
