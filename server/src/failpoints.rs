//! Failpoints, with which tests stop the program or break it on purpose. They exist only with the
//! feature `failpoints`, which no build for a clinic has; without it they cost nothing. The
//! environment variable `FAILPOINTS` sets them, in the format of the crate `fail`:
//! `send::committed=1%return;break::order=return`.

use fail::fail_point;

/// A point where a test may stop the program: `return` ends the process as `kill -9` does,
/// `sleep(ms)` delays it. Names: `send::received` (before the commit), `send::committed` (before
/// the answer), `send::acked` (before the members are notified).
pub(crate) fn stop_at(name: &str) {
    fail_point!(name, |_| std::process::abort());
    let _ = name;
}

/// Whether a test has broken the program at `name`. The oracle of the fault runs has to detect
/// each: `break::commit` (acknowledged, not stored), `break::dedupe` (stored as often as sent),
/// `break::order` (a batch in reverse), `break::hole` (a `seq` is skipped), `break::leak` (sent to
/// all users), `break::bus` (nothing is sent to other nodes), `break::retract` (acknowledged, but
/// the message is not retracted), `break::standing` (no user is notified of a changed chat status).
pub(crate) fn is_broken(name: &str) -> bool {
    fail_point!(name, |_| true);
    let _ = name;
    false
}
