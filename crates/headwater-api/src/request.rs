//! Signatures of a party's requests over HTTP: HTTP Message Signatures (RFC 9421) in one fixed form.
//!
//! ```text
//! Signature-Input: party=("@method" "@path" "@query");created=1777000000;keyid="<key id, hex>";alg="ed25519";tag="<ledger id, hex>"
//! Signature: party=:<base64>:
//! ```
//!
//! The tag binds a request to one ledger. The signature does not cover the body: a request that brings a file names the
//! hash of the file in its path, and a node takes no other bytes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use headwater_event::signature::Signature;
use headwater_tlog::hash::Hash;
use headwater_tlog::key::{BadSignature, PublicKey, SecretKey};

/// Largest time between the signing of a request and its reading by a node, before or after, in seconds.
pub const AGE_MAX_S: u64 = 300;

const COVERED: &str = "(\"@method\" \"@path\" \"@query\")";
const LABEL: &str = "party=";

/// The method of a signed request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// GET: a request that reads.
    Get,
    /// PUT: a request that brings a file.
    Put,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
        }
    }
}

/// Method, path and query of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target<'a> {
    /// HTTP method of the request.
    pub method: Method,
    /// Path, with the slash that it begins with.
    pub path: &'a str,
    /// Query, without its question mark.
    pub query: &'a str,
}

/// Reason why the signature of a request is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// Header that is missing or has another form.
    #[error("{header}: {found:?} is not a signature of a request (RFC 9421), such as {form}")]
    Form {
        /// Name of the header.
        header: &'static str,
        /// Value of the header in the request.
        found: String,
        /// Example of the form that the header needs.
        form: &'static str,
    },
    /// Request that is for another ledger.
    #[error("Signature-Input: tag: the request is for ledger {stated}, this is {ledger_id}")]
    OtherLedger {
        /// Ledger that the request names.
        stated: Hash,
        /// Ledger of the node that reads the request.
        ledger_id: Hash,
    },
    /// Request that is too old, or from the future.
    #[error("Signature-Input: created: {created_s} is more than {AGE_MAX_S} seconds away from {now_s}")]
    Stale {
        /// Time of the signing, in seconds since 1970.
        created_s: u64,
        /// Time of the reader's clock, in seconds since 1970.
        now_s: u64,
    },
    /// Signature that the key did not make for this request.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
}

/// Signature of one request, with the key, time and ledger that it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestSignature {
    key_id: Hash,
    created_s: u64,
    ledger_id: Hash,
    signature: Signature,
}

impl RequestSignature {
    /// Signs a request to a ledger; `created_s` is the time in seconds since 1970.
    pub fn sign(target: Target<'_>, ledger_id: Hash, secret: &SecretKey, created_s: u64) -> Result<Self, BadSignature> {
        let unsigned = Self { key_id: secret.public().id(), created_s, ledger_id, signature: Signature::new([0; 64]) };
        let signature = Signature::new(secret.sign(unsigned.base(target).as_bytes())?);
        Ok(Self { signature, ..unsigned })
    }

    /// Reads the signature of a request from its two headers.
    pub fn parse(input: &str, signature: &str) -> Result<Self, NotSigned> {
        let form = "party=:BASE64:";
        let bytes = || {
            let text = signature.strip_prefix(LABEL)?.strip_prefix(':')?.strip_suffix(':')?;
            <[u8; 64]>::try_from(BASE64_STANDARD.decode(text).ok()?).ok()
        };
        let found = || NotSigned::Form { header: "Signature", found: signature.to_owned(), form };
        let signature = Signature::new(bytes().ok_or_else(found)?);
        let stated = || {
            let rest = input.strip_prefix(LABEL)?.strip_prefix(COVERED)?.strip_prefix(";created=")?;
            let (created, rest) = rest.split_once(";keyid=\"")?;
            let (key_id, rest) = rest.split_once("\";alg=\"ed25519\";tag=\"")?;
            let hash = |text: &str| Hash::try_from(hex::decode(text).ok()?.as_slice()).ok();
            let (key_id, ledger_id) = (hash(key_id)?, hash(rest.strip_suffix('"')?)?);
            Some(Self { key_id, created_s: created.parse().ok()?, ledger_id, signature })
        };
        // One spelling: the parameters are written anew and compared with the header.
        stated().filter(|stated| format!("{LABEL}{}", stated.parameters()) == input).ok_or_else(|| {
            let form =
                "party=(\"@method\" \"@path\" \"@query\");created=SECONDS;keyid=\"HEX\";alg=\"ed25519\";tag=\"LEDGER\"";
            NotSigned::Form { header: "Signature-Input", found: input.to_owned(), form }
        })
    }

