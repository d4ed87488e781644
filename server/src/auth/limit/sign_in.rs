//! Rate limits on sign-in and sign-up, so that guessing passwords is slow.
//!
//! No user can be locked out for long: every bucket refills by itself, and a device that has signed
//! in to an account before ([`super::super::device`]) has its own bucket. Neither an attack on the
//! account nor other users of the same address can drain that bucket.

use super::{Buckets, Rate, is_time_to_forget};
use crate::auth::{device::DeviceId, viewer::Origin};
use app::protocol::Problem;
use sha2::{Digest, Sha256};
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::atomic::AtomicU64,
    time::Duration,
};

/// Attempts from one address: the users in a clinic's waiting room may share one.
const SIGN_IN_PER_ADDRESS: Rate = Rate { burst: 60, refill: Duration::from_secs(2) };
/// Attempts on one account from one address.
const SIGN_IN_PER_ACCOUNT_AND_ADDRESS: Rate = Rate { burst: 10, refill: Duration::from_secs(30) };
/// Attempts on one account from all devices that have never signed in to it.
const SIGN_IN_PER_ACCOUNT: Rate = Rate { burst: 50, refill: Duration::from_secs(10) };
/// Attempts on one account from one device that has signed in to it before.
const SIGN_IN_PER_DEVICE: Rate = Rate { burst: 10, refill: Duration::from_secs(30) };
/// Attempts on one account from all devices that have signed in to it before. A user can make any
/// number of devices known to their own account, but not to another.
const SIGN_IN_PER_ACCOUNT_FROM_DEVICES: Rate = Rate { burst: 30, refill: Duration::from_secs(10) };
/// New accounts from one address.
const SIGN_UP_PER_ADDRESS: Rate = Rate { burst: 20, refill: Duration::from_mins(1) };
/// Attempts to create an account for one e-mail.
const SIGN_UP_PER_ACCOUNT: Rate = Rate { burst: 10, refill: Duration::from_mins(1) };

/// The digest of an account's e-mail.
type AccountKey = [u8; 32];

/// The buckets of all limits.
pub struct SignInLimits {
    sign_in_address: Buckets<IpAddr>,
    sign_in_pair: Buckets<(AccountKey, IpAddr)>,
    sign_in_account: Buckets<AccountKey>,
    sign_in_device: Buckets<(AccountKey, DeviceId)>,
    sign_in_devices: Buckets<AccountKey>,
    sign_up_address: Buckets<IpAddr>,
    sign_up_account: Buckets<AccountKey>,
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
            sign_in_device: Buckets::new(SIGN_IN_PER_DEVICE, scale),
            sign_in_devices: Buckets::new(SIGN_IN_PER_ACCOUNT_FROM_DEVICES, scale),
            sign_up_address: Buckets::new(SIGN_UP_PER_ADDRESS, scale),
            sign_up_account: Buckets::new(SIGN_UP_PER_ACCOUNT, scale),
            checks: AtomicU64::new(0),
        }
    }

    /// Counts an attempt to sign in; fails with `RateLimited`. `email` is folded; `device` must
    /// have signed in to this account before.
    pub fn sign_in(&self, origin: &Origin, email: &str, device: Option<DeviceId>) -> Result<(), Problem> {
        self.forget_full_buckets();
        let (address, account) = (network(origin.address), key(email));
        if let Some(device) = device {
            self.sign_in_device.take(&(account, device))?;
            return self.sign_in_devices.take(&account);
        }
        self.sign_in_address.take(&address)?;
        self.sign_in_pair.take(&(account, address))?;
        self.sign_in_account.take(&account)
    }

    /// Counts an attempt to create an account; fails with `RateLimited`. `email` is folded.
    pub fn sign_up(&self, origin: &Origin, email: &str) -> Result<(), Problem> {
        self.forget_full_buckets();
        self.sign_up_address.take(&network(origin.address))?;
        self.sign_up_account.take(&key(email))
    }

    fn forget_full_buckets(&self) {
        if is_time_to_forget(&self.checks) {
            self.sign_in_address.forget_full();
            self.sign_in_pair.forget_full();
            self.sign_in_account.forget_full();
            self.sign_in_device.forget_full();
            self.sign_in_devices.forget_full();
            self.sign_up_address.forget_full();
            self.sign_up_account.forget_full();
        }
    }
}

fn key(email: &str) -> AccountKey {
    Sha256::digest(email.as_bytes()).into()
}

/// The part of an address that limits count: an IPv4 address, or an IPv6 /64, the smallest network
/// that one customer gets.
pub(crate) fn network(address: IpAddr) -> IpAddr {
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

    const DEVICE: Option<DeviceId> = Some(DeviceId([7; 16]));

    fn from(last: u8) -> Origin {
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        Origin { address, user_agent: String::new(), token_hash: None, device: None }
    }

    #[test]
    fn guesses_from_one_address_are_limited_with_retry_time() {
        let limits = SignInLimits::new(1.0);
        let refused = (0..20).find_map(|_| limits.sign_in(&from(1), "ana@example.org", None).err());
        assert!(refused.is_some_and(|problem| problem.retry_after_s.is_some_and(|seconds| seconds <= 31)));
    }

    #[test]
    fn owners_device_signs_in_during_a_distributed_attack() {
        let limits = SignInLimits::new(1.0);
        let refused = (0..100).filter(|&last| limits.sign_in(&from(last), "ana@example.org", None).is_err()).count();
        assert!(refused >= 40, "the account's own bucket must empty, refused {refused}");
        assert!(limits.sign_in(&from(200), "ana@example.org", DEVICE).is_ok(), "from an address never seen before");
    }

    #[test]
    fn known_device_signs_in_when_its_address_is_limited() {
        let limits = SignInLimits::new(1.0);
        let guesses = (0..100).map(|n| limits.sign_in(&from(1), &format!("p{n}@example.org"), None));
        assert!(guesses.filter(Result::is_err).count() >= 40, "the address's bucket must empty");
        assert!(limits.sign_in(&from(1), "okafor@example.org", DEVICE).is_ok());
    }

    #[test]
    fn guesses_from_a_known_device_are_limited() {
        let limits = SignInLimits::new(1.0);
        let right = (0..50).filter(|&last| limits.sign_in(&from(last), "ana@example.org", DEVICE).is_ok()).count();
        assert_eq!(right, 10);
    }

    #[test]
    fn attempts_are_limited_over_all_known_devices_of_an_account() {
        let limits = SignInLimits::new(1.0);
        let attempt = |device, email| limits.sign_in(&from(device), email, Some(DeviceId([device; 16]))).is_ok();
        assert_eq!((0..100).filter(|&device| attempt(device, "mallory@example.org")).count(), 30);
        assert!(attempt(1, "ana@example.org"), "and other accounts have theirs");
    }

    #[test]
    fn ipv6_addresses_of_one_network_count_as_one() {
        let host = |last| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last));
        assert_eq!(network(host(1)), network(host(99)));
    }
}
