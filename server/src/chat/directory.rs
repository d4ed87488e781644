//! The directory of doctors.

use super::{availability, service::ChatService};
use crate::{
    db,
    domain::{
        paging::{check_limit, split_page},
        text::fold_to_latin,
    },
};
use app::protocol::DoctorQuery;
use app::protocol::{DOCTORS_MAX_LIMIT, DoctorPage, FieldCode, Problem};

/// The number of doctors in a page if the request has no limit.
const DEFAULT_LIMIT: i64 = 50;
/// Longest search text, in characters. The rest is cut off, since it could only narrow the search.
const QUERY_MAX_CHARS: usize = 200;

impl ChatService {
    /// The doctors whose name or specialty contains every word of the query, sorted by name. Case
    /// and accents are ignored.
    pub async fn list_doctors(&self, query: DoctorQuery) -> Result<DoctorPage, Problem> {
        let limit = check_limit(query.limit, DEFAULT_LIMIT, DOCTORS_MAX_LIMIT)?;
        let after = match query.after.as_deref() {
            None | Some("") => None,
            Some(after) => Some(after.parse().map_err(|_| Problem::field("after", FieldCode::Malformed))?),
        };
        let text: String = query.query.unwrap_or_default().chars().take(QUERY_MAX_CHARS).collect();
        let search = db::profile::Search {
            words: fold_to_latin(&text).split_whitespace().map(str::to_owned).collect(),
            specialty: query.specialty.filter(|name| !name.trim().is_empty()).map(|name| fold_to_latin(name.trim())),
            after,
            limit: limit + 1,
        };
        let mut conn = self.db.read().await?;
        let mut doctors = db::profile::search(&mut conn, &search).await?;
        let next = split_page(&mut doctors, limit).map(|last| last.id.to_string());
        availability::add_to_doctors(&mut conn, self.rules.time_zone, &mut doctors).await?;
        Ok(DoctorPage { doctors, next })
    }

    /// The specialties that the directory can be filtered by.
    pub async fn list_specialties(&self) -> Result<Vec<String>, Problem> {
        let mut conn = self.db.read().await?;
        Ok(db::profile::specialties(&mut conn).await?)
    }
}
