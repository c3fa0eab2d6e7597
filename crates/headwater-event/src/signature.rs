//! Signatures of parties: DSSE pre-authentication encoding, one payload type for each sort of statement.
//!
//! ```text
//! PAE = "DSSEv1" SP len(type) SP type SP len(body) SP body        lengths in bytes, decimal
//! ```

use std::fmt;

use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SIGNATURE_BYTES, SecretKey};

use crate::codec::{CodecError, FieldWriter, Message as _, Payload, Value};
use crate::schema::Schema;
use crate::subject::PartyKey;
use crate::text::text_serde;
use crate::{codes, message};

/// The sort of statement that a signature covers. A statement of one sort never passes for one of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayloadType {
    /// An event of the ledger.
    Event,
    /// A proof that a party holds a key.
    Possession,
}

impl PayloadType {
    /// The media type that the signature covers together with the body.
    pub const fn as_str(self) -> &'static str {
        match self {
            PayloadType::Event => "application/vnd.headwater.event.v1+protobuf",
            PayloadType::Possession => "application/vnd.headwater.possession.v1+protobuf",
        }
    }

    /// Returns the bytes to sign for `body`.
    pub fn encode(self, body: &[u8]) -> Vec<u8> {
        let name = self.as_str();
        let head = format!("DSSEv1 {} {name} {} ", name.len(), body.len());
        [head.as_bytes(), body].concat()
    }
}

codes! {
    /// The events that a party's key may sign: every kind except party events, or party events only.
    pub enum KeyUse {
        1 Events = "events",
        2 Admin = "admin",
    }
}

/// An Ed25519 signature as received, not verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; SIGNATURE_BYTES]);

impl Signature {
    /// Takes the 64 bytes of a signature.
    pub const fn new(bytes: [u8; SIGNATURE_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes of the signature.
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.0
    }

    /// Reads a signature of 128 lower-case hex digits.
    pub fn parse(digits: &str) -> Result<Self, CodecError> {
        let mut bytes = [0; SIGNATURE_BYTES];
        let read = hex::decode_to_slice(digits, &mut bytes);
        read.map(|()| Self(bytes)).map_err(|_| CodecError::value(digits, "is not a signature: 128 hex digits"))
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

    fn write(&self, out: &mut FieldWriter<'_>) {
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

    fn write(&self, out: &mut FieldWriter<'_>) {
        out.bytes(self.as_bytes());
    }

    fn proto(_: &mut Schema) -> &'static str {
        "bytes"
    }
}

message! {
    /// A statement that a party signs with a new key, to prove that the party holds the key.
    pub struct Possession {
        /// The ledger's id. In the genesis, whose leaf hash is that id: SHA-256 of the origin.
        1 ledger: one Hash,
        /// Party that is to hold the key.
        2 party: one PartyKey,
        /// Events that the key is to sign.
        3 key_use: one KeyUse,
        /// The new Ed25519 public key, which signs this statement.
        4 public_key: one PublicKey,
    }
}

impl Possession {
    /// Signs this statement with the secret key of its public key.
    pub fn prove(&self, secret: &SecretKey) -> Result<Signature, BadSignature> {
        secret.sign(&PayloadType::Possession.encode(&self.encode())).map(Signature)
    }

    /// Checks a proof under the public key in this statement.
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
        // The same bytes, signed as another sort of statement, prove nothing.
        let as_event = secret.sign(&PayloadType::Event.encode(&statement.encode())).unwrap();
        assert_eq!(statement.verify(&Signature::new(as_event)), refused);
    }
}
