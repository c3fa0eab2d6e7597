//! One computation for a crowd: callers that ask the same while a value is made, or soon after, share the value.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::OnceCell;

/// Maximum number of finished values that a crowd keeps.
pub const KEPT_MAX: usize = 64;

type Cell<V> = Arc<OnceCell<V>>;

/// Recent values with their keys, the newest last.
pub struct Crowd<K, V> {
    made: Mutex<VecDeque<(K, Cell<V>)>>,
    weigh: fn(&V) -> usize,
    weight_max: usize,
}

impl<K: PartialEq + Send + 'static, V: Clone + Send + Sync + 'static> Crowd<K, V> {
    /// Creates a crowd whose values together weigh at most `weight_max`, as `weigh` measures them.
    pub fn new(weight_max: usize, weigh: fn(&V) -> usize) -> Self {
        Self { made: Mutex::default(), weigh, weight_max }
    }

    /// Returns the value of a key, and makes the value if the crowd does not have it. The next caller makes a value anew if the last
    /// attempt failed, or if its caller left.
    pub async fn get<E>(&self, key: K, make: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let cell = self.cell(key);
        let value = cell.get_or_try_init(|| make).await.cloned();
        drop(cell);
        self.tidy();
        value
    }

    /// Drops all values, after a change that the keys do not show.
    pub fn clear(&self) {
        let all = std::mem::take(&mut *self.made());
        drop_aside(all);
    }

    fn made(&self) -> MutexGuard<'_, VecDeque<(K, Cell<V>)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cell(&self, key: K) -> Cell<V> {
        let mut made = self.made();
        if let Some((_, cell)) = made.iter().find(|(other, _)| *other == key) {
            return cell.clone();
        }
        let cell = Cell::default();
        made.push_back((key, cell.clone()));
        cell
    }

    /// Drops failures, and the oldest values while their number or weight is too large. Values in the making stay.
    fn tidy(&self) {
        let old = self.take_old();
        if !old.is_empty() {
            drop_aside(old);
        }
    }

    fn take_old(&self) -> Vec<(K, Cell<V>)> {
        let (mut made, mut old) = (self.made(), Vec::new());
        made.retain(|(_, cell)| cell.initialized() || Arc::strong_count(cell) > 1);
        let weight = |(_, cell): &(K, Cell<V>)| cell.get().map_or(0, self.weigh);
        // Other values may be finished meanwhile, so each pass counts anew.
        let kept = |made: &VecDeque<(K, Cell<V>)>| made.iter().filter(|(_, cell)| cell.initialized()).count();
        while kept(&made) > KEPT_MAX || made.iter().map(weight).sum::<usize>() > self.weight_max {
            let Some(at) = made.iter().position(|(_, cell)| cell.initialized()) else { break };
            old.extend(made.remove(at));
        }
        old
    }
}

/// Drops values on a thread that serves no requests, since a large one takes milliseconds.
fn drop_aside<T: Send + 'static>(values: T) {
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(move || drop(values))),
        Err(_) => drop(values),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn the_oldest_goes_where_there_is_too_much() {
        let (crowd, made) = (Crowd::new(100, |value: &Vec<u8>| value.len()), AtomicUsize::new(0));
        let get = async |key: usize, bytes: usize| {
            let make = async {
                made.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(vec![0; bytes])
            };
            assert_eq!(crowd.get(key, make).await.unwrap().len(), bytes);
            made.load(Ordering::SeqCst)
        };
        assert_eq!((get(1, 40).await, get(2, 40).await, get(1, 40).await), (1, 2, 2), "it is made once");
        assert_eq!(get(3, 40).await, 3);
        assert_eq!((get(2, 40).await, get(3, 40).await, get(1, 40).await), (3, 3, 4), "the oldest was dropped");
        assert_eq!((get(4, 500).await, get(4, 500).await), (5, 6), "what is too much alone is not kept");
        for key in 10..10 + 2 * KEPT_MAX {
            get(key, 0).await;
        }
        assert!(crowd.made().len() <= KEPT_MAX);
        crowd.clear();
        assert_eq!(crowd.made().len(), 0);
    }

    #[tokio::test]
    async fn what_fails_is_not_kept() {
        let crowd = Crowd::new(100, |_: &u8| 1);
        assert_eq!(crowd.get(1, async { Err("broken") }).await, Err("broken"));
        assert_eq!(crowd.made().len(), 0);
        assert_eq!(crowd.get(1, async { Ok::<_, &str>(7) }).await, Ok(7));
    }

    #[tokio::test]
    async fn what_is_dropped_is_dropped_on_another_thread() {
        struct Noted(std::sync::mpsc::Sender<std::thread::ThreadId>);
        impl Drop for Noted {
            fn drop(&mut self) {
                self.0.send(std::thread::current().id()).unwrap();
            }
        }
        let (dropped, on) = std::sync::mpsc::channel();
        let crowd = Crowd::new(1, |_: &Arc<Noted>| 1);
        for key in 0..2 {
            let make = async { Ok::<_, Infallible>(Arc::new(Noted(dropped.clone()))) };
            crowd.get(key, make).await.unwrap();
        }
        assert_ne!(on.recv().unwrap(), std::thread::current().id());
    }
}
