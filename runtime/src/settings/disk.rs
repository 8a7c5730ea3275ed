//! The settings file on the disk: absent, there, or there and not readable.

use std::path::Path;
use std::{fmt, fs, io};

use crate::regular_file;
use crate::setup_error::{SetupError, SetupErrorKind};

/// Whether the working directory has an entry of this name, readable or not.
///
/// # Errors
///
/// The system does not say. That is not absence: a restriction in the file would be lost.
pub(super) fn is_there(path: &Path) -> Result<bool, SetupError> {
    // The link itself is asked for, since one that leads nowhere is there.
    let entry = fs::symlink_metadata(path).map(|_| ());
    is_entry(entry, || std::env::current_dir().map(|_| ())).map_err(|error| unreadable(path, &error))
}

/// The text of the file.
pub(super) fn text(path: &Path) -> Result<String, SetupError> {
    let bytes = regular_file::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unreadable(path, &format_args!("byte {at} is not UTF-8; save the file as UTF-8"))
    })
}

fn is_entry(entry: io::Result<()>, working_directory: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
    match entry {
        Ok(()) => Ok(true),
        // A working directory that was removed has no entries, which says nothing about the one that was meant.
        Err(error) if error.kind() == io::ErrorKind::NotFound => working_directory().map(|()| false),
        Err(error) => Err(error),
    }
}

fn unreadable(path: &Path, why: &dyn fmt::Display) -> SetupError {
    SetupError::new(SetupErrorKind::SettingsFile, format!("{} cannot be read: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clean_answer_is_absence() {
        use io::ErrorKind::{
            InvalidFilename, InvalidInput, NotADirectory, NotFound, Other, PermissionDenied, StaleNetworkFileHandle,
            TimedOut,
        };
        assert!(is_entry(Ok(()), || panic!("not asked")).unwrap());
        assert!(!is_entry(Err(NotFound.into()), || Ok(())).unwrap());
        assert!(is_entry(Err(NotFound.into()), || Err(NotFound.into())).is_err(), "the directory was removed");
        for kind in
            [InvalidFilename, InvalidInput, NotADirectory, Other, PermissionDenied, StaleNetworkFileHandle, TimedOut]
        {
            assert_eq!(is_entry(Err(kind.into()), || Ok(())).unwrap_err().kind(), kind);
        }
        // EIO and ELOOP, as Linux numbers them. The standard library has no name for them that is stable.
        for number in [5, 40] {
            assert!(is_entry(Err(io::Error::from_raw_os_error(number)), || Ok(())).is_err(), "{number}");
        }
    }
}
