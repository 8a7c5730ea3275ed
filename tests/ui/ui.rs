//! The messages of mistakes in the attribute, as a developer meets them, and the forms that must compile.

#[test]
fn mistakes_are_explained_and_every_form_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("arguments/*.rs");
    cases.compile_fail("requirement/*.rs");
    cases.compile_fail("handler/*.rs");
    cases.compile_fail("block/*.rs");
}
