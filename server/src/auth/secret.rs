//! Random secrets, and the hashes that the database stores for them.

use crate::db::{DbError, DbResult};
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Random bytes in a token or a key.
const SECRET_BYTES: usize = 32;

/// The SHA-256 of a token in hex, which the database stores in place of the token.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// 256 random bits in hex.
pub(super) fn secret() -> DbResult<String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| DbError::Unknown("source of randomness"))?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
