//! Remarks on the parts of a label that were not read, or that could not be compared with a record.

use headwater_event::ai_date::DateKind;
use headwater_event::text::Date;
use headwater_trace::label::{Label, name};
use headwater_trace::story::Story;

/// One clause for each such part. A remark does not change a verdict. `today` is the day at the place of the scan.
pub fn remarks(label: &Label, story: Option<&Story<'_>>, today: Date) -> Vec<String> {
    let unread = label.remarks.iter().map(|remark| format!("not read on the label: {remark}"));
    let day = story.map_or(today, |story| story.trace().day(today));
    let uncompared =
        story.into_iter().flat_map(|story| label.uncompared(story.production(), &day)).map(|(kind, date)| {
            let why = match kind {
                DateKind::Packaging | DateKind::SellBy => "no record has such a date",
                _ => "no record of a proven lot has it",
            };
            format!("the label says {} {date}: {why}, and it was compared with nothing", name(kind))
        });
    unread.chain(uncompared).collect()
}
