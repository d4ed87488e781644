//! Passwords: what is accepted, hashing and checking (Argon2id), off the async threads.

use app::protocol::{FieldCode, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS};
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{Error, SaltString},
};
use rand::Rng;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// OWASP's password storage cheat sheet: Argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Passwords that a guesser with a good dictionary tries within this many attempts are refused. A word or
/// a pattern repeated to fill 15 characters falls below; three unrelated words are far above.
const MOST_COMMON_GUESSES_LOG10: f64 = 6.0;
/// Salt, in bytes (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// Hashing failed or could not run.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The parameters or a stored hash are wrong.
    #[error("password hash: {0}")]
    Hash(Error),
    /// The worker was cancelled: the program is stopping.
    #[error("the password worker stopped")]
    Stopped,
}

/// Hashes and checks passwords, a bounded number at a time: each takes 19 MiB and a core.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
}

/// Stands in for the hash of an account that isn't there, so that asking takes the same time.
static DECOY: LazyLock<Result<String, Error>> = LazyLock::new(|| hash_now(&generate()));

impl Passwords {
    /// At most `at_once` hashes run at the same time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        // Now, so that the first question about an unknown account takes no longer than others.
        LazyLock::force(&DECOY);
        Self { permits: Arc::new(Semaphore::new(at_once.max(1))) }
    }

    /// The password's hash, as a PHC string.
    pub async fn hash(&self, password: String) -> Result<String, HashError> {
        self.run(move || hash_now(&password)).await
    }

    /// Whether `password` belongs to `hash`. Without a hash (no such account) it takes as long and says no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, HashError> {
        self.run(move || {
            let (hash, exists) = match hash {
                Some(hash) => (hash, true),
                None => (DECOY.clone()?, false),
            };
            let hash = PasswordHash::new(&hash)?;
            match hasher()?.verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(exists),
                Err(Error::Password) => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| HashError::Stopped)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|_| HashError::Stopped)?
        .map_err(HashError::Hash)
    }
}

/// What is wrong with a new password: its length, or that everybody uses it. Nothing else is asked of it.
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

fn is_common(password: &str, own_words: &[&str]) -> bool {
    zxcvbn::zxcvbn(password, own_words).guesses_log10() < MOST_COMMON_GUESSES_LOG10
}

/// A password made by the program: 20 letters and digits that can't be mistaken for each other, in groups.
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
    let salt = SaltString::encode_b64(&rand::random::<[u8; SALT_BYTES]>())?;
    Ok(hasher()?.hash_password(password.as_bytes(), &salt)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_length_and_commonness_count() {
        for fine in ["three unrelated words", "ñandú 🦤 über alles, 7 veces", "zqkfjwmvxpthblr", "test-password-1234"]
        {
            assert_eq!(fault(fine, "Ana", "ana@example.org"), None, "{fine}");
        }
        for common in
            ["passwordpassword", "123456789012345", "aaaaaaaaaaaaaaaaa", "qwertyuiopasdfg", "abcabcabcabcabcabc"]
        {
            assert_eq!(fault(common, "Ana", "ana@example.org"), Some(FieldCode::TooCommon), "{common}");
        }
        assert_eq!(fault("fourteen chars", "Ana", "a@b.c"), Some(FieldCode::TooShort));
        assert_eq!(fault(&"kx7 ".repeat(33), "Ana", "a@b.c"), Some(FieldCode::TooLong));
        assert_eq!(fault("", "Ana", "a@b.c"), Some(FieldCode::Required));
    }

    #[test]
    fn a_generated_password_is_accepted_and_never_repeats() {
        let password = generate();
        assert_eq!(fault(&password, "", ""), None);
        assert_ne!(password, generate());
    }
}
