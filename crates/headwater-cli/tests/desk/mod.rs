//! Desk of a person who runs the command.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

/// Folder in which a person runs the command, and the node that the command asks.
pub struct Desk<'a> {
    /// Folder with the files of the person.
    pub place: &'a Path,
    /// URL of the node.
    pub url: String,
}

impl Desk<'_> {
    /// Command with these arguments, in the folder and for the node.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_headwater"));
        command.current_dir(self.place).env("HEADWATER_URL", &self.url).env("HEADWATER_POLICY", "policy");
        command.args(arguments);
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a command that succeeds.
    pub fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {talk}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that fails with exit code 1.
    pub fn refuses(&self, arguments: &[&str]) -> String {
        self.fails(arguments, 1)
    }

    /// Standard error of a command with a flag whose value is wrong: exit code 2.
    pub fn misreads(&self, arguments: &[&str]) -> String {
        self.fails(arguments, 2)
    }

    fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let talk = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {talk}");
        talk
    }
}
