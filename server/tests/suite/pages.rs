//! Pages as the server renders them: who may see which page, and what the pages contain.

use crate::support::{Browser, Client, Doctor, Patient, Person, Server};
use app::protocol::ChatId;
use futures::{StreamExt, stream};

struct Clinic {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    chat: ChatId,
}

async fn clinic() -> Clinic {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora Lindqvist").await, server.doctor("Dr. Samuel Okafor").await);
    let chat = nora.initiate(&okafor).await;
    Clinic { server, nora, okafor, chat }
}

/// `Ok(status)` of a page, or `Err(location)` of a redirect.
async fn visit(client: &Client, path: &str) -> Result<u16, String> {
    let reply = Browser::of(client).open(path).await;
    match reply.header("location") {
        "" => Ok(reply.status),
        location => {
            assert_eq!(reply.status, 303, "{reply:?}");
            Err(location.to_owned())
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_opens_for_its_role_and_redirects_other_roles() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    let (robin, stranger) = (server.admin("Robin").await, server.stranger());
    let (as_patient, as_doctor) = (format!("/patient/chat/{chat}"), format!("/doctor/chat/{chat}"));
    let sign_in = |path: &str| Err(format!("/sign-in?next={path}"));
    let to = |path: &str| Err(path.to_owned());
    let table = [
        // Columns: page, stranger, patient, doctor, admin.
        ("/", to("/sign-in"), to("/patient"), to("/doctor"), to("/admin")),
        ("/sign-in", Ok(200), to("/patient"), to("/doctor"), to("/admin")),
        ("/create-account", Ok(200), to("/patient"), to("/doctor"), to("/admin")),
        ("/patient", sign_in("/patient"), Ok(200), to("/doctor"), to("/admin")),
        (&as_patient, sign_in(&as_patient), Ok(200), to("/doctor"), to("/admin")),
        ("/patient/nothing", sign_in("/patient/nothing"), Ok(404), to("/doctor"), to("/admin")),
        ("/doctor", sign_in("/doctor"), to("/patient"), Ok(200), to("/admin")),
        (&as_doctor, sign_in(&as_doctor), to("/patient"), Ok(200), to("/admin")),
        ("/admin", sign_in("/admin"), to("/patient"), to("/doctor"), Ok(200)),
        ("/nowhere", Ok(404), Ok(404), Ok(404), Ok(404)),
    ];
    for (path, for_stranger, for_patient, for_doctor, for_admin) in table {
        let visitors: [(&Client, Result<u16, String>); 4] =
            [(&stranger, for_stranger), (&nora, for_patient), (&okafor, for_doctor), (&robin, for_admin)];
        for (n, (visitor, expected)) in visitors.into_iter().enumerate() {
            assert_eq!(visit(visitor, path).await, expected, "{path} for visitor {n}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_chat_page_looks_like_a_missing_page() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    nora.send(chat, "between us").await;
    let (tomas, garcia) = (server.patient("Tomás").await, server.doctor("Dr. García").await);
    let outsiders: [(&Client, &str); 2] = [(&tomas, "patient"), (&garcia, "doctor")];
    for (outsider, role) in outsiders {
        let browser = Browser::of(outsider);
        for id in [chat.to_string().as_str(), "987654321", "0", "-1", "x", "9223372036854775808"] {
            let page = browser.open(&format!("/{role}/chat/{id}")).await.expect(404);
            assert!(page.page().contains("Page not found"), "in words people read");
            for secret in ["between us", "Nora Lindqvist"] {
                assert!(!page.page().contains(secret), "{secret}");
            }
        }
    }
    Browser::of(&okafor).open(&format!("/doctor/chat/{chat}")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn address_variants_do_not_bypass_the_role_check() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    nora.send(chat, "between us").await;
    let (robin, stranger) = (server.admin("Robin").await, server.stranger());
    let visitors: [&Client; 3] = [&okafor, &robin, &stranger];
    for visitor in visitors {
        for path in
            ["//patient", "/%70atient", "/PATIENT", "/patient/", "/./patient", "/x/../patient", "/patient%2Fchat%2F1"]
        {
            let page = Browser::of(visitor).open(path).await;
            assert_ne!(page.status, 200, "{path}");
            assert!(!page.page().contains("between us") && !page.page().contains("Find a doctor"), "{path}");
        }
        for path in
            [format!("/%70atient/chat/{chat}"), format!("//patient/chat/{chat}"), format!("/patient/chat/{chat}/")]
        {
            let page = Browser::of(visitor).open(&path).await;
            assert_ne!(page.status, 200, "{path}");
            assert!(!page.page().contains("between us"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn room_shows_newest_fifty_messages_and_a_link_to_earlier() {
    let Clinic { server: _server, nora, okafor, chat } = clinic().await;
    nora.send_many(chat, 60).await;
    // The sender of messages has read them.
    let browser = Browser::of(&nora);
    let room = browser.open(&format!("/patient/chat/{chat}")).await.expect(200).page();
    let shown = |page: &str, n: i64| page.contains(&format!(">message {n}<"));
    assert!((11..=60).all(|n| shown(&room, n)), "the newest fifty");
    assert!((1..=10).all(|n| !shown(&room, n)), "and no more");
    assert!(room.contains(r#"href="?before=11""#), "a link to what came before");
    assert!(room.contains(&okafor.user.name));
    let earlier = browser.open(&format!("/patient/chat/{chat}?before=11")).await.expect(200).page();
    assert!((1..=10).all(|n| shown(&earlier, n)) && !shown(&earlier, 11), "the ten before them");
}

#[tokio::test(flavor = "multi_thread")]
async fn room_starts_at_the_first_unread_message_of_many() {
    let Clinic { server: _server, nora, okafor, chat } = clinic().await;
    nora.send_many(chat, 100).await;
    let browser = Browser::of(&okafor);
    let shown = |page: &str, n: i64| page.contains(&format!(">message {n}<"));
    let room = async || browser.open(&format!("/doctor/chat/{chat}")).await.expect(200).page();
    let first = room().await;
    assert!((1..=50).all(|n| shown(&first, n)) && !shown(&first, 51), "all of it is new");
    assert!(first.contains(r#"name="seq" value="50""#), "what is called read is what is on the page");
    assert!(first.contains(r#"href="?before=101""#), "a link to the newest");
    okafor.read(chat, 40).await;
    let next = room().await;
    assert!((16..=65).all(|n| shown(&next, n)) && !shown(&next, 66), "with some of what came before");
    okafor.read(chat, 60).await;
    let last = room().await;
    assert!((51..=100).all(|n| shown(&last, n)) && !shown(&last, 50), "the newest, once all of it fits");
}

#[tokio::test(flavor = "multi_thread")]
async fn user_texts_are_escaped_on_every_page() {
    let Clinic { server, chat, okafor, nora } = clinic().await;
    let attacks = [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "<img src=x onerror=alert(3)>",
        "\"><svg onload=alert(4)>",
        "<!--<script>alert(5)//",
        "javascript:alert(6) http://x\"onmouseover=alert(7)",
    ];
    for attack in attacks {
        nora.send(chat, attack).await;
        let pages = [
            Browser::of(&okafor).open(&format!("/doctor/chat/{chat}")).await.expect(200).page(),
            Browser::of(&nora).open(&format!("/patient/chat/{chat}")).await.expect(200).page(),
            Browser::of(&okafor).open("/doctor").await.expect(200).page(),
        ];
        for page in pages {
            for live in [
                "<script>alert",
                "<img",
                "<svg onload",
                "<!--<script",
                "href=\"javascript:",
                "x\"onmouseover=alert(7)\"",
            ] {
                assert!(!page.contains(live), "{live} is live after {attack}");
            }
        }
    }
    let room = Browser::of(&okafor).open(&format!("/doctor/chat/{chat}")).await.page();
    assert!(room.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "and can be read");

    let mallory = server.patient("<script>alert(8)</script>").await;
    mallory.initiate(&okafor).await;
    let list = Browser::of(&okafor).open("/doctor").await.expect(200).page();
    assert!(!list.contains("<script>alert") && list.contains("&lt;script&gt;alert(8)"), "names as well");
    let search = [("query", "\"><script>alert(9)</script>")];
    let found = Browser::of(&nora).submit("/patient", "/patient", &search).await.expect(200).page();
    assert!(!found.contains("<script>alert") && found.contains("alert(9)"), "and what was searched for");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_use_the_chosen_language_or_the_browsers() {
    let Clinic { server, nora, .. } = clinic().await;
    let stranger = Browser::of(&server.stranger());
    for (language, title) in [
        ("es", "Iniciar sesión"),
        ("es-MX,es;q=0.9,en;q=0.8", "Iniciar sesión"),
        ("en", "Sign in"),
        ("fi", "Sign in"),
        ("", "Sign in"),
    ] {
        let page = stranger.open_in("/sign-in", language).await.expect(200).page();
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{language}: {title}");
        let tag = if title == "Sign in" { "en" } else { "es" };
        assert!(page.contains(&format!("lang=\"{tag}\"")), "{language} is said to be {tag}");
    }
    let directory = Browser::of(&nora).open_in("/patient", "es").await.expect(200).page();
    assert!(directory.contains("Encuentre un médico") && directory.contains("Chatear con Dr. Samuel Okafor"));
    let mut chooser = Browser::of(&server.stranger());
    let chosen = chooser.submit("/sign-in", "/fn/account/preferences", &[("language", "es"), ("theme", "dark")]).await;
    assert!((300..400).contains(&chosen.status), "{chosen:?}");
    let page = chooser.follow(&chosen).await.expect(200).page();
    assert!(page.contains("<h1>Iniciar sesión</h1>"), "the choice counts more than the browser's language");
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_page_finds_doctors_and_shows_who_is_available() {
    let Clinic { server, nora, .. } = clinic().await;
    let closed = server.listed_doctor("Dr. Claire Dubois", "Psychiatry").await;
    server
        .database()
        .execute(&format!("UPDATE doctor_profile SET accepting_chats = FALSE WHERE user_id = {}", closed.id));
    let mut browser = Browser::of(&nora);
    let all = browser.open("/patient").await.expect(200).page();
    assert!(all.contains("Chat with Dr. Samuel Okafor") && !all.contains("Chat with Dr. Claire Dubois"));
    assert!(all.contains("Not accepting new patients right now"));
    let found = browser.submit("/patient", "/patient", &[("query", "PSYCHIATRY")]).await.expect(200).page();
    assert!(found.contains("Dr. Claire Dubois") && !found.contains("Chat with Dr. Samuel Okafor"));
    let nobody = browser.submit("/patient", "/patient", &[("query", "nobody")]).await.expect(200).page();
    assert!(nobody.contains("No doctors match your search") && nobody.contains("value=\"nobody\""));
    let ignored = browser.open("/patient?query=nobody").await.expect(200).page();
    assert!(ignored.contains("Chat with Dr. Samuel Okafor"), "no search is read from an address");
}

/// Pages are compressed and contain secrets. An attacker who could choose a part of a page could
/// find the secrets out from its size (BREACH).
#[tokio::test(flavor = "multi_thread")]
async fn pages_never_repeat_their_address() {
    let Clinic { server: _server, nora, chat, .. } = clinic().await;
    let browser = Browser::of(&nora);
    let room = format!("/patient/chat/{chat}");
    for path in ["/patient", &room, "/patient/notifications"] {
        for name in ["query", "specialty", "after", "before", "around", "at", "next", "__err", "x"] {
            let page = browser.open(&format!("{path}?{name}=canary")).await;
            assert!(!page.body.contains("canary"), "{path}?{name}=");
        }
    }
    for path in ["/canary", "/patient/canary", "/patient/chat/canary"] {
        assert!(!browser.open(path).await.body.contains("canary"), "{path}");
    }
}

/// Many users open pages at the same time, and each gets a complete page. The result must not
/// depend on which thread of the server renders which part.
#[tokio::test(flavor = "multi_thread")]
async fn concurrently_opened_pages_are_all_complete() {
    let Clinic { server: _server, nora, okafor, chat } = clinic().await;
    nora.send_many(chat, 3).await;
    let people: [(&Person, &str); 2] = [(&nora, "Dr. Samuel Okafor"), (&okafor, "Nora Lindqvist")];
    let open = async |n: usize| {
        let (visitor, peer) = people[n % 2];
        let home = visitor.user.role.home();
        let is_room = n % 4 < 2;
        let path = if is_room { format!("{home}/chat/{chat}") } else { home.to_owned() };
        let page = Browser::of(visitor).open(&path).await.expect(200).page();
        // The list shows the newest message, a room also the others.
        let expected =
            if is_room { &["message 1<", "message 2<", "message 3<", peer][..] } else { &["message 3<", peer] };
        for text in expected {
            assert!(page.contains(text), "{text} on {path}: {page}");
        }
    };
    stream::iter((0..600).map(open)).buffer_unordered(12).collect::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_response_times_overdue_chats_and_days() {
    let Clinic { server, nora, okafor, chat } = clinic().await;
    let (robin, database) = (server.admin("Robin").await, server.database());
    for text in ["long ago", "a day ago", "a private question"] {
        nora.send(chat, text).await;
    }
    database.execute("UPDATE chat_message SET created_at = '2026-01-05 08:00:00' WHERE seq = 1");
    let day_ago = database.hours_ago(24);
    database.execute(&format!("UPDATE chat_message SET created_at = {day_ago} WHERE seq = 2"));
    database.execute("UPDATE doctor_profile SET usual_reply_ms = 7200000");
    let page = async |person: &Client, path: &str| Browser::of(person).open(path).await.expect(200).page();
    let room = page(&nora, &format!("/patient/chat/{chat}")).await;
    for (words, path) in [(&room, "the room"), (&page(&nora, "/patient").await, "the directory")] {
        assert!(words.contains("Usually answers within 2 hours"), "{path}");
    }
    let texts = ["Monday, 5 January 2026", "long ago", "Yesterday", "a day ago", "Today", "a private question"];
    let (_, log) = room.split_once("role=\"log\"").unwrap();
    let found = texts.map(|words| log.find(words).unwrap_or_else(|| panic!("{words} is missing")));
    assert!(found.is_sorted(), "each day above what was said on it: {found:?}");
    assert!(!page(&robin, "/admin").await.contains("Nora Lindqvist"), "not too long yet");
    assert!(!page(&okafor, "/doctor").await.contains("Waiting too long"));
    database.execute("UPDATE doctor_patient_chat SET waiting_since = '2026-01-05 08:00:00'");
    let overseen = page(&robin, "/admin").await;
    assert!(overseen.contains("Nora Lindqvist") && overseen.contains("Dr. Samuel Okafor"));
    assert!(!overseen.contains("a private question"), "names and times, never what was said");
    assert!(page(&okafor, "/doctor").await.contains("Waiting too long"));
}
