//! Scans of a label beside a trace.

use headwater_event::transport::Country;
use headwater_trace::scan::{Scan, Scans, Spot};
use serde_json::{Value, json};

use crate::{Answer, number, text, trace};

fn read(value: &Value) -> Scan {
    let part = |name: &str| value[name].as_f64();
    let place = part("lat").zip(part("lon")).zip(part("error_km"));
    Scan {
        at_ms: number(value, "at"),
        place: place.map(|((lat, lon), error_km)| Spot::new(lat, lon, error_km).expect("a spot")),
        zone: value["zone"].as_str().map(str::to_owned),
        country: value["country"].as_str().map(|country| Country::parse(country).expect("a country")),
        device: text(value, "device").to_owned(),
    }
}

pub(crate) fn run(input: &Value) -> Answer {
    let scans: Vec<Scan> = input["scans"].as_array().expect("a list").iter().map(read).collect();
    let scans = Scans::new(scans).expect("few scans");
    trace::telling(
        input,
        |story, judged| json!({"verdict": judged.verdict, "count": scans.count(), "notes": scans.notes_beside(story)}),
    )
}
