//! The API's description: it is served, and every described answer occurs. `support/description.rs`
//! checks that every answer that any test gets is described.

use crate::support::{
    Admin, Ask, Client, Doctor, Patient, Reply, Server, client_id,
    description::{self, Operation},
};
use app::protocol::{ChatId, SavedReply, SavedReplyId, Seq};
use http::header;
use serde_json::{Value, json};

/// The longest accepted body, in bytes.
const BODY_MAX_BYTES: usize = 64 * 1024;

/// A server with one user of each kind and a chat.
struct Clinic {
    server: Server,
    nora: Patient,
    okafor: Doctor,
    robin: Admin,
    chat: ChatId,
    /// The position of a message of Nora's in the chat.
    seq: Seq,
    /// A saved reply of Okafor's.
    reply: SavedReplyId,
}

impl Clinic {
    async fn open() -> Self {
        let server = Server::start().await;
        let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
        let chat = nora.initiate(&okafor).await;
        let seq = nora.send(chat, "hello").await.seq;
        let robin = server.admin("Robin").await;
        nora.post(&format!("/api/chats/{chat}/report"), &json!({ "reason": "x" })).await.expect(204);
        let kept = json!({ "title": "Hello", "content": "Good morning" });
        let reply = okafor.post("/api/saved-replies", &kept).await.expect(201).parse::<SavedReply>().id;
        Self { server, nora, okafor, robin, chat, seq, reply }
    }

