//! Seams through which tests stop the program or break it on purpose. They exist only with the feature
//! `failpoints`, which no build for a clinic has; without it they cost nothing. Set by the environment variable
//! `FAILPOINTS`, in the form of the crate `fail`: `send::committed=1%return;break::order=return`.

use fail::fail_point;

/// A place where a test may stop the program: `return` ends the process as `kill -9` would, `sleep(ms)` holds
/// it up. `send::received` (before the commit), `send::committed` (before the answer), `send::acked` (before
/// the members are told).
pub(crate) fn stop_at(name: &str) {
    fail_point!(name, |_| std::process::abort());
    let _ = name;
}

/// Whether a test has broken the program at `name`, which the oracle of the fault runs has to notice:
/// `break::commit` (acked, not stored), `break::dedupe` (stored as often as sent), `break::order` (a batch
/// backwards), `break::hole` (a place left out), `break::leak` (told to everybody), `break::bus` (other nodes are told
/// nothing), `break::retract` (taken back, it is said, and left as it is), `break::status` (nobody is told how a chat
/// stands).
pub(crate) fn is_broken(name: &str) -> bool {
    fail_point!(name, |_| true);
    let _ = name;
    false
}
