//! The kinds of load on a server. Each module measures one run; [`crate::scenario`] defines which
//! runs there are.

pub(crate) mod closed;
mod driver;
mod flight;
pub(crate) mod gets;
pub(crate) mod idle;
pub(crate) mod open;
mod pacer;
mod timetable;
