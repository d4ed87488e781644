//! Pages of lists: how large they are, and where they end.

use app::protocol::{FieldCode, Problem};

/// A page's size: `default` when not given, a problem when outside 1 to `max`.
pub(crate) fn check_limit(limit: Option<i64>, default: i64, max: i64) -> Result<i64, Problem> {
    match limit {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::field("limit", FieldCode::OutOfRange)),
    }
}

/// Cuts the one row that was read beyond the page; the page's last row when there was one.
pub(crate) fn split_page<T>(rows: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last()
}
