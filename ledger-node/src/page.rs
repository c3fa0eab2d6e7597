//! The product page: its files, and the document that a browser starts from.
//!
//! Every file is embedded, so that a node is one program. The document is readable without scripts, and then states that nothing was
//! checked on the device. Its scripts fetch the trace, verify the trace on the device and show the verified events.
//!
//! The node serves the scripts joined into two: `page.js` for everything until the verdict, and `below.js`. All other files are served
//! beside these two, as they are in `page/`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use headwater_tlog::hash::Hash;
use headwater_trace::story::Story;
use headwater_words::html::escape;
use headwater_words::timeline;
use include_dir::{Dir, include_dir};

pub use crate::joined::Unjoinable;
use crate::joined::{Part, Scripts, join};

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/page");

/// Content security policy of the document: scripts, styles and connections of the page's own host, the document's own inline style, and
/// nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = FOLDER.get_file(STYLE).map_or(&[][..], include_dir::File::contents);
    let style = BASE64_STANDARD.encode(Hash::plain(style).as_bytes());
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{style}'; img-src 'self' data: blob:; \
         media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    // The policy is ASCII. If that ever changed, this default would allow nothing.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});
/// Style of the document until its verdict. The node writes the style into the document, so that a browser draws the document while the
/// scripts load.
const STYLE: &str = "page.css";
const STYLED_BY: &str = "<link rel=\"stylesheet\" href=\"/page/page.css\">";
const DOCUMENT: &str = "index.html";
/// The service worker. It keeps the page for use without a connection, and so has to see every path.
const WORKER: &str = "worker.js";
/// Caching of a page file: a browser may use a copy for so long, and then asks for the file by its hash.
const CACHING: &str = "public, max-age=300, stale-while-revalidate=86400";

/// A file of the page, as the node serves it: bytes, the same compressed, media type and entity tag.
struct File {
    bytes: Bytes,
    gzip: Bytes,
    kind: &'static str,
    tag: HeaderValue,
}

impl File {
    fn new(path: &str, bytes: Cow<'static, [u8]>) -> Option<Self> {
        let kind = kind_of(path.as_ref())?;
        // A hash in hex is always a valid header value.
        let tag = HeaderValue::from_str(&format!("\"{}\"", Hash::plain(&bytes)));
        let bytes = Bytes::from(bytes.into_owned());
        Some(Self { gzip: gzip(&bytes), bytes, kind, tag: tag.unwrap_or(HeaderValue::from_static("\"\"")) })
    }
}

/// Compresses a file. The node does this once for each file: a compression costs as much as 160 signatures.
fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory never fails.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default().into()
}

/// Whether a caller takes gzip (RFC 9110, section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings =
        named.flat_map(|value| value.split(',')).map(|coding| coding.split_once(';').unwrap_or((coding, "")));
    codings.any(|(name, weight)| {
        let is_refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

static FILES: LazyLock<BTreeMap<String, File>> =
    // A node whose scripts cannot be joined does not start: `Node::start` calls `files` first.
    LazyLock::new(|| {
        let files = files().into_iter().flatten();
        files.filter_map(|(path, bytes)| File::new(&path, bytes).map(|file| (path, file))).collect()
    });

/// Returns the files as the node serves them, by their paths below `/page/`.
pub fn files() -> Result<BTreeMap<String, Cow<'static, [u8]>>, Unjoinable> {
    let mut files = BTreeMap::new();
    gather(&FOLDER, &mut files);
    let joined = joined(&files)?;
    let mut all: BTreeMap<String, Cow<'static, [u8]>> =
        files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.into())).collect();
    all.extend(joined.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes().into())));
    let text = |path: &str| all.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if let (Some(document), Some(style)) = (text(DOCUMENT), text(STYLE)) {
        let styled = document.replace(STYLED_BY, &format!("<style>{style}</style>"));
        all.insert(DOCUMENT.to_owned(), styled.into_bytes().into());
    }
    Ok(all)
}

/// Joined script that the page needs until its verdict, under the name of the script that it begins with.
const UNTIL_VERDICT: &str = "page.js";
/// Joined script for everything below the verdict, and for rarely needed parts.
const BELOW: &str = "below.js";
/// Script that keeps and finds copies of the page, used beside the verdict.
const COPIES: &str = "saved.js";

/// Joins the scripts, and returns each joined script with the path that serves it.
fn joined(files: &BTreeMap<&'static str, &'static [u8]>) -> Result<Vec<(&'static str, String)>, Unjoinable> {
    let text = |(path, bytes): (&&'static str, &&'static [u8])| Some((*path, str::from_utf8(bytes).ok()?));
    let scripts: Scripts<'_> = files.iter().filter(|(path, _)| path.ends_with(".js")).filter_map(text).collect();
    let below = scripts.keys().copied().filter(|path| path.starts_with("below/") || *path == COPIES);
    let parts =
        [Part { path: UNTIL_VERDICT, begins: vec![UNTIL_VERDICT] }, Part { path: BELOW, begins: below.collect() }];
    Ok([UNTIL_VERDICT, BELOW].into_iter().zip(join(&scripts, &parts)?).collect())
}

