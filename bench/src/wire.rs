//! The client's half of RFC 6455 framing: frames sent are masked, received ones are not. It handles
//! only bytes; [`crate::socket`] has the connection, [`crate::frame`] the content of frames.

use bytes::BytesMut;
use std::{io, ops::Range};

/// A longer frame means that the stream is broken: the contract allows 64 KiB, and `ready` of a
/// busy doctor may be longer.
const PAYLOAD_MAX_BYTES: usize = 16 * 1024 * 1024;
/// First byte: the frame is the whole message.
const FINAL: u8 = 0x80;
/// Second byte: the payload is masked.
const MASKED: u8 = 0x80;
/// Second byte: the length follows in 2 bytes.
const LENGTH_IN_2: u8 = 126;
/// Second byte: the length follows in 8 bytes.
const LENGTH_IN_8: u8 = 127;

/// An error of a socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// The network failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server refused the upgrade.
    #[error("the upgrade was refused with status {0}")]
    Refused(u16),
    /// The server closed the socket, with a code or without a close frame.
    #[error("the server closed the socket ({})", .0.map_or_else(|| "no code".to_owned(), |code| code.to_string()))]
    Closed(Option<u16>),
    /// The server sent something that RFC 6455 or the contract does not allow.
    #[error("the server sent {0}")]
    Protocol(&'static str),
}

/// The kinds of frames that this client supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// A text message.
    Text,
    /// The end of the socket, with a code.
    Close,
    /// A request for a pong.
    Ping,
    /// The answer to a ping.
    Pong,
}

impl Opcode {
    const fn code(self) -> u8 {
        match self {
            Self::Text => 0x1,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    fn from_first_byte(byte: u8) -> Result<Self, WireError> {
        // The client never asks for fragments or extensions, so each frame has the FIN bit and no
        // reserved bits.
        match byte {
            0x81 => Ok(Self::Text),
            0x88 => Ok(Self::Close),
            0x89 => Ok(Self::Ping),
            0x8A => Ok(Self::Pong),
            _ => Err(WireError::Protocol("a frame that is binary, in fragments or with reserved bits")),
        }
    }
}

/// The location of the first frame in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// The kind of the frame.
    pub(crate) opcode: Opcode,
    /// The range of the payload. The frame ends where the payload ends.
    pub(crate) payload: Range<usize>,
}

/// Finds the first frame of `bytes`. Returns `None` while it is incomplete.
pub(crate) fn locate(bytes: &[u8]) -> Result<Option<Located>, WireError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let opcode = Opcode::from_first_byte(*first)?;
    if second & MASKED != 0 {
        return Err(WireError::Protocol("a masked frame"));
    }
    let (start, length) = match *second {
        LENGTH_IN_2 => match rest.first_chunk() {
            Some(length) => (4, usize::from(u16::from_be_bytes(*length))),
            None => return Ok(None),
        },
        LENGTH_IN_8 => match rest.first_chunk() {
            Some(length) => (10, usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX)),
            None => return Ok(None),
        },
        length => (2, usize::from(length)),
    };
    if length > PAYLOAD_MAX_BYTES {
        return Err(WireError::Protocol("a frame over 16 MiB"));
    }
    let payload = start..start + length;
    Ok((bytes.len() >= payload.end).then_some(Located { opcode, payload }))
}

