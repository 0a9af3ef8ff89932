//! Reads labels, one a line, and prints the code of each, or nothing: `cargo run --release --example areas < labels`.

use std::io::{self, BufRead, Write};

use migstat::codes::area::resolve::{Policy, resolve};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let policy = Policy::default();
    for line in io::stdin().lock().split(b'\n') {
        let label = String::from_utf8_lossy(&line?).into_owned();
        let answer = resolve(&label, &policy);
        writeln!(out, "{}\t{}\t{}\t{}", answer.code.unwrap_or_default(), answer.rule, answer.confidence, answer.name)?;
    }
    Ok(())
}
