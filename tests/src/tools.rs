//! Programs that some checks need and a machine may lack.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// A check that cannot be run here is told, past what a test runner holds back, and fails where everything has to run.
pub fn not_run(why: &str) {
    let required = std::env::var_os("HEADWATER_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "{why}, and HEADWATER_REQUIRE_ALL=1 asks for every check");
    writeln!(std::io::stderr(), "NOT RUN: {why}").expect("standard error");
}

/// Whether `faketime` is here, which runs a program by another clock.
pub fn faketime() -> bool {
    let has = Command::new("faketime").args(["-f", "+0s", "true"]).output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("faketime is not here");
    }
    has
}

/// The library by which `faketime` shows a program another time.
pub fn faketime_library() -> Option<String> {
    let shown = faketime().then(|| Command::new("faketime").args(["-f", "+0s", "printenv", "LD_PRELOAD"]).output());
    shown.map(|shown| String::from_utf8(shown.expect("faketime runs").stdout).expect("a path").trim().to_owned())
}

/// Whether `strace` is here, and may make calls of the system fail.
pub fn strace() -> bool {
    let inject = ["-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true"];
    let has = Command::new("strace").args(inject).output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("strace is not here, or may trace nothing");
    }
    has
}

/// Whether nginx is here, a proxy to put in front of a node.
pub fn nginx() -> bool {
    let has = Command::new("nginx").arg("-v").output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("nginx is not here");
    }
    has
}

/// The folder of the browser's tests, when Node is here to run them.
pub fn node() -> Option<PathBuf> {
    let has = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if !has {
        not_run("node is not here");
    }
    has.then(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/browser")))
}

/// The same, when Chromium is here too, and what drives it: `HEADWATER_CHROMIUM` names the one, `HEADWATER_BROWSER_MODULES` the
/// folder of the other.
pub fn browser() -> Option<PathBuf> {
    let folder = node()?;
    let named = std::env::var("HEADWATER_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let modules = std::env::var("HEADWATER_BROWSER_MODULES").map_or_else(|_| folder.clone(), PathBuf::from);
    let needed = ["playwright-core", "axe-core"].map(|module| modules.join("node_modules").join(module));
    let has = PathBuf::from(&named).exists() && needed.iter().all(|module| module.exists());
    if !has {
        not_run(&format!("{named}, or playwright-core and axe-core below {}, are not here", modules.display()));
    }
    has.then_some(folder)
}
