//! The page is embedded by a macro that sees files come and go only when this is run again.

fn main() {
    println!("cargo:rerun-if-changed=page");
}
