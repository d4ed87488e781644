//! Devices that have signed in before. Each keeps a cookie that is signed with a key in the
//! database. So every node recognises them, also after a restart, and other users' attempts do not
//! count against their limits.
//!
//! The cookie does not sign a user in. It does not name accounts: for each account it has only a
//! signature of the device and the account's e-mail.

use super::secret::secret;
use crate::db::{self, DbPool, DbResult, time};
use app::protocol::Epoch;
use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use sha2::{Digest, Sha256};
use std::sync::{PoisonError, RwLock};

/// The key's name in the database.
const KEY_NAME: &str = "device";
/// The purpose of the signatures. It is part of the signed text, so that they are valid for nothing
/// else.
const PURPOSE: &[u8] = b"bedside device 1";
/// The most accounts in one cookie: several users may share a computer on a ward.
const ACCOUNTS_MAX: usize = 8;
/// Longest accepted cookie, in bytes.
const COOKIE_MAX_BYTES: usize = 512;
/// Days for which a device stays known without signing in. Browsers keep no cookie for longer.
pub(super) const KNOWN_DAYS: u32 = 400;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// A device's random id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId(pub(super) [u8; 16]);

/// One account that a device has signed in to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The day of the last sign-in, in days since 1970.
    day: u32,
    signature: Vec<u8>,
}

/// The cookie's content: the device and the accounts it has signed in to, the latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Remembered {
    device: DeviceId,
    entries: Vec<Entry>,
}

impl Remembered {
    fn new() -> Self {
        Self { device: DeviceId(rand::random()), entries: Vec::new() }
    }

    /// Parses what [`Self::to_string`] writes.
    fn parse(cookie: &str) -> Option<Self> {
        if cookie.len() > COOKIE_MAX_BYTES {
            return None;
        }
        let bytes = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let mut parts = cookie.split('.');
        let device = DeviceId(bytes(parts.next()?)?.try_into().ok()?);
        let entry = |part: &str| {
            let (day, signature) = part.split_once('-')?;
            Some(Entry { day: day.parse().ok()?, signature: bytes(signature)? })
        };
        let entries = parts.take(ACCOUNTS_MAX).map(entry).collect::<Option<_>>()?;
        Some(Self { device, entries })
    }

    fn is_of(&self, key: &hmac::Key, email: &str, today: u32) -> bool {
        self.entries.iter().any(|entry| {
            (entry.day..=entry.day.saturating_add(KNOWN_DAYS)).contains(&today) && self.is_signed(key, email, entry)
        })
    }

    fn is_signed(&self, key: &hmac::Key, email: &str, entry: &Entry) -> bool {
        hmac::verify(key, &claim(self.device, email, entry.day), &entry.signature).is_ok()
    }

    /// Puts the account first. If there are too many, the account that was used the longest ago is
    /// removed.
    fn add(&mut self, key: &hmac::Key, email: &str, today: u32) {
        let device = self.device;
        self.entries.retain(|entry| hmac::verify(key, &claim(device, email, entry.day), &entry.signature).is_err());
        let signature = hmac::sign(key, &claim(device, email, today)).as_ref().to_vec();
        self.entries.insert(0, Entry { day: today, signature });
        self.entries.truncate(ACCOUNTS_MAX);
    }
}

/// `device.day-signature.day-signature`, with the device and the signatures in base64url.
impl std::fmt::Display for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.device.0))?;
        self.entries
            .iter()
            .try_for_each(|entry| write!(f, ".{}-{}", entry.day, BASE64URL_NOPAD.encode(&entry.signature)))
    }
}

/// The text that is signed.
fn claim(device: DeviceId, email: &str, day: u32) -> Vec<u8> {
    let account = Sha256::digest(email.as_bytes());
    [PURPOSE, &device.0, &day.to_be_bytes(), &account].concat()
}

fn today() -> u32 {
    u32::try_from(time::now().0 / DAY_MS).unwrap_or_default()
}

/// Recognises devices by their signed cookies.
#[derive(Default)]
pub struct Devices {
    /// The key and the epoch of the database that it was read from.
    key: RwLock<Option<(Epoch, hmac::Key)>>,
}

impl Devices {
    /// The device of a request, if it has signed in to this account before. `email` is folded.
    /// While the key can't be read, no device is known.
    pub async fn known(&self, db: &DbPool, cookie: Option<&str>, email: &str) -> Option<DeviceId> {
        let remembered = Remembered::parse(cookie?)?;
        let key = self.key(db).await?;
        remembered.is_of(&key, email, today()).then_some(remembered.device)
    }

