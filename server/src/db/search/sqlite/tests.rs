//! Tests that each way of searching finds equal results.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    db::{DbConn, DbPool, migrations, search::Entry},
    domain::search_words,
};
use app::protocol::{ChatId, MessageId, UserId};
use proptest::prelude::*;
use std::fmt::Write;

/// Words with common prefixes, in different spellings.
const WORDS: [&str; 16] = [
    "common",
    "Commodore",
    "COMMA",
    "comm",
    "com",
    "co",
    "c",
    "cómmon",
    "commo\u{301}n",
    "pain",
    "Paín.",
    "painful",
    "頭痛",
    "ßig",
    "ssigma",
    "x-com",
];
/// Chats with their doctor and patient: one doctor has two patients.
const CHATS: [(ChatId, UserId, UserId); 3] =
    [(ChatId(1), UserId(1), UserId(3)), (ChatId(2), UserId(1), UserId(4)), (ChatId(3), UserId(2), UserId(4))];
/// Low limits, so that each way of searching is used.
const SMALL: Bounds = Bounds { common: 3, own: 5, likely: 7 };
/// Limits with which only the index is used.
const INDEX_ONLY: Bounds = Bounds { common: i64::MAX, own: 0, likely: 0 };

/// A message: the index of its chat in [`CHATS`], and its text.
type Said = (usize, String);

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => prop::collection::vec(prop::sample::select(&WORDS[..]), 1..4).prop_map(|words| words.join(" ")),
        1 => "\\PC{1,20}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => prop::collection::vec(prop::sample::select(&WORDS[..]), 1..3).prop_map(|words| words.join(" ")),
        1 => "\\PC{1,10}",
    ]
}

/// A clinic with these messages, stored in this order.
async fn clinic(folder: &tempfile::TempDir, said: &[Said]) -> DbPool {
    let pool = DbPool::sqlite(&folder.path().join("clinic.db")).unwrap();
    migrations::run(&pool).await.unwrap();
    let mut sql = String::new();
    for id in 1..=4 {
        let role = if id < 3 { "doctor" } else { "patient" };
        write!(sql, "INSERT INTO user VALUES ({id}, 'n', 'e{id}', '{role}', '!', '2026-01-01', NULL);").unwrap();
    }
    for (chat, doctor, patient) in CHATS {
        write!(
            sql,
            "INSERT INTO doctor_patient_chat (chat_id, doctor_id, patient_id, created_at, updated_at) \
             VALUES ({chat}, {doctor}, {patient}, '2026-01-01', '2026-01-01');"
        )
        .unwrap();
    }
    let mut entries = Vec::new();
    for (index, (chat, text)) in said.iter().enumerate() {
        let (id, (chat, doctor, patient)) = (index + 1, CHATS[*chat]);
        write!(
            sql,
            "INSERT INTO chat_message (id, user_id, chat_id, content, created_at, seq, client_id) \
             VALUES ({id}, {doctor}, {chat}, '{}', '2026-01-01', {id}, '00000000-0000-4000-8000-{id:012}');",
            text.replace('\'', "''")
        )
        .unwrap();
        let marks = [format!("#c{chat}"), format!("#u{doctor}"), format!("#u{patient}")];
        let words = search_words::message_words(text).into_iter().chain(marks).collect();
        entries.push(Entry { id: MessageId(i64::try_from(id).unwrap()), words });
    }
    let mut conn = pool.write().await.unwrap();
    conn.batch(&sql).await.unwrap();
    crate::db::search::add(&mut conn, &entries).await.unwrap();
    drop(conn);
    pool
}

/// All ids that a search finds, in pages of two.
async fn pages(db: &mut AsyncSqlite, mut wanted: Wanted<'_>, bounds: Bounds) -> Vec<i64> {
    let mut all = Vec::new();
    loop {
        let page = find(db, &wanted, 2, bounds).await.unwrap();
        all.extend(&page);
        if page.len() < 2 {
            return all;
        }
        wanted.before = page.last().copied().map(MessageId);
    }
}

fn run(test: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(test)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn text_search_and_index_search_find_equal_results(
        said in prop::collection::vec((0..CHATS.len(), text()), 1..60),
        queries in prop::collection::vec(query(), 1..8),
    ) {
        run(async {
            let folder = tempfile::tempdir().unwrap();
            let pool = clinic(&folder, &said).await;
            let DbConn::Sqlite(mut db) = pool.read().await.unwrap() else { panic!("not SQLite") };
            for query in &queries {
                let words = search_words::query_words(query);
                if words.is_empty() {
                    continue;
                }
                for (viewer, chat) in [(1, None), (1, Some(2)), (2, None), (3, None), (3, Some(2)), (4, None)] {
                    let is_own = |index: usize| {
                        let (id, doctor, patient) = CHATS[index];
                        [doctor.0, patient.0].contains(&viewer) && chat.is_none_or(|chat| chat == id.0)
                    };
                    let fits = |(_, (index, text)): &(usize, &Said)| is_own(*index) && search_words::has_all(text, &words);
                    let expected: Vec<i64> = said
                        .iter()
                        .enumerate()
                        .rev()
                        .filter(fits)
                        .map(|(index, _)| i64::try_from(index + 1).unwrap())
                        .collect();
                    let wanted =
                        Wanted { viewer: UserId(viewer), chat: chat.map(ChatId), words: &words, before: None };
                    for bounds in [SMALL, INDEX_ONLY, BOUNDS] {
                        let found = pages(&mut db, wanted, bounds).await;
                        prop_assert_eq!(&found, &expected, "{} {:?} {:?}", query, viewer, bounds);
                    }
                }
            }
            Ok(())
        })?;
    }
}
