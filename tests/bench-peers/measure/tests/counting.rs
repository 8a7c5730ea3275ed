//! Instruction counts of operations whose length is known. Without a harness: the program runs itself again.

use std::collections::BTreeMap;
use std::hint::black_box;

use bench_measure::{Child, callgrind, stepping};

fn main() {
    if let Some(child) = Child::here() {
        child.count("short", 1, || (0..100_u32).for_each(|at| _ = black_box(at)));
        child.count("long", 1, || (0..1_000_u32).for_each(|at| _ = black_box(at)));
        return;
    }
    let none: [&str; 0] = [];
    check("valgrind", callgrind::run(&none));
    check("single steps", stepping::run(&none, 1_000_000));
    match stepping::run(&none, 3_000) {
        Ok(counts) => assert!(!counts.contains_key("long"), "what takes too long is left out: {counts:?}"),
        Err(reason) => println!("no single steps here: {reason}"),
    }
}

/// A machine without the tool has no counts, and says why.
fn check(way: &str, counts: Result<BTreeMap<String, u64>, String>) {
    match counts {
        Ok(counts) => {
            let (short, long) = (counts["short"], counts["long"]);
            assert!(short >= 100, "{way}: {counts:?}");
            assert!((9 * short..=11 * short).contains(&long), "{way}: {counts:?}");
            println!("{way}: {counts:?}");
        }
        Err(reason) => println!("no {way} here: {reason}"),
    }
}
