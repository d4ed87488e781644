//! `/healthz` and `/readyz`, for programs that monitor the server.

use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn healthy_server_reports_ready_without_a_session() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        server.stranger().get(path).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_without_database_is_not_ready_and_recovers() {
    let server = Server::start().await;
    let stranger = server.stranger();
    server.database().execute(r#"ALTER TABLE "user" RENAME TO user_away"#);
    stranger.get("/healthz").await.expect(200);
    let reply = stranger.get("/readyz").await.expect(503);
    assert!(reply.body.contains("database"), "the reason in plain words: {}", reply.body);
    for secret in ["user_away", "sqlite", "no such table", "SELECT", ".db"] {
        assert!(!reply.body.contains(secret), "{secret} in {}", reply.body);
    }
    server.database().execute(r#"ALTER TABLE user_away RENAME TO "user""#);
    stranger.get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn database_failure_is_a_temporary_problem_storing_nothing() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let id = crate::support::client_id();
    let body = serde_json::json!({ "clientId": id, "content": "hello" });
    server.database().execute("ALTER TABLE chat_message RENAME TO message_away");
    nora.try_send(chat, &body).await.expect_problem(503, "unavailable");
    server.database().execute("ALTER TABLE message_away RENAME TO chat_message");
    assert_eq!(nora.chat(chat).await.last_seq.0, 0, "the assigned seq is free again");
    assert_eq!(nora.send_as(chat, id, "hello").await.seq.0, 1, "the same send works later");
}
