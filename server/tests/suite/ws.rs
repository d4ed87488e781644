//! `GET /ws`: the live connection.

mod ending;
mod faults;
mod handshake;
mod limits;
mod marks;
mod send;
