//! Pages of stickers, drawn on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::LabelError;
use crate::layout::Layout;
use crate::sticker::Sticker;

/// Draws each page with `page`, and returns the results in the order of the pages. Pages are drawn in parallel;
/// `progress` gets the number of stickers that are drawn.
pub(crate) fn draw(
    stickers: &[Sticker],
    layout: &Layout,
    page: impl Fn(&[Sticker]) -> Result<Vec<u8>, LabelError> + Sync,
    progress: impl Fn(usize) + Sync,
) -> Result<Vec<Vec<u8>>, LabelError> {
    let pages: Vec<&[Sticker]> = stickers.chunks(layout.labels()).collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let done = AtomicUsize::new(0);
    let part = |pages: &[&[Sticker]]| -> Result<Vec<Vec<u8>>, LabelError> {
        let one = |stickers: &&[Sticker]| {
            let drawn = page(stickers)?;
            progress(done.fetch_add(stickers.len(), Ordering::Relaxed) + stickers.len());
            Ok(drawn)
        };
        pages.iter().map(one).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> =
            pages.chunks(pages.len().div_ceil(cores).max(1)).map(|pages| scope.spawn(|| part(pages))).collect();
        let mut all = Vec::with_capacity(pages.len());
        for one in running {
            match one.join() {
                Ok(part) => all.extend(part?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(all)
    })
}
