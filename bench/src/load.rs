//! The ways load is put on a server. Each measures one run; which runs there are is said in [`crate::scenario`].

pub(crate) mod closed;
mod driver;
mod flight;
pub(crate) mod gets;
pub(crate) mod idle;
pub(crate) mod open;
mod pacer;
mod timetable;
