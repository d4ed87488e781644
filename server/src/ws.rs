//! `GET /ws`: the sockets of pages and programs, and the handling of their frames.

mod frame_handler;
pub mod limits;
pub mod socket;
