//! `GET /ws`: sockets of pages and programs, and what their frames ask for.

mod frame_handler;
pub mod limits;
pub mod socket;
