//! A pool that all callers share and of which each caller can use only a share: requests under way,
//! and the bytes that they hold.

use app::protocol::UserId;
use dashmap::{DashMap, Entry};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The user or address that a request counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A signed-in user, with all browsers and programs of that user.
    Person(UserId),
    /// All requests without a session from one address. `None`: the proxy did not send the address.
    Address(Option<IpAddr>),
}

/// A limited amount that callers take from and give back to.
#[derive(Debug)]
pub struct FairPool {
    max: usize,
    taken: AtomicUsize,
    by_caller: DashMap<Caller, usize>,
}

impl FairPool {
    /// A pool of `max` units for all callers together.
    #[must_use]
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, taken: AtomicUsize::new(0), by_caller: DashMap::new() })
    }

    /// An empty permit of `caller`. All permits of one caller together can take at most `share`.
    #[must_use]
    pub fn permit(self: &Arc<Self>, caller: Caller, share: usize) -> Permit {
        Permit { pool: Arc::clone(self), caller, share, amount: 0 }
    }

    fn take(&self, caller: Caller, share: usize, amount: usize) -> bool {
        let mut taken = self.by_caller.entry(caller).or_default();
        // A caller that holds nothing may take more than its share at once. Otherwise a single
        // request larger than the share could never be served.
        let is_fair = *taken == 0 || taken.saturating_add(amount) <= share;
        let more =
            |all: usize| (all == 0 || all.saturating_add(amount) <= self.max).then_some(all.saturating_add(amount));
        let is_taken = is_fair && self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        if is_taken {
            *taken = taken.saturating_add(amount);
        }
        let is_nothing = *taken == 0;
        drop(taken);
        if is_nothing {
            self.by_caller.remove_if(&caller, |_, taken| *taken == 0);
        }
        is_taken
    }

    fn give_back(&self, caller: Caller, amount: usize) {
        self.taken.fetch_sub(amount, Ordering::Relaxed);
        if let Entry::Occupied(mut taken) = self.by_caller.entry(caller) {
            *taken.get_mut() = taken.get().saturating_sub(amount);
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

/// The amount that a caller holds of a [`FairPool`]. Dropping the permit gives it back.
#[derive(Debug)]
pub struct Permit {
    pool: Arc<FairPool>,
    caller: Caller,
    share: usize,
    amount: usize,
}

impl Permit {
    /// Takes `amount` more. Returns whether enough was left.
    pub fn take(&mut self, amount: usize) -> bool {
        let is_taken = self.pool.take(self.caller, self.share, amount);
        if is_taken {
            self.amount = self.amount.saturating_add(amount);
        }
        is_taken
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.pool.give_back(self.caller, self.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, FairPool};
    use app::protocol::UserId;

    const NORA: Caller = Caller::Person(UserId(1));
    const TOMAS: Caller = Caller::Person(UserId(2));
    const STRANGERS: Caller = Caller::Address(None);

    #[test]
    fn callers_are_limited_to_their_share_and_to_the_pool() {
        let pool = FairPool::new(10);
        let (mut one, mut two) = (pool.permit(NORA, 4), pool.permit(NORA, 4));
        assert!(one.take(1) && two.take(3) && !one.take(1), "one person's permits count together");
        let mut his = pool.permit(TOMAS, 8);
        assert!(his.take(6) && !his.take(1), "the pool is empty");
        assert!(!pool.permit(STRANGERS, 4).take(1));
        drop(two);
        assert!(pool.permit(STRANGERS, 4).take(3), "what is given back can be had");
        drop((one, his));
        assert!(pool.by_caller.is_empty(), "and no caller is remembered");
        assert_eq!(pool.taken.load(std::sync::atomic::Ordering::Relaxed), 0);
    }

    #[test]
    fn amount_over_the_share_is_granted_to_an_idle_caller() {
        let pool = FairPool::new(10);
        let mut large = pool.permit(NORA, 4);
        assert!(large.take(5) && !pool.permit(NORA, 4).take(1));
        drop(large);
        assert!(pool.permit(TOMAS, 4).take(20), "also what is larger than the pool");
    }
}
