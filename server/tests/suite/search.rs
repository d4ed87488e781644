//! Search for messages by words: only in the user's own chats, without retracted messages, newest
//! first.

use crate::support::{Doctor, Patient, Person, Server, client_id};
use app::protocol::{ChatId, FieldCode, SearchPage};
use serde_json::{Value, json};

/// Number of messages in a chat: more than a search reads one by one, and enough to make a word
/// common.
const LAST: i64 = 6_000;

struct Clinic {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    chat: ChatId,
}

async fn clinic() -> Clinic {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    Clinic { server, nora, okafor, chat }
}

async fn ask(person: &Person, body: &Value) -> SearchPage {
    person.post("/api/search", body).await.expect(200).parse()
}

/// The found texts, with the matched words in brackets.
async fn find(person: &Person, query: &str) -> Vec<String> {
    texts(&ask(person, &json!({ "query": query })).await)
}

fn texts(page: &SearchPage) -> Vec<String> {
    let text = |hit: &app::protocol::SearchHit| {
        let pieces = hit.snippet.iter();
        pieces.map(|piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    };
    page.hits.iter().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_message_is_found_by_both_members_by_word_or_prefix() {
    let Clinic { server: _server, nora, okafor, chat } = clinic().await;
    nora.send(chat, "My knee hurts since Monday").await;
    okafor.send(chat, "Which KNEE, left or right?").await;
    nora.send(chat, "The left. Tengo también una ALERGIA a la penicilína").await;
    for person in [&*nora as &Person, &*okafor] {
        assert_eq!(
            find(person, "knee").await,
            ["Which [KNEE], left or right?", "My [knee] hurts since Monday"],
            "the newest first"
        );
        assert_eq!(find(person, "kne hurt").await, ["My [knee] [hurts] since Monday"], "every word has to be in it");
        assert_eq!(
            find(person, "penicilina").await,
            ["The left. Tengo también una ALERGIA a la [penicilína]"],
            "whatever the accents"
        );
        assert_eq!(find(person, "nee").await, [""; 0], "the middle of a word is none");
    }
    let page = ask(&nora, &json!({ "query": "right" })).await;
    let hit = &page.hits[0];
    assert_eq!((hit.chat_id, hit.seq.0, hit.sender_id), (chat, 2, okafor.id()));
    assert_eq!((hit.peer.name.as_str(), hit.peer.specialty.as_deref()), ("Dr. Okafor", Some("Cardiology")));
    assert!(page.is_whole && page.next.is_none());
    let page = ask(&okafor, &json!({ "query": "right" })).await;
    assert_eq!((page.hits[0].peer.name.as_str(), &page.hits[0].peer.specialty), ("Nora", &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_in_any_usual_spelling() {
    let Clinic { server: _server, nora, chat, .. } = clinic().await;
    for (text, queries) in [
        ("Ещё болит", ["еще", "ЕЩЁ", "eshche"]),
        ("كِتاب", ["كتاب", "كِتاب", "كَتاب"]),
        ("50 µg at night", ["50 ug", "µg", "50 µG"]),
        ("Grüße, Großmutter", ["grusse", "GRÜSSE", "grossmutter"]),
        ("chest pain in ﬁve minutes", ["five", "FIVE", "ﬁve"]),
    ] {
        nora.send(chat, text).await;
        for query in queries {
            assert_eq!(ask(&nora, &json!({ "query": query })).await.hits.len(), 1, "{text}: {query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_nothing_in_foreign_chats() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    nora.send(chat, "a secret rash").await;
    let (other, lin, robin) =
        (server.patient("Other").await, server.doctor("Dr. Lin").await, server.admin("Robin").await);
    let others = other.initiate(&okafor).await;
    for (person, query) in [(&*other as &Person, "rash"), (&*lin, "rash"), (&*robin, "rash"), (&*other, "u1 c1")] {
        assert_eq!(find(person, query).await, [""; 0]);
    }
    // A query for the index's internal marks finds nothing either.
    for query in [format!("#u{} rash", nora.id()), format!("#c{chat} rash"), format!("\" OR #u{} rash", nora.id())] {
        assert_eq!(find(&other, &query).await, [""; 0], "{query}");
    }
    let elsewhere = json!({ "query": "rash", "chatId": chat });
    other.post("/api/search", &elsewhere).await.expect_problem(404, "chat_not_found");
    robin.post("/api/search", &elsewhere).await.expect_problem(404, "chat_not_found");
    server.stranger().post("/api/search", &elsewhere).await.expect_problem(401, "unauthenticated");
    // Another patient of the same doctor has another chat.
    other.send(others, "a rash of mine").await;
    assert_eq!(find(&okafor, "rash").await, ["a [rash] of mine", "a secret [rash]"]);
    let page = ask(&okafor, &json!({ "query": "rash", "chatId": chat })).await;
    assert_eq!(texts(&page), ["a secret [rash]"]);
    assert_eq!(find(&nora, "rash").await, ["a secret [rash]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn retracted_message_is_not_found_even_if_it_was_indexed() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    nora.send(chat, "first confession").await;
    assert_eq!(find(&okafor, "confession").await.len(), 1);
    nora.send(chat, "second confession").await;
    for seq in [1, 2] {
        nora.post(&format!("/api/chats/{chat}/messages/{seq}/retract"), &json!({})).await.expect(200);
    }
    nora.send(chat, "no confession").await;
    for person in [&*nora as &Person, &*okafor] {
        assert_eq!(find(person, "confession").await, ["no [confession]"]);
        assert_eq!(find(person, "retracted").await, [""; 0], "nor its replacement");
    }
    // Messages that another program overwrites or deletes are not found either.
    let database = server.database();
    database.execute("UPDATE chat_message SET content = 'overwritten' WHERE content = 'no confession'");
    assert_eq!(find(&nora, "confession").await, [""; 0]);
    assert_eq!(find(&nora, "overwritten").await, [""; 0]);
    nora.send(chat, "one more").await;
    assert_eq!(find(&nora, "more").await.len(), 1);
    database.execute("DELETE FROM chat_message WHERE content = 'one more'");
    assert_eq!(find(&nora, "more").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_continues_where_the_last_one_ended() {
    let Clinic { server: _server, nora, okafor: _okafor, chat } = clinic().await;
    nora.send_many(chat, 25).await;
    let first = ask(&nora, &json!({ "query": "message", "limit": 10 })).await;
    let second = ask(&nora, &json!({ "query": "message", "limit": 10, "before": first.next })).await;
    let third = ask(&nora, &json!({ "query": "message", "limit": 10, "before": second.next })).await;
    let seqs: Vec<i64> = [&first, &second, &third].iter().flat_map(|page| &page.hits).map(|hit| hit.seq.0).collect();
    assert_eq!(seqs, (1..=25).rev().collect::<Vec<_>>());
    assert_eq!(third.next, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_older_than_the_index_are_found() {
    let Clinic { server, nora, okafor: _okafor, chat } = clinic().await;
    // The messages are stored as by a version without an index.
    let row = |seq: i64| {
        let id = client_id();
        format!("({}, {chat}, 'old {seq}', '2026-01-01 00:00:00', {seq}, '{id}')", nora.id())
    };
    let rows = (1..=4500).map(row).collect::<Vec<_>>().join(", ");
    let columns = "user_id, chat_id, content, created_at, seq, client_id";
    server.database().execute(&format!("INSERT INTO chat_message ({columns}) VALUES {rows}"));
    server.database().execute(&format!("UPDATE doctor_patient_chat SET last_seq = 4500 WHERE chat_id = {chat}"));
    let body = json!({ "query": "4321" });
    let mut page = ask(&nora, &body).await;
    // A long search returns partial pages, and each of them says that it is not whole.
    while !page.is_whole {
        page = ask(&nora, &body).await;
    }
    assert_eq!(texts(&page), ["old [4321]"]);
    // This also works for a chat whose last messages were deleted before anyone searched.
    for text in ["message 1", "message 2", "message 3"] {
        nora.send(chat, text).await;
    }
    server.database().execute("DELETE FROM chat_message WHERE seq > 4501");
    assert_eq!(texts(&ask(&nora, &json!({ "query": "message" })).await), ["[message] 1"]);
    assert!(ask(&nora, &body).await.is_whole, "and that is the end of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn common_words_are_found_like_rare_ones() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    let robin = server.patient("Robin").await;
    let robins = robin.initiate(&okafor).await;
    // Nora says "commodore" seldom and early, Robin always. The ids of the two chats alternate.
    let said = |seq: i64| match seq {
        1..=60 if seq % 2 == 0 => format!("commodore {seq}"),
        _ => format!("common {seq}"),
    };
    // Older messages cannot be retracted.
    let today = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S").to_string();
    let row = |seq: i64| {
        let (hers, his) = (client_id(), client_id());
        let columns =
            |who: &Person, chat, text, id| format!("({}, {chat}, '{text}', '{today}', {seq}, '{id}')", who.id());
        [columns(&nora, chat, said(seq), hers), columns(&robin, robins, format!("commodore {seq}"), his)].join(", ")
    };
    let rows = (1..=LAST).map(row).collect::<Vec<_>>().join(", ");
    let columns = "user_id, chat_id, content, created_at, seq, client_id";
    server.database().execute(&format!("INSERT INTO chat_message ({columns}) VALUES {rows}"));
    server.database().execute(&format!("UPDATE doctor_patient_chat SET last_seq = {LAST}"));
    while !ask(&okafor, &json!({ "query": "common" })).await.is_whole {}
    nora.post(&format!("/api/chats/{chat}/messages/{}/retract", LAST - 1), &json!({})).await.expect(200);

    let seqs = |page: &SearchPage| page.hits.iter().map(|hit| (hit.chat_id, hit.seq.0)).collect::<Vec<_>>();
    let in_chat = |chat, seqs: &[i64]| seqs.iter().map(|seq| (chat, *seq)).collect::<Vec<_>>();
    let newest = ask(&nora, &json!({ "query": "common", "limit": 3 })).await;
    assert_eq!(seqs(&newest), in_chat(chat, &[LAST, LAST - 2, LAST - 3]), "no retracted message");
    // Each query is tried while it is typed and complete, on every page.
    for query in ["commo 2", "commodore", "commod 5"] {
        let words = query.split(' ').collect::<Vec<_>>();
        let fits = |seq: &i64| {
            let text = said(*seq);
            let mut said = text.split(' ');
            text.starts_with(words[0]) && words.get(1).is_none_or(|word| said.nth(1) == Some(*word))
        };
        let expected: Vec<i64> = (1..=LAST).rev().filter(fits).collect();
        let mut found = Vec::new();
        let mut body = json!({ "query": query, "limit": 7 });
        loop {
            let page = ask(&nora, &body).await;
            found.extend(seqs(&page));
            let Some(next) = page.next else { break };
            body["before"] = json!(next);
        }
        assert_eq!(found, in_chat(chat, &expected), "{query}");
    }
    // The doctor finds messages of both patients, and with one chat selected only that chat's; with
    // many chats, too.
    for _ in 0..2 {
        let both = ask(&okafor, &json!({ "query": "commodore", "limit": 2 })).await;
        assert_eq!(seqs(&both), in_chat(robins, &[LAST, LAST - 1]));
        let hers = ask(&okafor, &json!({ "query": "commodore", "chatId": chat, "limit": 2 })).await;
        assert_eq!(seqs(&hers), in_chat(chat, &[60, 58]));
        let early = ask(&okafor, &json!({ "query": "4 commodore", "limit": 2 })).await;
        assert_eq!(early.hits.iter().map(|hit| hit.seq.0).collect::<Vec<_>>(), [4, 4], "long ago, from both");
        server.database().add_chats(okafor.id(), 10);
    }
    assert_eq!(find(&robin, "common").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn query_without_words_or_out_of_bounds_is_rejected() {
    let Clinic { server: _server, nora, .. } = clinic().await;
    for empty in [json!({}), json!({ "query": "" }), json!({ "query": " ?! " })] {
        nora.post("/api/search", &empty).await.expect_invalid(&[("query", FieldCode::Required)]);
    }
    let long = json!({ "query": "x".repeat(201) });
    nora.post("/api/search", &long).await.expect_invalid(&[("query", FieldCode::TooLong)]);
    for limit in [0, 51] {
        let body = json!({ "query": "x", "limit": limit });
        nora.post("/api/search", &body).await.expect_invalid(&[("limit", FieldCode::OutOfRange)]);
    }
    assert_eq!(find(&nora, "what '\" OR * ( NEAR is : ^ this; DROP TABLE").await, [""; 0]);
}
