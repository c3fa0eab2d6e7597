//! Signed events, and how far each has come: parsed, authentic, authorized.

use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SecretKey};

use crate::codec::Message as _;
use crate::entry::SignedBytes;
use crate::event::Event;
use crate::fault::CodecError;
use crate::signature::{PayloadType, Signature};

/// The exact bytes that a party signed. Well formed, but nobody has vouched for them yet.
#[derive(Clone, Debug)]
pub struct SignedEvent {
    signed: SignedBytes,
    /// On the heap: an event is large, and what holds it is moved at every step that it takes.
    claims: Box<Event>,
    hash: Hash,
}

impl SignedEvent {
    /// Reads the event within.
    pub fn parse(signed: SignedBytes) -> Result<Self, CodecError> {
        let claims = Event::parse(&signed.event)?;
        Ok(Self::with(signed, claims))
    }

    /// Puts bytes and the event that was read from them together.
    pub(crate) fn with(signed: SignedBytes, claims: Event) -> Self {
        let hash = Hash::plain(&signed.event);
        Self { signed, claims: Box::new(claims), hash }
    }

    /// What the party says. The name is a warning: who said so is not yet known.
    pub fn claims(&self) -> &Event {
        &self.claims
    }

    /// The identity of the event: SHA-256 of its bytes, never of the signature.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The bytes and the signature as they came.
    pub fn signed(&self) -> &SignedBytes {
        &self.signed
    }

    /// Checks the signature. The key is the one whose id the event states.
    pub fn authenticate(self, key: &PublicKey) -> Result<AuthenticEvent, NotAuthentic> {
        if key.id() != self.claims.key_id {
            return Err(NotAuthentic::OtherKey { stated: self.claims.key_id, used: key.id() });
        }
        key.verify(&PayloadType::Event.encode(&self.signed.event), self.signed.signature.as_bytes())?;
        Ok(AuthenticEvent(self))
    }
}

/// Why an event is not authentic.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAuthentic {
    /// The event names another key.
    #[error("the event names key {stated}, not {used}")]
    OtherKey {
        /// The key in the event.
        stated: Hash,
        /// The key at hand.
        used: Hash,
    },
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// An event that the holder of the named key did sign. Whether that key may sign it is another question.
#[derive(Clone, Debug)]
pub struct AuthenticEvent(SignedEvent);

impl AuthenticEvent {
    /// What was signed.
    pub fn event(&self) -> &Event {
        self.0.claims()
    }

    /// The identity of the event.
    pub fn hash(&self) -> Hash {
        self.0.hash()
    }

    /// The bytes and the signature.
    pub fn signed(&self) -> &SignedBytes {
        self.0.signed()
    }
}

/// Position of an entry in the log, by order and by time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The entry's log index.
    pub log_index: u64,
    /// The ledger's time for the entry, milliseconds UTC.
    pub recorded_at_ms: u64,
}

/// An event that its party was allowed to sign when the ledger recorded it. Only
/// [`Authority::authorize`](crate::authority::Authority::authorize) makes one.
#[derive(Clone, Debug)]
pub struct AuthorizedEvent {
    pub(crate) authentic: AuthenticEvent,
    /// The position at which the event was allowed.
    pub(crate) position: Position,
}

impl AuthorizedEvent {
    /// What was signed.
    pub fn event(&self) -> &Event {
        self.authentic.event()
    }

    /// The identity of the event.
    pub fn hash(&self) -> Hash {
        self.authentic.hash()
    }

    /// The bytes and the signature.
    pub fn signed(&self) -> &SignedBytes {
        self.authentic.signed()
    }
}

impl Event {
    /// Signs the event with the key that it names, as the exact bytes that will be recorded.
    pub fn sign(&self, secret: &SecretKey) -> Result<SignedBytes, NotAuthentic> {
        let used = secret.public().id();
        if used != self.key_id {
            return Err(NotAuthentic::OtherKey { stated: self.key_id, used });
        }
        let event = self.encode();
        let signature = secret.sign(&PayloadType::Event.encode(&event))?;
        Ok(SignedBytes { event, signature: Signature::new(signature) })
    }
}
