//! Passwords: which are accepted, hashing and verifying (Argon2id) on separate threads.

use super::strength::is_common;
use crate::domain::failure::log;
use app::protocol::{FieldCode, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, Problem, ProblemCode};
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, PasswordVerifier, Version,
    password_hash::{Error, Output, ParamsString, Salt, SaltString},
};
use rand::Rng;
use std::{
    cell::RefCell,
    sync::{Arc, LazyLock},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
    task::JoinHandle,
};

/// OWASP's password storage cheat sheet: Argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many may wait for each running one: a wait of one or two seconds. More are rejected, since
/// each waiting one keeps a request open.
const WAITING_FOR_EACH: usize = 32;
/// Salt, in bytes (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;
/// Argon2's output, in bytes.
const OUTPUT_BYTES: usize = Params::DEFAULT_OUTPUT_LEN;

/// Why hashing or verifying failed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The parameters or a stored hash are invalid.
    #[error("password hash: {0}")]
    Hash(Error),
    /// The worker was cancelled, because the server is stopping.
    #[error("the password worker stopped")]
    Stopped,
    /// The queue is full.
    #[error("too many passwords wait to be checked")]
    Busy,
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        if matches!(error, HashError::Busy) {
            return Self::overloaded();
        }
        log(&error);
        ProblemCode::Internal.into()
    }
}

/// Judges, hashes and verifies passwords. Each takes a CPU core, and hashing takes 19 MiB, so only
/// a bounded number runs and a bounded number waits; more are rejected with [`HashError::Busy`].
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// The queue for requests from unknown devices.
    waiting: Arc<Semaphore>,
    /// The queue for known devices, which strangers can't fill.
    waiting_known: Arc<Semaphore>,
    queue_length: usize,
    threads: Arc<Threads>,
}

/// Threads for passwords only. An allocator keeps tens of megabytes for each thread that has hashed
/// a password, and the runtime has many blocking threads.
struct Threads(Option<Runtime>);

impl Threads {
    fn new(count: usize) -> Self {
        let built = Builder::new_current_thread().max_blocking_threads(count).thread_name("passwords").build();
        if let Err(error) = &built {
            tracing::warn!(%error, "no threads for passwords: requests wait while passwords are checked");
        }
        Self(built.ok())
    }

    fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match &self.0 {
            Some(threads) => threads.spawn_blocking(work),
            None => tokio::task::spawn_blocking(work),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Does not wait for the threads, because async code must not block.
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Verified when there is no account, so that the answer takes the same time.
static DECOY: LazyLock<Result<String, Error>> = LazyLock::new(|| hash_now(&generate()));

impl Passwords {
    /// Runs at most `at_once` hashes at the same time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        // Computed now, so that the first sign-in with an unknown e-mail takes no longer than
        // others.
        LazyLock::force(&DECOY);
        let at_once = at_once.max(1);
        let waiting = || Arc::new(Semaphore::new(at_once.saturating_mul(WAITING_FOR_EACH)));
        Self {
            permits: Arc::new(Semaphore::new(at_once)),
            waiting: waiting(),
            waiting_known: waiting(),
            queue_length: at_once.saturating_mul(1 + 2 * WAITING_FOR_EACH),
            threads: Arc::new(Threads::new(at_once)),
        }
    }

    /// How many can run or wait at the same time.
    #[must_use]
    pub const fn queue_length(&self) -> usize {
        self.queue_length
    }

    /// The same service with the separate queue for users on known devices (which have signed in
    /// before), so that a crowd of strangers can't keep them out.
    #[must_use]
    pub fn for_known(&self) -> Self {
        Self { waiting: Arc::clone(&self.waiting_known), ..self.clone() }
    }

    /// Hashes a password. Returns a PHC string.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.run(move || hash_now(&password)).await?.map_err(HashError::Hash)
    }

