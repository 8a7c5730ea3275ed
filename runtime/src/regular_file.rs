//! Files of this machine that a configuration names. They are read whole, up to a limit, and never waited for.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

/// The largest file that is read: as large as a fetched document may be.
const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file cannot be read. The caller names the file.
#[derive(Debug)]
pub(crate) enum FileError {
    Io(io::Error),
    /// The name is there, and what it points to is not.
    DanglingLink,
    /// A directory, a device, or a pipe that may never end.
    NotRegular,
    TooLarge,
}

/// Reads a whole file. Blocks as long as the file system takes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    read_at_most(MAX_BYTES, path).map_err(|error| match error {
        // The system's own message, that there is no such file, sends its reader to look for a name that is there.
        FileError::Io(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() => {
            FileError::DanglingLink
        }
        error => error,
    })
}

fn read_at_most(limit: u64, path: &Path) -> Result<Vec<u8>, FileError> {
    // Asked before the file is opened: opening a pipe waits for the program that writes into it.
    must_be_regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // Another file may have taken the name in between, and a device is endless.
    must_be_regular(&file.metadata()?)?;
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit { Err(FileError::TooLarge) } else { Ok(content) }
}

fn must_be_regular(metadata: &Metadata) -> Result<(), FileError> {
    if metadata.is_file() { Ok(()) } else { Err(FileError::NotRegular) }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<io::ErrorKind> for FileError {
    fn from(kind: io::ErrorKind) -> Self {
        Self::Io(kind.into())
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::DanglingLink => f.write_str("it is a link to something that is not there"),
            Self::NotRegular => f.write_str("it is not a regular file"),
            Self::TooLarge => write!(f, "it is larger than {MAX_BYTES} bytes"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A folder of one test, which goes with the value.
    pub(crate) struct Folder(PathBuf);

    impl Folder {
        pub(crate) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("requires-auth-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(crate) fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
            fs::write(self.path(name), content).unwrap();
            self.path(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Every way in which a file can be there and not be readable, and a word of its message.
    pub(crate) fn unreadable_files(folder: &Folder) -> Vec<(PathBuf, &'static str)> {
        fs::create_dir(folder.path("directory")).unwrap();
        let large = folder.write("large", &vec![b' '; 1024 * 1024 + 1]);
        let mut files = vec![
            (folder.path("directory"), "not a regular file"),
            (large.join("below"), "directory"),
            (folder.path("nul\0"), ""),
            (large, "larger than 1048576 bytes"),
        ];
        #[cfg(unix)]
        files.extend(unreadable_on_unix(folder));
        files
    }

    #[cfg(unix)]
    fn unreadable_on_unix(folder: &Folder) -> Vec<(PathBuf, &'static str)> {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        use std::os::unix::net::UnixListener;

        let linked = |name: &str, target: &str| {
            symlink(target, folder.path(name)).unwrap();
            folder.path(name)
        };
        let dangling = linked("dangling", "nothing");
        let mut files = vec![
            (linked("chain", "dangling"), "link to something that is not there"),
            (dangling, "link to something that is not there"),
            (linked("loop", "loop"), "symbolic links"),
            (linked("device", "/dev/zero"), "not a regular file"),
            (linked("long", &"x".repeat(300)), "too long"),
        ];
        let pipe = folder.path("pipe");
        if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            files.push((pipe, "not a regular file"));
        }
        if UnixListener::bind(folder.path("socket")).is_ok() {
            files.push((folder.path("socket"), "not a regular file"));
        }
        let locked = folder.path("locked");
        fs::create_dir(&locked).unwrap();
        fs::write(locked.join("file"), b"{}").unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(locked.join("file")).is_ok() {
            println!("skipped a directory without permissions: this user, as root, may read everything");
        } else {
            files.push((locked.join("file"), "ermission denied"));
        }
        files
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_nothing_is_waited_for() {
        let folder = Folder::new("unreadable");
        for (path, words) in unreadable_files(&folder) {
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(words), "{}: {error}", path.display());
        }
        assert!(read(&folder.path("nothing")).unwrap_err().to_string().contains("o such file"));
    }

    #[test]
    fn a_file_of_1_mib_is_read_whole_through_links() {
        let folder = Folder::new("readable");
        let path = folder.write("file", &vec![b' '; 1024 * 1024]);
        assert_eq!(read(&path).unwrap().len(), 1024 * 1024);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("file", folder.path("link")).unwrap();
            assert!(read(&folder.path("link")).is_ok());
        }
    }
}
