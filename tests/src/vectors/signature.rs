//! Strict signatures over typed bytes, and the keys that are admitted.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity as _;
use ed25519_dalek::SigningKey;
use headwater_event::signature::PayloadType;
use headwater_tlog::key::SecretKey;
use serde_json::json;
use sha2::{Digest as _, Sha512};

use super::Case;

/// Order of the base point of Ed25519, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

pub(super) fn cases() -> Vec<Case> {
    let secret = SecretKey::from_seed(&[3; 32]);
    let key = secret.public();
    let body = b"\x0a\x01a";
    let signature = secret.sign(&PayloadType::Event.encode(body)).expect("a signature");
    let input = |payload: &str, body: &[u8], key: &[u8], signature: &[u8]| json!({"type": payload, "body": hex::encode(body), "key": hex::encode(key), "signature": hex::encode(signature)});
    let no = |name, about, input, error| Case::refused("signature", name, about, input, error);
    let with = |name, about, signature: &[u8]| {
        no(name, about, input("event", body, key.as_bytes(), signature), "BadSignature")
    };
    let other_key = |name, about, key: &str, error| {
        no(name, about, input("event", body, &hex::decode(key).expect("hex"), &signature), error)
    };
    let mut flipped = signature;
    flipped[7] ^= 1;
    vec![
        Case::ok("signature", "event", "a signature over an event", input("event", body, key.as_bytes(), &signature)),
        no(
            "other-type",
            "the same bytes signed as another type",
            input("possession", body, key.as_bytes(), &signature),
            "BadSignature",
        ),
        no("other-body", "another event", input("event", b"\x0a\x01b", key.as_bytes(), &signature), "BadSignature"),
        no(
            "bare-body",
            "the bytes themselves signed, without their type",
            input("event", body, key.as_bytes(), &secret.sign(body).expect("a signature")),
            "BadSignature",
        ),
        with("flipped-bit", "one bit of R", &flipped),
        with("scalar-plus-order", "S plus the order of the group: a second spelling", &plus_order(&signature)),
        with("small-order-r", "R of low order and S of 0", &[&[1_u8][..], &[0; 63]].concat()),
        with(
            "identity-r",
            "R the identity and S such that the equation holds",
            &with_identity(&[3; 32], &PayloadType::Event.encode(body)),
        ),
        other_key(
            "other-key",
            "another key",
            &hex::encode(SecretKey::from_seed(&[4; 32]).public().as_bytes()),
            "BadSignature",
        ),
        other_key("key-31-bytes", "31 bytes are no key", &"11".repeat(31), "Length"),
        other_key("key-identity", "the identity is of low order", &format!("01{}", "00".repeat(31)), "LowOrder"),
        other_key("key-order-4", "a point of order 4", &"00".repeat(32), "LowOrder"),
        other_key(
            "key-order-8",
            "a point of order 8",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "LowOrder",
        ),
        other_key(
            "key-not-canonical",
            "the identity, with its y written as p + 1",
            &format!("ee{}7f", "ff".repeat(30)),
            "NotCanonical",
        ),
        other_key(
            "key-with-torsion",
            "a key with a point of order 8 added to it",
            &hex::encode(with_torsion(key.as_bytes())),
            "Torsion",
        ),
        other_key("key-no-point", "a y that lies on no point", &format!("02{}", "00".repeat(31)), "NoPoint"),
    ]
}

/// The key plus a point of small order: a key that verifies like the original, except for its small-order component.
fn with_torsion(key: &[u8; 32]) -> [u8; 32] {
    let point = CompressedEdwardsY(*key).decompress().expect("a point");
    (point + EIGHT_TORSION[1]).compress().0
}

/// A signature with the identity as R, which the owner of a key can make. `S = k·a` then satisfies the equation for every key.
fn with_identity(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let key = SigningKey::from_bytes(seed);
    let identity = CompressedEdwardsY::identity().0;
    let hashed = Sha512::new().chain_update(identity).chain_update(key.verifying_key()).chain_update(message);
    let scalar = Scalar::from_bytes_mod_order_wide(&hashed.finalize().into()) * key.to_scalar();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&identity);
    signature[32..].copy_from_slice(scalar.as_bytes());
    signature
}

fn plus_order(signature: &[u8; 64]) -> [u8; 64] {
    let mut second = *signature;
    let mut carry = 0_u16;
    for (byte, order) in second[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    second
}
