//! Owners and testers of goods, and the delegations between them.

use std::collections::BTreeSet;

use headwater_event::event::Event;
use headwater_event::kind::certification::Assurance;
use headwater_event::kind::{Kind, KindBody};
use headwater_event::subject::{PartyKey, Subject};

use crate::walk::delegation;

/// Owners and testers of the goods, from the entries of the asked subject and its family. The first owner is the brand.
#[derive(Default, Debug)]
pub(crate) struct Ties {
    pub brand: Option<PartyKey>,
    pub owners: BTreeSet<PartyKey>,
    testers: BTreeSet<PartyKey>,
    pub is_done: bool,
}

impl Ties {
    /// Adds the owner or the tester that an event of the family names.
    pub fn see(&mut self, event: &Event) {
        match event.kind() {
            Kind::Production | Kind::Commissioning | Kind::Transformation | Kind::OriginContent => {
                let owner = event.principal.as_ref().unwrap_or(&event.party);
                self.brand.get_or_insert_with(|| owner.clone());
                self.owners.insert(owner.clone());
            }
            Kind::LabInspection | Kind::Certification if !is_of_first_party(event) => {
                self.testers.insert(event.party.clone());
            }
            _ => {}
        }
    }

    /// Returns the delegation from each owner to each tester that is not an owner. Complete once the walk has read the
    /// family.
    pub fn delegations(&self) -> impl Iterator<Item = Subject> {
        let testers = move || self.testers.iter().filter(|tester| !self.owners.contains(*tester));
        self.owners.iter().flat_map(move |owner| testers().map(move |tester| delegation(owner, tester)))
    }
}

/// Whether a certification is a party's statement about its own goods.
fn is_of_first_party(event: &Event) -> bool {
    matches!(&event.body, KindBody::Certification(statement) if statement.assurance == Assurance::FirstParty)
}
