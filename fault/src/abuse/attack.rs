//! The attacks on the server.

use super::{Abuser, longest, wire};
use crate::Failure;
use app::protocol::ClientId;
use futures::{
    SinkExt, StreamExt,
    future::join_all,
    stream::{SplitSink, SplitStream},
};
use serde_json::json;
use std::{future::Future, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message;

/// Number of addresses of strangers. They follow the addresses of the honest users.
const STRANGERS: u8 = 5;
/// Number of connections of each stranger that announce a body and withhold it.
const WITHHELD: usize = 150;
/// Number of connections of each abuser that request the longest page of a history and do not read
/// it, and number of sockets that nothing reads.
const UNREAD_PAGES: usize = 150;
const UNREAD_SOCKETS: usize = 20;
/// How long such connections stay open before new ones replace them.
const KEPT: Duration = Duration::from_secs(7);
/// Size of the receive buffer of an unread connection, in bytes.
const SMALL_BUFFER: u32 = 2_048;
/// Number of sockets of each abuser that send a flood of frames.
const FLOODING: usize = 8;
/// Time between two frames of a socket: as often as a socket may send.
const FRAME_EVERY: Duration = Duration::from_millis(20);
/// Number of concurrent requests of each stranger that make the server check or compare a password.
const PASSWORDS: usize = 6;
/// Pause before an ended or refused connection is opened again.
const AGAIN: Duration = Duration::from_millis(50);

/// As many characters as possible that can replace letters: a check that tries all readings of them
/// takes very long.
const COSTLY: &str =
    "4@8({[<3691!|70$5+%2|0$77!73+3$+7!735+0|35+0|35+0|3(@$3$+4|37!735+0|34(@$3(@$345+0|3+3$+$+4|37!738@|";

/// The server under attack, and the attackers.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) addr: SocketAddr,
    pub(crate) abusers: Vec<Abuser>,
}

/// One kind of attack.
#[derive(Clone, Copy)]
pub(crate) enum Attack {
    /// Strangers announce a body and never send it, or send it byte by byte.
    WithheldBodies,
    /// A member requests a lot and reads none of it.
    NonReaders,
    /// Members send messages as fast and as long as they can.
    Messages,
    /// Members send typing frames as fast as they can.
    Typing,
    /// Strangers sign up and sign in with passwords that are expensive to check and to compare.
    CostlyPasswords,
}

impl Attack {
    /// Attacks until the task is aborted.
    pub(crate) async fn run(self, target: Target) {
        match self {
            Self::WithheldBodies => {
                let each = |number: usize| {
                    // Some strangers share the honest users' address, as in one household.
                    let stranger = u8::try_from(number % usize::from(STRANGERS + 1)).unwrap_or_default();
                    again(move || withhold(target.addr, stranger, number))
                };
                join_all((0..WITHHELD * usize::from(STRANGERS)).map(each)).await;
            }
            Self::NonReaders => {
                let Some(abuser) = target.abusers.first() else { return };
                let pages = (0..UNREAD_PAGES).map(|_| again(|| leave_page(target.addr, abuser)));
                let sockets = (0..UNREAD_SOCKETS).map(|_| again(|| leave_socket(target.addr, abuser)));
                tokio::join!(join_all(pages), join_all(sockets));
            }
            Self::Messages => flood(&target, &Frame::Send(longest())).await,
            Self::Typing => flood(&target, &Frame::Typing).await,
            Self::CostlyPasswords => {
                let each = |number: usize| {
                    let stranger = 1 + u8::try_from(number % usize::from(STRANGERS)).unwrap_or_default();
                    again(move || try_password(target.addr, stranger, number.is_multiple_of(2)))
                };
                join_all((0..PASSWORDS * usize::from(STRANGERS)).map(each)).await;
            }
        }
    }
}

/// Repeats `act` for ever and ignores errors.
async fn again<F: Future<Output = Result<(), Failure>>>(mut act: impl FnMut() -> F) {
    loop {
        // The server may refuse the attack, which is what the trial is about.
        let _ = act().await;
        tokio::time::sleep(AGAIN).await;
    }
}

/// The head of a request.
fn head(method: &str, path: &str, to: SocketAddr, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\n{more}\r\n")
}