    /// A doctor, and their chat with a patient whose account is disabled.
    async fn with_disabled(&self) -> (Doctor, ChatId) {
        let (lin, tomas) = (self.server.doctor("Dr. Lin").await, self.server.patient("Tomás").await);
        let chat = tomas.initiate(&lin).await;
        let disable = format!(r#"UPDATE "user" SET disabled_at = '2026-01-01 00:00:00' WHERE id = {}"#, tomas.id());
        self.server.database().execute(&disable);
        (lin, chat)
    }

    fn path(&self, operation: &Operation) -> String {
        let path = operation.path.replace("{chat_id}", &self.chat.to_string());
        let path = path.replace("{seq}", &self.seq.to_string()).replace("{report_id}", "1");
        path.replace("{reply_id}", &self.reply.to_string())
    }

    fn client(&self, operation: &Operation) -> Client {
        match operation.id.as_str() {
            _ if operation.is_open => self.server.stranger(),
            "showOversight" | "listReports" | "settleReport" | "closeChat" | "changeSafety" => {
                Client::clone(&self.robin)
            }
            "listSavedReplies" | "addSavedReply" | "changeSavedReply" | "deleteSavedReply" => {
                Client::clone(&self.okafor)
            }
            "showDoctorSettings" | "replaceDoctorSettings" => Client::clone(&self.okafor),
            _ => Client::clone(&self.nora),
        }
    }

    /// A valid body for the operation, if it takes one.
    fn body(&self, operation: &Operation) -> Value {
        match operation.id.as_str() {
            "createAccount" => {
                json!({ "name": "New", "email": format!("{}@example.org", client_id()), "password": "lantern pickle orbit 47" })
            }
            "signIn" => json!({ "email": self.nora.email, "password": crate::support::PASSWORD }),
            "initiateChat" => json!({ "doctorId": self.okafor.id() }),
            "sendMessage" => json!({ "clientId": client_id(), "content": "x" }),
            "markRead" => json!({ "seq": 0 }),
            "changeStanding" => json!({ "act": "unarchive" }),
            "reportChat" | "closeChat" => json!({ "reason": "x" }),
            "searchMessages" => json!({ "query": "hello" }),
            "addSavedReply" | "changeSavedReply" => json!({ "title": "x", "content": "x" }),
            "changeSafety" => json!({ "emergencyNumber": "112" }),
            "replaceDoctorSettings" => json!({ "acceptingChats": true }),
            other => panic!("{other} has a body that this test does not know"),
        }
    }

    async fn ask(&self, client: &Client, operation: &Operation, path: &str, body: Option<Value>) -> Reply {
        let request = client.request(operation.method.clone(), path);
        match body {
            Some(body) => request.json(&body).reply().await,
            None => request.reply().await,
        }
    }

    /// Sends any body with a JSON content type.
    async fn ask_raw(
        &self,
        client: &Client,
        operation: &Operation,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let request = client.request(operation.method.clone(), path).header(header::CONTENT_TYPE, "application/json");
        request.body(body).reply().await
    }

    /// Sends a request that makes the operation answer with one of its described statuses.
    async fn provoke(&self, operation: &Operation, status: u16) -> Reply {
        let (client, path) = (self.client(operation), self.path(operation));
        let good = operation.has_body.then(|| self.body(operation));
        match (operation.id.as_str(), status) {
            ("signIn", 401) => {
                let wrong = json!({ "email": "nobody@example.org", "password": "x" });
                self.ask(&client, operation, &path, Some(wrong)).await
            }
            ("initiateChat" | "retractMessage", 403) => self.ask(&self.okafor, operation, &path, good).await,
            ("showOversight" | "listReports" | "settleReport" | "closeChat" | "showDoctorSettings", 403) => {
                self.ask(&self.nora, operation, &path, good).await
            }
            ("initiateChat", 404) => {
                self.ask(&client, operation, &path, Some(json!({ "doctorId": self.nora.id() }))).await
            }
            ("initiateChat", 409) => {
                let lin = self.server.doctor("Dr. Lin").await;
                let shut = format!("UPDATE doctor_profile SET accepting_chats = FALSE WHERE user_id = {}", lin.id());
                self.server.database().execute(&shut);
                self.ask(&client, operation, &path, Some(json!({ "doctorId": lin.id() }))).await
            }
            ("createAccount", 409) => {
                let taken = json!({ "name": "x", "email": self.nora.email, "password": "lantern pickle orbit 47" });
                self.ask(&client, operation, &path, Some(taken)).await
            }
            ("sendMessage", 409) => {
                let mut body = self.body(operation);
                self.ask(&client, operation, &path, Some(body.clone())).await.expect(200);
                body["content"] = json!("another");
                self.ask(&client, operation, &path, Some(body)).await
            }
            ("sendMessage", 403) => {
                let body = json!({ "clientId": client_id(), "content": "x", "corrects": self.seq });
                self.ask(&self.okafor, operation, &path, Some(body)).await
            }
            ("retractMessage", 200) => {
                self.robin.post("/api/reports/1/settle", &json!({})).await.expect(204);
                self.ask(&client, operation, &path, good).await
            }
            ("changeStanding", 409) => {
                let (lin, chat) = self.with_disabled().await;
                let path = format!("/api/chats/{chat}/standing");
                lin.post(&path, &json!({ "act": "close", "reason": "x" })).await.expect(200);
                lin.post(&path, &json!({ "act": "reopen" })).await
            }
            ("closeChat", 204) => {
                let (_, chat) = self.with_disabled().await;
                self.ask(&client, operation, &operation.path.replace("{chat_id}", &chat.to_string()), good).await
            }
            ("retractMessage", 409) => {
                let never = Server::with(|settings| settings.change_hours = 0).await;
                let (nora, okafor) = (never.patient("Nora").await, never.doctor("Dr. Okafor").await);
                let chat = nora.initiate(&okafor).await;
                nora.send(chat, "for good").await;
                nora.post(&format!("/api/chats/{chat}/messages/1/retract"), &json!({})).await
            }
            ("createAccount" | "signIn", 429) => {
                let strict = Server::with(|settings| settings.limit_scale = 0.001).await;
                self.ask(&strict.stranger(), operation, &path, good.clone()).await;
                self.ask(&strict.stranger(), operation, &path, good).await
            }
            ("readyz", 503) => {
                let server = Server::start().await;
                server.database().execute("ALTER TABLE \"user\" RENAME TO gone");
                server.stranger().get(&path).await
            }
            ("listSavedReplies", 403) => self.ask(&self.nora, operation, &path, None).await,
            ("addSavedReply", 409) => {
                let lin = self.server.doctor("Dr. Lin").await;
                for _ in 0..200 {
                    self.ask(&lin, operation, &path, good.clone()).await.expect(201);
                }
                self.ask(&lin, operation, &path, good).await
            }
            ("deleteSavedReply", 204) => {
                let another = json!({ "title": "Another", "content": "x" });
                let reply = self.okafor.post("/api/saved-replies", &another).await.expect(201).parse::<SavedReply>();
                self.okafor.delete(&format!("/api/saved-replies/{}", reply.id)).await
            }
            ("signOut", 204) => self.nora.on_another_device().await.delete(&path).await,
            ("searchMessages", 404) => {
                self.ask(&client, operation, &path, Some(json!({ "query": "x", "chatId": 999_999 }))).await
            }
            _ => self.provoke_as_any(operation, status).await,
        }
    }

    /// Provokes a status that any operation can answer with.
    async fn provoke_as_any(&self, operation: &Operation, status: u16) -> Reply {
        let (client, path) = (self.client(operation), self.path(operation));
        let good = operation.has_body.then(|| self.body(operation));
        match status {
            200..300 => self.ask(&client, operation, &path, good).await,
            400 => self.ask_raw(&client, operation, &path, "{").await,
            401 => self.ask(&self.server.stranger(), operation, &path, good).await,
            403 => {
                let request = client.request(operation.method.clone(), &path).json(&good);
                request.header(header::ORIGIN, "https://evil.example").reply().await
            }
            404 => {
                let path = operation.path.replace("{chat_id}", "999999").replace("{report_id}", "999999");
                let path = path.replace("{seq}", "1").replace("{reply_id}", "999999");
                self.ask(&client, operation, &path, good).await
            }
            413 => self.ask_raw(&client, operation, &path, vec![b' '; BODY_MAX_BYTES + 1]).await,
            415 => client.request(operation.method.clone(), &path).body("x").reply().await,
            422 if operation.has_body => self.ask(&client, operation, &path, Some(json!("x"))).await,
            422 => self.ask(&client, operation, &format!("{path}?limit=0"), None).await,
            429 => {
                let strict = Server::with(|settings| settings.limit_scale = 0.001).await;
                let nora = strict.patient("Nora").await;
                let program = strict.stranger().with_bearer(&strict.token(&nora, "hasty").await);
                program.get("/api/session").await.expect(200);
                self.ask(&program, operation, &path, good).await
            }
            status => panic!("{} is said to answer {status}, which nothing here provokes", operation.id),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_described_answer_occurs() {
    let clinic = Clinic::open().await;
    let operations = description::operations();
    assert!(operations.len() >= 19, "{}", operations.len());
    for operation in operations {
        for &status in &operation.statuses {
            let reply = clinic.provoke(&operation, status).await;
            assert_eq!(reply.status, status, "{}: {reply:?}", operation.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptions_are_served_with_a_page_to_read_them() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let description = stranger.get("/api/openapi.json").await.expect(200);
    assert_eq!(&description.json(), description::whole());
    assert!(description.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    let live = stranger.get("/api/asyncapi.json").await.expect(200);
    assert_eq!(&live.json(), description::live());
    assert_eq!(live.json()["asyncapi"], "3.0.0");
    let page = stranger.get("/api/docs/").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    assert!(page.header("content-security-policy").contains("script-src 'self';"), "{page:?}");
    assert!(stranger.get("/api/docs/swagger-initializer.js").await.expect(200).body.contains("/api/openapi.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn description_is_not_served_on_https_unless_configured() {
    let public = "https://chat.example.org";
    for (said, status) in [(None, 404), (Some(true), 200), (Some(false), 404)] {
        let server = Server::with(|settings| {
            settings.public_url = Some(public.parse().unwrap());
            settings.api_docs = said;
        })
        .await;
        for path in ["/api/openapi.json", "/api/asyncapi.json", "/api/docs/"] {
            server.stranger().get(path).await.expect(status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn description_can_be_turned_off() {
    let server = Server::with(|settings| settings.api_docs = Some(false)).await;
    for path in ["/api/openapi.json", "/api/asyncapi.json", "/api/docs/"] {
        server.stranger().get(path).await.expect_problem(404, "not_found");
    }
    server.stranger().get("/healthz").await.expect(200);
}
