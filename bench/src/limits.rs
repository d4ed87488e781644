//! What the machine can do at best: what the server's numbers are to be compared with.

pub(crate) mod commit;
pub(crate) mod echo;
pub(crate) mod fsync;
pub(crate) mod postgres;
