//! Doctors' settings: office hours, times away, new patients; what patients see of them; automatic
//! replies.

use crate::support::{Browser, Doctor, Patient, Server, client_id, eventually};
use app::protocol::{
    Availability, Awaiting, ChatId, DoctorPage, DoctorSettings, FieldCode, Message, Seq, ServerFrame, Timestamp,
};
use serde_json::{Value, json};
use std::time::Duration;

const SETTINGS: &str = "/api/doctor/settings";
const SAVE: &str = "/fn/doctor/save-settings";
/// Long enough for an automatic reply to arrive; used where none may come.
const WHILE: Duration = Duration::from_millis(600);

/// Settings of a doctor who is away from now on for a day, with a note.
fn away(note: &str) -> Value {
    let now = server::db::time::now();
    json!({
        "acceptingChats": true,
        "away": { "from": Timestamp(now.0 - 60_000), "until": Timestamp(now.0 + 86_400_000), "note": note },
    })
}

async fn set(doctor: &Doctor, wish: &Value) -> DoctorSettings {
    doctor.put(SETTINGS, wish).await.expect(200).parse()
}

async fn availability(patient: &Patient) -> Option<Availability> {
    let page: DoctorPage = patient.get("/api/doctors").await.expect(200).parse();
    page.doctors.into_iter().next().unwrap().availability
}

