//! Programs that some checks need and a machine may lack.

use std::io::Write as _;
use std::path::PathBuf;
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

/// Folder of the browser tests, when Node.js, Chromium and the modules that drive Chromium are installed. `HEADWATER_CHROMIUM` names
/// the browser, `HEADWATER_BROWSER_MODULES` the folder of the modules.
pub fn browser() -> Option<PathBuf> {
    let folder = node()?;
    let named = std::env::var("HEADWATER_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let modules = std::env::var("HEADWATER_BROWSER_MODULES").map_or_else(|_| folder.clone(), PathBuf::from);
    let needed = ["playwright-core", "axe-core", "typescript"].map(|module| modules.join("node_modules").join(module));
    let has = PathBuf::from(&named).exists() && needed.iter().all(|module| module.exists());
    if !has {
        not_run(&format!(
            "{named}, or playwright-core, axe-core and typescript below {}, are not here",
            modules.display()
        ));
    }
    has.then_some(folder)
}
