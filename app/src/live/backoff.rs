//! How long to wait before the next attempt to connect. Waits grow with each failure and have
//! jitter, so that a clinic's browsers don't all reconnect at once after a restart.

/// The first wait, in milliseconds.
const FIRST_MS: f64 = 500.0;
/// The longest wait, in milliseconds.
const MAX_MS: f64 = 30_000.0;

/// Counts failed attempts to connect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    attempts: i32,
}

impl Backoff {
    /// The next wait in milliseconds: between half and all of 0.5 s, 1 s, 2 s, … up to 30 s.
    /// `random` is between 0 and 1.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 30,000")]
    pub fn next_ms(&mut self, random: f64) -> u32 {
        let full = (FIRST_MS * 2_f64.powi(self.attempts)).min(MAX_MS);
        self.attempts = self.attempts.saturating_add(1).min(16);
        (full * (0.5 + 0.5 * random.clamp(0.0, 1.0))) as u32
    }

    /// Starts with the first wait again, after a connection succeeded.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }
}
