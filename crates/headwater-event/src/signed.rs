//! Signed events in three states: parsed, authentic, authorized.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SecretKey};
use headwater_tlog::tree::LeafIndex;

use crate::codec::Message as _;
use crate::entry::SignedEventBytes;
use crate::event::Event;
use crate::fault::CodecError;
use crate::signature::{PayloadType, Signature};

/// The exact bytes that a party signed, and the event in them. The event is well formed; its signature is not verified yet.
#[derive(Clone, Debug)]
pub struct SignedEvent {
    signed: SignedEventBytes,
    /// On the heap, since an event is large and its holders are moved at every step.
    claims: Box<Event>,
    hash: Hash,
}

impl SignedEvent {
    /// Reads the event in the signed bytes.
    pub fn parse(signed: SignedEventBytes) -> Result<Self, CodecError> {
        let claims = Event::parse(&signed.event)?;
        Ok(Self::with(signed, claims))
    }

    /// Combines signed bytes with the event that was read from them.
    pub(crate) fn with(signed: SignedEventBytes, claims: Event) -> Self {
        let hash = Hash::plain(&signed.event);
        Self { signed, claims: Box::new(claims), hash }
    }

    /// The claims of the event. The name is a warning: the signature is not verified yet.
    pub fn claims(&self) -> &Event {
        &self.claims
    }

    /// The identity of the event: SHA-256 of its bytes, never of the signature.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The bytes and the signature as received.
    pub fn signed(&self) -> &SignedEventBytes {
        &self.signed
    }

    /// Checks the signature under `key`, which has to be the key whose id the event states.
    pub fn authenticate(self, key: &PublicKey) -> Result<AuthenticEvent, NotAuthentic> {
        if key.id() != self.claims.key_id {
            return Err(NotAuthentic::OtherKey { stated: self.claims.key_id, used: key.id() });
        }
        key.verify(&PayloadType::Event.encode(&self.signed.event), self.signed.signature.as_bytes())?;
        Ok(AuthenticEvent(self))
    }
}

/// Error of an event that is not authentic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAuthentic {
    /// The event states the id of another key.
    #[error("the event names key {stated}, not {used}")]
    OtherKey {
        /// Key id that the event states.
        stated: Hash,
        /// Id of the key that was used.
        used: Hash,
    },
    /// The signature does not hold under the key.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// An event that the holder of the stated key signed. The right of that key to sign the event is not checked yet.
#[derive(Clone, Debug)]
pub struct AuthenticEvent(SignedEvent);

impl AuthenticEvent {
    /// The event, whose signature holds.
    pub fn event(&self) -> &Event {
        self.0.claims()
    }

    /// The identity of the event: SHA-256 of its bytes.
    pub fn hash(&self) -> Hash {
        self.0.hash()
    }

    /// The bytes and the signature as received.
    pub fn signed(&self) -> &SignedEventBytes {
        self.0.signed()
    }
}

/// Position of an entry in the log: its log index and its recorded time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Log index of the entry.
    pub log_index: LeafIndex,
    /// Time at which the ledger recorded the entry, in milliseconds UTC.
    pub recorded_at_ms: u64,
}

/// An event that its party was allowed to sign when the ledger recorded the event. Only
/// [`Authority::authorize`](crate::authority::Authority::authorize) makes an authorized event.
#[derive(Clone, Debug)]
pub struct AuthorizedEvent {
    pub(crate) authentic: AuthenticEvent,
    /// The position for which the event was authorized.
    pub(crate) position: Position,
}

impl AuthorizedEvent {
    /// The event, which its party was allowed to sign.
    pub fn event(&self) -> &Event {
        self.authentic.event()
    }

    /// The identity of the event: SHA-256 of its bytes.
    pub fn hash(&self) -> Hash {
        self.authentic.hash()
    }

    /// The bytes and the signature as received.
    pub fn signed(&self) -> &SignedEventBytes {
        self.authentic.signed()
    }
}

impl Event {
    /// Signs the event with the key that the event states, and returns the exact bytes that the ledger will record.
    pub fn sign(&self, secret: &SecretKey) -> Result<SignedEventBytes, NotAuthentic> {
        let used = secret.public().id();
        if used != self.key_id {
            return Err(NotAuthentic::OtherKey { stated: self.key_id, used });
        }
        let event = self.encode();
        let signature = secret.sign(&PayloadType::Event.encode(&event))?;
        Ok(SignedEventBytes { event, signature: Signature::new(signature) })
    }
}
