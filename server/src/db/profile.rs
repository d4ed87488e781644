//! Table `doctor_profile`: what the directory shows, and searching it.

use super::{
    DbConn, DbResult,
    conn::on_db,
    schema::{doctor_profile, user},
};
use app::protocol::{Doctor, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case without accents; see [`crate::text::fold`]. Made known where connections are made.
    fn fold(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// What a doctor's profile says.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = doctor_profile)]
pub struct NewProfile<'a> {
    /// The doctor's account.
    pub user_id: i64,
    /// Field of medicine.
    pub specialty: &'a str,
    /// A few sentences.
    pub bio: &'a str,
    /// BCP 47 tags, separated by commas.
    pub languages: &'a str,
    /// Whether new chats are welcome.
    pub accepting_chats: bool,
}

/// What a search in the directory asks for. Texts are folded.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Each must occur in the name or the specialty.
    pub words: Vec<String>,
    /// The whole specialty.
    pub specialty: Option<String>,
    /// Only doctors after this one, in the directory's order.
    pub after: Option<UserId>,
    /// At most this many.
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
    }
}

/// `%word%` for LIKE with `\` as the escape.
fn contains(word: &str) -> String {
    let escaped = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

/// Stores a doctor's profile.
pub async fn insert(conn: &mut DbConn, profile: &NewProfile<'_>) -> DbResult<()> {
    on_db!(conn, db => {
        diesel::insert_into(doctor_profile::table).values(profile).execute(db).await
    })?;
    Ok(())
}

/// The doctors a patient may see, by name.
pub async fn search(conn: &mut DbConn, search: &Search) -> DbResult<Vec<Doctor>> {
    let rows = on_db!(conn, db => {
        let mut query = user::table
            .inner_join(doctor_profile::table)
            .filter(user::role.eq("doctor"))
            .filter(user::disabled_at.is_null())
            .select((
                user::id,
                user::name,
                doctor_profile::specialty,
                doctor_profile::bio,
                doctor_profile::languages,
                doctor_profile::accepting_chats,
            ))
            .order((fold(user::name), user::id))
            .limit(search.limit)
            .into_boxed();
        for word in &search.words {
            let pattern = contains(word);
            query = query.filter(
                fold(user::name)
                    .like(pattern.clone())
                    .escape('\\')
                    .or(fold(doctor_profile::specialty).like(pattern).escape('\\')),
            );
        }
        if let Some(specialty) = &search.specialty {
            query = query.filter(fold(doctor_profile::specialty).eq(specialty));
        }
        if let Some(after) = search.after {
            let place = user::table.find(after.0).filter(user::role.eq("doctor")).select(fold(user::name)).first::<String>(&mut *db).await.optional()?;
            // A doctor who is gone has no place any more: the listing ends rather than starts over.
            let place = place.unwrap_or_else(|| "\u{10ffff}".to_owned());
            query = query.filter(
                fold(user::name).gt(place.clone()).or(fold(user::name).eq(place).and(user::id.gt(after.0))),
            );
        }
        query.load::<Row>(db).await
    })?;
    Ok(rows.into_iter().map(to_doctor).collect())
}

/// The specialties of the directory, each once, by name.
pub async fn specialties(conn: &mut DbConn) -> DbResult<Vec<String>> {
    Ok(on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::role.eq("doctor"))
            .filter(user::disabled_at.is_null())
            .select(doctor_profile::specialty)
            .distinct()
            .order(doctor_profile::specialty)
            .load(db)
            .await
    })?)
}

/// Whether this doctor takes new chats; `None` when there is no such doctor.
pub async fn is_accepting(conn: &mut DbConn, doctor: UserId) -> DbResult<Option<bool>> {
    Ok(on_db!(conn, db => {
        user::table
            .inner_join(doctor_profile::table)
            .filter(user::id.eq(doctor.0))
            .filter(user::role.eq("doctor"))
            .filter(user::disabled_at.is_null())
            .select(doctor_profile::accepting_chats)
            .first(db)
            .await
            .optional()
    })?)
}