/// Appends a masked frame to `out`.
pub(crate) fn write(out: &mut BytesMut, opcode: Opcode, mask: [u8; 4], payload: &[u8]) {
    let length = payload.len();
    out.reserve(length + 14);
    out.extend_from_slice(&[FINAL | opcode.code()]);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < LENGTH_IN_2 => out.extend_from_slice(&[MASKED | short]),
        (_, Ok(medium)) => {
            out.extend_from_slice(&[MASKED | LENGTH_IN_2]);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.extend_from_slice(&[MASKED | LENGTH_IN_8]);
            out.extend_from_slice(&u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    for chunk in out.get_mut(start..).unwrap_or_default().chunks_mut(mask.len()) {
        for (byte, key) in chunk.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
}

/// The code in the payload of a close frame.
pub(crate) fn close_code(payload: &[u8]) -> Option<u16> {
    payload.first_chunk().map(|code| u16::from_be_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

    /// A frame as a server sends it, without a mask.
    fn from_server(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match payload.len() {
            length @ 0..=125 => bytes.push(u8::try_from(length).unwrap_or_default()),
            length @ 126..=65_535 => {
                bytes.push(126);
                bytes.extend(u16::try_from(length).unwrap_or_default().to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend(u64::try_from(length).unwrap_or_default().to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    fn text(payload: Range<usize>) -> Located {
        Located { opcode: Opcode::Text, payload }
    }

    #[test]
    fn lengths_take_one_three_or_nine_bytes() {
        for (length, start) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (100_000, 10)] {
            let bytes = from_server(&vec![b'x'; length]);
            assert_eq!(locate(&bytes).ok().flatten(), Some(text(start..start + length)), "{length}");
        }
    }

    #[test]
    fn written_frame_is_masked_and_contains_its_length() {
        for (length, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
            let mut out = BytesMut::new();
            write(&mut out, Opcode::Text, MASK, &payload);
            let (start, rest) = out.split_at(head);
            let (mask, masked) = rest.split_at(4);
            assert_eq!(start.first(), Some(&0x81));
            assert_eq!(start.get(1).map(|byte| byte & MASKED), Some(MASKED));
            assert_eq!(mask, MASK);
            let unmasked: Vec<u8> = masked.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            assert_eq!(unmasked, payload, "{length}");
        }
    }

    #[test]
    fn written_length_can_be_read_back() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let mut out = BytesMut::new();
            write(&mut out, Opcode::Text, [0; 4], &vec![b'x'; length]);
            // Without the mask bit and the mask, the frame is one that a server sends.
            let mut bytes = out.to_vec();
            let head = bytes.len() - length - 4;
            bytes.drain(head..head + 4);
            if let Some(second) = bytes.get_mut(1) {
                *second &= !MASKED;
            }
            assert_eq!(bytes, from_server(&vec![b'x'; length]));
        }
    }

    #[test]
    fn several_frames_in_one_buffer_are_found_in_order() {
        let mut bytes = from_server(b"first");
        bytes.extend(from_server(&[b'y'; 300]));
        bytes.extend([0x89, 0]);
        assert_eq!(locate(&bytes).ok().flatten(), Some(text(2..7)));
        bytes.drain(..7);
        assert_eq!(locate(&bytes).ok().flatten(), Some(text(4..304)));
        bytes.drain(..304);
        assert_eq!(locate(&bytes).ok().flatten(), Some(Located { opcode: Opcode::Ping, payload: 2..2 }));
    }

    #[test]
    fn incomplete_frame_waits_for_its_rest() {
        for length in [3, 200, 66_000] {
            let bytes = from_server(&vec![b'z'; length]);
            for cut in (0..bytes.len()).take(20).chain([bytes.len() - 1]) {
                let part = bytes.get(..cut).unwrap_or_default();
                assert!(matches!(locate(part), Ok(None)), "{length} cut at {cut}");
            }
        }
    }

    #[test]
    fn invalid_server_frames_are_rejected() {
        for bytes in [[0x01, 0], [0x80, 0], [0x82, 0], [0xC1, 0], [0x81, 0x80]] {
            assert!(locate(&bytes).is_err(), "{bytes:?}");
        }
        let endless = [0x81, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0];
        assert!(locate(&endless).is_err());
    }

    #[test]
    fn a_close_frame_may_carry_a_code() {
        assert_eq!(close_code(&[0x03, 0xF5]), Some(1013));
        assert_eq!(close_code(&[]), None);
    }
}
