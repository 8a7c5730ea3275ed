//! This library and its peers, side by side in one process and one run.

use bench_measure::callgrind::{self, Child};
use bench_measure::{CountingAllocator, allocations_of};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() {
    if let Some(child) = Child::here() {
        child.count("sum", 2, || std::hint::black_box((0..1000_u64).sum::<u64>()));
        child.count("vec", 2, || std::hint::black_box(vec![0_u8; 10]));
        child.count("loop", 2, || {
            let mut s = 0u64;
            for i in 0..1000u64 {
                s = std::hint::black_box(s + i);
            }
            s
        });
        return;
    }
    println!("{}", allocations_of(|| drop(vec![1])));
    println!("{:?}", callgrind::run(&["x"]));
}
