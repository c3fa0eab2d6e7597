//! The scripts of the page, joined into few files. A phone then makes one request instead of fifty, and each request costs the phone more
//! than the bytes do.
//!
//! The scripts stay as they are written, one idea to a file, and the node serves them beside the joined ones. Each script becomes a
//! function that is called once, in the order of the imports. So no name of one script meets a name of another. Comments and indentation
//! are left out; nothing else is changed.
//!
//! The scripts keep to the syntax that is parsed here. An import is one line, each export has a name, and no scripts import each other in a
//! circle.

use std::collections::{BTreeMap, BTreeSet};

/// Texts of scripts, by their paths.
pub type Scripts<'a> = BTreeMap<&'a str, &'a str>;

/// Error that names the script which cannot be joined, and the reason.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct Unjoinable {
    path: String,
    why: String,
}

/// A joined script. It contains the scripts of `begins` and everything that they import, unless an earlier part contains it.
pub struct Part<'a> {
    /// Path that serves the joined script, below the root of all scripts.
    pub path: &'a str,
    /// Scripts that the part begins from.
    pub begins: Vec<&'a str>,
}

/// Joins scripts into parts. Each part may import from earlier parts, and load later parts when they are needed.
pub fn join(scripts: &Scripts<'_>, parts: &[Part<'_>]) -> Result<Vec<String>, Unjoinable> {
    let mut home = BTreeMap::new();
    let mut orders = Vec::new();
    for (part, Part { begins, .. }) in parts.iter().enumerate() {
        let mut order = Order { scripts, home: &mut home, part, all: Vec::new(), above: BTreeSet::new() };
        begins.iter().try_for_each(|path| order.visit(path))?;
        orders.push(order.all);
    }
    let names = |order: &[Script<'_>]| order.iter().map(|script| name(&script.path)).collect::<Vec<_>>().join(", ");
    let write = |(part, order): (usize, &Vec<Script<'_>>)| {
        let mut text = String::from("// Joined out of the scripts beside it, which are easier to read.\n");
        for (before, earlier) in parts.iter().zip(&orders).take(part) {
            text += &format!("import {{ {} }} from './{}'\n", names(earlier), before.path);
        }
        order.iter().for_each(|script| text += &script.written(|path| loaded(path, part, &home, parts)));
        text + &format!("export {{ {} }}\n", names(order))
    };
    Ok(orders.iter().enumerate().map(write).collect())
}

/// Returns the expression that loads the script at a path when the script is needed.
fn loaded(path: &str, from: usize, home: &BTreeMap<String, usize>, parts: &[Part<'_>]) -> String {
    match home.get(path) {
        None => format!("import('./{path}')"),
        Some(part) if *part <= from => format!("Promise.resolve({})", name(path)),
        Some(part) => {
            let file = parts.get(*part).map_or("", |part| part.path);
            format!("import('./{file}').then((part) => part.{})", name(path))
        }
    }
}

/// Returns the name of a script inside a joined script. Names in the scripts themselves never begin with `$`.
fn name(path: &str) -> String {
    let stem = path.strip_suffix(".js").unwrap_or(path);
    format!("${}", stem.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

/// Resolves a path that the script `from` writes, to a path from the root of all scripts.
fn resolved(from: &str, written: &str) -> String {
    let mut at: Vec<&str> = from.split('/').collect();
    at.pop();
    for part in written.split('/') {
        match part {
            "." => {}
            ".." => drop(at.pop()),
            part => at.push(part),
        }
    }
    at.join("/")
}

/// The order in which the scripts of one part are called.
struct Order<'a, 'b> {
    scripts: &'b Scripts<'a>,
    home: &'b mut BTreeMap<String, usize>,
    part: usize,
    all: Vec<Script<'a>>,
    above: BTreeSet<String>,
}

impl Order<'_, '_> {
    fn visit(&mut self, path: &str) -> Result<(), Unjoinable> {
        let refused = |why: &str| Unjoinable { path: path.to_owned(), why: why.to_owned() };
        if self.home.contains_key(path) {
            return Ok(());
        }
        if !self.above.insert(path.to_owned()) {
            return Err(refused("imports itself by way of others"));
        }
        let text = self.scripts.get(path).ok_or_else(|| refused("is imported, and not there"))?;
        let script = Script::parse(path, text).map_err(|why| refused(&why))?;
        script.imports.iter().try_for_each(|(_, from)| self.visit(from))?;
        self.above.remove(path);
        self.home.insert(path.to_owned(), self.part);
        self.all.push(script);
        Ok(())
    }
}

/// One script, with its imports and exports apart from its lines.
struct Script<'a> {
    path: String,
    /// Imported names, as an object pattern takes them apart, and the path of the import.
    imports: Vec<(String, String)>,
    exports: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl<'a> Script<'a> {
    fn parse(path: &str, text: &'a str) -> Result<Self, String> {
        let mut script = Self { path: path.to_owned(), imports: Vec::new(), exports: Vec::new(), lines: Vec::new() };
        let (mut is_comment, mut is_template) = (false, false);
        for line in text.lines() {
            let short = line.trim_start();
            let was_template = is_template;
            is_comment |= !is_template && short.starts_with("/*");
            if is_comment {
                is_comment = !short.contains("*/");
                if !is_comment && !short.ends_with("*/") {
                    return Err(format!("a comment and more in a line: {line}"));
                }
                continue;
            } else if !is_template && (short.is_empty() || short.starts_with("//")) {
                continue;
            }
            is_template ^= line.matches('`').count() % 2 == 1;
            if was_template {
                script.lines.push(line);
            } else if let Some(import) = line.strip_prefix("import ") {
                let (names, from) =
                    parsed_import(import).ok_or_else(|| format!("not one import of names in a line: {line}"))?;
                script.imports.push((names, resolved(path, from)));
            } else if let Some(rest) = line.strip_prefix("export ") {
                script.exports.push(exported(rest).ok_or_else(|| format!("not an export of one name: {line}"))?);
                script.lines.push(rest);
            } else {
                script.lines.push(short);
            }
        }
        Ok(script)
    }

    /// Writes the script as a function that is called once. `loaded` gives the expression for a script that is imported when it is needed.
    fn written(&self, loaded: impl Fn(&str) -> String) -> String {
        let mut text = format!("const {} = (() => {{\n", name(&self.path));
        for (names, from) in &self.imports {
            text += &format!("const {{ {names} }} = {};\n", name(from));
        }
        for line in &self.lines {
            let mut parts = line.split("import('");
            text += parts.next().unwrap_or_default();
            for part in parts {
                let (path, rest) = part.split_once("')").unwrap_or((part, ""));
                text += &loaded(&resolved(&self.path, path));
                text += rest;
            }
            text.push('\n');
        }
        text + &format!(";return {{ {} }}\n}})()\n", self.exports.join(", "))
    }
}

/// Parses the rest of an import line: `{ a, b as c } from './path.js'`.
fn parsed_import(text: &str) -> Option<(String, &str)> {
    let (names, from) = text.strip_prefix('{')?.split_once("} from '")?;
    let names: Vec<String> = names.split(',').map(|name| name.trim().replace(" as ", ": ")).collect();
    Some((names.join(", "), from.strip_suffix('\'')?))
}

/// Returns the name that a declaration gives.
fn exported(declaration: &str) -> Option<&str> {
    let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
    let rest =
        ["function ", "function* ", "const ", "class "].iter().find_map(|word| declaration.strip_prefix(word))?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(scripts: &[(&str, &str)], parts: &[(&str, &[&str])]) -> Result<Vec<String>, String> {
        let scripts = scripts.iter().copied().collect();
        let parts: Vec<Part<'_>> = parts.iter().map(|(path, begins)| Part { path, begins: begins.to_vec() }).collect();
        join(&scripts, &parts).map_err(|e| e.to_string())
    }

    #[test]
    fn each_script_is_called_once_in_the_order_of_imports() {
        let scripts = [
            (
                "a.js",
                "// Idea.\nimport { two as second } from './in/b.js'\n\n/** What. */\nexport async function one() {\n  return second\n}\n",
            ),
            (
                "in/b.js",
                "const rows = `\n  // no comment`\nexport const two = rows\nexport const late = () => import('../c.js')\n",
            ),
            ("c.js", "import { two, as } from './in/b.js'\nexport class Three {}\nimport('./d.js')\n"),
        ];
        let parts = joined(&scripts, &[("a.js", &["a.js"]), ("rest.js", &["c.js"])]).unwrap();
        let note = "// Joined out of the scripts beside it, which are easier to read.\n";
        let b = "const $in_b = (() => {\nconst rows = `\n  // no comment`\nconst two = rows\n\
                 const late = () => import('./rest.js').then((part) => part.$c)\n;return { two, late }\n})()\n";
        let a = "const $a = (() => {\nconst { two: second } = $in_b;\nasync function one() {\nreturn second\n}\n;return { one }\n})()\n";
        assert_eq!(parts[0], format!("{note}{b}{a}export {{ $in_b, $a }}\n"));
        let c = "const $c = (() => {\nconst { two, as } = $in_b;\nclass Three {}\nimport('./d.js')\n;return { Three }\n})()\n";
        assert_eq!(parts[1], format!("{note}import {{ $in_b, $a }} from './a.js'\n{c}export {{ $c }}\n"));
    }

    #[test]
    fn every_kind_of_declaration_has_a_name() {
        for declaration in ["function a()", "async function a()", "async function* a()", "const a = 1", "class a {}"] {
            assert_eq!(exported(declaration), Some("a"), "{declaration}");
        }
    }

    #[test]
    fn what_cannot_be_joined_is_named() {
        let refused = |text| joined(&[("a.js", text)], &[("a.js", &["a.js"])]).unwrap_err();
        assert_eq!(refused("import { a } from './a.js'"), "a.js: imports itself by way of others");
        assert_eq!(refused("import { b } from './b.js'"), "b.js: is imported, and not there");
        assert_eq!(
            refused("import b from './b.js'"),
            "a.js: not one import of names in a line: import b from './b.js'"
        );
        assert_eq!(refused("/* a */ b()"), "a.js: a comment and more in a line: /* a */ b()");
        assert_eq!(refused("export let b"), "a.js: not an export of one name: export let b");
        assert_eq!(
            refused("export { b } from './b.js'"),
            "a.js: not an export of one name: export { b } from './b.js'"
        );
    }
}
