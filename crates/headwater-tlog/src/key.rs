//! Ed25519 (RFC 8032) with the same strict rules everywhere.
//!
//! A public key is admitted only when it is canonical, not of low order and free of torsion. A signature is checked by the cofactorless
//! equation, with a canonical S and an R that is not of low order. Under these rules no two implementations can disagree about a signature.
//! Batch verification is never used: it accepts, at random, signatures that a strict verification refuses.

use std::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::Identity as _;
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};

use crate::hash::Hash;

/// Length of an Ed25519 signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// Public key that passed the admission rules of [`PublicKey::parse`].
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Error for a public key that is not admitted. Each is a fault of the party that made the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Key that is not 32 bytes long.
    #[error("a public key has 32 bytes, this has {found}")]
    Length {
        /// Number of bytes that were given.
        found: usize,
    },
    /// Encoding that is not the encoding of any point of the curve.
    #[error("the public key is not a point of the curve")]
    NoPoint,
    /// Encoding of a point that has another, canonical encoding.
    #[error("the public key is not in its canonical encoding")]
    NotCanonical,
    /// One of the eight points under which signatures prove nothing.
    #[error("the public key is of low order")]
    LowOrder,
    /// Point outside the prime-order group.
    #[error("the public key has a torsion component")]
    Torsion,
}

/// Error for a signature that does not hold under a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the signature does not hold under key {key_id}")]
pub struct BadSignature {
    /// SHA-256 of the public key's 32 bytes.
    pub key_id: Hash,
}

impl PublicKey {
    /// Admits a public key, or returns the rule that the bytes break.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let encoding: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Length { found: bytes.len() })?;
        let point = CompressedEdwardsY(encoding).decompress().ok_or(KeyError::NoPoint)?;
        if point.compress().0 != encoding {
            return Err(KeyError::NotCanonical);
        }
        if point.is_small_order() {
            return Err(KeyError::LowOrder);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::Torsion);
        }
        VerifyingKey::from_bytes(&encoding).map(Self).map_err(|_| KeyError::NoPoint)
    }

    /// The 32 bytes of the canonical encoding (RFC 8032).
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// SHA-256 of the public key: the key id in events and in texts for people.
    pub fn id(&self) -> Hash {
        Hash::plain(self.as_bytes())
    }

    /// Verifies a signature strictly.
    ///
    /// The result equals that of `verify_strict`, without its decompression of R, which is a sixth of the cost. An admitted key has prime
    /// order, so `S·B − k·A` has prime order or is the identity. Where its encoding equals R, R is of low order only as the identity.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), BadSignature> {
        let is_low_order = signature[..32] == CompressedEdwardsY::identity().0;
        match self.0.verify(message, &Signature::from_bytes(signature)) {
            Ok(()) if !is_low_order => Ok(()),
            _ => Err(BadSignature { key_id: self.id() }),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.as_bytes()))
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.as_bytes()))
    }
}

impl<'de> serde::Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <String as serde::Deserialize>::deserialize(deserializer)?;
        let bytes = hex::decode(&digits).map_err(serde::de::Error::custom)?;
        PublicKey::parse(&bytes).map_err(serde::de::Error::custom)
    }
}

/// Private key, wiped when dropped. The type has no `Debug`.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes the key from the 32-byte seed of RFC 8032; the public key always follows from the seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Public key that follows from this private key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs, and verifies the signature before returning it: a bit flip while signing can reveal the key.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], BadSignature> {
        let signature = self.0.sign(message).to_bytes();
        self.public().verify(message, &signature)?;
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::scalar::Scalar;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha512};

    use super::*;

    fn parse(hex: &str) -> Result<PublicKey, KeyError> {
        PublicKey::parse(&hex::decode(hex).unwrap())
    }

    #[test]
    fn all_encodings_of_low_order_are_refused() {
        let canonical = [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ];
        for key in canonical {
            assert_eq!(parse(key), Err(KeyError::LowOrder), "{key}");
        }
        let others = [
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ];
        for key in others {
            assert!(matches!(parse(key), Err(KeyError::NotCanonical | KeyError::NoPoint)), "{key}: {:?}", parse(key));
        }
    }

    #[test]
    fn a_key_with_torsion_is_refused() {
        let honest = SecretKey::from_seed(&[1; 32]).public();
        let order_8 = hex::decode("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05").unwrap();
        let point = |bytes: &[u8]| CompressedEdwardsY::from_slice(bytes).unwrap().decompress().unwrap();
        let mixed = point(honest.as_bytes()) + point(&order_8);
        assert_eq!(PublicKey::parse(&mixed.compress().0), Err(KeyError::Torsion));
    }

    #[test]
    fn any_flipped_bit_of_a_signature_is_refused() {
        let key = SecretKey::from_seed(&[2; 32]);
        let signature = key.sign(b"message").unwrap();
        let refused = BadSignature { key_id: key.public().id() };
        assert_eq!(key.public().verify(b"another message", &signature), Err(refused));
        for bit in 0..SIGNATURE_BYTES * 8 {
            let mut flipped = signature;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.public().verify(b"message", &flipped), Err(refused), "bit {bit}");
        }
    }

    /// A signature whose equation holds with the identity as R: S = k·a.
    fn signed_with_identity(key: &SecretKey, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let identity = CompressedEdwardsY::identity().0;
        let hashed = Sha512::new().chain_update(identity).chain_update(key.public().as_bytes()).chain_update(message);
        let scalar = Scalar::from_bytes_mod_order_wide(&hashed.finalize().into()) * key.0.to_scalar();
        let mut signature = [0; SIGNATURE_BYTES];
        signature[..32].copy_from_slice(&identity);
        signature[32..].copy_from_slice(scalar.as_bytes());
        signature
    }

    #[test]
    fn an_identity_for_r_is_refused_though_the_equation_holds() {
        let key = SecretKey::from_seed(&[5; 32]);
        let signature = signed_with_identity(&key, b"message");
        key.public().0.verify(b"message", &Signature::from_bytes(&signature)).expect("that the equation holds");
        assert_eq!(key.public().verify(b"message", &signature), Err(BadSignature { key_id: key.public().id() }));
    }

    /// Point of low order to replace R with; `None` keeps R.
    fn points() -> impl Strategy<Value = Option<[u8; 32]>> {
        let low = curve25519_dalek::constants::EIGHT_TORSION.map(|point| Some(point.compress().0));
        prop_oneof![Just(None), proptest::sample::select(low.to_vec())]
    }

    proptest! {
        #[test]
        fn whatever_verify_strict_refuses_is_refused_and_nothing_else(
            seed in any::<[u8; 32]>(), message in any::<Vec<u8>>(), r in points(), flip in proptest::option::of(0..512_usize),
            zero_s in any::<bool>(), identity in any::<bool>(),
        ) {
            let key = SecretKey::from_seed(&seed);
            let mut signature = if identity { signed_with_identity(&key, &message) } else { key.sign(&message).unwrap() };
            if let Some(point) = r {
                signature[..32].copy_from_slice(&point);
            }
            if zero_s {
                signature[32..].fill(0);
            }
            if let Some(bit) = flip {
                signature[bit / 8] ^= 1 << (bit % 8);
            }
            let strict = key.public().0.verify_strict(&message, &Signature::from_bytes(&signature));
            prop_assert_eq!(key.public().verify(&message, &signature).is_ok(), strict.is_ok());
        }
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        assert_eq!(PublicKey::parse(&[1; 31]), Err(KeyError::Length { found: 31 }));
        assert_eq!(PublicKey::parse(&[]), Err(KeyError::Length { found: 0 }));
    }
}
