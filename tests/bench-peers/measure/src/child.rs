//! The second run of a program, in which instructions are counted.
#![expect(unsafe_code, reason = "callgrind finds the function by its name, which must not be mangled")]

use std::env;
use std::hint::black_box;

use crate::stepping;

pub(crate) const MODE: &str = "BENCH_MEASURE_COUNTING";
pub(crate) const CALLGRIND: &str = "callgrind";
pub(crate) const STEPPING: &str = "stepping";
/// What callgrind counts: only what runs inside of this function, and a dump is written at its end.
pub(crate) const COUNTED: &str = "bench_measure_counted";
/// How often callgrind sees an operation.
pub(crate) const TIMES: u32 = 8;
/// The label of nothing, whose instructions are no operation's.
const EMPTY: &str = "";

/// That run.
#[derive(Debug)]
pub struct Child {
    is_stepped: bool,
}

/// The name is [`COUNTED`].
#[unsafe(no_mangle)]
#[inline(never)]
#[expect(clippy::no_mangle_with_rust_abi, reason = "only Rust calls it; the name is for callgrind")]
fn bench_measure_counted(times: u32, operation: &mut dyn FnMut()) {
    for _ in 0..times {
        operation();
    }
}

impl Child {
    /// If this process is that run. To be asked first thing in `main`, on the thread that counts.
    #[must_use]
    pub fn here() -> Option<Self> {
        let mode = env::var(MODE).ok()?;
        let child = Self { is_stepped: mode == STEPPING };
        if child.is_stepped {
            stepping::let_parent_trace();
        }
        child.count(EMPTY, 1, || ());
        Some(child)
    }

    /// Whether every instruction is a stop, so that only what matters should be counted.
    #[must_use]
    pub fn is_stepped(&self) -> bool {
        self.is_stepped
    }

    /// Counts `operation`, after doing it `warm_up` times so that what happens once is not counted. `label` is a line.
    pub fn count<T>(&self, label: &str, warm_up: u32, mut operation: impl FnMut() -> T) {
        for _ in 0..warm_up {
            black_box(operation());
        }
        let mut operation = || {
            black_box(operation());
        };
        if self.is_stepped {
            stepping::mark();
            bench_measure_counted(black_box(1), black_box(&mut operation));
            stepping::mark();
        } else {
            bench_measure_counted(black_box(TIMES), black_box(&mut operation));
        }
        println!("{label}");
    }
}
