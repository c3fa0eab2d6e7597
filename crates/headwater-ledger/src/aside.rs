//! Threads for costly reads: neither an append nor a small read waits for a trace.

use std::future::Future;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use crate::reader::ReadError;

/// Maximum number of reads that are made at once.
pub const RUNNING_MAX: usize = 16;
/// Maximum number of reads that wait beside those; further reads are refused.
pub const WAITING_MAX: usize = 256;

/// Niceness of these threads, from 0 to 19. At 10 a thread of reads gets a tenth of the time of an append beside it, and still goes on.
const NICE: i32 = 10;

/// Runtime for reads, with threads apart from those that serve requests.
pub(crate) struct Aside {
    /// Runtime of the threads; `None` once this is dropped.
    runtime: Option<Runtime>,
    /// Reads that run or wait.
    admitted: Semaphore,
    /// Reads that run at this moment.
    running: Semaphore,
}

impl Aside {
    pub fn new() -> std::io::Result<Self> {
        // Half of the processors are left to appends.
        let threads = available_parallelism().map_or(1, |all| (all.get() / 2).max(1));
        // When both need a processor, an append gets the processor first. On Linux the priority is of the thread, not of the process.
        let yields = || {
            // A system that refuses the priority loses fairness, and nothing else.
            let _ = rustix::process::setpriority_process(None, NICE);
        };
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).thread_name("reads").on_thread_start(yields).build()?;
        let (admitted, running) = (Semaphore::new(RUNNING_MAX + WAITING_MAX), Semaphore::new(RUNNING_MAX));
        Ok(Self { runtime: Some(runtime), admitted, running })
    }

    /// Runs a future on these threads. If the caller drops its own future, the work stops at its next await.
    pub async fn make<T: Send + 'static>(
        &self,
        making: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (_place, _turn) = self.turn().await?;
        let runtime = self.runtime.as_ref().ok_or(ReadError::Interrupted)?;
        let mut one = JoinSet::new();
        one.spawn_on(making, runtime.handle());
        let made = one.join_next().await.ok_or(ReadError::Interrupted)?;
        made.map_err(|_| ReadError::Interrupted)
    }

    async fn turn(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>), ReadError> {
        let place = self.admitted.try_acquire().map_err(|_| ReadError::Busy)?;
        let turn = self.running.acquire().await.map_err(|_| ReadError::Busy)?;
        Ok((place, turn))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // A thread that serves requests may drop the ledger, and must not wait here.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
