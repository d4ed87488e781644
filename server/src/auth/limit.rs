//! Limits on sign-in and sign-up, so that guessing is slow, and on what people and programs ask (token buckets,
//! `governor`).
//!
//! Nobody can be locked out for good: every bucket refills by itself, an attacker elsewhere doesn't drain
//! the bucket of somebody's own address, and an address that has signed in before doesn't draw on the one
//! that counts attempts from everywhere.

use super::{Origin, Viewer};
use app::protocol::{Problem, UserId};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use sha2::{Digest, Sha256};
use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Attempts to sign in from one address: a clinic's waiting room may share one.
const SIGN_IN_PER_ADDRESS: Rate = Rate { burst: 60, refill: Duration::from_secs(2) };
/// Attempts on one account from one address.
const SIGN_IN_PER_ACCOUNT_AND_ADDRESS: Rate = Rate { burst: 10, refill: Duration::from_secs(30) };
/// Attempts on one account from everywhere that has never signed in to it.
const SIGN_IN_PER_ACCOUNT: Rate = Rate { burst: 50, refill: Duration::from_secs(10) };
/// New accounts from one address.
const SIGN_UP_PER_ADDRESS: Rate = Rate { burst: 20, refill: Duration::from_mins(1) };
/// Attempts to make an account for one e-mail.
const SIGN_UP_PER_ACCOUNT: Rate = Rate { burst: 10, refill: Duration::from_mins(1) };
/// Requests with one API token.
const REQUESTS_PER_TOKEN: Rate = Rate { burst: 200, refill: Duration::from_millis(50) };
/// Searches of one person: many times what somebody types.
const SEARCHES_PER_PERSON: Rate = Rate { burst: 20, refill: Duration::from_millis(500) };
/// Changes that one person makes beside sending and reading.
const CHANGES_PER_PERSON: Rate = Rate { burst: 60, refill: Duration::from_secs(1) };
/// Full buckets are forgotten after this many checks, which bounds the memory.
const FORGET_EVERY: u64 = 4_096;

/// Pairs of account and address that are remembered at most.
const KNOWN_MAX: usize = 100_000;

#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    refill: Duration,
}

/// An account's e-mail as a key: a digest, since it needs no more than to be compared.
type AccountKey = [u8; 32];

struct Buckets<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

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
        Self(RateLimiter::keyed(quota))
    }

    fn take(&self, key: &K) -> Result<(), Problem> {
        self.0.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            Problem::rate_limited(wait.as_secs().saturating_add(1))
        })
    }
}

/// How much a program may ask, by its API token's hash.
pub struct TokenLimit(Buckets<String>);

impl TokenLimit {
    /// Multiplied by `scale` (`BEDSIDE_LIMIT_SCALE`).
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self(Buckets::new(REQUESTS_PER_TOKEN, scale))
    }

    /// Counts a request; a problem when there were too many. There are as many buckets as tokens that were used.
    pub fn take(&self, token_hash: &str) -> Result<(), Problem> {
        self.0.take(&token_hash.to_owned())
    }
}

/// How much a person may ask, from all their browsers together. Programs have [`TokenLimit`].
pub struct PersonLimits {
    searches: Buckets<UserId>,
    changes: Buckets<UserId>,
    checks: AtomicU64,
}

impl PersonLimits {
    /// Limits multiplied by `scale` (`BEDSIDE_LIMIT_SCALE`).
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self {
            searches: Buckets::new(SEARCHES_PER_PERSON, scale),
            changes: Buckets::new(CHANGES_PER_PERSON, scale),
            checks: AtomicU64::new(0),
        }
    }

    /// Counts a search; a problem when there were too many.
    pub fn search(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.searches, viewer)
    }

    /// Counts a change, also one that is refused; a problem when there were too many.
    pub fn change(&self, viewer: &Viewer) -> Result<(), Problem> {
        self.take(&self.changes, viewer)
    }

    fn take(&self, buckets: &Buckets<UserId>, viewer: &Viewer) -> Result<(), Problem> {
        if viewer.is_program {
            return Ok(());
        }
        if is_time_to_forget(&self.checks) {
            self.searches.0.retain_recent();
            self.changes.0.retain_recent();
        }
        buckets.take(&viewer.user.id)
    }
}

