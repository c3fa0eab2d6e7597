//! Tests that span crates. This library is empty on purpose; see the folder `tests` beside it.
