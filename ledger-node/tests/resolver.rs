//! Labels, as seen over the network: the page for a browser, links for a program, and errors of labels.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use headwater_event::kind::KindBody;
use headwater_event::kind::commissioning::{Commissioning, Form, Listed};
use headwater_event::kind::production::Production;
use headwater_testing::node::RealNode;
use headwater_testing::world::{World, code, date, english, production, quantity, subject, with_check};
use headwater_trace::policy::TrustPolicy;
use headwater_trace::verdict::{Judgement, Verdict};
use headwater_words::html::escape;
use ledger_node::settings::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Response;
use ureq::{Agent, Body};

const LOT: &str = "01/09526543000013/10/L26-0417";
const ITEM: &str = "01/09526543000013/21/A%2FB";
const OTHER_LOT: &str = "01/09526543000013/10/L26-0418";
const LABEL: &str = "/01/09526543000013/10/L26-0417/21/A%2FB";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

struct Asked {
    running: RealNode,
    agent: Agent,
    _folder: TempDir,
}

impl Asked {
    /// Starts a node that has a lot, an item of the lot with a slash in its serial, and an event with a hostile text.
    fn start() -> Self {
        let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
        let settings = Settings { public_url: "https://id.trace.example".parse().unwrap(), ..Settings::default() };
        let running = RealNode::start(&world, folder.path(), &settings);
        let mut made = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
        made.subjects[0].quantity = Some(quantity("900", "KGM"));
        made.notes = english("<script>alert(\"1\")</script> & 'so on'");
        let listed = Form::Listed(Listed { lot: subject(LOT) });
        let issued =
            Commissioning { sticker_batch: code("B-17"), refs: Vec::new(), commitments: Vec::new(), form: listed };
        let issued = world.event(&world.dairy, vec![subject(ITEM)], KindBody::Commissioning(issued));
        let body = Production { expiry_date: None, best_before: Some(date("2027-10-31")), ..production() };
        let mut other = world.event(&world.dairy, vec![subject(OTHER_LOT)], KindBody::Production(body));
        other.subjects[0].quantity = Some(quantity("900", "KGM"));
        for event in [made, issued, other] {
            let signed = event.sign(&world.dairy.events()).unwrap();
            running.runtime.block_on(running.node.ledger.append(signed)).unwrap();
        }
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        Self { running, agent, _folder: folder }
    }

    fn get(&self, path: &str, accept: &str) -> Response<Body> {
        self.agent.get(format!("{}{path}", self.running.url())).header("accept", accept).call().unwrap()
    }

    fn of_operators(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.running.node.operator_address);
        self.agent.get(url).call().unwrap().body_mut().read_to_string().unwrap()
    }

    fn json(&self, path: &str, accept: &str) -> (u16, Value) {
        let mut answer = self.get(path, accept);
        let body = answer.body_mut().read_to_vec().unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&body).unwrap())
    }
}

fn header<'a>(answer: &'a Response<Body>, name: &str) -> Vec<&'a str> {
    answer.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[test]
