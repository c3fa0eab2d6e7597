//! Entries: the one encoding of each, and the proofs that a genesis needs.

use headwater_event::codec::Message as _;
use headwater_event::entry::{EVENT_BYTES_MAX, Entry, EntryBody, Genesis, GenesisKey, IndexHead, SignedEventBytes};
use headwater_event::kind::Kind;
use headwater_event::signature::{KeyUse, Signature};
use headwater_tlog::hash::Hash;
use serde_json::json;

use super::Case;
use super::event::sample;
use headwater_testing::wire::{Field, Wire};
use headwater_testing::world::{Actor, START_MS, World, genesis};

pub(super) fn cases() -> Vec<Case> {
    let input = |bytes: &[u8]| json!({"entry": hex::encode(bytes)});
    let ok = |name, about, bytes: Vec<u8>| Case::ok("entry", name, about, input(&bytes));
    let no = |name, about, bytes: Vec<u8>, error| Case::refused("entry", name, about, input(&bytes), error);
    let world = World::new();
    let entry = |body| Entry { recorded_at_ms: START_MS, body }.encode();
    let founding = |change: &dyn Fn(&mut Genesis)| {
        let mut founding = genesis(&world.operator);
        change(&mut founding);
        entry(EntryBody::Genesis(Box::new(founding)))
    };
    let signed = sample(Kind::Production).sign(&world.dairy.events());
    // The sample names another key than the dairy's, so signing the sample can fail.
    let signed = signed
        .unwrap_or(SignedEventBytes { event: sample(Kind::Production).encode(), signature: Signature::new([9; 64]) });
    let newer = |arm| entry(EntryBody::Newer { arm, bytes: vec![8, 1] });
    let admin = |operator: &Actor| genesis(operator).keys.remove(1);
    vec![
        ok("genesis", "the founding of a ledger", founding(&|_| {})),
        ok(
            "genesis-of-a-newer-format",
            "a format version that is not 1 is read",
            founding(&|founding| founding.format_version = 2),
        ),
        ok("signed-event", "an event and its signature", entry(EntryBody::SignedEvent(signed.clone()))),
        ok(
            "index-head",
            "the commitment to an index",
            entry(EntryBody::IndexHead(IndexHead { root: Hash::plain(b"root") })),
        ),
        ok("newer-arm-19", "an arm that no version knows yet is newer, not wrong", newer(19)),
        ok("newer-arm-47", "the last arm that a newer format may have", newer(47)),
        no("arm-48", "a number above the arms is never newer", newer(48), "Unknown"),
        no("too-long", "an entry of 65,536 bytes", vec![7; 65_536], "TooLong"),
        no(
            "unknown-field",
            "a field before the arms",
            Wire(vec![Field::number(1, 1), Field::number(2, 1), Field::bytes(18, vec![1])]).write(),
            "Unknown",
        ),
        no(
            "no-time",
            "no recorded time",
            Wire(vec![Field::bytes(18, IndexHead { root: Hash::plain(b"root") }.encode())]).write(),
            "Missing",
        )
        .field("recorded_at_ms"),
        no(
            "two-arms",
            "two arms",
            [entry(EntryBody::IndexHead(IndexHead { root: Hash::plain(b"root") })), vec![0x9a, 1, 1, 7]].concat(),
            "Unknown",
        ),
        no(
            "event-too-long",
            "an event of 32 KiB and a byte",
            entry(EntryBody::SignedEvent(SignedEventBytes { event: vec![7; EVENT_BYTES_MAX + 1], ..signed })),
            "EventTooLong",
        ),
        no(
            "genesis-without-admin-key",
            "nobody could sign a party event",
            founding(&|founding| {
                founding.keys.pop();
            }),
            "NoAdminKey",
        ),
        no(
            "genesis-key-twice",
            "one key for two uses",
            founding(&|founding| founding.keys.push(admin(&world.operator))),
            "DuplicateKey",
        ),
        no(
            "genesis-key-unproven",
            "a key without a proof that somebody holds it",
            founding(&|founding| {
                let possession = founding.keys[0].possession;
                founding.keys[1] = GenesisKey { possession, key_use: KeyUse::Admin, ..founding.keys[1].clone() };
            }),
            "Possession",
        ),
    ]
}