    /// Whether `password` matches `hash`. Without a hash (no such account), or with one that is not
    /// an Argon2 hash (an operator's way to lock an account), returns `false` after the same time.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, HashError> {
        let verify = move || {
            let own = hash.as_deref().and_then(argon2_hash);
            if let Some(own) = &own
                && let Some(verdict) = matches(&password, own)?
            {
                return Ok(verdict);
            }
            let decoy = DECOY.clone()?;
            matches(&password, &PasswordHash::new(&decoy)?)?;
            Ok(false)
        };
        self.run(verify).await?.map_err(HashError::Hash)
    }

    /// Runs a check of a new password, which costs as much as a hash.
    pub async fn judge<T: Send + 'static>(&self, judge: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        self.run(judge).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let waiting = self.waiting.try_acquire().map_err(|_| HashError::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| HashError::Stopped)?;
        drop(waiting);
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        self.threads.spawn(work).await.map_err(|_| HashError::Stopped)
    }
}

/// Parses a stored hash, if it is a complete Argon2 hash.
fn argon2_hash(stored: &str) -> Option<PasswordHash<'_>> {
    let hash = PasswordHash::new(stored).ok()?;
    let is_whole = hash.salt.is_some() && hash.hash.is_some();
    (is_whole && Algorithm::try_from(hash.algorithm).is_ok()).then_some(hash)
}

/// Whether the password matches the hash; `None` if the hash can't be verified.
fn matches(password: &str, hash: &PasswordHash<'_>) -> Result<Option<bool>, Error> {
    if let (true, Some(salt), Some(known)) = (is_as_made_now(hash)?, hash.salt, hash.hash) {
        let mut buffer = [0; Salt::MAX_LENGTH];
        let Ok(salt) = salt.decode_b64(&mut buffer) else { return Ok(None) };
        // `Output` is compared in constant time.
        return Ok(Some(Output::new(&output(password, salt)?)? == known));
    }
    match hasher()?.verify_password(password.as_bytes(), hash) {
        Ok(()) => Ok(Some(true)),
        Err(Error::Password) => Ok(Some(false)),
        // Argon2 does not support the parameters.
        Err(_) => Ok(None),
    }
}

/// Why a new password is invalid: it is too short, too long or too common. Nothing else is
/// required.
#[must_use]
pub fn fault(password: &str, name: &str, email: &str) -> Option<FieldCode> {
    let length = password.chars().count();
    if length == 0 {
        Some(FieldCode::Required)
    } else if length < PASSWORD_MIN_CHARS {
        Some(FieldCode::TooShort)
    } else if length > PASSWORD_MAX_CHARS {
        Some(FieldCode::TooLong)
    } else if is_common(password, &[name, email]) {
        Some(FieldCode::TooCommon)
    } else {
        None
    }
}

/// Generates a password: 20 letters and digits that are hard to confuse, in groups of five.
#[must_use]
pub fn generate() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    let mut group = || -> String {
        (0..5).filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len()))).map(|&byte| char::from(byte)).collect()
    };
    [group(), group(), group(), group()].join("-")
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String, Error> {
    let salt = rand::random::<[u8; SALT_BYTES]>();
    let (output, salt) = (Output::new(&output(password, &salt)?)?, SaltString::encode_b64(&salt)?);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: hasher()?.params().try_into()?,
        salt: Some(salt.as_salt()),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// Whether a hash has the same parameters as those of [`hash_now`], so that it can be compared with
/// [`output`].
fn is_as_made_now(hash: &PasswordHash<'_>) -> Result<bool, Error> {
    let ours = ParamsString::try_from(hasher()?.params())?;
    let is_long_enough = hash.hash.is_some_and(|output| output.len() == OUTPUT_BYTES);
    let is_of_version = hash.version == Some(Version::V0x13.into());
    Ok(hash.algorithm == Algorithm::Argon2id.ident() && is_of_version && hash.params == ours && is_long_enough)
}

thread_local! {
    /// Argon2's memory, reused by each of the few threads. Allocators keep a multiple of the memory
    /// that is freed.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Argon2's output for a password and a salt.
fn output(password: &str, salt: &[u8]) -> Result<[u8; OUTPUT_BYTES], Error> {
    let (hasher, mut output) = (hasher()?, [0; OUTPUT_BYTES]);
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(hasher.params().block_count(), Block::default());
        hasher.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, memory.as_mut_slice())
    })?;
    Ok(output)
}

#[cfg(test)]
mod tests;
