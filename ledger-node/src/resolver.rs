//! The resolver of GS1 Digital Links (GS1-Conformant resolver standard 1.1): a browser gets the product page, a program the
//! linkset (RFC 9264), the trace, or the link of the type that it asks for.
//!
//! What is known of an item may be known of its lot or model only: links of every level up to the model are told.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use headwater_event::digital_link::DigitalLink;
use headwater_event::kind::Kind;
use headwater_event::subject::Subject;
use headwater_ledger::reader::At;
use headwater_ledger::store::Store;
use headwater_tlog::checkpoint::CosignTime;
use headwater_trace::story::Story;
use headwater_trace::verify::{VerifiedTrace, verify};
use headwater_trace::walk::Asked;
use serde_json::{Value, json};

use crate::clock::now_ms;
use crate::http::{TRACE_TYPE, Web, answer, problem};
use crate::page::Document;

/// A shared cache may answer for so long: a recall shows within seconds, and a crowd costs one question.
pub const BRIEF: &str = "public, max-age=5, stale-while-revalidate=25";
const LINKSET_TYPE: &str = "application/linkset+json";
/// Where link types are defined.
const VOCABULARY: &str = "https://ref.gs1.org/voc/";
/// Other names of the same place that requests may use.
const OTHER_VOCABULARIES: [&str; 2] = ["https://gs1.org/voc/", "gs1:"];
const CONTEXT: &str = "<https://ref.gs1.org/standards/resolver/linkset-context>; \
                       rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// A link that the resolver knows, of one type.
struct Target {
    kind: &'static str,
    href: String,
    title: &'static str,
    media_type: Option<&'static str>,
}

/// What is asked for.
struct Request<'a> {
    link: DigitalLink,
    subject: Subject,
    /// The address without its query, as it was asked for, and as it is to be written.
    raw_path: &'a str,
    path: String,
    query: &'a str,
    /// The type of link that is asked for.
    link_type: Option<String>,
    base: String,
}

