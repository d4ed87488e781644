//! Several servers on one database that publish events to each other over NATS. Each test has its
//! own NATS server, or one that it starts and stops.

use crate::support::{Nats, Server, SocketIo, eventually};
use app::protocol::{Awaiting, ClientFrame, Seq, ServerFrame};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn events_on_one_server_reach_the_other_at_once() {
    let nats = Nats::start().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let okafor_there = okafor.at(&other);
    let (mut hers, mut his) = (nora.socket().await, okafor_there.socket().await);
    let chat = nora.initiate(&okafor).await;
    assert_eq!(his.chat().await.chat_id, chat, "a new chat appears");
    let okafor = okafor_there;

    let sent = hers.send(chat, "over the bus").await;
    let message = his.message().await;
    assert_eq!((message.seq, message.id, message.content.as_str()), (sent.seq, sent.id, "over the bus"));
    let summary = his.chat_where(|chat| chat.last_seq == Seq(1)).await;
    assert_eq!(summary.unread, 1, "each server sums up for its own people");

    his.push(&ClientFrame::Typing { chat_id: chat }).await;
    let typing = hers.until(|frame| matches!(frame, ServerFrame::Typing { .. }).then_some(frame)).await;
    assert_eq!(typing, ServerFrame::Typing { chat_id: chat, user_id: okafor.id() });
    his.push(&ClientFrame::Delivered { chat_id: chat, seq: Seq(1) }).await;
    assert_eq!(hers.delivered_mark().await, (chat, okafor.id(), Seq(1)));
    his.push(&ClientFrame::Read { chat_id: chat, seq: Seq(1) }).await;
    assert_eq!(hers.read_mark().await, (chat, okafor.id(), Seq(1)));

    // The reader's tabs on both servers show the same unread count.
    let mut tab = okafor.at(&one).socket().await;
    nora.send(chat, "two").await;
    his.chat_where(|chat| chat.unread == 1).await;
    tab.chat_where(|chat| chat.unread == 1).await;
    okafor.read(chat, 2).await;
    tab.chat_where(|chat| chat.unread == 0).await;
    one.stranger().get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn awaiting_after_a_retraction_reaches_the_other_server() {
    let nats = Nats::start().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut his = okafor.at(&other).socket().await;
    nora.send(chat, "a slip").await;
    his.chat_where(|chat| chat.status.brief.awaiting == Awaiting::Doctor).await;
    nora.post(&format!("/api/chats/{chat}/messages/1/retract"), &json!({})).await.expect(200);
    his.chat_where(|chat| chat.status.brief.awaiting == Awaiting::Patient).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn bus_gets_the_user_and_password_from_its_address() {
    let (_nats, url) = Nats::start_for("bedside", "a%b:c/d").await;
    let one = Server::with(|settings| settings.bus_url = Some(url.clone())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(url)).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let ready = async || one.stranger().get("/readyz").await.expect(200).json()["status"] == "ready";
    eventually("the bus lets it in", ready).await;
    let mut his = okafor.at(&other).socket().await;
    let chat = nora.initiate(&okafor).await;
    let sent = nora.send(chat, "over the bus").await;
    assert_eq!(his.message().await.seq, sent.seq);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn bus_events_reach_only_the_members_of_a_chat() {
    let nats = Nats::start().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor, tomas) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await, one.patient("Tomás").await);
    let chat = nora.initiate(&okafor).await;
    let theirs = tomas.initiate(&okafor).await;
    let (mut his, mut doctors) = (tomas.at(&other).socket().await, okafor.at(&other).socket().await);
    nora.send(chat, "not for Tomás").await;
    // When this message arrives, the other server has published it to all recipients.
    assert_eq!(doctors.message().await.content, "not for Tomás");
    tomas.send(theirs, "for Tomás").await;
    let received = his.frames_until_message("for Tomás").await;
    assert!(received.iter().all(|frame| !format!("{frame:?}").contains("not for")), "{received:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn server_without_bus_reports_it_and_publishes_later() {
    let mut nats = Nats::start().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let okafor = okafor.at(&other);
    let mut his = okafor.socket().await;
    nats.stop().await;
    let status = async || other.stranger().get("/readyz").await.expect(200).json()["status"].clone();
    eventually("it is said", async || status().await == "degraded").await;

    assert_eq!(nora.send(chat, "without a bus").await.seq, Seq(1), "sends are stored as ever");
    // The summary contains the position that the page lacks, so the page fetches the message.
    his.chat_where(|chat| chat.last_seq == Seq(1)).await;

    nats.start_again().await;
    // The server does not know which events it missed, so it closes sockets and the pages compare.
    his.expect_close(1001).await;
    eventually("it is well again", async || status().await == "ready").await;
    let mut his = okafor.socket().await;
    assert_eq!(his.chats[0].last_seq, Seq(1));
    nora.send(chat, "with it again").await;
    assert_eq!(his.message().await.content, "with it again");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn server_starts_without_its_bus_and_joins_it_later() {
    let mut nats = Nats::start().await;
    nats.stop().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let nora = one.patient("Nora").await;
    let socket = nora.socket().await;
    assert_eq!(one.stranger().get("/readyz").await.expect(200).json()["status"], "degraded");
    nats.start_again().await;
    eventually("it joins", async || one.stranger().get("/readyz").await.expect(200).json()["status"] == "ready").await;
    drop(socket);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn events_of_a_server_cut_off_from_the_bus_reach_the_others() {
    let (mut cut, nats) = (Nats::start().await, Nats::start().await);
    let one = Server::with(|settings| settings.bus_url = Some(cut.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let mut his = okafor.at(&other).socket().await;
    cut.stop().await;
    eventually("it notices", async || one.stranger().get("/readyz").await.expect(200).json()["status"] == "degraded")
        .await;
    assert_eq!(other.stranger().get("/readyz").await.expect(200).json()["status"], "ready");
    nora.send(chat, "from the node that is cut off").await;
    assert_eq!(his.message().await.content, "from the node that is cut off");
    nora.post(&format!("/api/chats/{chat}/messages/1/retract"), &json!({})).await.expect(200);
    let changed = his.json_of("changed").await;
    assert_eq!((&changed["message"]["seq"], &changed["message"]["content"]), (&json!(1), &json!("[retracted]")));
    // The receipts and the chat status also reach the other server.
    okafor.send(chat, "hello").await;
    // Waits for the summary of the message, so that the next one is that of the receipt.
    his.chat_where(|chat| chat.last_seq == Seq(2)).await;
    nora.read(chat, 2).await;
    his.chat_where(|chat| chat.peer_read_seq == Seq(2)).await;
    nora.post(&format!("/api/chats/{chat}/standing"), &json!({ "act": "block" })).await.expect(200);
    his.chat_where(|chat| chat.status.blocked.is_some()).await;
    // Frames for the doctor's availability are also published.
    let mut hers = nora.at(&other).socket().await;
    let away = json!({ "from": "2020-01-01T08:00:00Z", "until": "2099-01-01T08:00:00Z" });
    okafor.put("/api/doctor/settings", &json!({ "acceptingChats": true, "away": away })).await.expect(200);
    hers.chat_where(|chat| chat.peer.availability.as_ref().is_some_and(|known| known.is_away)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL and NATS: scripts/nats.sh"]
async fn socketio_room_spans_servers() {
    let nats = Nats::start().await;
    let one = Server::with(|settings| settings.bus_url = Some(nats.url())).await;
    let other = one.beside_with(|settings| settings.bus_url = Some(nats.url())).await;
    let (nora, okafor) = (one.patient("Nora").await, one.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await;
    let (mut here, mut there) = (SocketIo::open(&nora).await, SocketIo::open(&okafor.at(&other)).await);
    here.call("join", &json!(chat)).await;
    there.call("join", &json!(chat)).await;
    let sent = here.call("message:send", &json!({ "chatId": chat, "content": "across" })).await;
    let row = there.event("message:receive").await;
    assert_eq!((&row["id"], &row["content"]), (&sent["message"]["id"], &json!("across")));
    let answer = there.call("message:send", &json!({ "chatId": chat, "content": "and back" })).await;
    assert_eq!(answer["message"]["seq"], 2);
    let mut received = here.event("message:receive").await;
    if received["content"] == "across" {
        received = here.event("message:receive").await;
    }
    assert_eq!(received["content"], "and back");
}
