//! Keys that nobody fetches: given to the program, or in a file on this machine.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::jwk::{KeySetError, SigningKey, parse_own_key_set, unusable_kids};

/// As large as a fetched document may be.
const MAX_BYTES: u64 = 1024 * 1024;

/// The keys of a JWKS document.
#[derive(Clone, Debug)]
pub(crate) struct PublishedKeys {
    pub(crate) keys: Vec<Arc<SigningKey>>,
    /// Names of keys that are published, and not for us.
    pub(crate) unusable_kids: Vec<Box<str>>,
}

/// Why keys of our own cannot be used.
#[derive(Debug)]
pub(crate) enum OwnKeysError {
    Unreadable(io::Error),
    /// A directory, or a pipe that may never end.
    NotAFile,
    TooLarge,
    Invalid(KeySetError),
}

/// The keys of a document that was written for this API.
pub(crate) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Result<PublishedKeys, OwnKeysError> {
    let keys = parse_own_key_set(document, algorithms).map_err(OwnKeysError::Invalid)?;
    let unusable_kids = unusable_kids(document, &keys);
    Ok(PublishedKeys { keys, unusable_kids })
}

/// The keys in a file. Blocks as long as the file system takes.
pub(crate) fn read(path: &Path, algorithms: &[Algorithm]) -> Result<PublishedKeys, OwnKeysError> {
    // Asked before it is opened: opening a pipe waits for whoever writes into it.
    if !path.metadata().map_err(OwnKeysError::Unreadable)?.is_file() {
        return Err(OwnKeysError::NotAFile);
    }
    let mut document = Vec::new();
    let file = File::open(path).map_err(OwnKeysError::Unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut document).map_err(OwnKeysError::Unreadable)?;
    if document.len() as u64 > MAX_BYTES {
        return Err(OwnKeysError::TooLarge);
    }
    parse(&document, algorithms)
}

impl fmt::Display for OwnKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::TooLarge => write!(f, "it is larger than {MAX_BYTES} bytes"),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OwnKeysError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key_pair::KeyPair;
    use crate::jwk::tests::{document, published};

    const ALGORITHMS: [Algorithm; 1] = [Algorithm::ES256];

    /// A file of this test's own, which goes with the value.
    struct Scratch(std::path::PathBuf);

    impl Scratch {
        fn new(name: &str, content: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("requires-auth-{}-{name}", std::process::id()));
            std::fs::write(&path, content).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn reads_the_public_keys_of_a_file() {
        let file = Scratch::new("keys.json", &document(&[published(&KeyPair::p256(), "a")]));
        assert_eq!(read(&file.0, &ALGORITHMS).unwrap().keys[0].kid.as_deref(), Some("a"));
    }

    #[test]
    fn a_file_of_more_than_1_mib_is_refused() {
        let mut fitting = document(&[published(&KeyPair::p256(), "a")]);
        fitting.resize(1024 * 1024, b' ');
        assert!(read(&Scratch::new("fits", &fitting).0, &ALGORITHMS).is_ok());
        fitting.push(b' ');
        let error = read(&Scratch::new("large", &fitting).0, &ALGORITHMS).unwrap_err();
        assert!(matches!(error, OwnKeysError::TooLarge), "{error}");
    }

    #[test]
    fn what_is_no_readable_file_is_refused() {
        let error = |path: &Path| read(path, &ALGORITHMS).unwrap_err().to_string();
        assert!(error(&std::env::temp_dir()).contains("regular file"));
        assert!(error(Path::new("/nonexistent/keys.json")).contains("No such file"));
    }
}
