//! Measures the handlers alone. Prints rows as JSON lines.

use std::env;

use bench_http::{Failure, Options, run, serve};
use bench_measure::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> Result<(), Failure> {
    if serve(env::args().skip(1))? {
        return Ok(());
    }
    let options = Options::from_arguments(env::args().skip(1))?;
    run(&options, |row| println!("{}", row.to_json()))
}