    /// Names and values of the headers that carry the signature.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        let signature = BASE64_STANDARD.encode(self.signature.as_bytes());
        [("signature-input", format!("{LABEL}{}", self.parameters())), ("signature", format!("{LABEL}:{signature}:"))]
    }

    /// Id of the key that the request names.
    pub fn key_id(&self) -> &Hash {
        &self.key_id
    }

    /// Verifies that this key signed this request to this ledger, at most [`AGE_MAX_S`] seconds away from `now_s`.
    pub fn verify(&self, target: Target<'_>, ledger_id: Hash, key: &PublicKey, now_s: u64) -> Result<(), NotSigned> {
        if self.ledger_id != ledger_id {
            return Err(NotSigned::OtherLedger { stated: self.ledger_id, ledger_id });
        }
        if self.created_s.abs_diff(now_s) > AGE_MAX_S {
            return Err(NotSigned::Stale { created_s: self.created_s, now_s });
        }
        Ok(key.verify(self.base(target).as_bytes(), self.signature.as_bytes())?)
    }

    /// Signature parameters (RFC 9421 section 2.3).
    fn parameters(&self) -> String {
        let Self { key_id, created_s, ledger_id, .. } = self;
        format!("{COVERED};created={created_s};keyid=\"{key_id}\";alg=\"ed25519\";tag=\"{ledger_id}\"")
    }

    /// Signature base, which is signed (RFC 9421 section 2.5).
    fn base(&self, target: Target<'_>) -> String {
        let parameters = self.parameters();
        format!(
            "\"@method\": {}\n\"@path\": {}\n\"@query\": ?{}\n\"@signature-params\": {parameters}",
            target.method.as_str(),
            target.path,
            target.query
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Target<'_> =
        Target { method: Method::Put, path: "/attachment/00ff", query: "party=417/9526543000105&event=0" };

    fn signed() -> (RequestSignature, PublicKey) {
        let secret = SecretKey::from_seed(&[3; 32]);
        (RequestSignature::sign(TARGET, Hash::ZERO, &secret, 1_777_000_000).unwrap(), secret.public())
    }

    #[test]
    fn the_signature_base_is_the_one_of_the_rfc() {
        let (signed, key) = signed();
        let expected = format!(
            "\"@method\": PUT\n\"@path\": /attachment/00ff\n\"@query\": ?party=417/9526543000105&event=0\n\
             \"@signature-params\": (\"@method\" \"@path\" \"@query\");created=1777000000;keyid=\"{}\";alg=\"ed25519\";tag=\"{}\"",
            key.id(),
            "0".repeat(64)
        );
        assert_eq!(signed.base(TARGET), expected);
        let [(_, input), (_, signature)] = signed.headers();
        assert_eq!(RequestSignature::parse(&input, &signature), Ok(signed));
    }

    #[test]
    fn it_holds_for_one_request_to_one_ledger_for_a_while() {
        let (signed, key) = signed();
        let verify = |target, ledger, now| signed.verify(target, ledger, &key, now);
        assert_eq!(verify(TARGET, Hash::ZERO, 1_777_000_300), Ok(()));
        let now_s = 1_777_000_301;
        assert_eq!(verify(TARGET, Hash::ZERO, now_s), Err(NotSigned::Stale { created_s: 1_777_000_000, now_s }));
        let ledger_id = Hash::plain(b"other");
        let other = NotSigned::OtherLedger { stated: Hash::ZERO, ledger_id };
        assert_eq!(verify(TARGET, ledger_id, 1_777_000_000), Err(other));
        let others = [
            Target { method: Method::Get, ..TARGET },
            Target { path: "/attachment/00fe", ..TARGET },
            Target { query: "party=417/1&event=0", ..TARGET },
        ];
        for target in others {
            assert!(matches!(verify(target, Hash::ZERO, 1_777_000_000), Err(NotSigned::BadSignature(_))));
        }
        let stranger = SecretKey::from_seed(&[4; 32]).public();
        assert!(signed.verify(TARGET, Hash::ZERO, &stranger, 1_777_000_000).is_err());
    }

    #[test]
    fn headers_have_one_spelling() {
        let [(_, input), (_, signature)] = signed().0.headers();
        for wrong in
            ["", "party=()", &input.to_uppercase(), &input.replace("created=1", "created=01"), &format!("{input} ")]
        {
            let refused = RequestSignature::parse(wrong, &signature).unwrap_err();
            assert!(refused.to_string().starts_with("Signature-Input: "), "{refused}");
        }
        for wrong in ["", "party=::", &signature.replace("party", "sig1"), "party=:AAAA:"] {
            let refused = RequestSignature::parse(&input, wrong).unwrap_err();
            assert!(refused.to_string().starts_with("Signature: "), "{refused}");
        }
    }
}
