//! The form pages in a browser without script: each form stores something and leads back, and an
//! error is shown at its field.

use crate::support::{Browser, Client, Server, eventually};
use serde_json::json;

struct Page {
    browser: Browser,
    path: &'static str,
}

impl Page {
    fn of(client: &Client, path: &'static str) -> Self {
        Self { browser: Browser::of(client), path }
    }

    /// Posts a form, and returns the page that the server leads back to.
    async fn post(&mut self, action: &str, fields: &[(&str, &str)]) -> String {
        let reply = self.browser.submit(self.path, action, fields).await;
        assert!(reply.header("location").contains(self.path), "{action} leads back: {reply:?}");
        self.browser.follow(&reply).await.expect(200).page()
    }

    async fn open(&self) -> String {
        self.browser.open(self.path).await.expect(200).page()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_edits_saved_replies_without_script() {
    let server = Server::start().await;
    let okafor = server.doctor("Dr. Okafor").await;
    let mut page = Page::of(&okafor, "/doctor/replies");
    assert!(page.open().await.contains("No saved replies yet"));
    let empty = page.post("/fn/clinic/reply-add", &[("title", ""), ("content", "")]).await;
    assert_eq!(empty.matches("Please fill in this field.").count(), 2, "{empty}");
    let added = page.post("/fn/clinic/reply-add", &[("title", "Fasting"), ("content", "Eat\r\nnothing")]).await;
    assert!(added.contains("Fasting") && added.contains("Saved"), "{added}");
    let replies = okafor.get("/api/saved-replies").await.expect(200).json();
    assert_eq!(replies["replies"][0]["content"], "Eat\nnothing", "as it was typed");
    let id = replies["replies"][0]["id"].to_string();
    let wrong = page.post("/fn/clinic/reply-change", &[("id", &id), ("title", ""), ("content", "x")]).await;
    let (_, own_form) = wrong.split_once(&format!("id=\"reply-form-{id}\"")).expect("the reply's own form");
    assert!(own_form.contains("Please fill in this field."), "{own_form}");
    let changed = page.post("/fn/clinic/reply-change", &[("id", &id), ("title", "Sober"), ("content", "x")]).await;
    assert!(changed.contains("Sober") && !changed.contains("Fasting"), "{changed}");
    // A reply that is gone counts as deleted.
    for _ in 0..2 {
        assert!(page.post("/fn/clinic/reply-delete", &[("id", &id)]).await.contains("No saved replies yet"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_uses_the_console_without_script() {
    let server = Server::start().await;
    let (nora, okafor, robin) =
        (server.patient("Nora").await, server.doctor("Dr. Okafor").await, server.admin("Robin").await);
    let chat = nora.initiate(&okafor).await;
    nora.send(chat, "Is anybody there?").await;
    nora.post(&format!("/api/chats/{chat}/report"), &json!({ "reason": "No answer" })).await.expect(204);
    let disable = format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, okafor.id());
    server.database().execute(&disable);

    let mut overview = Page::of(&robin, "/admin");
    let first = overview.open().await;
    assert!(first.contains("Nora about Dr. Okafor") && first.contains("Mark as resolved"), "{first}");
    let resolved = overview.post("/fn/admin/settle", &[("report", "1")]).await;
    assert!(resolved.contains("Resolved on") && !resolved.contains("Mark as resolved"), "{resolved}");
    eventually("the chat of the disabled doctor is listed", async || overview.open().await.contains("Close chat"))
        .await;
    let chat = chat.to_string();
    let closed = overview.post("/fn/admin/close-chat", &[("chat", &chat), ("reason", "The doctor left.")]).await;
    assert!(!closed.contains("Close chat"), "{closed}");

    let mut safety = Page::of(&robin, "/admin/safety");
    let refused = safety.post("/fn/clinic/emergency-number-save", &[("number", "call me")]).await;
    assert!(refused.contains("Please use digits, spaces and + only."), "{refused}");
    let saved = safety.post("/fn/clinic/emergency-number-save", &[("number", "112")]).await;
    assert!(saved.contains(r#"value="112""#) && saved.contains("Saved"), "{saved}");
    safety.post("/fn/clinic/phrases", &[("language", "en"), ("list", "help me")]).await;
    assert!(!safety.open().await.contains("chest pain"));
    safety.post("/fn/clinic/phrases-reset", &[("language", "en")]).await;
    assert!(safety.open().await.contains("chest pain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_roles_are_refused() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    for (action, fields) in [
        ("/fn/admin/settle", [("report", "1")]),
        ("/fn/clinic/emergency-number-save", [("number", "112")]),
        ("/fn/clinic/phrases-reset", [("language", "en")]),
    ] {
        for person in [&*nora as &Client, &*okafor] {
            let reply = Browser::of(person).submit("/", action, &fields).await;
            assert!(reply.header("serverfnerror").contains(action), "{action}");
        }
    }
    assert_eq!(okafor.get("/api/clinic/safety").await.expect(200).json()["emergencyNumber"], json!(null));
}
