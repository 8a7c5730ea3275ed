//! The messages of mistakes in the attribute, as a developer meets them, and the forms that must compile.

#[test]
fn mistakes_are_explained_and_every_form_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/arguments/*.rs");
    cases.compile_fail("ui/requirement/*.rs");
    cases.compile_fail("ui/handler/*.rs");
}
