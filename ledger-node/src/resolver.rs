//! The resolver of GS1 Digital Links (GS1-Conformant resolver standard 1.1). A browser gets the product page. A program gets the linkset
//! (RFC 9264), the trace, or the link of the type that it asks for.
//!
//! Some facts about an item may be recorded on its lot or model only. So the resolver gives links of every level up to the model, for each
//! level that has a record.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use headwater_api::refusal::Refusal;
use headwater_event::digital_link::DigitalLink;
use headwater_event::kind::Kind;
use headwater_event::subject::Subject;
use headwater_ledger::reader::ReadError;
use headwater_ledger::store::Store;
use headwater_service::caller::Caller;
use headwater_service::status::words_of_read;
use headwater_trace::story::Story;
use headwater_trace::story_entry::StoryEntry;
use headwater_trace::trace::At;
use headwater_trace::verify::verify;
use headwater_trace::walk::Query;
use serde_json::{Value, json};

use crate::accept::Accept;
use crate::http::{Allocation, Read, TRACE_TYPE, Web, answer, failed, problem};
use crate::page::Document;

/// Caching of changing answers, by shared caches too: a recall shows within seconds, and many callers cost the node one request.
pub const BRIEF: &str = "public, max-age=5, stale-while-revalidate=25";
const LINKSET_TYPE: &str = "application/linkset+json";
const JSON_TYPE: &str = "application/json";
const HTML_TYPE: &str = "text/html";
const PROBLEM_TYPE: &str = "application/problem+json";
/// Namespace in which GS1 defines link types.
const VOCABULARY: &str = "https://ref.gs1.org/voc/";
/// Other names of this namespace that requests may use.
const OTHER_VOCABULARIES: [&str; 2] = ["https://gs1.org/voc/", "gs1:"];
const CONTEXT: &str = "<https://ref.gs1.org/standards/resolver/linkset-context>; \
                       rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"";

/// A link of one type that the resolver knows.
struct Target {
    kind: &'static str,
    href: String,
    title: &'static str,
    media_type: Option<&'static str>,
}

/// A request to the resolver, parsed.
struct Request {
    link: DigitalLink,
    subject: Subject,
    /// Path of the link without its query, in canonical form.
    path: String,
    /// Path of the subject and lot whose trace the page fetches.
    asked_path: String,
    query: String,
    /// Type of link that the request asks for, from the query `linkType`.
    link_type: Option<String>,
    base: String,
}

