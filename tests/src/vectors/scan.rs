//! Scans of a label: the notes that they add beside a verdict, which stays as it is.

use headwater_event::kind::distribution::DistributionAction;
use serde_json::{Value, json};

use super::{Case, trace};
use headwater_testing::world::{HOUR_MS, START_MS};

/// A time after every event of the stories, in Unix milliseconds.
const NOON_MS: u64 = START_MS + 30 * 24 * HOUR_MS;
const MINUTE_MS: u64 = 60_000;

fn scan(at_ms: u64, device: &str) -> Value {
    json!({"at": at_ms.to_string(), "device": device})
}

fn placed(at_ms: u64, zone: &str, country: &str, spot: [f64; 3]) -> Value {
    let [lat, lon, error_km] = spot;
    json!({"at": at_ms.to_string(), "device": zone, "zone": zone, "country": country, "lat": lat, "lon": lon, "error_km": error_km})
}

pub(super) fn cases() -> Vec<Case> {
    let [in_trade, recalled] = trace::scanned();
    let (shanghai, berlin) = ([31.2, 121.5, 50.0], [52.5, 13.4, 50.0]);
    let says = |name: &str, about: &str, of: &Value, scans: Vec<Value>| {
        let mut input = of.clone();
        input["scans"] = scans.into();
        Case::ok("scan", name, about, input)
    };
    let apart = |minutes: u64| {
        vec![
            placed(NOON_MS, "Asia/Shanghai", "CN", shanghai),
            placed(NOON_MS + minutes * MINUTE_MS, "Europe/Berlin", "DE", berlin),
        ]
    };
    let crowd = |of: u64| (0..of).map(|at| scan(NOON_MS + at * MINUTE_MS, &format!("device {at}"))).collect();
    let daily = (0..21).map(|at| scan(NOON_MS + at * 24 * HOUR_MS, &format!("device {at}"))).collect();
    let far = [[31.2, 121.5, 4_200.0], [52.5, 13.4, 4_200.0]];
    let vague = vec![
        placed(NOON_MS, "Asia/Shanghai", "CN", far[0]),
        placed(NOON_MS + MINUTE_MS, "Europe/Berlin", "CN", far[1]),
    ];
    let mut unnamed = apart(20);
    for scan in &mut unnamed {
        scan["zone"] = Value::Null;
        scan["country"] = Value::Null;
    }
    let seconds_apart = |seconds: u64| {
        vec![
            placed(NOON_MS, "Asia/Shanghai", "CN", shanghai),
            placed(NOON_MS + seconds * 1_000, "Europe/Berlin", "DE", berlin),
        ]
    };
    let mut of_one_device = apart(20);
    for scan in &mut of_one_device {
        scan["device"] = "one".into();
    }
    let mut between = apart(20);
    between.insert(1, scan(NOON_MS + MINUTE_MS, "nowhere"));
    let devices = ["a", "b"].map(|device| scan(NOON_MS, device)).to_vec();
    let mut cases = vec![
        says("none", "no look at all", &in_trade, Vec::new()),
        says("first", "the first look", &in_trade, vec![scan(NOON_MS, "a")]),
        says("repeat", "two devices at one moment", &in_trade, devices),
        says("two-places", "Shanghai and Berlin, 20 minutes apart", &in_trade, apart(20)),
        says("a-flight-apart", "Shanghai and Berlin, half a day apart", &in_trade, apart(720)),
        says("a-look-between", "a look without a place is passed over", &in_trade, between),
        says("unnamed-places", "two places whose zones and countries are not known", &in_trade, unnamed),
        says("two-minutes-that-have-begun", "61 seconds between Shanghai and Berlin", &in_trade, seconds_apart(61)),
        says("at-one-moment", "Shanghai and Berlin at one moment", &in_trade, seconds_apart(0)),
        says("one-device", "one device with two places", &in_trade, of_one_device),
        says("within-the-errors", "no farther apart than what is unknown of both places", &in_trade, vague),
        says("crowd", "21 devices on one day", &in_trade, crowd(21)),
        says("no-crowd", "20 devices on one day", &in_trade, crowd(20)),
        says("daily", "21 devices on as many days", &in_trade, daily),
        says(
            "before-trade",
            "a look before it was delivered",
            &in_trade,
            vec![scan(START_MS - HOUR_MS, "a"), scan(NOON_MS, "a")],
        ),
        says("recalled", "notes stand beside any verdict, and change none", &recalled, apart(20)),
    ];
    use DistributionAction::{Deliver, Destroy, Dispatch, Return, Sell, Store};
    let looks = || vec![scan(START_MS - HOUR_MS, "a"), placed(NOON_MS, "Europe/Amsterdam", "NL", [52.4, 4.9, 50.0])];
    for (name, about, steps) in [
        ("dispatched", "what is dispatched is not in trade", &[(Dispatch, "NL")][..]),
        ("stored", "a look before it was stored", &[(Store, "NL")]),
        ("sold", "a look before it was sold", &[(Sell, "NL")]),
        ("returned", "a look after it was returned", &[(Deliver, "NL"), (Return, "NL")]),
        ("destroyed", "a look after it was destroyed", &[(Deliver, "NL"), (Destroy, "NL")]),
        (
            "sold-again",
            "a look after it was returned, and sold again",
            &[(Deliver, "NL"), (Return, "NL"), (Sell, "NL")],
        ),
        ("sold-abroad", "a look in another country than it was sold in", &[(Deliver, "NL"), (Sell, "DE")]),
        (
            "stored-abroad",
            "a look in the country that it was sold in, stored elsewhere since",
            &[(Sell, "NL"), (Store, "DE")],
        ),
    ] {
        cases.push(says(name, about, &trace::handed(steps), looks()));
    }
    let about = "a look at a lot before the unit of a part of it was stored";
    cases.push(says("unit-of-a-lot", about, &trace::stored_in_a_unit(), looks()));
    cases
}
