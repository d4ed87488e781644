//! Pages of lists: their size and their end.

use app::protocol::{FieldCode, Problem};

/// The page's size: `default` if not given. Fails with `OutOfRange` if it is not within 1 to `max`.
pub(crate) fn check_limit(limit: Option<i64>, default: i64, max: i64) -> Result<i64, Problem> {
    match limit {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::field("limit", FieldCode::OutOfRange)),
    }
}

/// Removes the extra row that was read beyond the page. Returns the page's last row if there was
/// one, `None` if this is the last page.
pub(crate) fn split_page<T>(rows: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last()
}
