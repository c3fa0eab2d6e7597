//! Programs that some checks need and a machine may lack.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Reports on standard error that a check cannot run here, so that the test runner shows the line. With `HEADWATER_REQUIRE_ALL=1`,
/// the check fails instead.
pub fn not_run(why: &str) {
    let required = std::env::var_os("HEADWATER_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "{why}, and HEADWATER_REQUIRE_ALL=1 asks for every check");
    writeln!(std::io::stderr(), "NOT RUN: {why}").expect("standard error");
}

/// Whether `faketime`, which runs a program with another clock, is installed.
pub fn faketime() -> bool {
    let has = Command::new("faketime").args(["-f", "+0s", "true"]).output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("faketime is not here");
    }
    has
}

/// Path of the library with which `faketime` changes a program's clock.
pub fn faketime_library() -> Option<String> {
    let shown = faketime().then(|| Command::new("faketime").args(["-f", "+0s", "printenv", "LD_PRELOAD"]).output());
    shown.map(|shown| String::from_utf8(shown.expect("faketime runs").stdout).expect("a path").trim().to_owned())
}

/// Whether `strace` is installed and may make system calls fail.
pub fn strace() -> bool {
    let inject = ["-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true"];
    let has = Command::new("strace").args(inject).output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("strace is not here, or may trace nothing");
    }
    has
}

/// Whether nginx, a proxy in front of a node, is installed.
pub fn nginx() -> bool {
    let has = Command::new("nginx").arg("-v").output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("nginx is not here");
    }
    has
}

/// Folder of the browser tests, when Node.js is installed to run them.
pub fn node() -> Option<PathBuf> {
    let has = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("node is not here");
    }
    has.then(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/browser")))
}

/// Whether a module of the browser tests is installed. `HEADWATER_BROWSER_MODULES` names the folder of the modules.
fn has_module(folder: &Path, name: &str) -> bool {
    let modules = std::env::var("HEADWATER_BROWSER_MODULES").map_or_else(|_| folder.to_owned(), PathBuf::from);
    let has = modules.join("node_modules").join(name).exists();
    if !has {
        not_run(&format!("{name} is not below {}", modules.display()));
    }
    has
}

/// Folder of the browser tests, when Node.js and the TypeScript compiler, which checks the types in comments, are installed.
pub fn compiler() -> Option<PathBuf> {
    node().filter(|folder| has_module(folder, "typescript"))
}

/// Folder of the browser tests, when Node.js, Chromium and the modules that drive Chromium are installed. `HEADWATER_CHROMIUM` names
/// the browser.
pub fn browser() -> Option<PathBuf> {
    let folder = node()?;
    let named = std::env::var("HEADWATER_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let is_here = PathBuf::from(&named).exists();
    if !is_here {
        not_run(&format!("{named} is not here"));
    }
    (is_here && ["playwright-core", "axe-core"].iter().all(|name| has_module(&folder, name))).then_some(folder)
}
