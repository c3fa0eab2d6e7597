//! What parties sign: DSSE pre-authentication encoding, one payload type per kind of statement.
//!
//! ```text
//! PAE = "DSSEv1" SP len(type) SP type SP len(body) SP body        lengths in bytes, decimal
//! ```

use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SIGNATURE_BYTES, SecretKey};

use crate::codec::{CodecError, Message as _, Payload, Slot, Value};
use crate::message;
use crate::subject::PartyKey;

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

/// What a party's key may sign.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyUse {
    /// Every kind but party events.
    Events,
    /// Party events only.
    Admin,
}

impl Value for KeyUse {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        match payload.number()? {
            1 => Ok(KeyUse::Events),
            2 => Ok(KeyUse::Admin),
            other => Err(CodecError::value(&other.to_string(), "is no key use: 1 events, 2 admin")),
        }
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.number(match self {
            KeyUse::Events => 1,
            KeyUse::Admin => 2,
        });
    }
}

impl Value for PublicKey {
    fn read(payload: Payload<'_>) -> Result<Self, CodecError> {
        let bytes = payload.bytes()?;
        PublicKey::parse(bytes).map_err(|error| CodecError::value(&hex::encode(bytes), error))
    }

    fn write(&self, out: &mut Slot<'_>) {
        out.bytes(self.as_bytes());
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
    pub fn prove(&self, secret: &SecretKey) -> Result<[u8; SIGNATURE_BYTES], BadSignature> {
        secret.sign(&PayloadType::Possession.encode(&self.encode()))
    }

    /// Checks a proof under the key that this is about.
    pub fn verify(&self, proof: &[u8; SIGNATURE_BYTES]) -> Result<(), BadSignature> {
        self.public_key.verify(&PayloadType::Possession.encode(&self.encode()), proof)
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
        assert_eq!(statement.verify(&as_event), refused);
    }
}