/// Announces a body and withholds it, or sends one byte per second, until the server ends the
/// connection.
async fn withhold(to: SocketAddr, stranger: u8, number: usize) -> Result<(), Failure> {
    let mut stream = wire::connect(wire::address(stranger), to, None).await?;
    let (path, kind) = match number % 3 {
        0 => ("/fn/account/sign-in", "application/x-www-form-urlencoded"),
        1 => ("/api/session", "application/json"),
        _ => ("/api/accounts", "application/json"),
    };
    let announced = format!("Content-Type: {kind}\r\nContent-Length: 900\r\n");
    stream.write_all(head("POST", path, to, &announced).as_bytes()).await?;
    let mut answer = [0; 256];
    loop {
        tokio::select! {
            came = stream.read(&mut answer) => {
                // Something was read: an answer or the end of the connection.
                came?;
                return Ok(());
            }
            () = tokio::time::sleep(Duration::from_secs(1)), if number.is_multiple_of(2) => stream.write_all(b"x").await?,
        }
    }
}

/// Requests the longest page of a history and does not read it.
async fn leave_page(to: SocketAddr, abuser: &Abuser) -> Result<(), Failure> {
    let mut stream = wire::connect(wire::address(1), to, Some(SMALL_BUFFER)).await?;
    let path = format!("/api/chats/{}/messages?limit=200", abuser.history);
    let session = format!("Cookie: {}\r\n", wire::cookie(&abuser.token));
    stream.write_all(head("GET", &path, to, &session).as_bytes()).await?;
    tokio::time::sleep(KEPT).await;
    Ok(())
}

/// Opens a socket and does not read it.
async fn leave_socket(to: SocketAddr, abuser: &Abuser) -> Result<(), Failure> {
    let stream = wire::connect(wire::address(1), to, Some(SMALL_BUFFER)).await?;
    let socket = wire::open(stream, to, &abuser.token).await?;
    tokio::time::sleep(KEPT).await;
    drop(socket);
    Ok(())
}

/// The kinds of frames in a flood.
enum Frame {
    /// A message with this text.
    Send(String),
    /// A typing frame.
    Typing,
}

impl Frame {
    fn describe(&self, abuser: &Abuser) -> String {
        let frame = match self {
            Self::Send(text) => {
                json!({ "type": "send", "clientId": ClientId::new_v4(), "chatId": abuser.chat, "content": text })
            }
            Self::Typing => json!({ "type": "typing", "chatId": abuser.chat }),
        };
        frame.to_string()
    }
}

/// Every abuser sends a frame over each of their sockets as often as allowed, and reads all
/// answers.
async fn flood(target: &Target, frame: &Frame) {
    let sockets = target.abusers.iter().flat_map(|abuser| std::iter::repeat_n(abuser, FLOODING));
    join_all(sockets.map(|abuser| again(move || flood_one(target.addr, abuser, frame)))).await;
}

async fn flood_one(to: SocketAddr, abuser: &Abuser, frame: &Frame) -> Result<(), Failure> {
    let stream = wire::connect(wire::address(1), to, None).await?;
    let (to_server, from_server) = wire::open(stream, to, &abuser.token).await?.split();
    tokio::select! {
        sent = pour(to_server, abuser, frame) => sent,
        () = drain(from_server) => Ok(()),
    }
}

async fn pour(mut socket: SplitSink<wire::Socket, Message>, abuser: &Abuser, frame: &Frame) -> Result<(), Failure> {
    let mut ticks = tokio::time::interval(FRAME_EVERY);
    loop {
        ticks.tick().await;
        socket.send(Message::text(frame.describe(abuser))).await?;
    }
}

async fn drain(mut socket: SplitStream<wire::Socket>) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// Signs up or in with an expensive password, and waits for the answer.
async fn try_password(to: SocketAddr, stranger: u8, is_sign_up: bool) -> Result<(), Failure> {
    let email = format!("{}@example.org", ClientId::new_v4());
    let (path, body) = if is_sign_up {
        ("/api/accounts", json!({ "name": "Somebody", "email": email, "password": COSTLY }))
    } else {
        ("/api/session", json!({ "email": email, "password": COSTLY }))
    };
    let mut stream = wire::connect(wire::address(stranger), to, None).await?;
    post(&mut stream, to, path, &body.to_string()).await
}

async fn post(stream: &mut TcpStream, to: SocketAddr, path: &str, body: &str) -> Result<(), Failure> {
    let more = format!("Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    stream.write_all((head("POST", path, to, &more) + body).as_bytes()).await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