fn a_browser_gets_the_page_and_hostile_text_is_text() {
    let asked = Asked::start();
    let mut answer = asked.get(LABEL, BROWSER);
    assert_eq!(answer.status(), 200);
    assert!(header(&answer, "content-security-policy")[0].starts_with("default-src 'none'; script-src 'self';"));
    assert_eq!(header(&answer, "x-content-type-options"), ["nosniff"]);
    assert_eq!(header(&answer, "cache-control"), ["public, max-age=5, stale-while-revalidate=25"]);
    let links = header(&answer, "link");
    let script = |path: &str| asked.get(path, "*/*").body_mut().read_to_string().unwrap();
    let (until_verdict, below) = (script("/page/page.js"), script("/page/below.js"));
    for (name, parts) in
        [("verifier_trace", (true, false)), ("below_tell", (false, true)), ("verifier_fork", (false, false))]
    {
        let holds = |part: &str| part.contains(&format!("const ${name} = "));
        assert_eq!((holds(&until_verdict), holds(&below)), parts, "{name}");
    }
    let trace = format!("</trace{LABEL}>; rel=preload; as=fetch; crossorigin");
    assert!(links.contains(&trace.as_str()), "{links:?}");
    let linkset = "<https://id.trace.example/01/09526543000013/10/L26-0417/21/A%2FB?linkType=linkset>; rel=\"linkset\"";
    assert!(links.iter().any(|link| link.starts_with(linkset)), "{links:?}");
    let page = answer.body_mut().read_to_string().unwrap();
    assert!(page.contains("<html lang=\"en\"") && page.contains("<style>:root"), "{page}");
    assert!(page.contains("production") && page.contains("commissioning"), "{page}");
    assert!(!page.contains("<script>alert") && !page.contains("{{"), "{page}");
    assert_eq!(asked.agent.head(format!("{}{LABEL}", asked.running.url())).call().unwrap().status(), 200);
}

#[test]
fn a_wrong_label_is_told_what_is_wrong_and_an_unknown_one_is_not_found() {
    let asked = Asked::start();
    for (path, why) in [
        ("/01/09526543000014", "check digit"),
        ("/01/9526543000013", "14 digits"),
        ("/01/09526543000013/21/A/10/L26-0417", "(10)"),
        ("/01/09526543000013/21/A%7EB", "A~B"),
        ("/01/09526543000013/21/01/09526543000013", "(21)"),
        ("/01/09526543000013/235/T1", "no subject"),
        ("/01/09526543000013/21/%3Cscript%3E%24", "<script>$"),
    ] {
        let (status, told) = asked.json(path, "*/*");
        let detail = told["detail"].as_str().unwrap();
        assert_eq!((status, told["reason"].as_str()), (400, Some("NO_DIGITAL_LINK")), "{path}");
        assert!(detail.contains(why), "{path}: {detail}");
        let mut page = asked.get(path, BROWSER);
        assert_eq!(page.status(), 400, "{path}");
        let page = page.body_mut().read_to_string().unwrap();
        assert!(!page.contains("<script>$"), "{path}");
        // The page is headed by the label, and shows the words of the parser only where no script runs.
        let label = path.trim_start_matches('/');
        assert!(page.contains(&format!("<h1 id=\"name\">{label}</h1>")), "{path}: {page}");
        let words = format!("<noscript> The label cannot be read: {}</noscript>", escape(detail));
        assert!(page.contains(&words) && page.matches(&escape(detail)).count() == 1, "{path}: {page}");
    }
    let model = format!("/01/{}", with_check("0952123400000"));
    assert_eq!(asked.get(&model, BROWSER).status(), 404, "nothing is known of the model");
    assert_eq!(asked.get("/01/09526543000013/21/NEVER", BROWSER).status(), 404, "nor of the serial or its model");
    let lot_is_known = "/01/09526543000013/10/L26-0417/21/NEVER";
    assert_eq!(asked.get(lot_is_known, BROWSER).status(), 200, "but its lot has a page");
    for unknown in ["linkset", "gs1:recallStatus"] {
        let (status, told) = asked.json(&format!("/00/195265430000000010?linkType={unknown}"), "*/*");
        assert_eq!((status, told["reason"].as_str()), (404, Some("UNKNOWN")), "{unknown}");
    }
    assert_eq!(asked.get(&format!("/01/{}", "0".repeat(2_000)), "*/*").status(), 400);
    assert_eq!(asked.get(&format!("/01/{}", "0".repeat(3_000)), "*/*").status(), 414);
}

