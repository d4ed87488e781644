//! Shares the write queue fairly: one user's waiting writes can't use the room of all other users.

use app::protocol::UserId;
use dashmap::{DashMap, Entry};
use std::sync::Arc;

/// The most bytes of one user's writes that may wait to be stored.
const SHARE_MAX_BYTES: usize = 1024 * 1024;

/// The waiting bytes by user.
#[derive(Clone, Default)]
pub(super) struct Shares(Arc<DashMap<UserId, usize>>);

impl Shares {
    /// Reserves room for a write until the returned value is dropped. `None` if too much of this
    /// user's waits already.
    pub(super) fn take(&self, user: UserId, bytes: usize) -> Option<Share> {
        let mut waiting = self.0.entry(user).or_default();
        // A single write always fits, however long it is, if nothing else of its sender waits.
        if *waiting > 0 && waiting.saturating_add(bytes) > SHARE_MAX_BYTES {
            return None;
        }
        *waiting += bytes;
        Some(Share { shares: Arc::clone(&self.0), user, bytes })
    }
}

/// The part of the sender's share that one write uses.
pub(super) struct Share {
    shares: Arc<DashMap<UserId, usize>>,
    user: UserId,
    bytes: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Entry::Occupied(mut waiting) = self.shares.entry(self.user) {
            let left = waiting.get().saturating_sub(self.bytes);
            if left == 0 {
                waiting.remove();
            } else {
                waiting.insert(left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_can_use_up_only_their_own_share() {
        let shares = Shares::default();
        let taken: Vec<_> = std::iter::from_fn(|| shares.take(UserId(1), 40_000)).collect();
        assert_eq!(taken.len(), SHARE_MAX_BYTES / 40_000);
        assert!(shares.take(UserId(2), 40_000).is_some());
        drop(taken);
        assert!(shares.0.is_empty(), "nothing is remembered of who has nothing waiting");
        assert!(shares.take(UserId(1), 40_000).is_some());
    }
}
