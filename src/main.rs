//! The `gunpo-mall` binary; see `gunpo-mall --help`.

fn main() -> std::process::ExitCode {
    gunpo_mall::cli::main()
}
