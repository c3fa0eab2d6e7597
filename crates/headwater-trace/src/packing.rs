//! Stays of goods in logistic units, each with its start and its end.

use headwater_event::kind::KindBody;
use headwater_event::kind::aggregation::AggregationAction;
use headwater_event::subject::Subject;
use headwater_tlog::tree::LeafIndex;

use crate::chain_view::ChainView;
use crate::window::{Moment, Window};

/// Returns the units in which a subject lay, each with the window from the adding entry up to the deleting one. An item or
/// unit lies in one unit at a time; a second adding has no effect (W14). Each stay carries the log index of the adding entry
/// and the place of the unit in its list of subjects (W15).
pub(crate) fn stays(child: &Subject, chain: &ChainView<'_>) -> Vec<(Subject, Window, LeafIndex, usize)> {
    let mut moves: Vec<(Moment, AggregationAction, &Subject, LeafIndex, usize)> = chain
        .unstruck()
        .filter_map(|(entry, event)| {
            let KindBody::Aggregation(aggregation) = &event.body else {
                return None;
            };
            let parent = aggregation.parent(event)?;
            aggregation.children(event).find(|named| named.key == *child)?;
            Some((
                entry.moment(),
                aggregation.action,
                parent,
                entry.log_index,
                usize::try_from(aggregation.parent).ok()?,
            ))
        })
        .collect();
    moves.sort_by_key(|(moment, ..)| *moment);
    let many = matches!(child, Subject::Lot(..));
    let mut open: Vec<(Moment, &Subject, LeafIndex, usize)> = Vec::new();
    let mut stays = Vec::new();
    for (moment, action, parent, log_index, place) in moves {
        let at = open.iter().position(|(_, other, ..)| *other == parent);
        match action {
            AggregationAction::Add if at.is_none() && (many || open.is_empty()) => {
                open.push((moment, parent, log_index, place))
            }
            AggregationAction::Delete => {
                if let Some((from, parent, log_index, place)) = at.map(|at| open.remove(at)) {
                    stays.push((parent.clone(), Window { from, until: moment }, log_index, place));
                }
            }
            _ => {}
        }
    }
    let still = open.into_iter().map(|(from, parent, log_index, place)| {
        (parent.clone(), Window { from, until: Moment::MAX }, log_index, place)
    });
    stays.extend(still);
    stays
}
