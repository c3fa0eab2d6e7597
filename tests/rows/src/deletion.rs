//! Deletions: the rows of the tables in a source file, each with its bytes and line.

use std::ops::Range;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprArray, ExprMatch, ItemMod, Macro, Pat, PatOr, Token};

/// A row: its bytes in the file, and the `match` that has the row as an arm.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deletion {
    /// Bytes that the deletion removes, with the separator if the row has one.
    pub bytes: Range<usize>,
    /// Line of the row, from 1.
    pub line: usize,
    /// Start of the expression that the `match` compares: line from 1, column from 0. `None` for a row that is not an arm.
    pub of_match: Option<(usize, usize)>,
}

/// Returns the rows of a file: arms, alternatives of patterns, and elements of arrays and of `vec!`. Modules under `#[cfg(test)]` are
/// skipped.
///
/// # Errors
/// When the text is not valid Rust.
pub fn rows(source: &str) -> syn::Result<Vec<Deletion>> {
    let mut found = Rows { source, rows: Vec::new() };
    found.visit_file(&syn::parse_file(source)?);
    Ok(found.rows)
}

struct Rows<'a> {
    source: &'a str,
    rows: Vec<Deletion>,
}

impl Rows<'_> {
    fn push(&mut self, span: Span, bytes: Range<usize>, of_match: Option<(usize, usize)>) {
        self.rows.push(Deletion { bytes, line: span.start().line, of_match });
    }

    /// Adds the parts of a list as rows, each with the separator before it; the first part has the separator after it.
    fn parts(&mut self, parts: &[Span]) {
        for (at, span) in parts.iter().enumerate() {
            let own = span.byte_range();
            let bytes = match at.checked_sub(1) {
                Some(before) => parts[before].byte_range().end..own.end,
                None => own.start..parts.get(1).map_or(own.end, |next| next.byte_range().start),
            };
            self.push(*span, bytes, None);
        }
    }
}

impl<'ast> Visit<'ast> for Rows<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_test =
            |attribute: &Attribute| attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test");
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_match(&mut self, asked: &'ast ExprMatch) {
        let start = asked.expr.span().start();
        for arm in &asked.arms {
            let mut bytes = arm.span().byte_range();
            let behind = self.source.get(bytes.end..).unwrap_or_default();
            let spaces = behind.len() - behind.trim_start().len();
            if behind.trim_start().starts_with(',') {
                bytes.end += spaces + 1;
            }
            self.push(arm.span(), bytes, Some((start.line, start.column)));
        }
        visit::visit_expr_match(self, asked);
    }

    fn visit_pat_or(&mut self, or: &'ast PatOr) {
        self.parts(&or.cases.iter().map(|case| case.span()).collect::<Vec<_>>());
        visit::visit_pat_or(self, or);
    }

    fn visit_expr_array(&mut self, array: &'ast ExprArray) {
        if array.elems.len() > 1 {
            self.parts(&array.elems.iter().map(|element| element.span()).collect::<Vec<_>>());
        }
        visit::visit_expr_array(self, array);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        if called.path.is_ident("matches") {
            let read = |input: syn::parse::ParseStream<'_>| {
                let _: Expr = input.parse()?;
                let _: Token![,] = input.parse()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                let _: proc_macro2::TokenStream = input.parse()?;
                Ok(pattern)
            };
            if let Ok(pattern) = called.parse_body_with(read) {
                self.visit_pat(&pattern);
            }
        } else if called.path.is_ident("vec")
            && let Ok(elements) = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            && elements.len() > 1
        {
            self.parts(&elements.iter().map(|element| element.span()).collect::<Vec<_>>());
        }
    }
}

/// Replaces bytes of a text with spaces. Line breaks stay, so that all other text keeps its line and its byte offset.
pub fn without(source: &str, gone: &Range<usize>) -> String {
    let mut left = String::with_capacity(source.len());
    for (at, letter) in source.char_indices() {
        if gone.contains(&at) && letter != '\n' {
            left.extend(std::iter::repeat_n(' ', letter.len_utf8()));
        } else {
            left.push(letter);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_arms_alternatives_and_elements() {
        let source = "fn f(a: u8) -> u8 {\n    match a {\n        1 | 2 => 3,\n        _ => LIST[0],\n    }\n}\nconst LIST: [u8; 2] = [4, 5];\n\
                      fn g(a: u8) -> bool { matches!(a, 6 | 7) }\n#[cfg(test)]\nmod tests { const T: [u8; 2] = [8, 9]; }\n";
        let gone: Vec<&str> = rows(source).unwrap().into_iter().map(|row| &source[row.bytes]).collect();
        assert_eq!(gone, ["1 | 2 => 3,", "_ => LIST[0],", "1 | ", " | 2", "4, ", ", 5", "6 | ", " | 7"]);
        let rows = rows(source).unwrap();
        assert_eq!((rows[0].line, rows[0].of_match), (3, Some((2, 10))));
        assert_eq!(without("a\nbµ\nd", &(2..6)), "a\n   \nd");
    }
}
