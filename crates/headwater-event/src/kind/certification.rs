//! Certification: a certifier, or the first party, states that a model or a lot conforms to a standard.

use super::lab_inspection::Accreditation;
use super::{KindRules, common};
use crate::codec::CodecError;
use crate::document::{Commitment, Ref};
use crate::event::Event;
use crate::place::{LangText, Place};
use crate::rules::Rules;
use crate::subject::{PartyKey, Subject};
use crate::text::{Code, Date, Text, Uri};
use crate::{codes, message};

codes! {
    /// Status of a certificate.
    pub enum CertificateStatus {
        1 Active = "active",
        2 Inactive = "inactive",
    }
}

codes! {
    /// The activity that led to a statement of conformity.
    pub enum AttestationType {
        1 Certification = "certification",
        2 Declaration = "declaration",
        3 Inspection = "inspection",
        4 Testing = "testing",
        5 Verification = "verification",
        6 Validation = "validation",
        7 Calibration = "calibration",
    }
}

codes! {
    /// The relation of the agency to the product: its maker, its buyer, or an independent party.
    pub enum Assurance {
        1 FirstParty = "first_party",
        2 SecondParty = "second_party",
        3 ThirdParty = "third_party",
    }
}

message! {
    /// A statement that a model or a lot conforms to a standard. Suspension and withdrawal are new events with the same number.
    pub struct Certification, draft CertificationDraft {
        /// Documents that the event belongs to, by number.
        1 refs: many Ref,
        /// Commitments to hidden fields, each with the path of its field.
        2 commitments: set Commitment,
        /// Number of the certificate.
        3 certificate_no: one Code,
        /// Party that makes the statement; it signs the event.
        4 agency: one PartyKey,
        /// Accreditation of the agency; required of a third party.
        5 accreditation: opt Accreditation,
        /// Standard that the statement refers to.
        6 standard: one Code,
        /// Text of the statement, by language.
        7 statements: set1 LangText,
        /// First day of the statement's validity.
        8 start: one Date,
        /// Last day of the statement's validity, after `start`.
        9 end: one Date,
        /// Status of the certificate from this event on.
        10 status: one CertificateStatus,
        /// Activity that led to the statement.
        11 attestation_type: one AttestationType,
        /// Relation of the agency to the product.
        12 assurance: one Assurance,
        /// Day of the audit, not after the event.
        13 audit_date: opt Date,
        /// Grade or class that the statement gives.
        14 value: opt Text,
        /// Link to look up the certificate.
        15 uri: opt Uri,
        /// Site that the statement is about.
        16 site: opt Place,
    }
}

impl KindRules for Certification {
    common!();

    fn may_name(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Model(_) | Subject::Lot(..))
    }

    fn fits(&self, event: &Event) -> Result<(), CodecError> {
        if self.agency == event.party {
            return Ok(());
        }
        Err(CodecError::value(&self.agency.to_string(), "the agency signs its own statement").inside("agency"))
    }

    fn rules(&self, event: &Event, rules: &mut Rules) {
        let at = |name: &str| format!("body.certification.{name}");
        if self.start >= self.end {
            rules.reject(at("end"), self.end, "a statement ends after it starts");
        }
        if self.assurance == Assurance::ThirdParty {
            rules.require(&at("accreditation"), &self.accreditation);
        }
        if let Some(accreditation) = &self.accreditation {
            rules.happened(&at("accreditation.valid_from"), &accreditation.valid_from, event);
        }
        if let Some(day) = &self.audit_date {
            rules.happened(&at("audit_date"), day, event);
        }
        if let Some(site) = &self.site {
            site.rules(&at("site"), rules);
        }
    }
}