#[test]
fn a_label_that_says_more_than_its_identity_is_read() {
    let asked = Asked::start();
    let long = format!("{LOT}?4300={}", "A".repeat(2_100));
    for path in [
        "01/09526543000013/10/L26-0417?17=000000",
        "01/09526543000013/10/L26-0417?10=BB1",
        "01/09526543000013/10/L26-0417?3103=000195&3922=0299&17=271231&17=281231",
        "01/09526543000013/10/L26-0417?4300=Jan+Modaal%20%E8%93%9D&4301=%ZZ&=&99",
        long.as_str(),
    ] {
        let mut page = asked.get(&format!("/{path}"), BROWSER);
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.body_mut().read_to_string().unwrap().contains("production"), "{path}");
        assert_eq!(asked.get(&format!("/trace/{path}"), "*/*").status(), 200, "{path}");
        assert_eq!(asked.json(&format!("/{path}"), "application/json").0, 200, "{path}");
    }
    for path in ["/01/09526543000013?17=271231", "/00/195265430000000010?02=09526543000013&37=25&10=L26-0417"] {
        let mut page = asked.get(path, BROWSER);
        assert_eq!(page.status(), 404, "{path}: nothing is recorded of it, and it is read");
        let text = page.body_mut().read_to_string().unwrap();
        assert!(text.contains("The server shows no record here."), "{path}");
    }
    // A lot in the query beside an item is a claim of the label, and the page asks for the trace of both.
    let page = asked.get("/01/09526543000013/21/A%2FB?10=L26-0417", BROWSER);
    let trace = format!("</trace{LABEL}>; rel=preload; as=fetch; crossorigin");
    assert!(header(&page, "link").contains(&trace.as_str()), "{:?}", header(&page, "link"));
    let of = |path: &str| asked.get(path, "*/*").body_mut().read_to_vec().unwrap();
    assert_eq!(of("/trace/01/09526543000013/21/A%2FB?10=OTHER"), of("/trace/01/09526543000013/10/OTHER/21/A%2FB"));
    for path in
        ["/21/A%2FB/01/09526543000013", "/trace/21/A%2FB/01/09526543000013", "/trace/10/L26-0417/01/09526543000013"]
    {
        assert!(matches!(asked.get(path, "*/*").status().as_u16(), 400 | 404), "{path}: no serial vanishes");
    }
    // A request with letters that were never escaped.
    let mut plain = TcpStream::connect(asked.running.node.address).unwrap();
    let request = format!("GET /{LOT}?4300=\u{84dd} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    plain.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    plain.read_to_end(&mut bytes).unwrap();
    assert!(String::from_utf8_lossy(&bytes).starts_with("HTTP/1.1 200"), "{:.80}", String::from_utf8_lossy(&bytes));
}

#[test]
fn the_document_without_scripts_has_both_dates_and_both_times() {
    let asked = Asked::start();
    for (lot, date) in [(LOT, "use by 2027-12-31"), (OTHER_LOT, "best before 2027-10-31")] {
        let page = asked.get(&format!("/{lot}"), BROWSER).body_mut().read_to_string().unwrap();
        assert!(page.contains(date), "{page}");
    }
    let page = asked.get(LABEL, BROWSER).body_mut().read_to_string().unwrap();
    let (before, _) = page.split_once(" as claimed (recorded ").unwrap();
    let claimed = &before[before.len() - "2026-05-01T00:00:00+02:00".len()..];
    assert!(claimed.starts_with("2026-05-01T"), "{page}");
}

