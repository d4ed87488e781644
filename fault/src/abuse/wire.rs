//! Connections from different local addresses. All of 127.0.0.0/8 belongs to this machine.

use crate::Failure;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{client::IntoClientRequest, http::HeaderValue},
};

/// A socket over such a connection.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// The address with this number. The honest users have the first one, other users the following
/// ones.
pub(crate) const fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 1 + number)
}

/// Connects from an address, with a receive buffer of this size in bytes.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr, buffer: Option<u32>) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}

/// Opens a socket with the session of `token`.
pub(crate) async fn open(stream: TcpStream, to: SocketAddr, token: &str) -> Result<Socket, Failure> {
    let mut request = format!("ws://{to}/ws").into_client_request()?;
    let cookie = HeaderValue::from_str(&cookie(token)).map_err(|_| Failure::Program("a token".to_owned()))?;
    request.headers_mut().insert("cookie", cookie);
    Ok(client_async(request, stream).await?.0)
}

/// The session cookie of `token`.
pub(crate) fn cookie(token: &str) -> String {
    format!("bedside_session={token}")
}
