//! The kit of all tests: worlds that trade, real nodes, lies of a node, and logs that the holder of a log's key forged.
//!
//! **In scope:** code that tests of several crates share. **Out of scope:** tests, and the cases of the vectors (`headwater-tests`); the
//! suite of a store, and the store that fails on purpose (`headwater-ledger`, feature `testing`).
//!
//! ```text
//! world      parties with keys, a ledger in memory or on any store, a clock that a test moves by hand
//! brand      one brand on any store, and many events
//! node       a real node on a real disk, in this process     process   a node in a process of its own
//! lies       traces that a lying node serves                 forged    logs with true signatures over false content
//! mutation   changes drawn from a seed                       tools     programs that a machine may lack
//! ```
//!
//! ```
//! use headwater_testing::world::World;
//!
//! let world = World::new();
//! world.produce(&world.dairy, "01/09526543000013/10/L26-0417")?;
//! assert!(world.verified("01/09526543000013/10/L26-0417").is_complete());
//! # Ok::<(), headwater_ledger::admission::AppendError>(())
//! ```

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

pub mod brand;
pub mod document;
pub mod forged;
pub mod help;
pub mod lies;
pub mod measured;
pub mod mutation;
pub mod node;
pub mod process;
pub mod tools;
pub mod wire;
pub mod world;