#[test]
fn a_recall_is_found_behind_a_label_that_is_read_in_part() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.produce(&world.dairy, LOT).unwrap();
    world.recall(&world.dairy, &[LOT]).unwrap();
    let running = RealNode::start(&world, folder.path(), &Settings::default());
    let policy = TrustPolicy::parse(&world.pinned()).unwrap();
    for query in ["3103=x&3922=y", "17=000000", "17=991399", "x=1&x=2", "4300=a%20b", "99"] {
        let url = format!("{}/trace/{LOT}?{query}", running.url());
        let mut answer = ureq::get(&url).call().unwrap();
        let bytes = answer.body_mut().read_to_vec().unwrap();
        let question = headwater_trace::walk::Query { subject: subject(LOT), lot: None };
        let trace = headwater_trace::verify::verify(&bytes, &question, &policy).unwrap();
        let story = headwater_trace::story::Story::compose(&trace);
        let today = headwater_event::text::Date::parse("2026-06-01").unwrap();
        let judged = Judgement::of(&story, &Default::default(), today);
        assert_eq!(judged.verdict, Verdict::Recalled, "{query}");
        let mut page = ureq::get(format!("{}/{LOT}?{query}", running.url())).header("accept", BROWSER).call().unwrap();
        assert!(page.body_mut().read_to_string().unwrap().contains("recall"), "{query}");
    }
}

