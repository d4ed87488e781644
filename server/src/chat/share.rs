//! What waits to be stored, shared fairly: nobody takes up the room of everybody else.

use app::protocol::UserId;
use dashmap::{DashMap, Entry};
use std::sync::Arc;

/// Writes of one person that wait to be stored, in bytes.
const SHARE_MAX_BYTES: usize = 1024 * 1024;

/// Bytes that wait, by person.
#[derive(Clone, Default)]
pub(super) struct Shares(Arc<DashMap<UserId, usize>>);

impl Shares {
    /// Room for a write of this person's, until it is dropped; `None` if they have too much waiting already.
    pub(super) fn take(&self, user: UserId, bytes: usize) -> Option<Share> {
        let mut waiting = self.0.entry(user).or_default();
        // However long one text is, it finds room when nothing else of its sender waits.
        if *waiting > 0 && waiting.saturating_add(bytes) > SHARE_MAX_BYTES {
            return None;
        }
        *waiting += bytes;
        Some(Share { shares: Arc::clone(&self.0), user, bytes })
    }
}

/// What one write takes up of its sender's share.
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
    fn one_person_takes_up_their_share_and_others_have_theirs() {
        let shares = Shares::default();
        let taken: Vec<_> = std::iter::from_fn(|| shares.take(UserId(1), 40_000)).collect();
        assert_eq!(taken.len(), SHARE_MAX_BYTES / 40_000);
        assert!(shares.take(UserId(2), 40_000).is_some());
        drop(taken);
        assert!(shares.0.is_empty(), "nothing is remembered of who has nothing waiting");
        assert!(shares.take(UserId(1), 40_000).is_some());
    }
}
