//! The best that the machine can do. The server's numbers are compared with it.

pub(crate) mod commit;
pub(crate) mod echo;
pub(crate) mod fsync;
pub(crate) mod postgres;