/// `/01/…` and `/00/…`.
pub async fn resolve<S: Store>(State(web): State<Web<S>>, uri: Uri, headers: HeaderMap) -> Response {
    let raw = uri.path_and_query().map_or("", |raw| raw.as_str());
    let mut response = match Request::read(&web, raw, &uri, &headers) {
        Ok(request) => request.answer(&web, &headers).await,
        Err(why) if accepts(&headers, "text/html") => {
            Document { subject: &why, story: None, path: None }.answer(StatusCode::BAD_REQUEST)
        }
        Err(why) => problem(StatusCode::BAD_REQUEST, "NO_DIGITAL_LINK", why),
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// `/.well-known/gs1resolver`.
pub async fn description<S: Store>(State(web): State<Web<S>>, headers: HeaderMap) -> Response {
    let described = json!({
        "name": "Headwater",
        "resolverRoot": web.base(&headers),
        "supportedPrimaryKeys": ["01", "00"],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": false,
    });
    answer("application/json", BRIEF, format!("{described}\n").into_bytes())
}

impl<'a> Request<'a> {
    fn read<S: Store>(web: &Web<S>, raw: &'a str, uri: &'a Uri, headers: &HeaderMap) -> Result<Self, String> {
        let link = DigitalLink::parse_path(raw).map_err(|error| error.to_string())?;
        let subject = link.subject().ok_or("the link names no subject of a ledger")?;
        let query = raw.split_once('?').map_or("", |(_, query)| query);
        let address = link.address("");
        let path = address.split_once('?').map_or(address.as_str(), |(path, _)| path).to_owned();
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|error| error.to_string())?;
        let link_type = pairs.into_iter().find(|(name, _)| name == "linkType").map(|(_, kind)| kind);
        Ok(Self { subject, raw_path: uri.path(), path, query, link_type, base: web.base(headers), link })
    }

    async fn answer<S: Store>(&self, web: &Web<S>, headers: &HeaderMap) -> Response {
        let mut response = self.chosen(web, headers).await;
        let linkset =
            format!("<{}{}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET_TYPE}\"", self.base, self.path);
        let answer = response.headers_mut();
        if let Ok(linkset) = HeaderValue::from_str(&linkset) {
            answer.append(header::LINK, linkset);
        }
        answer.append(header::LINK, HeaderValue::from_static(CONTEXT));
        answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(BRIEF));
        response
    }

    async fn chosen<S: Store>(&self, web: &Web<S>, headers: &HeaderMap) -> Response {
        let asked = Asked { subject: self.subject.clone(), lot: self.link.lot_beside() };
        let bytes = web.ledger.trace(&asked, At::Newest, Vec::new()).await;
        let trace = bytes.as_ref().ok().and_then(|bytes| read(web, bytes, &asked));
        let story = trace.as_ref().map(Story::compose);
        let is_known = self.levels(story.as_ref()).iter().any(|level| web.ledger.knows(level));
        let status = if is_known { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let wants_linkset = accepts(headers, LINKSET_TYPE) || accepts(headers, "application/json");
        match self.link_type.as_deref() {
            asked if (asked.is_some() || wants_linkset) && !is_known => {
                problem(status, "UNKNOWN", format!("nothing is recorded of {}", self.subject))
            }
            Some("linkset" | "all") => self.linkset(story.as_ref()),
            Some(kind) => self.redirect(kind, headers, story.as_ref()),
            None if wants_linkset => self.linkset(story.as_ref()),
            None if accepts(headers, TRACE_TYPE) => match bytes {
                Ok(bytes) => answer(TRACE_TYPE, BRIEF, bytes),
                Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, "UNREADABLE", error),
            },
            None => Document { subject: &self.subject.to_string(), story: story.as_ref(), path: Some(self.raw_path) }
                .answer(status),
        }
    }

    /// What was asked for, and what it belongs to.
    fn levels(&self, story: Option<&Story<'_>>) -> Vec<Subject> {
        let lot = self.link.lot().or_else(|| story.and_then(|story| story.lot().cloned()));
        let model = self.subject.gtin().cloned().map(Subject::Model);
        let mut levels = vec![self.subject.clone()];
        for level in [lot, model].into_iter().flatten() {
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        levels
    }

    fn targets(&self, level: &Subject, story: Option<&Story<'_>>) -> Vec<Target> {
        let path = if *level == self.subject { self.path.clone() } else { format!("/{level}") };
        let page = format!("{}{path}", self.base);
        let link = |kind, href: &str, title, media_type| Target { kind, href: href.to_owned(), title, media_type };
        let mut targets = vec![
            link("defaultLink", &page, "Product history", None),
            link("traceability", &page, "Product history", Some("text/html")),
            link(
                "traceability",
                &format!("{}/trace{path}", self.base),
                "Product history, with every proof",
                Some(TRACE_TYPE),
            ),
            link("recallStatus", &page, "Whether it is recalled", Some("text/html")),
        ];
        let is_tested = story.is_some_and(|story| {
            story.told().iter().any(|told| matches!(told.event.kind(), Kind::LabInspection | Kind::Certification))
        });
        if is_tested {
            targets.push(link("certificationInfo", &page, "Tests and certificates", Some("text/html")));
        }
        targets
    }

    fn linkset(&self, story: Option<&Story<'_>>) -> Response {
        let levels = self.levels(story);
        told(levels.iter().map(|level| context(level, &self.targets(level, story))).collect())
    }

    /// The link of a type: of several, the one whose media type is asked for.
    fn redirect(&self, kind: &str, headers: &HeaderMap, story: Option<&Story<'_>>) -> Response {
        let name = [VOCABULARY].iter().chain(&OTHER_VOCABULARIES).find_map(|prefix| kind.strip_prefix(prefix));
        let mut found = self.targets(&self.subject, story);
        found.retain(|target| Some(target.kind) == name);
        if found.len() > 1 && found.iter().any(|target| target.media_type.is_some_and(|kind| accepts(headers, kind))) {
            found.retain(|target| target.media_type.is_some_and(|kind| accepts(headers, kind)));
        }
        match found.as_slice() {
            [] => problem(StatusCode::NOT_FOUND, "NO_LINK", format!("there is no link of type {kind:?} here")),
            [one] => {
                let kept: Vec<&str> = self.query.split('&').filter(|pair| is_passed_on(pair)).collect();
                let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
                (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, format!("{}{query}", one.href))]).into_response()
            }
            several => {
                let mut response = told(vec![context(&self.subject, several)]);
                *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
                response
            }
        }
    }
}

/// The links of one level, by their type.
fn context(level: &Subject, targets: &[Target]) -> Value {
    let mut context = json!({"anchor": format!("https://id.gs1.org/{level}")});
    for target in targets {
        let mut link = json!({"href": target.href, "title": target.title});
        if let Some(media_type) = target.media_type {
            link["type"] = media_type.into();
        }
        let name = format!("{VOCABULARY}{}", target.kind);
        match context[&name].as_array_mut() {
            Some(links) => links.push(link),
            None => context[&name] = json!([link]),
        }
    }
    context
}

fn told(contexts: Vec<Value>) -> Response {
    answer(LINKSET_TYPE, BRIEF, format!("{}\n", json!({"linkset": contexts})).into_bytes())
}

fn is_passed_on(pair: &str) -> bool {
    !pair.is_empty() && !pair.starts_with("linkType=") && !pair.starts_with("context=")
}

/// What the node itself makes of a trace, for readers without scripts. The page's scripts believe nothing of it.
fn read<S: Store>(web: &Web<S>, bytes: &[u8], asked: &Asked) -> Option<VerifiedTrace> {
    verify(bytes, asked, &web.pinned.as_ref()?.policy, CosignTime::new(now_ms() / 1000)?).ok()
}

/// Whether a request names a media type among those that it accepts.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let refused = parameters.split(';').any(|parameter| matches!(parameter.trim(), "q=0" | "q=0.0"));
        name.trim().eq_ignore_ascii_case(media_type) && !refused
    })
}
