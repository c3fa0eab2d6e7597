//! A brand signs that a lot was made, and gives a hundred tins of the lot their serials: ten events of ten tins, over one stream.

use headwater_client::draft::Draft;
use headwater_event::draft::given;
use headwater_event::event::{Role, SubjectRefDraft};
use headwater_event::kind::commissioning::{CommissioningDraft, ListedDraft};
use headwater_event::kind::production::ProductionDraft;
use headwater_event::measure::QuantityDraft;
use headwater_event::place::{LangTextDraft, PlaceDraft};
use headwater_event::subject::Subject;
use headwater_trace::evidence::Extent;
use role_examples::{sit_down, subject};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Brand).await?;
    let (model, lot) = ("01/09526543000013", "01/09526543000013/10/L26-0417");
    let amount = QuantityDraft { value: given("90")?, uom: given("KGM")? };
    let address = LangTextDraft { lang: given("en")?, text: given("Polderdijk 12, Friesland")? };
    let made = ProductionDraft {
        production_date: given("2026-04-17")?,
        country_of_origin: given("NL")?,
        expiry_date: given("2099-12-31")?,
        ..ProductionDraft::default()
    };
    let production = desk.event(Draft {
        occurred_at: given("2026-04-17T05:20:00+02:00")?,
        subjects: vec![SubjectRefDraft { quantity: Some(amount), ..subject(lot)? }],
        place: Some(PlaceDraft { country: given("NL")?, address: vec![address], ..PlaceDraft::default() }),
        body: Some(made.into()),
        ..Draft::default()
    })?;
    // The event pins the end of the lot's chain. If another event of the lot is recorded first, `say` pins its entry and signs anew.
    let receipt = desk.client.sign_and_append(production, &[0], &desk.secret).await?;
    println!("entry {}: {lot} was made", receipt.log_index());

    let mut events = Vec::new();
    for first in (0..100).step_by(10) {
        let tin = |at: u32| subject(&format!("{model}/21/T{at:03}"));
        let issued = CommissioningDraft {
            sticker_batch: given("B-17")?,
            form: Some(ListedDraft { lot: given(lot)? }.into()),
            ..CommissioningDraft::default()
        };
        let listed = desk.event(Draft {
            occurred_at: given("2026-04-17T07:00:00+02:00")?,
            subjects: (first..first + 10).map(tin).collect::<anyhow::Result<_>>()?,
            body: Some(issued.into()),
            ..Draft::default()
        })?;
        events.push(listed.sign(&desk.secret)?);
    }
    for answer in desk.client.append_many(events, Extent::Complete).await? {
        let receipt = answer?;
        let tins = receipt.counts().iter().filter(|(subject, _)| matches!(subject, Subject::Item(..))).count();
        println!("entry {}: {tins} tins", receipt.log_index());
    }
    Ok(())
}
