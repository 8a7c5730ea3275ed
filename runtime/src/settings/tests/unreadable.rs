//! What is there and cannot be read is neither absent nor empty: the file, and every variable of the schema.

use super::*;
use crate::regular_file::tests::{Folder, unreadable_files};
use crate::settings::schema::{ELSEWHERE, SECTIONS};

#[test]
fn a_file_that_is_there_and_cannot_be_read_is_named() {
    let folder = Folder::new("settings-unreadable");
    for (path, words) in unreadable_files(&folder) {
        let error = Settings::if_there(&path).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::SettingsFile, "{}", path.display());
        names(&error, &[&path.display().to_string(), words]);
        names(&Settings::from_file(&path).unwrap_err(), &[&path.display().to_string()]);
        names(&Settings::from_section(&path, "AzureAd").unwrap_err(), &[&path.display().to_string()]);
    }
}

#[test]
fn a_file_whose_content_cannot_be_read_is_named() {
    let folder = Folder::new("settings-content");
    let utf_16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content) in
        [("empty", b"".as_slice()), ("blank", b"  \n"), ("utf-16", &utf_16), ("latin-1", b"{\"tenant_id\":\"\xe9\"}")]
    {
        let path = folder.write(name, content);
        let error = Settings::if_there(&path).unwrap_err();
        assert_eq!(error.kind(), SetupErrorKind::SettingsFile, "{name}");
        names(&error, &[&path.display().to_string()]);
    }
    names(&Settings::if_there(&folder.path("latin-1")).unwrap_err(), &["byte 14 is not UTF-8"]);
}

#[test]
fn a_file_that_is_not_there_is_no_error() {
    let folder = Folder::new("settings-absent");
    assert!(Settings::if_there(&folder.path("settings.json")).unwrap().is_empty());
}

#[cfg(unix)]
mod variables {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;
    use crate::settings::environment::PREFIXES;

    /// A value that is not UTF-8, and that no message may repeat.
    fn value() -> &'static OsStr {
        OsStr::from_bytes(b"hunter2\xa0")
    }

    /// Every variable that is read, as the schema has them.
    fn read() -> Vec<String> {
        let in_section = |section: &str| {
            let members = Key::members().map(|(key, member)| (member, key.row().form == Form::List));
            let elsewhere = ELSEWHERE.into_iter().map(|(member, _)| (member, false));
            let names = members.chain(elsewhere).flat_map(|(member, is_list)| {
                let name = format!("{section}__{member}");
                let numbered = is_list.then(|| format!("{name}__0"));
                [Some(name), numbered].into_iter().flatten()
            });
            names.collect::<Vec<_>>()
        };
        let plain = Key::ALL.into_iter().filter_map(|key| key.row().variable).chain([POD_IDENTITY]);
        SECTIONS.into_iter().flat_map(in_section).chain(plain.map(str::to_owned)).collect()
    }

    #[test]
    fn a_variable_that_is_not_utf_8_is_named_and_its_value_is_not_repeated() {
        let variables = read();
        assert!(variables.len() > 60, "{}", variables.len());
        for variable in variables {
            let error = try_os_env(&[(OsStr::new(&variable), value())]).unwrap_err();
            names(&error, &[&variable, "is not UTF-8"]);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    /// One more value of a list would admit one more client, and one less audience refuses everything.
    #[test]
    fn a_value_in_the_middle_of_a_list_is_not_left_out() {
        let variables = [("AzureAd__AllowedClients__0", OsStr::new("a")), ("AzureAd__AllowedClients__1", value())];
        let error = try_os_env(&variables.map(|(name, value)| (OsStr::new(name), value))).unwrap_err();
        names(&error, &["AzureAd__AllowedClients__1"]);
    }

    #[test]
    fn a_name_that_is_nearly_one_and_is_not_utf_8_is_refused() {
        let with = |byte: &[u8], name: &str, at: usize| {
            let (start, end) = name.as_bytes().split_at(at);
            [start, byte, end].concat()
        };
        for variable in read() {
            for at in [0, 2, variable.len() / 2, variable.len()] {
                let name = with(b"\xff", &variable, at);
                let error = try_os_env(&[(OsStr::from_bytes(&name), OsStr::new("hunter2"))]).unwrap_err();
                names(&error, &["the environment has", "\\xff"]);
                assert!(!error.to_string().contains("hunter2"), "{error}");
            }
            // A file of variables that was saved with a byte order mark, or with a space before the name.
            for start in ["\u{feff}", " ", "\t", "\u{a0}"] {
                let name = with(start.as_bytes(), &variable, 0);
                names(
                    &try_os_env(&[(OsStr::from_bytes(&name), OsStr::new("x"))]).unwrap_err(),
                    &["the environment has"],
                );
            }
        }
    }

    #[test]
    fn variables_of_others_may_have_any_bytes() {
        let others: [(&[u8], &[u8]); 5] = [
            (b"AZURE_CLIENT_SECRET", b"\xff"),
            (b"AzureAd__ClientSecret", b"\xff"),
            (b"OIDC_CLIENT_ID", b"\xff"),
            (b"LS_COLORS\xff", b"x"),
            (b"\xff", b"\xff"),
        ];
        let others = others.map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value)));
        assert!(try_os_env(&others).unwrap().is_empty());
    }

    #[test]
    fn every_variable_of_the_schema_begins_as_it_is_looked_for() {
        for variable in read() {
            assert!(PREFIXES.iter().any(|prefix| variable.starts_with(prefix)), "{variable}");
        }
    }
}
