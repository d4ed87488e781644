//! The limits of one socket: frames a second, sends under way, and faults.

use app::protocol::Problem;
use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// Largest frame and message, in bytes (the contract).
pub(super) const FRAME_MAX_BYTES: usize = 64 * 1024;
/// Faults (invalid frames and frames that come too fast) allowed within [`FAULTS_WINDOW`].
const FAULTS_MAX: u32 = 20;
/// Faults are counted from zero again after this time.
const FAULTS_WINDOW: Duration = Duration::from_mins(1);
/// Frames a second that one socket may send in the long run: many times what a user causes.
const FRAMES_PER_S: f64 = 50.0;
/// Frames that may arrive at once, as when a room is opened or an outbox is emptied.
const FRAMES_BURST: f64 = 200.0;
/// The most sends of one socket under way at a time.
const SENDS_UNDER_WAY: usize = 64;

/// One socket's limits and counts.
pub struct SocketLimits {
    rate: DefaultDirectRateLimiter,
    under_way: AtomicUsize,
    faults: Mutex<Faults>,
}

/// The faults since the window began.
struct Faults {
    count: u32,
    since: Instant,
}

impl SocketLimits {
    /// Limits without any use yet. `scale` multiplies the frame rate.
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self {
            rate: RateLimiter::direct(quota(scale)),
            under_way: AtomicUsize::new(0),
            faults: Mutex::new(Faults { count: 0, since: Instant::now() }),
        }
    }

    /// Counts a frame. Returns `rate_limited` if the frame exceeds the rate.
    pub fn take_frame(&self) -> Result<(), Problem> {
        self.rate
            .check()
            .map_err(|refused| Problem::rate_limited_for(refused.wait_time_from(DefaultClock::default().now())))
    }

    /// Whether another send may begin.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.under_way.load(Ordering::Acquire) < SENDS_UNDER_WAY
    }

    /// Counts a send as under way, until [`Self::end_send`].
    pub fn begin_send(&self) {
        self.under_way.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a send as answered.
    pub fn end_send(&self) {
        self.under_way.fetch_sub(1, Ordering::AcqRel);
    }

    /// Counts a fault: an invalid frame, or one that came too fast. Returns whether the socket may
    /// continue.
    pub fn fault(&self) -> bool {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.since.elapsed() > FAULTS_WINDOW {
            *faults = Faults { count: 0, since: Instant::now() };
        }
        faults.count += 1;
        faults.count <= FAULTS_MAX
    }
}

fn quota(scale: f64) -> Quota {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, and the scale is positive"
    )]
    let scaled = |rate: f64| NonZeroU32::new((rate * scale) as u32).unwrap_or(NonZeroU32::MIN);
    Quota::per_second(scaled(FRAMES_PER_S)).allow_burst(scaled(FRAMES_BURST))
}