/// All buckets.
pub struct SignInLimits {
    sign_in_address: Buckets<IpAddr>,
    sign_in_pair: Buckets<(AccountKey, IpAddr)>,
    sign_in_account: Buckets<AccountKey>,
    sign_up_address: Buckets<IpAddr>,
    sign_up_account: Buckets<AccountKey>,
    known: dashmap::DashSet<(AccountKey, IpAddr)>,
    checks: AtomicU64,
}

impl SignInLimits {
    /// Limits multiplied by `scale` (`BEDSIDE_LIMIT_SCALE`).
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self {
            sign_in_address: Buckets::new(SIGN_IN_PER_ADDRESS, scale),
            sign_in_pair: Buckets::new(SIGN_IN_PER_ACCOUNT_AND_ADDRESS, scale),
            sign_in_account: Buckets::new(SIGN_IN_PER_ACCOUNT, scale),
            sign_up_address: Buckets::new(SIGN_UP_PER_ADDRESS, scale),
            sign_up_account: Buckets::new(SIGN_UP_PER_ACCOUNT, scale),
            known: dashmap::DashSet::new(),
            checks: AtomicU64::new(0),
        }
    }

    /// Counts an attempt to sign in; a problem when there were too many. `email` is folded.
    pub fn sign_in(&self, origin: &Origin, email: &str) -> Result<(), Problem> {
        self.forget_full_buckets();
        let (address, account) = (network(origin.address), key(email));
        self.sign_in_address.take(&address)?;
        self.sign_in_pair.take(&(account, address))?;
        if self.known.contains(&(account, address)) {
            return Ok(());
        }
        self.sign_in_account.take(&account)
    }

    /// Remembers that this address signed in to this account.
    pub fn signed_in(&self, origin: &Origin, email: &str) {
        self.known.insert((key(email), network(origin.address)));
    }

    /// Counts an attempt to make an account. `email` is folded.
    pub fn sign_up(&self, origin: &Origin, email: &str) -> Result<(), Problem> {
        self.forget_full_buckets();
        self.sign_up_address.take(&network(origin.address))?;
        self.sign_up_account.take(&key(email))
    }

    fn forget_full_buckets(&self) {
        if is_time_to_forget(&self.checks) {
            self.sign_in_address.0.retain_recent();
            self.sign_in_pair.0.retain_recent();
            self.sign_in_account.0.retain_recent();
            self.sign_up_address.0.retain_recent();
            self.sign_up_account.0.retain_recent();
            if self.known.len() > KNOWN_MAX {
                // Only costs the owners their bypass until they sign in again.
                self.known.clear();
            }
        }
    }
}

/// Counts a check.
fn is_time_to_forget(checks: &AtomicU64) -> bool {
    checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1
}

fn key(email: &str) -> AccountKey {
    Sha256::digest(email.as_bytes()).into()
}

/// What counts as one address: an IPv4 address, or a /64, which is what one IPv6 customer gets at least.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn from(last: u8) -> Origin {
        Origin { address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), user_agent: String::new(), token_hash: None }
    }

    #[test]
    fn guessing_from_one_address_is_stopped_and_told_how_long() {
        let limits = SignInLimits::new(1.0);
        let refused = (0..20).find_map(|_| limits.sign_in(&from(1), "ana@example.org").err());
        assert!(refused.is_some_and(|problem| problem.retry_after_s.is_some_and(|seconds| seconds <= 31)));
    }

    #[test]
    fn an_attack_from_everywhere_does_not_lock_the_owner_out() {
        let limits = SignInLimits::new(1.0);
        let owner = from(200);
        assert!(limits.sign_in(&owner, "ana@example.org").is_ok());
        limits.signed_in(&owner, "ana@example.org");
        let refused = (0..100).filter(|&last| limits.sign_in(&from(last), "ana@example.org").is_err()).count();
        assert!(refused >= 40, "the account's own bucket must empty, refused {refused}");
        assert!(limits.sign_in(&owner, "ana@example.org").is_ok(), "the owner's address still gets in");
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let host = |last| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last));
        assert_eq!(network(host(1)), network(host(99)));
    }
}
