//! A brand signs that a lot was made, and gives a hundred tins of the lot their serials: ten events of ten tins, over one stream.

use headwater_event::event::Role;
use headwater_event::subject::Subject;
use headwater_trace::evidence::Extent;
use role_examples::sit_down;
use serde_json::json;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desk = sit_down(Role::Brand).await?;
    let (model, lot) = ("01/09526543000013", "01/09526543000013/10/L26-0417");
    let production = desk.event(json!({
        "occurred_at": "2026-04-17T05:20:00+02:00",
        "subjects": [{"key": lot, "quantity": {"value": "90", "uom": "KGM"}}],
        "place": {"country": "NL", "address": [{"lang": "en", "text": "Polderdijk 12, Friesland"}]},
        "body": {"production": {"production_date": "2026-04-17", "country_of_origin": "NL", "expiry_date": "2099-12-31"}},
    }))?;
    // The event pins the end of the lot's chain. If another event of the lot is recorded first, `say` pins its entry and signs anew.
    let said = desk.client.say(production, &[0], &desk.secret).await?;
    println!("entry {}: {lot} was made", said.log_index().get());

    let tins: Vec<_> = (0..100).map(|at| json!({"key": format!("{model}/21/T{at:03}")})).collect();
    let mut events = Vec::new();
    for tins in tins.chunks(10) {
        let listed = desk.event(json!({
            "occurred_at": "2026-04-17T07:00:00+02:00",
            "subjects": tins,
            "body": {"commissioning": {"sticker_batch": "B-17", "form": {"listed": {"lot": lot}}}},
        }))?;
        events.push(listed.sign(&desk.secret)?);
    }
    for answer in desk.client.append_many(events, Extent::Complete).await? {
        let receipt = answer?;
        let tins = receipt.counts().iter().filter(|(subject, _)| matches!(subject, Subject::Item(..))).count();
        println!("entry {}: {tins} tins", receipt.log_index().get());
    }
    Ok(())
}