/// Answers `/01/…` and `/00/…`.
pub async fn resolve<S: Store>(
    State(web): State<Web<S>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let _read = caller.read().await;
    let raw = uri.path_and_query().map_or("", |raw| raw.as_str());
    let mut response = match Request::read(&web, raw, &uri, &headers) {
        Ok(request) => request.answer(web, Accept::of(&headers)).await,
        Err(why) if Accept::of(&headers).best(PROBLEM_TYPE, &[JSON_TYPE, HTML_TYPE]) == HTML_TYPE => {
            let subject = uri.path().trim_start_matches('/');
            Document { subject, wrong: Some(&why), story: None, path: None }.answer(StatusCode::BAD_REQUEST)
        }
        Err(why) => problem(StatusCode::BAD_REQUEST, Refusal::NoDigitalLink, why),
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Answers `/.well-known/gs1resolver` with the description of the resolver.
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

impl Request {
    fn read<S: Store>(web: &Web<S>, raw: &str, uri: &Uri, headers: &HeaderMap) -> Result<Self, String> {
        let link = DigitalLink::parse_path(raw).map_err(|error| error.to_string())?;
        let subject = link.subject().ok_or("the link names no subject of a ledger")?;
        let query = raw.split_once('?').map_or("", |(_, query)| query).to_owned();
        let address = link.address("");
        let path = address.split_once('?').map_or(address.as_str(), |(path, _)| path).to_owned();
        let asked_path = link.asked_path().unwrap_or_default();
        let pairs =
            UrlQuery::<Vec<(String, String)>>::try_from_uri(uri).map(|UrlQuery(pairs)| pairs).unwrap_or_default();
        let link_type = pairs.into_iter().find(|(name, _)| name == "linkType").map(|(_, kind)| kind);
        Ok(Self { subject, path, asked_path, query, link_type, base: web.base(headers), link })
    }

    async fn answer<S: Store>(self, web: Web<S>, accept: Accept) -> Response {
        let query = Query { subject: self.subject.clone(), lot: self.link.lot_beside() };
        let bytes = web.ledger.trace(&query, At::Newest).await;
        let trace = match &bytes {
            Ok(bytes) => read(&web, bytes.clone(), query).await,
            Err(_) => Ok(None),
        };
        let trace = match trace {
            Ok(trace) => trace,
            Err(error) => return failed(&error),
        };
        // Runs aside, because the work for a document grows with its story.
        let ledger = web.ledger.clone();
        let shown = ledger.aside(async move { self.shown(&web, bytes, trace.as_deref(), &accept) }).await;
        shown.unwrap_or_else(|error| failed(&error))
    }

    fn shown<S: Store>(
        &self,
        web: &Web<S>,
        bytes: Result<Bytes, ReadError>,
        read: Option<&Read>,
        accept: &Accept,
    ) -> Response {
        if let Err(error @ ReadError::Busy) = &bytes {
            return failed(error);
        }
        let story = read.map(|read| Story::compose(&read.trace));
        let levels = self.levels(story.as_ref());
        let known: Vec<&Subject> = levels.iter().filter(|level| web.ledger.knows(level)).collect();
        let mut response = self.chosen(accept, bytes, story.as_ref(), &known);
        let linkset =
            format!("<{}{}?linkType=linkset>; rel=\"linkset\"; type=\"{LINKSET_TYPE}\"", self.base, self.path);
        let answer = response.headers_mut();
        if let (Ok(linkset), false) = (HeaderValue::from_str(&linkset), known.is_empty()) {
            answer.append(header::LINK, linkset);
        }
        answer.append(header::LINK, HeaderValue::from_static(CONTEXT));
        answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(BRIEF));
        response
    }

    fn chosen(
        &self,
        accept: &Accept,
        trace: Result<Bytes, ReadError>,
        story: Option<&Story<'_>>,
        known: &[&Subject],
    ) -> Response {
        let status = if known.is_empty() { StatusCode::NOT_FOUND } else { StatusCode::OK };
        let best = accept.best(HTML_TYPE, &[LINKSET_TYPE, JSON_TYPE, TRACE_TYPE]);
        let wants_linkset = best == LINKSET_TYPE || best == JSON_TYPE;
        match self.link_type.as_deref() {
            asked if (asked.is_some() || wants_linkset) && known.is_empty() => {
                problem(status, Refusal::Unknown, format!("this node knows no record of {}", self.subject))
            }
            Some("linkset" | "all") => self.linkset(known, story),
            Some(kind) => self.redirect(kind, accept, story),
            None if wants_linkset => self.linkset(known, story),
            None if best == TRACE_TYPE => match trace {
                Ok(bytes) => answer(TRACE_TYPE, BRIEF, bytes),
                Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, Refusal::Unreadable, words_of_read(&error)),
            },
            None => {
                let subject = &self.subject.to_string();
                Document { subject, wrong: None, story, path: Some(&self.asked_path) }.answer(status)
            }
        }
    }

    /// Returns the subject of the request, and the lot and model that it belongs to.
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

    /// Returns the links of a level. The page of a level also shows the tests and certificates of the levels in `above`.
    fn targets(&self, level: &Subject, above: &[&Subject], story: Option<&Story<'_>>) -> Vec<Target> {
        let is_asked = *level == self.subject;
        let path = if is_asked { self.path.clone() } else { format!("/{level}") };
        let page = format!("{}{path}", self.base);
        let link = |kind, href: &str, title, media_type| Target { kind, href: href.to_owned(), title, media_type };
        let mut targets = vec![
            link("defaultLink", &page, "Product history", None),
            link("traceability", &page, "Product history", Some(HTML_TYPE)),
            link(
                "traceability",
                &format!("{}/trace{path}", self.base),
                "Product history, with its proofs",
                Some(TRACE_TYPE),
            ),
            link("recallStatus", &page, "Whether it is recalled", Some(HTML_TYPE)),
        ];
        let is_shown = |entry: &StoryEntry<'_>| {
            is_asked || entry.relations().iter().any(|to| to.subject == *level || above.contains(&&to.subject))
        };
        let is_tested = story.is_some_and(|story| {
            let mut shown = story.entries().iter().filter(|entry| is_shown(entry));
            shown.any(|entry| matches!(entry.event().kind(), Kind::LabInspection | Kind::Certification))
        });
        if is_tested {
            targets.push(link("certificationInfo", &page, "Tests and certificates", Some(HTML_TYPE)));
        }
        targets
    }

    /// Answers with the links of the request's subject, and of each level above it that has a record.
    fn linkset(&self, known: &[&Subject], story: Option<&Story<'_>>) -> Response {
        let above: Vec<&Subject> = known.iter().copied().filter(|level| **level != self.subject).collect();
        let mut contexts = vec![context(&self.subject, &self.targets(&self.subject, &above, story))];
        for (at, level) in above.iter().enumerate() {
            let rest = above.get(at + 1..).unwrap_or_default();
            contexts.push(context(level, &self.targets(level, rest, story)));
        }
        linkset_of(contexts)
    }

    /// Redirects to the link of a type. Of several links, the one whose media type the request prefers counts.
    fn redirect(&self, kind: &str, accept: &Accept, story: Option<&Story<'_>>) -> Response {
        let name = [VOCABULARY].iter().chain(&OTHER_VOCABULARIES).find_map(|prefix| kind.strip_prefix(prefix));
        let mut found = self.targets(&self.subject, &[], story);
        found.retain(|target| Some(target.kind) == name);
        let wish = |target: &Target| target.media_type.and_then(|kind| accept.wish(kind));
        let most = found.iter().map(wish).max().unwrap_or_default();
        found.retain(|target| wish(target) == most);
        match found.as_slice() {
            [] => problem(StatusCode::NOT_FOUND, Refusal::NoLink, format!("there is no link of type {kind:?} here")),
            [one] => {
                let kept: Vec<&str> = self.query.split('&').filter(|pair| is_passed_on(pair)).collect();
                let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
                (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, format!("{}{query}", one.href))]).into_response()
            }
            several => {
                let mut response = linkset_of(vec![context(&self.subject, several)]);
                *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
                response
            }
        }
    }
}

/// Writes the links of one level, by their type.
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

fn linkset_of(contexts: Vec<Value>) -> Response {
    answer(LINKSET_TYPE, BRIEF, format!("{}\n", json!({"linkset": contexts})).into_bytes())
}

fn is_passed_on(pair: &str) -> bool {
    !pair.is_empty() && !pair.starts_with("linkType=") && !pair.starts_with("context=")
}

/// Verifies a trace, once for all callers who ask for it; `None` when verification fails. The page's scripts do not rely on the result.
async fn read<S: Store>(web: &Web<S>, bytes: Bytes, query: Query) -> Result<Option<Arc<Read>>, ReadError> {
    let Some(pinned) = web.pinned.clone() else { return Ok(None) };
    let key = (query.clone(), Allocation(bytes.clone()));
    let verified = async move {
        let trace = verify(&bytes, &query, &pinned.policy);
        trace.map(|trace| Arc::new(Read::new(trace, bytes.len())))
    };
    let made = async {
        let verified = web.ledger.aside(verified).await.map_err(Some)?;
        verified.map_err(|_| None)
    };
    match web.read.get(key, made).await {
        Ok(read) => Ok(Some(read)),
        Err(Some(error)) => Err(error),
        Err(None) => Ok(None),
    }
}