    /// The cookie's value for a device that has just signed in to this account. `None` if the key
    /// can't be read; then the device stays unknown.
    pub async fn remember(&self, db: &DbPool, cookie: Option<&str>, email: &str) -> Option<String> {
        let mut remembered = cookie.and_then(Remembered::parse).unwrap_or_else(Remembered::new);
        remembered.add(&self.key(db).await?, email, today());
        Some(remembered.to_string())
    }

    async fn key(&self, db: &DbPool) -> Option<hmac::Key> {
        let found = self.find_key(db).await;
        found.inspect_err(|error| tracing::warn!(%error, "the key that signs device cookies could not be read")).ok()
    }

    async fn find_key(&self, db: &DbPool) -> DbResult<hmac::Key> {
        let epoch = db.epoch()?;
        let held = self.key.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, key)) = held.filter(|(of, _)| *of == epoch) {
            return Ok(key);
        }
        let stored = db::server_key::find(&mut db.read().await?, KEY_NAME).await?;
        let stored = if let Some(stored) = stored {
            stored
        } else {
            let mut conn = db.write().await?;
            // Another node may have inserted its key first; then all nodes use that key.
            db::server_key::insert_if_none(&mut conn, KEY_NAME, &secret()?).await?;
            let stored = db::server_key::find(&mut conn, KEY_NAME).await?;
            stored.ok_or(db::DbError::Unknown("key"))?
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, stored.as_bytes());
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some((epoch, key.clone()));
        Ok(key)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const ANA: &str = "ana@example.org";

    fn key(secret: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[secret; 32])
    }

    fn reread(remembered: &Remembered) -> Remembered {
        Remembered::parse(&remembered.to_string()).unwrap()
    }

    #[test]
    fn device_is_known_only_to_accounts_it_signed_in_to() {
        let mut device = Remembered::new();
        device.add(&key(1), ANA, 20_000);
        device.add(&key(1), "okafor@example.org", 20_001);
        let device = reread(&device);
        assert!(device.is_of(&key(1), ANA, 20_001));
        assert!(device.is_of(&key(1), "okafor@example.org", 20_001));
        assert!(!device.is_of(&key(1), "lin@example.org", 20_001));
        assert!(!device.is_of(&key(2), ANA, 20_001), "signed by another clinic");
    }

    #[test]
    fn device_expires_and_a_forged_day_is_rejected() {
        let mut device = Remembered::new();
        device.add(&key(1), ANA, 20_000);
        assert!(device.is_of(&key(1), ANA, 20_400));
        assert!(!device.is_of(&key(1), ANA, 20_401));
        let forged = Remembered::parse(&device.to_string().replace("20000-", "20300-")).unwrap();
        assert!(!forged.is_of(&key(1), ANA, 20_401));
    }

    #[test]
    fn entry_is_rejected_on_another_device() {
        let (mut one, mut other) = (Remembered::new(), Remembered::new());
        one.add(&key(1), ANA, 20_000);
        other.entries.clone_from(&one.entries);
        assert!(!other.is_of(&key(1), ANA, 20_000));
    }

    #[test]
    fn cookie_stays_small_with_many_users_on_one_device() {
        let mut device = Remembered::new();
        for n in 0..50 {
            device.add(&key(1), &format!("p{n}@example.org"), 20_000);
            device.add(&key(1), ANA, 20_000);
        }
        assert_eq!(device.entries.len(), ACCOUNTS_MAX);
        assert!(device.to_string().len() <= COOKIE_MAX_BYTES);
        assert!(reread(&device).is_of(&key(1), ANA, 20_000));
        assert!(!device.is_of(&key(1), "p0@example.org", 20_000), "the least recently used device is removed");
    }

    #[test]
    fn malformed_cookie_is_rejected() {
        let long = "A".repeat(10_000);
        for text in ["", ".", "x", "AAAAAAAAAAAAAAAAAAAAAA.", "AAAAAAAAAAAAAAAAAAAAAA.1", "AAAA.20000-AAAA", "é", &long]
        {
            assert_eq!(Remembered::parse(text), None, "{text:.40}");
        }
        assert!(!Remembered::parse("AAAAAAAAAAAAAAAAAAAAAA.20000-").unwrap().is_of(&key(1), ANA, 20_000));
    }
}
