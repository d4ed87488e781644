//! Table `doctor_profile`: the directory's entries, and searching them.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{doctor_profile, user},
};
use crate::domain::text::fold_to_latin;
use app::protocol::{Doctor, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

/// A doctor's profile to store.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = doctor_profile)]
pub struct NewProfile<'a> {
    /// The doctor's account.
    pub user_id: i64,
    /// Field of medicine.
    pub specialty: &'a str,
    /// A few sentences about the doctor.
    pub bio: &'a str,
    /// BCP 47 tags, separated by commas.
    pub languages: &'a str,
    /// Whether the doctor accepts new chats.
    pub accepting_chats: bool,
}

/// A search in the directory. Texts are folded (`domain::text::fold_to_latin`).
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words that must all occur in the name or the specialty.
    pub words: Vec<String>,
    /// The specialty, which must be equal.
    pub specialty: Option<String>,
    /// Only doctors after this one, in the directory's order.
    pub after: Option<UserId>,
    /// The largest number of doctors to return.
    pub limit: i64,
}

type Row = (i64, String, String, String, String, bool);

fn to_doctor((id, name, specialty, bio, languages, accepting_chats): Row) -> Doctor {
    Doctor {
        id: UserId(id),
        name,
        specialty,
        bio,
        languages: languages.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        accepting_chats,
        availability: None,
    }
}

/// Stores a doctor's profile.
pub async fn insert(conn: &mut DbConn, profile: &NewProfile<'_>) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(doctor_profile::table).values(profile).execute(db).await
    })?;
    Ok(())
}

/// The doctors who match and whose account is not disabled, by name.
///
/// Names are folded and compared in memory, because the two databases fold_to_latin them differently. A
/// clinic has few doctors.
pub async fn search(conn: &mut DbConn, search: &Search) -> DbResult<Vec<Doctor>> {
    let names: Vec<(i64, String, String, bool)> = on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::role.eq("doctor"))
            .select((user::id, user::name, doctor_profile::specialty, user::disabled_at.is_null()))
            .load(db)
            .await
    })?;
    let after = match search.after {
        None => None,
        Some(UserId(after)) => match names.iter().find(|(id, ..)| *id == after) {
            Some((id, name, ..)) => Some((fold_to_latin(name), *id)),
            // The doctor is not in the directory any more. The list ends here; it must not start
            // again.
            None => return Ok(Vec::new()),
        },
    };
    let mut found: Vec<(String, i64)> = names
        .into_iter()
        .filter(|(.., is_active)| *is_active)
        .map(|(id, name, specialty, _)| (fold_to_latin(&name), id, fold_to_latin(&specialty)))
        .filter(|(name, _, specialty)| search.words.iter().all(|word| name.contains(word) || specialty.contains(word)))
        .filter(|(_, _, specialty)| search.specialty.as_ref().is_none_or(|wanted| wanted == specialty))
        .map(|(name, id, _)| (name, id))
        .filter(|key| after.as_ref().is_none_or(|after| key > after))
        .collect();
    found.sort_unstable();
    found.truncate(usize::try_from(search.limit).unwrap_or(0));
    let ids: Vec<i64> = found.into_iter().map(|(_, id)| id).collect();
    let rows: Vec<Row> = on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::id.eq_any(&ids))
            .select((
                user::id,
                user::name,
                doctor_profile::specialty,
                doctor_profile::bio,
                doctor_profile::languages,
                doctor_profile::accepting_chats,
            ))
            .load(db)
            .await
    })?;
    let mut rows: HashMap<i64, Row> = rows.into_iter().map(|row| (row.0, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(to_doctor).collect())
}

/// The specialties in the directory, sorted, without duplicates.
pub async fn specialties(conn: &mut DbConn) -> DbResult<Vec<String>> {
    let mut specialties: Vec<String> = on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::role.eq("doctor"))
            .filter(user::disabled_at.is_null())
            .select(doctor_profile::specialty)
            .distinct()
            .load(db)
            .await
    })?;
    // Sorted here, because the databases sort differently.
    specialties.sort_by_cached_key(|specialty| fold_to_latin(specialty));
    Ok(specialties)
}

/// Whether a doctor accepts new chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The doctor accepts new chats.
    Accepting,
    /// The doctor accepts no new chats at the moment.
    NotAccepting,
    /// The doctor's account is disabled.
    Disabled,
}

/// Whether this doctor accepts new chats; `None` if there is no such doctor.
pub async fn acceptance(conn: &mut DbConn, doctor: UserId) -> DbResult<Option<Acceptance>> {
    let row: Option<(bool, bool)> = on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::id.eq(doctor.0))
            .filter(user::role.eq("doctor"))
            .select((doctor_profile::accepting_chats, user::disabled_at.is_not_null()))
            .first(db)
            .await
            .optional()
    })?;
    Ok(row.map(|row| match row {
        (_, true) => Acceptance::Disabled,
        (true, false) => Acceptance::Accepting,
        (false, false) => Acceptance::NotAccepting,
    }))
}