fn gather(folder: &Dir<'static>, files: &mut BTreeMap<&'static str, &'static [u8]>) {
    folder.dirs().for_each(|inner| gather(inner, files));
    files.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents()))));
}

fn kind_of(path: &std::path::Path) -> Option<&'static str> {
    Some(match path.extension().and_then(|extension| extension.to_str()) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("html") => "text/html; charset=utf-8",
        None | Some("txt") => "text/plain; charset=utf-8",
        Some(_) => return None,
    })
}

/// Answers with a file of the page, or with 304 when the caller has it already.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.get(path.as_str()) else {
        return (StatusCode::NOT_FOUND, "the page has no such file\n").into_response();
    };
    let is_known = headers.get(header::IF_NONE_MATCH) == Some(&file.tag);
    let is_compressed = !is_known && takes_gzip(&headers);
    let mut response = match (is_known, is_compressed) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => file.gzip.clone().into_response(),
        (false, false) => file.bytes.clone().into_response(),
    };
    let answer = response.headers_mut();
    if is_compressed {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHING));
    answer.insert(header::ETAG, file.tag.clone());
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if path == WORKER {
        answer.insert("service-worker-allowed", HeaderValue::from_static("/"));
    }
    response
}

/// Content of the document before any script has run.
pub struct Document<'a> {
    /// Key that the label names, or the path of a label that cannot be read. The brand's name for a product is a record, and the page shows
    /// it as a record.
    pub subject: &'a str,
    /// Error of a label that cannot be read. The document shows the error only where no script runs: the scripts name the fault in the
    /// language of the shopper.
    pub wrong: Option<&'a str>,
    /// Records as the node itself verified them.
    pub story: Option<&'a Story<'a>>,
    /// Path of the label as the browser asked for it; the page is about to fetch its trace.
    pub path: Option<&'a str>,
}

/// Text for a server that has no record to show: the label cannot be read, the server knows no record, or has no checkpoint that its own
/// policy accepts.
const NO_RECORDS: &str = "The server shows no record here.";

impl Document<'_> {
    /// Makes the response of the document, with its headers.
    pub fn answer(&self, status: StatusCode) -> Response {
        let template = FILES.get(DOCUMENT).map_or("", |file| str::from_utf8(&file.bytes).unwrap_or_default());
        let records: String = self
            .story
            .iter()
            .flat_map(|story| timeline::sentences(story))
            .map(|line| format!("<li>{}</li>\n", escape(&line)))
            .collect();
        let wrong = self.wrong.map(|why| format!("<noscript> The label cannot be read: {}</noscript>", escape(why)));
        let none = format!("<li>{NO_RECORDS}{}</li>\n", wrong.unwrap_or_default());
        let records = if records.is_empty() { none } else { records };
        let text = fill(template, |place| match place {
            "lang" => "en".to_owned(),
            "subject" => escape(self.subject),
            "records" => records.clone(),
            other => format!("{{{{{other}}}}}"),
        });
        let mut response = (status, text).into_response();
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        answer.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
        answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        answer.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // The browser fetches what the scripts will need while the scripts load.
        for data in self.path.iter().flat_map(|path| [format!("/trace{path}"), "/page/policy".to_owned()]) {
            if let Ok(link) = HeaderValue::from_str(&format!("<{data}>; rel=preload; as=fetch; crossorigin")) {
                answer.append(header::LINK, link);
            }
        }
        response
    }
}

/// Puts values in the places `{{name}}` of a template, each once: a place inside a value is not filled.
fn fill(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        filled += &value(name);
        filled += rest;
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_a_value_holds_is_no_place() {
        let value = |name: &str| match name {
            "subject" => "{{records}}".to_owned(),
            other => other.to_uppercase(),
        };
        assert_eq!(
            fill("<a {{subject}}>{{records}} and {{subject}}.", value),
            "<a {{records}}>RECORDS and {{records}}."
        );
    }

    #[test]
    fn every_script_of_the_page_can_be_joined() {
        let mut files = BTreeMap::new();
        gather(&FOLDER, &mut files);
        let joined = joined(&files).unwrap();
        assert!(joined.iter().all(|(path, text)| text.len() > files.get(path).map_or(0, |bytes| bytes.len())));
    }

    #[test]
    fn the_document_has_the_places_that_are_filled() {
        let template = FOLDER.get_file(DOCUMENT).and_then(include_dir::File::contents_utf8).unwrap();
        let places: BTreeSet<&str> = template.split("{{").skip(1).filter_map(|part| part.split("}}").next()).collect();
        assert!(template.contains(STYLED_BY));
        assert_eq!(places, BTreeSet::from(["lang", "records", "subject"]));
    }
}
