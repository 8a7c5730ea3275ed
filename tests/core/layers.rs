//! The layering: a file imports from the layers above its own and from its siblings, and each wall has one door.
//!
//! The order is that of the module list in `runtime/src/lib.rs`, where a comment opens each layer.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FRAMEWORKS: [&str; 9] = ["axum", "actix_web", "ntex", "poem", "rocket", "salvo", "tonic", "tower", "warp"];

#[test]
fn files_import_from_their_own_layer_and_those_above() {
    let layers = Layers::read();
    let mut wrong = Vec::new();
    let mut imports = 0;
    for (file, code) in sources("runtime/src") {
        if file == Path::new("lib.rs") {
            continue;
        }
        let own = layers.of_file(&file);
        for word in imported_modules(&code) {
            imports += 1;
            let module = layers.origin(&word);
            match layers.position.get(module) {
                Some(other) if *other <= own => {}
                Some(_) => wrong.push(format!("{} imports {word} from a layer below", file.display())),
                None => wrong.push(format!("{} imports {word}, which no layer lists", file.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(imports > 100, "only {imports} imports were found: the reader is broken");
}

#[test]
fn each_wall_has_one_door() {
    let walls: [(&[&str], &[&str]); 5] = [
        // A subscriber's panic must not end a thread of ours, so all lines go through one place.
        (&["tracing::error!", "tracing::warn!", "tracing::info!", "tracing::debug!", "tracing::trace!"], &["log.rs"]),
        (&["span!("], &[]),
        (&["aws_lc_rs::"], &["crypto.rs"]),
        (&["reqwest::"], &["keys/fetch.rs"]),
        (&["SystemTime::now", "Instant::now", ".elapsed()", "sleep("], &["clock.rs"]),
    ];
    for (file, code) in sources("runtime/src") {
        // The loopback issuer is not part of what runs in production.
        if file.starts_with("testing") {
            continue;
        }
        for (words, doors) in walls {
            let is_door = doors.iter().any(|door| file == Path::new(door));
            let found = words.iter().find(|word| code.contains(**word));
            assert!(found.is_none() || is_door, "{} says {}", file.display(), found.unwrap());
        }
    }
    for door in ["log.rs", "crypto.rs", "keys/fetch.rs", "clock.rs"] {
        assert!(repository().join("runtime/src").join(door).is_file(), "{door} is gone; name its heir here");
    }
}

#[test]
fn only_adapters_name_a_framework() {
    for (file, code) in sources("runtime/src") {
        let is_page = file.starts_with("_documentation");
        if is_page || file.starts_with("adapters") || file == Path::new("lib.rs") {
            continue;
        }
        for framework in FRAMEWORKS.iter().chain(&["http", "hyper"]) {
            let is_issuer = file.starts_with("testing") && *framework == "hyper";
            assert!(is_issuer || !names(&code, &format!("{framework}::")), "{} names {framework}", file.display());
        }
    }
}

#[test]
fn no_two_adapters_share_six_lines() {
    let adapters: Vec<_> =
        sources("runtime/src").into_iter().filter(|(file, _)| file.starts_with("adapters")).collect();
    let windows = |code: &str| {
        // What they import is no logic.
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("use ");
        let lines: Vec<_> = code.lines().map(str::trim).filter(is_code).map(str::to_owned).collect();
        lines.windows(6).map(<[String]>::to_vec).collect::<BTreeSet<_>>()
    };
    assert!(adapters.len() > 10, "the adapters are elsewhere");
    for (at, (file, code)) in adapters.iter().enumerate() {
        for (other, code_of_other) in &adapters[at + 1..] {
            let shared: Vec<_> = windows(code).intersection(&windows(code_of_other)).cloned().collect();
            assert!(shared.is_empty(), "{} and {} share {shared:#?}", file.display(), other.display());
        }
    }
}

#[test]
fn the_macro_knows_no_framework() {
    for (file, code) in sources("macros/src") {
        for framework in FRAMEWORKS {
            assert!(!names(&code, framework), "{} names {framework}", file.display());
        }
    }
}

/// Which layer each module stands in.
struct Layers {
    position: BTreeMap<String, usize>,
    /// Where a name that the crate's root exports comes from.
    exports: BTreeMap<String, String>,
}

impl Layers {
    fn read() -> Self {
        let lib = fs::read_to_string(repository().join("runtime/src/lib.rs")).unwrap();
        let (mut layer, mut names) = (0, Vec::new());
        let (mut position, mut exports) = (BTreeMap::new(), BTreeMap::new());
        for line in lib.lines() {
            let declaration = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|it| it.strip_suffix(';'));
            if let Some(name) = line.strip_prefix("// -- ") {
                layer += 1;
                names.extend(name.split(':').next());
            } else if let Some(module) = declaration {
                // Whoever tests may use everything.
                position.insert(module.to_owned(), if module == "testing" { usize::MAX } else { layer });
            } else if let Some((module, items)) = line.strip_prefix("pub use self::").and_then(|it| it.split_once("::"))
            {
                let items = items.trim_matches([';', '{', '}']).split(", ");
                exports.extend(items.map(|item| (item.to_owned(), module.to_owned())));
            }
        }
        assert_eq!(names, ["words", "keys", "verification", "set-up", "authorization", "adapters"]);
        Self { position, exports }
    }

    fn of_file(&self, file: &Path) -> usize {
        let module = file.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        self.position[module]
    }

    /// The module that a word after `crate::` leads to.
    fn origin<'a>(&'a self, word: &'a str) -> &'a str {
        self.exports.get(word).map_or(word, String::as_str)
    }
}

/// The words after `crate::`, also those of a list in braces.
fn imported_modules(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => {
                let (mut depth, mut start) = (0, true);
                for (at, character) in list.char_indices() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && c.is_alphabetic() => {
                            found.push(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => found.push(word(after)),
        }
    }
    found
}

/// Whether `word` stands in `code`, and not as the end of a longer one or inside this crate.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = code[at + word.len()..].chars().next().unwrap_or(' ');
        let own = ["super::", "crate::", "adapters::", "self::"].iter().any(|path| code[..at].ends_with(path));
        let whole = word.ends_with(':') || !(after.is_alphanumeric() || after == '_');
        !own && whole && !(before.is_alphanumeric() || before == '_')
    })
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files of a folder, by their path in it, and the code in them: no comments, nothing that exists in tests alone.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = repository().join(folder);
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = without_comments_and_tests(&fs::read_to_string(&path).unwrap());
                files.push((path.strip_prefix(&root).unwrap().to_owned(), code));
            }
        }
    }
    let is_test = |file: &Path| ["tests.rs", "scripted.rs"].iter().any(|name| file.ends_with(name));
    files.retain(|(file, _)| !is_test(file));
    assert!(files.len() > 5, "{folder} has moved");
    files
}

/// Relies on the formatter: an item under `#[cfg(test)]` ends at the next line that closes at its own indentation.
fn without_comments_and_tests(source: &str) -> String {
    let (mut code, mut skip_to, mut skip_next) = (String::new(), None::<String>, false);
    for line in source.lines() {
        let indentation = &line[..line.len() - line.trim_start().len()];
        if let Some(end) = &skip_to {
            if line.starts_with(end.as_str()) {
                skip_to = None;
            }
        } else if line.trim_start() == "#[cfg(test)]" {
            skip_next = true;
        } else if skip_next {
            let goes_on = line.trim_end().ends_with('{');
            skip_to = goes_on.then(|| format!("{indentation}}}"));
            skip_next = line.trim_start().starts_with("#[");
        } else if !line.trim_start().starts_with("//") {
            code.push_str(line.split(" // ").next().unwrap());
            code.push('\n');
        }
    }
    code
}
