//! What parties sign: DSSE pre-authentication encoding, one payload type per kind of statement.
//!
//! ```text
//! PAE = "DSSEv1" SP len(type) SP type SP len(body) SP body        lengths in bytes, decimal
//! ```

use std::fmt;

use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SIGNATURE_BYTES, SecretKey};

use crate::codec::{CodecError, Message as _, Payload, Slot, Value};
use crate::schema::Schema;
use crate::subject::PartyKey;
use crate::text::text_serde;
use crate::{codes, message};

/// What a signature is about. A statement of one kind can never pass for one of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayloadType {
    /// An event.
    Event,
    /// A proof that a party holds a key.
    Possession,
}

impl PayloadType {
    /// The media type that is signed along.
    pub const fn as_str(self) -> &'static str {
        match self {
            PayloadType::Event => "application/vnd.headwater.event.v1+protobuf",
            PayloadType::Possession => "application/vnd.headwater.possession.v1+protobuf",
        }
    }

    /// The bytes that are signed for `body`.
    pub fn encode(self, body: &[u8]) -> Vec<u8> {
        let name = self.as_str();
        let head = format!("DSSEv1 {} {name} {} ", name.len(), body.len());
        [head.as_bytes(), body].concat()
    }
}

codes! {
    /// What a party's key may sign: every kind but party events, or party events only.
    pub enum KeyUse {
        1 Events = "events",
        2 Admin = "admin",
    }
}

/// An Ed25519 signature as it came; only a key says whether it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; SIGNATURE_BYTES]);

impl Signature {
    /// Takes the 64 bytes.
    pub const fn new(bytes: [u8; SIGNATURE_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.0
    }

    /// Reads 128 lower-case hex digits.
    pub fn parse(digits: &str) -> Result<Self, CodecError> {
        let mut bytes = [0; SIGNATURE_BYTES];
        let read = hex::decode_to_slice(digits, &mut bytes);
        read.map(|()| Self(bytes)).map_err(|_| CodecError::value(digits, "is no signature: 128 hex digits"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

text_serde!(Signature);

impl Value for Signature {
    fn form() -> &'static str {
        "64 bytes"
    }

    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        <[u8; SIGNATURE_BYTES]>::read(payload).map(Self)
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(&self.0);
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

impl Value for PublicKey {
    fn form() -> &'static str {
        "Ed25519 key"
    }

    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        let bytes = payload.bytes()?;
        PublicKey::parse(bytes).map_err(|error| CodecError::value(&hex::encode(bytes), error))
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(self.as_bytes());
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

message! {
    /// What a party signs with a new key, to prove that it holds it.
    pub struct Possession {
        /// The ledger's id; in the genesis, whose hash that id is, SHA-256 of the origin.
        1 ledger: one Hash,
        /// Whose key it is to be.
        2 party: one PartyKey,
        /// What it is to sign.
        3 key_use: one KeyUse,
        /// The key.
        4 public_key: one PublicKey,
    }
}

impl Possession {
    /// Signs with the key that this is about.
    pub fn prove(&self, secret: &SecretKey) -> Result<Signature, BadSignature> {
        secret.sign(&PayloadType::Possession.encode(&self.encode())).map(Signature)
    }

    /// Checks a proof under the key that this is about.
    pub fn verify(&self, proof: &Signature) -> Result<(), BadSignature> {
        self.public_key.verify(&PayloadType::Possession.encode(&self.encode()), proof.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_preauthentication_encoding() {
        let bytes = PayloadType::Event.encode(&[0x0a, 0x01, 0x61]);
        assert_eq!(bytes, b"DSSEv1 43 application/vnd.headwater.event.v1+protobuf 3 \x0a\x01a");
        assert_eq!(bytes.len(), 59);
    }

    #[test]
    fn a_proof_holds_for_its_own_statement_only() {
        let secret = SecretKey::from_seed(&[3; 32]);
        let statement = Possession {
            ledger: Hash::plain(b"log.example/h1"),
            party: PartyKey::parse("417/9526543000105").unwrap(),
            key_use: KeyUse::Admin,
            public_key: secret.public(),
        };
        let proof = statement.prove(&secret).unwrap();
        assert_eq!(statement.verify(&proof), Ok(()));
        let refused = Err(BadSignature { key_id: secret.public().id() });
        let other_use = Possession { key_use: KeyUse::Events, ..statement.clone() };
        let other_ledger = Possession { ledger: Hash::ZERO, ..statement.clone() };
        let other_party =
            Possession { party: PartyKey::parse("lei/9999000HEADWATERX122").unwrap(), ..statement.clone() };
        for other in [other_use, other_ledger, other_party] {
            assert_eq!(other.verify(&proof), refused);
        }
        // The same bytes, signed as another kind of statement, prove nothing.
        let as_event = secret.sign(&PayloadType::Event.encode(&statement.encode())).unwrap();
        assert_eq!(statement.verify(&Signature::new(as_event)), refused);
    }
}
