//! Encrypts what the browser stores, with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). The
//! server gives the key only to the signed-in pages of its owner, so without a session no one can
//! read the stored texts.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::fmt::Write;

/// The size of a key, in bytes.
const KEY_BYTES: usize = 32;
/// The size of a nonce, in bytes.
const NONCE_BYTES: usize = 24;

/// Encrypts and decrypts texts with one key.
pub(super) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// Takes a key of 32 bytes in hex. Returns `None` if `key` is not one.
    pub(super) fn new(key: &str) -> Option<Self> {
        let key: [u8; KEY_BYTES] = from_hex(key)?.try_into().ok()?;
        Some(Self(XChaCha20Poly1305::new(&Key::from(key))))
    }

    /// Encrypts a text and returns it in hex. It can be decrypted only with the same `name`, so one
    /// entry can't replace another.
    pub(super) fn encrypt(&self, name: &str, text: &str) -> Option<String> {
        // A nonce only has to be unique: this one has 183 random bits.
        let random = [*uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes()].concat();
        let nonce: [u8; NONCE_BYTES] = random.get(..NONCE_BYTES)?.try_into().ok()?;
        let payload = Payload { msg: text.as_bytes(), aad: name.as_bytes() };
        let encrypted = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(to_hex(&[&nonce, encrypted.as_slice()].concat()))
    }

    /// Decrypts a text that was encrypted with this name. Returns `None` for anything else.
    pub(super) fn open(&self, name: &str, encrypted: &str) -> Option<String> {
        let bytes = from_hex(encrypted)?;
        let (nonce, encrypted) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let text = self.0.decrypt(&XNonce::from(nonce), Payload { msg: encrypted, aad: name.as_bytes() }).ok()?;
        String::from_utf8(text).ok()
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Cipher;

    fn encrypt(digit: &str) -> Cipher {
        Cipher::new(&digit.repeat(64)).unwrap_or_else(|| unreachable!("64 hex digits are a key"))
    }

    #[test]
    fn sealed_text_opens_only_with_its_key_and_name() {
        let encrypted = encrypt("a").encrypt("draft:1", "It hurts — here 🩺").unwrap_or_default();
        assert!(!encrypted.contains("hurts"));
        assert_eq!(encrypt("a").open("draft:1", &encrypted).as_deref(), Some("It hurts — here 🩺"));
        assert_eq!(encrypt("b").open("draft:1", &encrypted), None, "another account's key");
        assert_eq!(encrypt("a").open("draft:2", &encrypted), None, "another entry's name");
        assert_eq!(encrypt("a").open("draft:1", &encrypted.replacen('0', "1", 1)), None, "changed");
        assert_eq!(encrypt("a").open("draft:1", "not hex"), None);
        assert_eq!(encrypt("a").open("draft:1", "00"), None);
    }

    #[test]
    fn text_is_sealed_differently_each_time() {
        assert_ne!(encrypt("a").encrypt("draft:1", "x"), encrypt("a").encrypt("draft:1", "x"));
    }

    #[test]
    fn key_must_be_64_hex_digits() {
        assert!(Cipher::new("").is_none());
        assert!(Cipher::new(&"a".repeat(63)).is_none());
        assert!(Cipher::new(&"g".repeat(64)).is_none());
        assert!(Cipher::new(&"é".repeat(32)).is_none());
    }
}