async fn automatic(patient: &Patient, chat: ChatId) -> Vec<Message> {
    let page = patient.history(chat, "").await;
    page.messages.into_iter().filter(|message| message.is_automatic).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_can_replace_and_read_own_settings() {
    let server = Server::start().await;
    let (okafor, lin) = (server.doctor("Dr. Okafor").await, server.doctor("Dr. Lin").await);
    let nothing = json!({ "acceptingChats": true, "timeZone": "", "hours": [], "away": null });
    assert_eq!(okafor.get(SETTINGS).await.expect(200).json(), nothing);
    let wish = json!({
        "acceptingChats": false, "timeZone": "europe/berlin",
        "hours": [
            { "weekday": 2, "opens": "00:00", "closes": "24:00" },
            { "weekday": 1, "opens": "13:00", "closes": "17:30" },
            { "weekday": 1, "opens": "08:00", "closes": "13:00" },
        ],
        "away": { "from": "2026-12-24T07:00:00.000Z", "until": "2027-01-04T07:00:00.000Z", "note": "  Dr. Lin helps. " },
    });
    let stored = json!({
        "acceptingChats": false, "timeZone": "Europe/Berlin",
        "hours": [
            { "weekday": 1, "opens": "08:00", "closes": "13:00" },
            { "weekday": 1, "opens": "13:00", "closes": "17:30" },
            { "weekday": 2, "opens": "00:00", "closes": "24:00" },
        ],
        "away": { "from": "2026-12-24T07:00:00.000Z", "until": "2027-01-04T07:00:00.000Z", "note": "Dr. Lin helps." },
    });
    assert_eq!(okafor.put(SETTINGS, &wish).await.expect(200).json(), stored);
    assert_eq!(okafor.get(SETTINGS).await.expect(200).json(), stored);
    assert_eq!(lin.get(SETTINGS).await.expect(200).json(), nothing, "nobody else's");
    let nora = server.patient("Nora").await;
    nora.post("/api/chats/initiate", &json!({ "doctorId": okafor.id() }))
        .await
        .expect_problem(409, "doctor_not_accepting");
    assert_eq!(okafor.put(SETTINGS, &nothing).await.expect(200).json(), nothing, "all of it is replaced");
    assert_eq!(server.database().number("SELECT COUNT(*) FROM office_hours"), 0);
    nora.initiate(&okafor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_doctors_have_settings() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let robin = server.admin("Robin").await;
    for reply in [nora.get(SETTINGS).await, robin.get(SETTINGS).await] {
        reply.expect_problem(403, "doctors_only");
    }
    for reply in [nora.put(SETTINGS, &away("x")).await, robin.put(SETTINGS, &away("x")).await] {
        reply.expect_problem(403, "doctors_only");
    }
    server.stranger().get(SETTINGS).await.expect_problem(401, "unauthenticated");
    server.stranger().put(SETTINGS, &away("x")).await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_names_its_field() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let with = |key: &str, value: Value| {
        let mut wish = json!({ "acceptingChats": true });
        wish[key] = value;
        wish
    };
    let opening =
        |weekday: u8, opens: &str, closes: &str| json!({ "weekday": weekday, "opens": opens, "closes": closes });
    let moments = |from: &str, until: &str, note: &str| json!({ "from": from, "until": until, "note": note });
    let (new_year, later) = ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z");
    let cases: Vec<(Value, Vec<(&str, FieldCode)>)> = vec![
        (with("timeZone", json!("Europe/Nowhere")), vec![("timeZone", FieldCode::Unknown)]),
        (with("hours", json!([opening(0, "08:00", "09:00")])), vec![("hours[0].weekday", FieldCode::OutOfRange)]),
        (with("hours", json!([opening(8, "08:00", "09:00")])), vec![("hours[0].weekday", FieldCode::OutOfRange)]),
        (
            with("hours", json!([opening(1, "8:00", "")])),
            vec![("hours[0].opens", FieldCode::Malformed), ("hours[0].closes", FieldCode::Required)],
        ),
        (with("hours", json!([opening(1, "09:00", "09:00")])), vec![("hours[0].closes", FieldCode::OutOfRange)]),
        (with("hours", json!([opening(1, "09:00", "24:01")])), vec![("hours[0].closes", FieldCode::Malformed)]),
        (
            with(
                "hours",
                json!([opening(3, "10:00", "12:00"), opening(2, "08:00", "11:00"), opening(3, "08:00", "10:30")]),
            ),
            vec![("hours[0].opens", FieldCode::Taken)],
        ),
        (with("hours", json!(vec![opening(1, "08:00", "09:00"); 71])), {
            let overlaps = (0..70).skip(1).map(|_| ("", FieldCode::Taken));
            std::iter::once(("hours", FieldCode::TooLong)).chain(overlaps).collect()
        }),
        (with("away", moments(new_year, new_year, "")), vec![("away.until", FieldCode::OutOfRange)]),
        (with("away", moments(new_year, later, &"é".repeat(501))), vec![("away.note", FieldCode::TooLong)]),
        (with("away", moments(new_year, later, "a\0b")), vec![("away.note", FieldCode::ForbiddenCharacter)]),
        (with("away", moments("soon", later, "")), vec![("body", FieldCode::Malformed)]),
        (json!({ "timeZone": "" }), vec![("body", FieldCode::Malformed)]),
    ];
    for (wish, faults) in cases {
        let reply = okafor.put(SETTINGS, &wish).await;
        if faults.len() > 2 {
            assert_eq!(reply.expect_problem(422, "invalid").json()["errors"].as_array().unwrap().len(), faults.len());
        } else {
            reply.expect_invalid(&faults);
        }
    }
    let longest = with("away", moments(new_year, later, &"é".repeat(500)));
    assert_eq!(set(&okafor, &longest).await.away.unwrap().note.chars().count(), 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_and_chats_show_when_the_doctor_is_back() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    assert_eq!(availability(&nora).await, None, "nothing is known");
    assert_eq!(nora.chat(chat).await.peer.availability, None);
    let until = set(&okafor, &away("Dr. Lin helps.")).await.away.unwrap().until;
    let expected = Availability {
        back_at: Some(until),
        until: Some(until),
        is_away: true,
        note: Some("Dr. Lin helps.".to_owned()),
        ..Availability::default()
    };
    assert_eq!(availability(&nora).await, Some(expected.clone()));
    assert_eq!(nora.chat(chat).await.peer.availability, Some(expected.clone()));
    assert_eq!(nora.chats("").await.chats[0].peer.availability, Some(expected));
    assert_eq!(okafor.chat(chat).await.peer.availability, None, "patients have none");
    // The doctor is out of office except for one minute of the week, in which the test would cover
    // another case.
    set(&okafor, &json!({ "acceptingChats": true, "hours": [{ "weekday": 7, "opens": "03:00", "closes": "03:01" }] }))
        .await;
    let closed = availability(&nora).await.unwrap();
    assert!(closed.is_working_time && !closed.is_away && closed.note.is_none(), "{closed:?}");
    let all_week: Vec<Value> =
        (1..=7).map(|weekday| json!({ "weekday": weekday, "opens": "00:00", "closes": "24:00" })).collect();
    set(&okafor, &json!({ "acceptingChats": true, "hours": all_week })).await;
    assert_eq!(availability(&nora).await.unwrap().back_at, None, "in all week");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_away_outside_four_digit_years_is_rejected() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let mut browser = Browser::of(&okafor);
    let form = [
        ("form[away_from]", "+12345-01-01T00:00"),
        ("form[away_until]", "+12346-01-01T00:00"),
        ("form[away_note]", ""),
    ];
    browser.submit("/doctor/settings", SAVE, &form).await;
    let away = json!({ "from": "2026-01-01T00:00:00Z", "until": "9999-12-31T23:59:59-23:59", "note": "" });
    let refused = okafor.put(SETTINGS, &json!({ "acceptingChats": true, "away": away })).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(okafor.get(SETTINGS).await.expect(200).json()["away"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn overdue_follows_the_doctors_office_hours() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let since = nora.send(chat, "hello").await.created_at;
    let overdue = async || okafor.chat(chat).await.status.overdue_at;
    let eight_hours = 8 * 3_600_000;
    assert_eq!(overdue().await, Some(Timestamp(since.0 + eight_hours)));
    let until = set(&okafor, &away("")).await.away.unwrap().until;
    let due = overdue().await.unwrap();
    assert!(due.0 >= until.0 && due.0 <= until.0 + eight_hours, "the time away does not count: {due:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_who_is_away_sends_one_automatic_reply() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    set(&okafor, &away("Dr. Lin helps.")).await;
    let (id, mut socket) = (client_id(), nora.socket().await);
    nora.send_as(chat, id, "hello").await;
    eventually("the notice", async || !automatic(&nora, chat).await.is_empty()).await;
    let notice = automatic(&nora, chat).await.remove(0);
    assert_eq!((notice.seq, notice.sender_id, notice.is_ai), (Seq(2), okafor.id(), false));
    assert!(notice.content.starts_with("Your doctor is not available right now. They will be back on "), "{notice:?}");
    assert!(notice.content.ends_with(" (UTC).\n\nDr. Lin helps.\n\n(Sent automatically)"), "{notice:?}");
    let replied = |frame| match frame {
        ServerFrame::Message { message } if message.is_automatic => Some(message),
        _ => None,
    };
    assert_eq!(socket.until(replied).await, notice, "at once");
    // The automatic reply changes neither who has to answer nor what the doctor has read.
    let seen = okafor.chat(chat).await;
    assert_eq!((seen.status.brief.awaiting, seen.read_seq, seen.unread), (Awaiting::Doctor, Seq(0), 2));
    let seen = nora.chat(chat).await;
    assert_eq!((seen.peer_read_seq, seen.status.waiting_since.is_some()), (Seq(0), true));
    // A repeated send, a second message and the doctor's own message cause no further automatic
    // reply.
    nora.send_as(chat, id, "hello").await;
    nora.send(chat, "are you there?").await;
    okafor.send(chat, "I look in from time to time").await;
    nora.send(chat, "thank you").await;
    tokio::time::sleep(WHILE).await;
    assert_eq!(automatic(&nora, chat).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn automatic_reply_says_when_office_hours_begin() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    // Out of office except for one minute of the week.
    set(&okafor, &json!({ "acceptingChats": true, "hours": [{ "weekday": 7, "opens": "03:00", "closes": "03:01" }] }))
        .await;
    nora.send(chat, "hello").await;
    eventually("the notice", async || !automatic(&nora, chat).await.is_empty()).await;
    let notice = automatic(&nora, chat).await.remove(0).content;
    assert!(notice.contains(" back on Sunday ") && notice.contains(" at 3:00 (UTC)."), "{notice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn automatic_reply_is_repeated_after_twelve_hours() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let okafor = server.doctor("Dr. Okafor").await;
    let (hers, his) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    set(&okafor, &away("")).await;
    for (chat, hours) in [(his, 11), (hers, 13)] {
        let at = server.database().hours_ago(hours);
        let replied = format!("UPDATE doctor_patient_chat SET notice_at = {at} WHERE chat_id = {chat}");
        server.database().execute(&replied);
    }
    tomas.send(his, "hello").await;
    nora.send(hers, "hello").await;
    // The server processes the two messages in order.
    eventually("another notice", async || !automatic(&nora, hers).await.is_empty()).await;
    assert_eq!(tomas.send(his, "anybody there?").await.seq, Seq(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn further_messages_outside_hours_cause_no_database_query() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let okafor = server.doctor("Dr. Okafor").await;
    let (hers, his) = (nora.initiate(&okafor).await, tomas.initiate(&okafor).await);
    set(&okafor, &away("")).await;
    nora.send(hers, "hello").await;
    eventually("the notice", async || !automatic(&nora, hers).await.is_empty()).await;
    // If the server queried the database, it would now send her a second automatic reply.
    server.database().execute("UPDATE doctor_patient_chat SET notice_at = NULL");
    assert_eq!(nora.send(hers, "are you there?").await.seq, Seq(3));
    // The server processes messages in order. It has not cached anything about the other chat.
    tomas.send(his, "hello").await;
    eventually("a notice", async || !automatic(&tomas, his).await.is_empty()).await;
    assert_eq!(nora.send(hers, "anybody?").await.seq, Seq(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_automatic_reply_is_sent_in_hours_or_without_hours() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "hello").await;
    let past = json!({ "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z", "note": "gone" });
    set(&okafor, &json!({ "acceptingChats": true, "away": past })).await;
    nora.send(chat, "hello again").await;
    // Gives the server time to process what was sent.
    tokio::time::sleep(WHILE).await;
    set(&okafor, &away("")).await;
    okafor.send(chat, "hello").await;
    tokio::time::sleep(WHILE).await;
    assert_eq!(okafor.history(chat, "").await.messages.len(), 3, "nor does what the doctor writes");
    // Sending over a socket has the same effect as a call.
    let mut socket = nora.socket().await;
    socket.send(chat, "still there?").await;
    eventually("the notice", async || automatic(&nora, chat).await.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_doctor_sees_what_was_answered_automatically() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    set(&okafor, &away("")).await;
    nora.send(chat, "Is it serious?").await;
    eventually("the notice", async || automatic(&nora, chat).await.len() == 1).await;
    let seen = okafor.chat(chat).await;
    assert!(seen.last_message.unwrap().is_automatic);
    assert_eq!(seen.answered.unwrap().content, "Is it serious?");
    assert_eq!(nora.chat(chat).await.answered, None, "only replies after the question count");
    nora.post(&format!("/api/chats/{chat}/messages/1/retract"), &json!({})).await.expect(200);
    let answered = okafor.chat(chat).await.answered.unwrap();
    assert!(answered.retracted.is_some() && !answered.content.contains("serious"), "{answered:?}");
    nora.send(chat, "Sorry").await;
    assert_eq!(okafor.chat(chat).await.answered, None, "the newest says it");
}

/// Makes Nora ask and the doctor answer `days` ago, once per entry of `minutes` and after so many
/// minutes, and computes the response time.
async fn answered(server: &Server, chat: ChatId, (nora, okafor): (&Patient, &Doctor), days: i64, minutes: &[i64]) {
    let base = nora.chat(chat).await.last_seq.0;
    for (n, minutes) in (0..).zip(minutes) {
        nora.send(chat, "question").await;
        nora.send(chat, "and another").await;
        okafor.send(chat, "answer").await;
        let asked = server::db::time::now().0 - days * 86_400_000 + (base / 3 + n) * 3_600_000;
        let at = |ms: i64| Timestamp(ms).to_rfc3339().replace('T', " ").replace('Z', "");
        for (seq_offset, at) in [(1, at(asked)), (2, at(asked + 1_000)), (3, at(asked + minutes * 60_000))] {
            let seq = base + n * 3 + seq_offset;
            let sql = format!("UPDATE chat_message SET created_at = '{at}' WHERE chat_id = {chat} AND seq = {seq}");
            server.database().execute(&sql);
        }
    }
    server.database().execute("UPDATE doctor_profile SET usual_reply_at = NULL");
    server.refresh_response_times().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn response_time_is_computed_from_five_answers() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    answered(&server, chat, (&nora, &okafor), 20, &[50, 10, 20, 30]).await;
    assert_eq!(availability(&nora).await, None, "four say nothing");
    answered(&server, chat, (&nora, &okafor), 31, &[1, 1]).await;
    assert_eq!(availability(&nora).await, None, "nor what was more than thirty days ago");
    answered(&server, chat, (&nora, &okafor), 20, &[59]).await;
    let expected = Availability { usual_reply_ms: Some(30 * 60_000), ..Availability::default() };
    assert_eq!(availability(&nora).await, Some(expected.clone()), "the median of 10, 20, 30, 50 and 59 minutes");
    // The response time is computed at most once an hour.
    server.database().execute("UPDATE doctor_profile SET usual_reply_ms = 1");
    server.refresh_response_times().await;
    assert_eq!(availability(&nora).await.unwrap().usual_reply_ms, Some(1));
    let ago = server.database().hours_ago(2);
    server.database().execute(&format!("UPDATE doctor_profile SET usual_reply_at = {ago}"));
    server.refresh_response_times().await;
    assert_eq!(availability(&nora).await, Some(expected));
    // With new office hours only working time counts, and the response time is computed again from
    // all answers.
    let all_week: Vec<Value> =
        (1..=7).map(|weekday| json!({ "weekday": weekday, "opens": "00:00", "closes": "24:00" })).collect();
    set(&okafor, &json!({ "acceptingChats": true, "hours": all_week })).await;
    assert_eq!(availability(&nora).await.unwrap().usual_reply_ms, None);
    server.refresh_response_times().await;
    let known = availability(&nora).await.unwrap();
    assert_eq!((known.usual_reply_ms, known.is_working_time), (Some(30 * 60_000), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_page_saves_a_plain_form_and_shows_the_result() {
    let server = Server::with(|settings| settings.time_zone = chrono_tz::Europe::Madrid).await;
    let okafor = server.doctor("Dr. Okafor").await;
    let mut browser = Browser::of(&okafor);
    let page = browser.open("/doctor/settings").await.expect(200).page();
    assert!(page.contains("placeholder=\"Europe/Madrid\""), "{page}");
    let fields = [
        ("form[time_zone]", "Europe/Berlin"),
        ("form[spans][0][weekday]", "1"),
        ("form[spans][0][opens]", "20:00"),
        ("form[spans][0][closes]", "00:00"),
        ("form[spans][1][weekday]", "1"),
        ("form[spans][1][opens]", ""),
        ("form[spans][1][closes]", ""),
        ("form[away_from]", "2026-12-24T08:00"),
        ("form[away_until]", "2027-01-04T08:00"),
        ("form[away_note]", "Merry\r\nChristmas"),
    ];
    let reply = browser.submit("/doctor/settings", SAVE, &fields).await;
    let page = browser.follow(&reply).await.expect(200).page();
    for part in ["value=\"20:00\"", "value=\"2026-12-24T08:00\"", "value=\"Europe/Berlin\"", "Merry\nChristmas"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let stored: DoctorSettings = okafor.get(SETTINGS).await.expect(200).parse();
    assert!(!stored.accepting_chats, "the box was not ticked");
    assert_eq!(stored.hours[0].closes, "24:00");
    assert_eq!(stored.away.unwrap().from, Timestamp::parse("2026-12-24T07:00:00Z").unwrap());
    let mut fields = fields;
    fields[0].1 = "Berlin";
    fields[5].1 = "21:00";
    fields[8].1 = "";
    let reply = browser.submit("/doctor/settings", SAVE, &fields).await;
    assert!(!reply.header("location").contains("Merry"), "{reply:?}");
    let page = browser.follow(&reply).await.expect(200).page();
    for words in ["There is no such time zone.", "Please fill in this field."] {
        assert!(page.contains(words), "{words} in {page}");
    }
}
