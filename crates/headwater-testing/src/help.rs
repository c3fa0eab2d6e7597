//! Examples in the help text of a command.

use clap::Command;

/// The words of each example in the help of a command and its subcommands, without a redirection to a file.
pub fn examples(command: &Command) -> Vec<Vec<String>> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let own = help.lines().filter_map(|line| line.strip_prefix("  ")).map(words);
    own.chain(command.get_subcommands().flat_map(examples)).collect()
}

/// Splits a shell line into words; quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let command = line.split(" > ").next().unwrap_or_default();
    let mut words = vec![String::new()];
    for (place, part) in command.split('"').enumerate() {
        for (nth, piece) in part.split(if place % 2 == 0 { ' ' } else { '"' }).enumerate() {
            if nth > 0 {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push_str(piece);
            }
        }
    }
    words
}
