//! Events that a person would call different have different identities: tests of the pairs that other formats confuse.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use headwater_event::codec::Message as _;
use headwater_event::event::Event;
use headwater_event::kind::KindBody;
use headwater_event::kind::customs_clearance::{CustomsClearance, CustomsStatus, Direction};
use headwater_event::place::{LangText, Place};
use headwater_event::text::{Decimal, Lang, Text};
use headwater_event::transport::Country;
use headwater_ledger::memory::MemoryStore;
use headwater_testing::world::{World, code, english, place, production, quantity, subject};
use headwater_tlog::hash::Hash;

const LOT: &str = "01/09526543000013/10/L26-0417";

fn declared(world: &World<MemoryStore>, number: &str) -> Event {
    let body = KindBody::CustomsClearance(CustomsClearance {
        refs: Vec::new(),
        commitments: Vec::new(),
        declaration_no: Some(code(number)),
        jurisdiction: Country::parse("CN").unwrap(),
        direction: Direction::Import,
        office_code: code("2248"),
        regime: code("1210"),
        status: CustomsStatus::Accepted,
        lines: Vec::new(),
        declarant: None,
        importer: None,
        quarantine_certificate: None,
        inspection_order: None,
        duty_receipt: None,
        port_of_loading: None,
        port_of_entry: None,
        warehouse: None,
        seal: None,
    });
    world.event(&world.customs, vec![subject(LOT)], body)
}

/// Asserts that two changes of one event give two identities.
fn differ(event: &Event, one: impl Fn(&mut Event), other: impl Fn(&mut Event)) {
    let hash = |change: &dyn Fn(&mut Event)| {
        let mut changed = event.clone();
        change(&mut changed);
        let bytes = changed.encode();
        assert_eq!(Event::parse(&bytes).unwrap(), changed);
        Hash::plain(&bytes)
    };
    assert_ne!(hash(&one), hash(&other));
    assert_eq!(hash(&one), hash(&one));
}

#[test]
fn numbers_keep_every_digit() {
    let world = World::new();
    let event = declared(&world, "224820261000012345");
    let number = |number: &'static str| {
        move |event: &mut Event| match &mut event.body {
            KindBody::CustomsClearance(clearance) => clearance.declaration_no = Some(code(number)),
            _ => panic!("a clearance"),
        }
    };
    differ(&event, number("224820261000012345"), number("224820261000012346"));
    differ(&event, number("0123"), number("123"));
    differ(&event, number("1e3"), number("1000"));
    let mut made = world.event(&world.dairy, vec![subject(LOT)], KindBody::Production(production()));
    made.subjects[0].quantity = Some(quantity("0.5", "KGM"));
    differ(&made, |_| {}, |event| event.subjects[0].quantity = Some(quantity("0.50", "KGM")));
    assert!(Decimal::parse("1e3").is_err());
}

#[test]
fn text_does_not_move_across_borders() {
    let world = World::new();
    let event = declared(&world, "1");
    let text = |lang: &str, text: &str| LangText { lang: Lang::parse(lang).unwrap(), text: Text::parse(text).unwrap() };
    differ(
        &event,
        |event| event.notes = vec![text("en", "ab"), text("nl", "c")],
        |event| event.notes = vec![text("en", "a"), text("nl", "bc")],
    );
    differ(
        &event,
        |event| event.notes = english("Dijkweg 1"),
        |event| event.place = Some(Place { address: english("Dijkweg 1"), ..place("NL") }),
    );
    differ(&event, |_| {}, |event| event.subjects[0].key = subject("01/09526543000013/10/L26-0418"));
}
