//! Rate limits on sign-in and on the requests of users and programs (token buckets, `governor`).

mod person;
mod sign_in;

pub use person::PersonLimits;
pub use sign_in::SignInLimits;
pub(crate) use sign_in::network;

use app::protocol::Problem;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Requests with one API token.
const REQUESTS_PER_TOKEN: Rate = Rate { burst: 200, refill: Duration::from_millis(50) };
/// Full buckets are removed after this many checks, which bounds the memory.
const FORGET_EVERY: u64 = 4_096;

#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    refill: Duration,
}

struct Buckets<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    burst: NonZeroU32,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(rate: Rate, scale: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float cast saturates, and the scale is positive"
        )]
        let burst = (f64::from(rate.burst) * scale) as u32;
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let refill = rate.refill.div_f64(scale).max(Duration::from_nanos(1));
        let quota = Quota::with_period(refill).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), burst }
    }

    fn take(&self, key: &K) -> Result<(), Problem> {
        self.take_several(key, NonZeroU32::MIN)
    }

    /// Takes `count` tokens at once, or a full bucket if `count` is larger.
    fn take_several(&self, key: &K, count: NonZeroU32) -> Result<(), Problem> {
        match self.limiter.check_key_n(key, count.min(self.burst)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refused)) => Err(Problem::rate_limited_for(refused.wait_time_from(DefaultClock::default().now()))),
            Err(_) => Err(Problem::rate_limited_for(Duration::ZERO)),
        }
    }

    fn forget_full(&self) {
        self.limiter.retain_recent();
    }
}

/// Rate limit on the requests of a program, by the hash of its API token.
pub struct TokenLimit(Buckets<String>);

impl TokenLimit {
    /// Limits multiplied by `scale` (`BEDSIDE_LIMIT_SCALE`).
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self(Buckets::new(REQUESTS_PER_TOKEN, scale))
    }

    /// Counts a request; fails with `RateLimited`. There are only as many buckets as tokens in use.
    pub fn take(&self, token_hash: &str) -> Result<(), Problem> {
        self.0.take(&token_hash.to_owned())
    }
}

/// Counts a check; `true` for every [`FORGET_EVERY`]th.
fn is_time_to_forget(checks: &AtomicU64) -> bool {
    checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1
}
