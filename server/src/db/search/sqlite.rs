//! Searches the FTS5 index of SQLite.
//!
//! FTS5 reads the lists of messages of whole terms in parallel, from the newest message on, and
//! stops when it has enough. For a prefix it first collects in memory the messages of all terms
//! with that prefix, of the whole clinic: that is too slow for a prefix that many messages have.
//! Prefixes of two and three letters are whole terms too (`prefix` of the table). So a common word
//! is searched by its first three letters, and the texts of the messages show which of them match
//! the whole word.

use super::Wanted;
use crate::{
    db::{DbResult, conn::AsyncSqlite},
    domain::search_words::{self, Word},
};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Text},
};
use diesel_async::RunQueryDsl;

/// Creates a view of the index by term, on each connection: one row for each term of each message.
pub const TERMS: &str =
    "CREATE VIRTUAL TABLE temp.message_search_term USING fts5vocab('main', 'message_search', 'instance');";
/// The longest prefixes that are whole terms, in letters.
const BEGINNING_LETTERS: usize = 3;
/// How many texts the first query reads. Each further query reads four times as many.
const TEXTS_AT_FIRST: i64 = 64;

/// The limits that decide how to search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// A word is common if more of the clinic's messages than this contain it.
    common: i64,
    /// If all words are common, this many of the viewer's own messages are read first.
    own: i64,
    /// Then this many of the messages that have words with the same first letters are read.
    likely: i64,
}

/// As many messages as can be read in some milliseconds, which is also the time for collecting the
/// messages of a word that is not common.
pub(super) const BOUNDS: Bounds = Bounds { common: 5_000, own: 1_000, likely: 2_000 };

/// The ids of up to `limit` messages that match, the newest first.
pub(super) async fn find(db: &mut AsyncSqlite, wanted: &Wanted<'_>, limit: i64, bounds: Bounds) -> DbResult<Vec<i64>> {
    let (mut likely, mut are_all_common, mut is_any_cut) = (Vec::new(), true, false);
    for word in wanted.words {
        let is_common = is_common(db, word, bounds.common).await?;
        let is_cut = is_common && word.is_prefix && word.text.len() > BEGINNING_LETTERS;
        likely.push(term(word, if is_cut { BEGINNING_LETTERS } else { usize::MAX }));
        are_all_common &= is_common;
        is_any_cut |= is_cut;
    }
    let mut search = Search { db, wanted, limit, before: wanted.before(), found: Vec::new() };
    if are_all_common && search.read_texts(&[], bounds.own).await? {
        return Ok(search.found);
    }
    if is_any_cut && search.read_texts(&likely, bounds.likely).await? {
        return Ok(search.found);
    }
    search.ask().await
}

/// The search term for a word, with at most this many letters.
fn term(word: &Word, letters: usize) -> String {
    let text = word.text.get(..letters).unwrap_or(&word.text);
    format!("\"{text}\"{}", if word.is_prefix { "*" } else { "" })
}

/// Whether more than this many messages contain a word.
async fn is_common(db: &mut AsyncSqlite, word: &Word, than: i64) -> DbResult<bool> {
    // For a prefix: sorts after every continuation with a letter or a digit.
    let end = format!("{}{}", word.text, if word.is_prefix { "{" } else { "!" });
    let beyond: Vec<Found> = diesel::sql_query(
        "SELECT doc AS id FROM temp.message_search_term WHERE term >= ? AND term < ? LIMIT 1 OFFSET ?",
    )
    .bind::<Text, _>(&word.text)
    .bind::<Text, _>(end)
    .bind::<BigInt, _>(than)
    .load(db)
    .await?;
    Ok(!beyond.is_empty())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Candidate {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    content: String,
}

/// A search in progress.
struct Search<'a> {
    db: &'a mut AsyncSqlite,
    wanted: &'a Wanted<'a>,
    limit: i64,
    /// All messages from this id on have been searched.
    before: i64,
    found: Vec<i64>,
}

impl Search<'_> {
    /// Reads the texts of up to `most` messages that have these terms. Returns whether the search
    /// is complete.
    async fn read_texts(&mut self, terms: &[String], most: i64) -> DbResult<bool> {
        let (mut left, mut at_once) = (most, TEXTS_AT_FIRST);
        while left > 0 {
            let count = at_once.min(left);
            let candidates: Vec<Candidate> = diesel::sql_query(
                "SELECT chat_message.id AS id, content \
                 FROM message_search CROSS JOIN chat_message ON chat_message.id = message_search.rowid \
                 WHERE message_search MATCH ? AND message_search.rowid < ? \
                 ORDER BY message_search.rowid DESC LIMIT ?",
            )
            .bind::<Text, _>(self.all_of(terms))
            .bind::<BigInt, _>(self.before)
            .bind::<BigInt, _>(count)
            .load(self.db)
            .await?;
            self.before = candidates.last().map_or(self.before, |last| last.id);
            let is_end = len(&candidates) < count;
            let fitting =
                candidates.into_iter().filter(|message| search_words::has_all(&message.content, self.wanted.words));
            self.found.extend(fitting.map(|message| message.id).take(self.lacking()));
            if is_end || self.lacking() == 0 {
                return Ok(true);
            }
            left -= count;
            at_once = at_once.saturating_mul(4);
        }
        Ok(false)
    }

    /// Finds the rest with the index only.
    async fn ask(mut self) -> DbResult<Vec<i64>> {
        let terms: Vec<String> = self.wanted.words.iter().map(|word| term(word, usize::MAX)).collect();
        let rest: Vec<Found> = diesel::sql_query(
            "SELECT rowid AS id FROM message_search WHERE message_search MATCH ? AND rowid < ? \
             ORDER BY rowid DESC LIMIT ?",
        )
        .bind::<Text, _>(self.all_of(&terms))
        .bind::<BigInt, _>(self.before)
        .bind::<BigInt, _>(self.limit - len(&self.found))
        .load(self.db)
        .await?;
        self.found.extend(rest.into_iter().map(|found| found.id));
        Ok(self.found)
    }

    /// The query for messages that have the marks and these terms.
    fn all_of(&self, terms: &[String]) -> String {
        let marks = self.wanted.marks().map(|mark| format!("\"{mark}\""));
        marks.chain(terms.iter().cloned()).collect::<Vec<_>>().join(" AND ")
    }

    fn lacking(&self) -> usize {
        usize::try_from(self.limit).unwrap_or_default().saturating_sub(self.found.len())
    }
}

fn len<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
