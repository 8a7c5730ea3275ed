//! The programs on the pages of `requires_auth::_documentation::frameworks`, compiled and run as documentation tests.
//!
//! The pages stand in `runtime/`. Their programs would make every framework a dependency of the library's own tests, so
//! those of axum and tower alone are compiled there, and the others here:
//!
//! ```sh
//! cargo test -p requires-auth-pages-tests rocket
//! ```
// Documentation tests alone see the modules: links on the pages lead to the library, not to this package.

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/actix_web.md")]
mod actix_web {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/ntex.md")]
mod ntex {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/poem.md")]
mod poem {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/rocket.md")]
mod rocket {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/salvo.md")]
mod salvo {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/tonic.md")]
mod tonic {}

#[cfg(doctest)]
#[doc = include_str!("../../../runtime/src/_documentation/frameworks/warp.md")]
mod warp {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// A page that neither package compiled could say anything.
    #[test]
    fn each_page_is_compiled_here_or_by_the_library() {
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/src/_documentation/frameworks");
        let library = fs::read_to_string(pages.join("mod.rs")).unwrap();
        let mut here = 0;
        for entry in fs::read_dir(&pages).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let Some(name) = file.strip_suffix(".md") else { continue };
            let condition = library.split(&format!("#[doc = include_str!(\"{file}\")]")).next().unwrap();
            let condition = condition.lines().last().unwrap();
            let is_here = include_str!("lib.rs").contains(&format!("/{file}\")]\nmod {name} {{}}"));
            assert!(condition.starts_with("#[cfg("), "{file} is not in mod.rs");
            assert_eq!(is_here, condition.contains("not(doctest)"), "{file}");
            // This package has no feature, so what is said to need one would not be compiled.
            let page = fs::read_to_string(pages.join(&file)).unwrap();
            assert!(!is_here || !page.contains("cfg(feature"), "{file}");
            here += usize::from(is_here);
        }
        assert_eq!(here, 7);
    }
}
