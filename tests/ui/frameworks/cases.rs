//! The cases of every framework but axum: above the framework's own attribute ours guards; below it the program is
//! guarded too, or does not compile. What only the compiler can say is pinned as it says it.

#[test]
#[ignore = "it builds every framework once more: .ci/run runs it, and `cargo test -- --ignored`"]
fn each_framework_is_guarded_or_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("*/pass/*.rs");
    cases.compile_fail("*/fail/*.rs");
}
