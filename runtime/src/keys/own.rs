//! Keys that nobody fetches: given to the program, or in a file on this machine.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::jwk::{KeySetError, SigningKey, parse_own_key_set, unusable_kids};
use crate::regular_file::{self, FileError};

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
    Unreadable(FileError),
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
    let document = regular_file::read(path).map_err(OwnKeysError::Unreadable)?;
    parse(&document, algorithms)
}

impl fmt::Display for OwnKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
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
    use crate::regular_file::tests::{Folder, unreadable_files};

    const ALGORITHMS: [Algorithm; 1] = [Algorithm::ES256];

    #[test]
    fn reads_the_public_keys_of_a_file() {
        let folder = Folder::new("keys");
        let file = folder.write("keys.json", &document(&[published(&KeyPair::p256(), "a")]));
        assert_eq!(read(&file, &ALGORITHMS).unwrap().keys[0].kid.as_deref(), Some("a"));
    }

    #[test]
    fn a_file_of_more_than_1_mib_is_refused() {
        let folder = Folder::new("keys-large");
        let mut fitting = document(&[published(&KeyPair::p256(), "a")]);
        fitting.resize(1024 * 1024, b' ');
        assert!(read(&folder.write("fits", &fitting), &ALGORITHMS).is_ok());
        fitting.push(b' ');
        let error = read(&folder.write("large", &fitting), &ALGORITHMS).unwrap_err();
        assert!(matches!(error, OwnKeysError::Unreadable(FileError::TooLarge)), "{error}");
    }

    #[test]
    fn what_is_no_readable_file_is_refused() {
        let folder = Folder::new("keys-unreadable");
        for (path, words) in unreadable_files(&folder) {
            let error = read(&path, &ALGORITHMS).unwrap_err().to_string();
            assert!(error.contains(words), "{}: {error}", path.display());
        }
        assert!(read(&folder.path("nothing"), &ALGORITHMS).unwrap_err().to_string().contains("o such file"));
    }
}
