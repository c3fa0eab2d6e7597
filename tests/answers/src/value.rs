//! Values whose text has a form of its own: decimals, dates, codes and others.

use headwater_event::fault::CodecError;
use headwater_event::kind::sticker::ItemCode;
use headwater_event::text::{Code, Date, Decimal, Lang, MediaType, Text, Uri};
use headwater_event::transport::{AirWaybill, Container, HsCode, Locode, Ship};
use serde_json::{Value, json};

use crate::{Answer, refusal, text};

pub(crate) fn run(input: &Value) -> Answer {
    fn read<T: ToString>(parsed: Result<T, CodecError>) -> Result<String, CodecError> {
        parsed.map(|value| value.to_string())
    }
    let text = text(input, "text");
    let read = match input["type"].as_str().expect("a type") {
        "decimal" => read(Decimal::parse(text)),
        "date" => read(Date::parse(text)),
        "text" => read(Text::parse(text)),
        "code" => read(Code::parse(text)),
        "uri" => read(Uri::parse(text)),
        "lang" => read(Lang::parse(text)),
        "media_type" => read(MediaType::parse(text)),
        "air_waybill" => read(AirWaybill::parse(text)),
        "locode" => read(Locode::parse(text)),
        "ship" => read(Ship::parse(text)),
        "container" => read(Container::parse(text)),
        "hs_code" => read(HsCode::parse(text)),
        "item_code" => read(ItemCode::parse(text)),
        kind => panic!("{kind} is not a type"),
    };
    read.map(|text| json!({"text": text})).map_err(|error| refusal(&error))
}
