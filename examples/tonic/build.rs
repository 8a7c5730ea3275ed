//! Writes messages, services and descriptors from the .proto file. protox compiles it in Rust, so nobody needs protoc.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).open_file("weather.proto")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("weather.bin"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
