//! `GET /ws`: the live connection.

mod ending;
mod faults;
mod handshake;
mod marks;
mod send;
