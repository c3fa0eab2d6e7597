//! The `.proto` schema, generated from the definitions that the codec uses, so that schema and codec cannot differ.

use std::fmt::Write as _;

use crate::codec::Message;

/// Messages and enums in the `.proto` language, each behind the messages that use it.
#[derive(Default)]
pub struct Schema {
    known: Vec<&'static str>,
    open: Vec<(usize, String)>,
}

impl Schema {
    /// Makes a schema that omits the definitions that `elsewhere` has.
    pub fn beside(elsewhere: &Schema) -> Self {
        Self { known: elsewhere.known.clone(), open: Vec::new() }
    }

    /// Adds the definition of a message and of everything within the message.
    #[must_use]
    pub fn define<M: Message>(mut self) -> Self {
        M::describe(&mut self);
        self
    }

    /// The text of the file: `head`, then each message in front of the messages and enums that it uses.
    pub fn file(&self, head: &str) -> String {
        let mut sorted: Vec<&(usize, String)> = self.open.iter().collect();
        sorted.sort_by_key(|(order, _)| *order);
        let bodies: Vec<&str> = sorted.iter().map(|(_, text)| text.as_str()).collect();
        format!("{head}\n{}", bodies.join("\n"))
    }

    /// Adds a message, unless the schema has it already, and returns its name.
    pub fn message(
        &mut self,
        name: &'static str,
        doc: &[&str],
        body: impl FnOnce(&mut Self, &mut Fields),
    ) -> &'static str {
        if self.known.contains(&name) {
            return name;
        }
        self.known.push(name);
        let order = self.known.len();
        let mut fields = Fields::default();
        body(self, &mut fields);
        self.open.push((order, format!("{}message {name} {{\n{}}}\n", comment("", doc), fields.0)));
        name
    }

    /// Adds a closed list of codes, unless the schema has it already, and returns its name.
    pub fn codes(&mut self, name: &'static str, doc: &[&str], codes: &[Code]) -> &'static str {
        if self.known.contains(&name) {
            return name;
        }
        self.known.push(name);
        let prefix = upper_snake(name);
        let mut text =
            format!("{}enum {name} {{\n  // Never written.\n  {prefix}_UNSPECIFIED = 0;\n", comment("", doc));
        for Code { number, variant, word } in codes {
            let _ = writeln!(text, "  // {word}\n  {prefix}_{} = {number};", upper_snake(variant));
        }
        self.open.push((self.known.len(), text + "}\n"));
        name
    }
}

/// One code of a closed list.
pub struct Code {
    /// Number of the code on the wire.
    pub number: u64,
    /// Name of the code in Rust, in camel case.
    pub variant: &'static str,
    /// Word of the code for people.
    pub word: &'static str,
}

/// One arm of a oneof.
pub struct Arm {
    /// Field number of the arm.
    pub number: u32,
    /// Name of the arm.
    pub name: &'static str,
    /// Name of the arm's type in the `.proto` language.
    pub proto: &'static str,
    /// Comment on the arm, in the form of the literal behind `#[doc]`.
    pub doc: &'static str,
}

/// The fields of one message.
#[derive(Default)]
pub struct Fields(String);

impl Fields {
    /// Adds a field. A comment behind it marks properties beyond the `.proto` language: required, rising, the form of the value.
    pub fn field(&mut self, number: u32, name: &str, card: &str, proto: &str, form: &str, doc: &[&str]) {
        let repeated = if matches!(card, "many" | "some" | "set" | "set1") { "repeated " } else { "" };
        let required = if matches!(card, "one" | "some" | "set1") { "required" } else { "" };
        let rising = if matches!(card, "set" | "set1") || proto.starts_with("repeated ") { "rising" } else { "" };
        let marks: Vec<&str> = [required, rising, form].into_iter().filter(|mark| !mark.is_empty()).collect();
        let marks = if marks.is_empty() { String::new() } else { format!("  // {}", marks.join(", ")) };
        self.0 += &comment("  ", doc);
        let _ = writeln!(self.0, "  {repeated}{proto} {name} = {number};{marks}");
    }

    /// Adds the oneof that ends a message.
    pub fn oneof(&mut self, name: &str, doc: &[&str], arms: Vec<Arm>) {
        self.0 += &comment("  ", doc);
        let _ = writeln!(self.0, "  oneof {name} {{");
        for Arm { number, name, proto, doc } in arms {
            let _ = writeln!(self.0, "{}    {proto} {name} = {number};", comment("    ", &[doc]));
        }
        self.0 += "  }\n";
    }
}

fn comment(indent: &str, doc: &[&str]) -> String {
    doc.iter().map(|line| format!("{indent}//{}\n", line.trim_end())).collect()
}

fn upper_snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}
