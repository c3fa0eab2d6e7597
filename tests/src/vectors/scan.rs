//! Scans of a label: what they make of a verdict.

use headwater_event::transport::Country;
use headwater_trace::scan::{Scan, Scans, Spot};
use serde_json::{Value, json};

use super::{Answer, Case, number, text, trace};
use crate::world::{HOUR_MS, START_MS};

/// After everything that the story tells.
const NOON_MS: u64 = START_MS + 30 * 24 * HOUR_MS;
const MINUTE_MS: u64 = 60_000;

fn scan(at_ms: u64, device: &str) -> Value {
    json!({"at": at_ms.to_string(), "device": device})
}

fn placed(at_ms: u64, device: &str, country: &str, spot: [f64; 3]) -> Value {
    let [lat, lon, error_km] = spot;
    json!({"at": at_ms.to_string(), "device": device, "country": country, "lat": lat, "lon": lon, "error_km": error_km})
}

pub(super) fn cases() -> Vec<Case> {
    let [in_trade, recalled] = trace::scanned();
    let (shanghai, berlin) = ([31.2, 121.5, 50.0], [52.5, 13.4, 50.0]);
    let says = |name: &str, about: &str, verdict: &str, of: &Value, scans: Vec<Value>| {
        let mut input = of.clone();
        input["scans"] = scans.into();
        Case::ok("scan", name, about, input).saying("verdict", verdict)
    };
    let apart = |minutes: u64| {
        vec![placed(NOON_MS, "a", "CN", shanghai), placed(NOON_MS + minutes * MINUTE_MS, "b", "DE", berlin)]
    };
    let crowd = (0..21).map(|at| scan(NOON_MS + at * HOUR_MS, &format!("device {at}"))).collect();
    let far = [[31.2, 121.5, 4_200.0], [52.5, 13.4, 4_200.0]];
    let vague = vec![placed(NOON_MS, "a", "CN", far[0]), placed(NOON_MS + MINUTE_MS, "b", "CN", far[1])];
    let devices = ["a", "b"].map(|device| scan(NOON_MS, device)).to_vec();
    let early = vec![scan(START_MS - HOUR_MS, "a"), scan(NOON_MS, "a")];
    vec![
        says("first", "the first look", "VALID_FIRST", &in_trade, vec![scan(NOON_MS, "a")]),
        says("repeat", "two devices at one moment", "VALID_REPEAT", &in_trade, devices),
        says("two-places", "Shanghai and Berlin, 20 minutes apart", "SUSPECT_CLONE", &in_trade, apart(20)),
        says("a-flight-apart", "Shanghai and Berlin, half a day apart", "VALID_REPEAT", &in_trade, apart(720)),
        says(
            "within-the-errors",
            "no farther apart than what is unknown of both places",
            "VALID_REPEAT",
            &in_trade,
            vague,
        ),
        says("crowd", "21 devices are many, and no proof", "VALID_REPEAT", &in_trade, crowd),
        says("before-trade", "a look before it was delivered", "VALID_REPEAT", &in_trade, early),
        says("recalled", "what records show comes first", "RECALLED", &recalled, apart(20)),
    ]
}

fn read(value: &Value) -> Scan {
    let part = |name: &str| value[name].as_f64();
    let place = part("lat").zip(part("lon")).zip(part("error_km"));
    Scan {
        at_ms: number(value, "at"),
        place: place.map(|((lat, lon), error_km)| Spot::new(lat, lon, error_km).expect("a spot")),
        country: value["country"].as_str().map(|country| Country::parse(country).expect("a country")),
        device: text(value, "device").to_owned(),
    }
}

pub(super) fn run(input: &Value) -> Answer {
    let scans: Vec<Scan> = input["scans"].as_array().expect("a list").iter().map(read).collect();
    let scans = Scans::new(scans).expect("few scans");
    trace::telling(input, |story, judged| {
        let risk = scans.risk(story).value;
        json!({"verdict": judged.verdict, "risk": risk})
    })
}
