//! Parts of an event newer than the reader: those that the reader reads, and those that the reader refuses.

use headwater_event::codec::{Message as _, Number as _};
use headwater_event::event::Event;
use headwater_event::kind::{KIND_ARM, Kind};
use serde_json::json;

use super::Case;
use super::event::sample;
use headwater_testing::document;
use headwater_testing::wire::{Field, Wire};

/// Returns the smallest arm of the class story that no kind has. A new kind takes this number, and the cases take the next one.
pub(super) fn story_arm() -> u32 {
    let is_free = |arm: &u32| Kind::ALL.iter().all(|kind| kind.number() + KIND_ARM != u64::from(*arm));
    (16..40).find(is_free).expect("a number that no kind has")
}

pub(super) fn cases() -> Vec<Case> {
    let event = |change: &dyn Fn(&mut Wire)| {
        let mut document = serde_json::to_value(sample(Kind::Production)).unwrap();
        document["after"] = json!([{"subject": 0, "count": 0, "head": "00".repeat(32)}]);
        let event: Event = document::message(&document).unwrap();
        let mut wire = Wire::read(&event.encode());
        wire.0.pop();
        wire.0.push(Field::bytes(40, vec![8, 1]));
        change(&mut wire);
        json!({"event": hex::encode(wire.write())})
    };
    let ok = |name: &str, about: &str, change: &dyn Fn(&mut Wire)| {
        Case::ok("event", &format!("newer-{name}"), about, event(change))
    };
    let no = |name: &str, about: &str, error: &str, change: &dyn Fn(&mut Wire)| {
        Case::refused("event", &format!("newer-{name}"), about, event(change), error)
    };
    let last = |number: u32| {
        move |wire: &mut Wire| {
            wire.0.pop();
            wire.0.push(Field::bytes(number, vec![8, 1]));
        }
    };
    const ROLE: u32 = 5;
    const SUBJECTS: u32 = 9;
    const PLACE: u32 = 10;
    const AFTER: u32 = 11;
    let before = |wire: &mut Wire, field: Field| {
        let at = wire.0.iter().position(|other| other.number > field.number).unwrap();
        wire.0.insert(at, field);
    };
    let mut cases = Vec::new();
    for number in [story_arm(), 39, 40, 43, 44, 47] {
        cases.push(ok(&format!("arm-{number}"), "an arm that the reader does not know", &last(number)));
    }
    for number in [14, 15, 48] {
        cases.push(no(&format!("no-arm-{number}"), "a number that no arm has", "Unknown", &last(number)));
    }
    cases.extend([
        ok("empty-arm", "an arm that holds nothing", &|wire| {
            wire.0.pop();
            wire.0.push(Field::bytes(40, Vec::new()));
        }),
        ok("number-as-arm", "an arm that is a number", &|wire| {
            wire.0.pop();
            wire.0.push(Field::number(40, 7));
        }),
        ok("role-of-another-kind", "a role that the reader does not know", &|wire| wire.find_mut(ROLE).set_number(99)),
        no("role-0", "a role that is there, and is its default", "Empty", &|wire| wire.find_mut(ROLE).set_number(0))
            .field("role"),
        ok("place-of-another-form", "a place that the reader cannot read", &|wire| {
            wire.find_mut(PLACE).set_bytes(b"?".to_vec())
        }),
        ok("attachments-of-another-form", "attachments that the reader cannot read", &|wire| {
            before(wire, Field::bytes(12, b"?".to_vec()));
            before(wire, Field::bytes(12, b"!".to_vec()));
        }),
        ok("notes-of-another-form", "notes that the reader cannot read", &|wire| {
            before(wire, Field::bytes(13, b"?".to_vec()));
            before(wire, Field::bytes(13, b"!".to_vec()));
        }),
        ok("subject-of-another-form", "a subject, a quantity and a lot that the reader cannot read", &|wire| {
            wire.inside(SUBJECTS, &|named| {
                *named = Wire(vec![
                    Field::bytes(1, b"new/X".to_vec()),
                    Field::bytes(2, b"?".to_vec()),
                    Field::bytes(3, b"!".to_vec()),
                ]);
            });
        }),
        ok("key-of-160", "a subject key of 160 bytes", &|wire| {
            wire.inside(SUBJECTS, &|named| named.find_mut(1).set_bytes(vec![b'x'; 160]));
        }),
        no("key-of-161", "a subject key of 161 bytes", "Value", &|wire| {
            wire.inside(SUBJECTS, &|named| named.find_mut(1).set_bytes(vec![b'x'; 161]));
        })
        .field("subjects.0.key"),
        no("place-twice", "a field that is not read stands twice", "Order", &|wire| {
            let again = wire.find(PLACE).clone();
            before(wire, again);
        }),
        no("pin-of-no-subject", "a pin that points to no subject", "Value", &|wire| {
            wire.inside(AFTER, &|pin| pin.0.insert(0, Field::number(1, 9)));
        })
        .field("after.0.subject"),
        no("without-ledger", "no ledger", "Missing", &|wire| wire.remove(1)).field("ledger_id"),
        no("two-arms", "two arms", "Unknown", &|wire| wire.0.push(Field::bytes(41, vec![8, 1]))),
    ]);
    // The roles of a registration are packed.
    let roles = |packed: Vec<u8>| {
        let mut wire = Wire::read(&sample(Kind::Party).encode());
        let last = wire.0.last_mut().unwrap();
        let mut body = Wire::read(last.payload().unwrap_err());
        let action = body.0.last_mut().unwrap();
        let mut register = Wire::read(action.payload().unwrap_err());
        register.find_mut(4).set_bytes(packed);
        action.set_bytes(register.write());
        last.set_bytes(body.write());
        json!({"event": hex::encode(wire.write())})
    };
    let about = "a role that no version has, in a packed list";
    cases.push(
        Case::refused("event", "newer-packed-role-0", about, roles(vec![0, 1]), "Value")
            .field("body.party_event.register.roles"),
    );
    cases.push(Case::ok("event", "newer-packed-role", "a role that the reader does not know", roles(vec![1, 99])));
    let named = |keys: [&str; 2]| {
        event(&|wire| {
            let at = wire.0.iter().position(|field| field.number == SUBJECTS).unwrap();
            wire.0.retain(|field| field.number != SUBJECTS);
            for key in keys.into_iter().rev() {
                let subject = Wire(vec![Field::bytes(1, key.as_bytes().to_vec())]);
                wire.0.insert(at, Field::bytes(SUBJECTS, subject.write()));
            }
        })
    };
    let about = "subject keys by their bytes: U+FF5E before U+1F600";
    cases.push(Case::ok("event", "newer-keys-by-bytes", about, named(["new/\u{ff5e}", "new/\u{1f600}"])));
    let about = "subject keys by their UTF-16 units: U+1F600 before U+FF5E";
    let wrong = named(["new/\u{1f600}", "new/\u{ff5e}"]);
    cases.push(Case::refused("event", "newer-keys-by-utf-16", about, wrong, "Unsorted").field("subjects.1"));
    cases
}