#[test]
fn links_lead_only_to_what_is_recorded_and_as_it_is_asked_for() {
    let asked = Asked::start();
    let anchors = |path: &str| -> Vec<String> {
        let (status, linkset) = asked.json(path, "application/linkset+json");
        assert_eq!(status, 200, "{path}");
        let contexts = linkset["linkset"].as_array().unwrap().clone();
        for link in contexts
            .iter()
            .flat_map(|context| context.as_object().unwrap().values())
            .filter_map(Value::as_array)
            .flatten()
        {
            let href = link["href"].as_str().unwrap().strip_prefix("https://id.trace.example").unwrap();
            assert_eq!(asked.get(href, BROWSER).status(), 200, "{href}");
        }
        contexts.iter().map(|context| context["anchor"].as_str().unwrap().to_owned()).collect()
    };
    let levels = |keys: &[&str]| keys.iter().map(|key| format!("https://id.gs1.org/{key}")).collect::<Vec<_>>();
    assert_eq!(anchors(&format!("/{LOT}")), levels(&[LOT]), "nothing is recorded of the model");
    assert_eq!(anchors(LABEL), levels(&[ITEM, LOT]));
    let unknown = asked.get("/01/09526543000013", BROWSER);
    assert!(!header(&unknown, "link").iter().any(|link| link.contains("linkset\"")), "there is no linkset of it");
    for (accept, kind) in [
        ("text/html, application/json;q=0.1", "text/html; charset=utf-8"),
        ("text/html;q=0.1, application/json", "application/linkset+json"),
        ("application/json;q=0, */*;q=0.1", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
    ] {
        assert_eq!(header(&asked.get(LABEL, accept), "content-type"), [kind], "{accept}");
    }
    let wrong = asked.get("/01/09526543000014", "application/json, text/html;q=0.2");
    assert_eq!(header(&wrong, "content-type"), ["application/problem+json"]);
}

#[test]
fn a_program_gets_the_links() {
    let asked = Asked::start();
    let (status, linkset) = asked.json(LABEL, "application/linkset+json");
    assert_eq!(status, 200);
    let contexts = linkset["linkset"].as_array().unwrap();
    let anchors: Vec<&str> = contexts.iter().map(|context| context["anchor"].as_str().unwrap()).collect();
    let levels = [ITEM, LOT].map(|level| format!("https://id.gs1.org/{level}"));
    assert_eq!(anchors, levels);
    let page = "https://id.trace.example/01/09526543000013/10/L26-0417/21/A%2FB";
    let default = &contexts[0]["https://ref.gs1.org/voc/defaultLink"];
    assert_eq!(*default, serde_json::json!([{"href": page, "title": "Product history"}]));
    assert_eq!(asked.json(&format!("{LABEL}?linkType=all"), "*/*"), (200, linkset.clone()));
    assert_eq!(asked.json(&format!("{LABEL}?linkType=linkset"), "*/*"), (200, linkset));

    let recall = asked.get(&format!("{LABEL}?17=271231&linkType=gs1:recallStatus"), "*/*");
    assert_eq!(recall.status(), 307);
    assert_eq!(header(&recall, "location"), [format!("{page}?17=271231")]);
    let spelled = asked.get(&format!("{LABEL}?linkType=https%3A%2F%2Fgs1.org%2Fvoc%2FrecallStatus"), "*/*");
    assert_eq!(header(&spelled, "location"), [page]);
    for unknown in ["gs1:instructions", "recallStatus", "gs1:"] {
        assert_eq!(asked.json(&format!("{LABEL}?linkType={unknown}"), "*/*").0, 404, "{unknown}");
    }
    let (status, choice) = asked.json(&format!("{LABEL}?linkType=gs1:traceability"), "*/*");
    assert_eq!(
        (status, choice["linkset"][0]["https://ref.gs1.org/voc/traceability"].as_array().unwrap().len()),
        (300, 2)
    );
    let trace = "application/vnd.headwater.trace.v1+protobuf";
    let chosen = asked.get(&format!("{LABEL}?linkType=gs1:traceability"), trace);
    let file = "https://id.trace.example/trace/01/09526543000013/10/L26-0417/21/A%2FB";
    assert_eq!(header(&chosen, "location"), [file]);

    let direct = asked.get(LABEL, trace).body_mut().read_to_vec().unwrap();
    assert_eq!(direct, asked.get(&format!("/trace{LABEL}"), "*/*").body_mut().read_to_vec().unwrap());
    let (status, described) = asked.json("/.well-known/gs1resolver", "*/*");
    assert_eq!((status, described["resolverRoot"].as_str()), (200, Some("https://id.trace.example")));
    let foreign =
        asked.agent.get(format!("{}{LABEL}", asked.running.url())).header("origin", "https://a.example").call();
    assert_eq!(header(&foreign.unwrap(), "access-control-allow-origin"), ["*"]);
}

#[test]
fn the_files_of_the_page_are_asked_for_once() {
    let asked = Asked::start();
    let script = asked.get("/page/verifier/verifier.js", "*/*");
    assert_eq!((script.status().as_u16(), header(&script, "content-type")[0]), (200, "text/javascript; charset=utf-8"));
    let again = asked.agent.get(format!("{}/page/verifier/verifier.js", asked.running.url()));
    let again = again.header("if-none-match", header(&script, "etag")[0]).call().unwrap();
    assert_eq!(again.status(), 304);
    for absent in ["/", "/nothing", "/page/nothing.js", "/page/../Cargo.toml", "/page/%2e%2e/Cargo.toml", "/page/"] {
        assert_eq!(asked.get(absent, "*/*").status(), 404, "{absent}");
    }
    // Read over plain TCP, because a client would decompress the answer.
    let style = |codings: &str| {
        let mut plain = TcpStream::connect(asked.running.node.address).unwrap();
        let request = format!(
            "GET /page/page.css HTTP/1.1\r\nhost: a\r\naccept-encoding: {codings}\r\nconnection: close\r\n\r\n"
        );
        plain.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        plain.read_to_end(&mut bytes).unwrap();
        let (head, body) = bytes.split_at(bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4);
        (String::from_utf8_lossy(head).contains("content-encoding: gzip"), body.to_vec())
    };
    let whole = asked.get("/page/page.css", "*/*").body_mut().read_to_vec().unwrap();
    for (codings, is_compressed) in [("gzip", true), ("br, GZIP ;q=0.5", true), ("br, gzip;q=0", false), ("br", false)]
    {
        let (compressed, body) = style(codings);
        assert_eq!(compressed, is_compressed, "{codings}");
        assert_eq!(body == whole, !is_compressed, "{codings}");
        assert!(!is_compressed || body.len() < whole.len() / 2, "{} bytes of {}", body.len(), whole.len());
    }
    let policy = asked.get("/page/policy", "*/*").body_mut().read_to_string().unwrap();
    assert!(policy.contains("#headwater ledger "), "{policy}");
    let size = asked.running.node.ledger.newest().size();
    let joined = asked.get(&format!("/consistency/1/{size}"), "*/*").body_mut().read_to_vec().unwrap();
    assert!(!joined.is_empty() && joined.len().is_multiple_of(32));
    assert_eq!(asked.get(&format!("/consistency/{size}/1"), "*/*").status(), 404);
    assert_eq!(asked.get("/consistency/x/1", "*/*").status(), 400);
}

#[test]
fn a_look_is_counted_where_it_is_asked_to_be() {
    let asked = Asked::start();
    let door = format!("{}/scans{LABEL}", asked.running.url());
    let seen = |mut answer: Response<Body>| -> (u16, Value) {
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.body_mut().read_to_vec().unwrap()).unwrap())
    };
    let (status, before) = seen(asked.agent.get(&door).call().unwrap());
    assert_eq!((status, &before["count"]), (200, &0.into()));
    for _ in 0..2 {
        let (status, told) = seen(asked.agent.post(&door).send(r#"{"zone": "Europe/Amsterdam"}"#).unwrap());
        assert_eq!((status, &told["count"], &told["first"]["country"]), (200, &1.into(), &"NL".into()));
    }
    let (_, other) = seen(asked.agent.post(&door).header("user-agent", "another").send("{}").unwrap());
    assert_eq!((&other["count"], other["scans"].as_array().unwrap().len()), (&2.into(), 2));
    assert_eq!(seen(asked.agent.get(&door).call().unwrap()).1, other);

    let operators = || -> Value { serde_json::from_str(&asked.of_operators("/scans")).unwrap() };
    let told = operators();
    assert_eq!(told["models"][0]["scans"], 2);
    assert_eq!(told["most_scanned"][0]["label"], ITEM);
    assert_eq!(told["implausible"], json!([]));
    let (_, told) =
        seen(asked.agent.post(&door).header("user-agent", "a third").send(r#"{"zone": "Asia/Shanghai"}"#).unwrap());
    assert_eq!(told["count"], 3);
    assert_eq!(operators()["implausible"][0]["label"], ITEM);
    let metrics = asked.of_operators("/metrics");
    assert!(metrics.contains("headwater_implausible_looks_total{note=\"apart\"} 1"), "{metrics}");
    for (path, body, status) in [
        ("/scans/01/09526543000013/21/NEVER", "{}", 404),
        ("/scans/01/09526543000014", "{}", 400),
        (&format!("/scans{LABEL}"), "zone", 400),
        (&format!("/scans{LABEL}"), r#"{"name": "a person"}"#, 400),
        (&format!("/scans{LABEL}"), &" ".repeat(5_000), 413),
    ] {
        let answer = asked.agent.post(format!("{}{path}", asked.running.url())).send(body).unwrap();
        assert_eq!(answer.status(), status, "{path} {body:.20}");
    }
}

#[test]
fn every_answer_of_a_label_names_the_header_that_it_depends_on() {
    let asked = Asked::start();
    let mut statuses = Vec::new();
    for (path, accept) in [
        (LABEL, BROWSER),
        (LABEL, "application/linkset+json"),
        (LABEL, "*/*"),
        (&format!("{LABEL}?linkType=gs1:recallStatus"), "*/*"),
        (&format!("{LABEL}?linkType=gs1:traceability"), "*/*"),
        (&format!("{LABEL}?linkType=linkset"), "*/*"),
        ("/01/09526543000013/21/NEVER", BROWSER),
        ("/01/9526543000013", BROWSER),
        ("/01/9526543000013", "*/*"),
    ] {
        let answer = asked.get(path, accept);
        assert!(header(&answer, "vary").contains(&"accept"), "{path} {accept}: {:?}", answer.headers());
        statuses.push(answer.status().as_u16());
    }
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 300, 307, 400, 404]);
    asked.running.stop();
}
