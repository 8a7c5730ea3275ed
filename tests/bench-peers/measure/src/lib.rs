//! What the benchmarks measure with: time, allocations, instructions, and the row that all of it goes into.
//!
//! - [`CountingAllocator`] counts the allocations of a thread.
//! - [`interleaved`] times subjects in turn, A B C A B C, so that a slow moment of the machine meets all of them.
//! - [`callgrind`] counts instructions: it runs this very program again under valgrind.
//! - [`stepping`] counts them on the machine itself, by single steps.
//! - [`Row`] is one line of JSON.

pub mod allocation;
pub mod callgrind;
mod child;
pub mod row;
pub mod stepping;
pub mod timing;

pub use self::allocation::{CountingAllocator, allocations_of};
pub use self::child::Child;
pub use self::row::Row;
pub use self::timing::{Plan, Sampler, Timing, interleaved, on_this_thread, on_threads};
