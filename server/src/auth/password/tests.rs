use super::*;
use std::sync::mpsc;

#[test]
fn password_is_rejected_only_for_length_or_commonness() {
    for fine in ["three unrelated words", "ñandú 🦤 über alles, 7 veces", "zqkfjwmvxpthblr", "test-password-1234"]
    {
        assert_eq!(fault(fine, "Ana", "ana@example.org"), None, "{fine}");
    }
    for common in ["passwordpassword", "123456789012345", "aaaaaaaaaaaaaaaaa", "qwertyuiopasdfg", "abcabcabcabcabcabc"]
    {
        assert_eq!(fault(common, "Ana", "ana@example.org"), Some(FieldCode::TooCommon), "{common}");
    }
    assert_eq!(fault("fourteen chars", "Ana", "a@b.c"), Some(FieldCode::TooShort));
    assert_eq!(fault(&"kx7 ".repeat(33), "Ana", "a@b.c"), Some(FieldCode::TooLong));
    assert_eq!(fault("", "Ana", "a@b.c"), Some(FieldCode::Required));
}

#[test]
fn generated_password_is_accepted_and_unique() {
    let password = generate();
    assert_eq!(fault(&password, "", ""), None);
    assert_ne!(password, generate());
}

#[tokio::test]
async fn invalid_hash_is_rejected_after_as_long_as_a_wrong_password() {
    let passwords = Passwords::new(1);
    let argon2 = hash_now("a password of hers").ok();
    assert!(passwords.verify("a password of hers".to_owned(), argon2.clone()).await.is_ok_and(|is_hers| is_hers));
    let time = async |hash: Option<&str>| {
        let begun = std::time::Instant::now();
        let verdict = passwords.verify("a guess".to_owned(), hash.map(ToOwned::to_owned)).await;
        assert!(verdict.is_ok_and(|is_right| !is_right), "{hash:?}");
        begun.elapsed()
    };
    let usual = time(argon2.as_deref()).await;
    for odd in ["", "!", "-", "a password of hers", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=19456,t=2,p=1"] {
        let taken = time(Some(odd)).await;
        assert!(taken * 10 > usual, "{odd:?}: {taken:?} against {usual:?}");
    }
}

#[tokio::test]
async fn passwords_are_judged_in_turn_and_the_queue_is_bounded() {
    let passwords = Passwords::new(1);
    let (go_on, wait) = mpsc::channel::<()>();
    let runs = tokio::spawn({
        let passwords = passwords.clone();
        async move { passwords.judge(move || wait.recv().is_ok()).await }
    });
    while passwords.permits.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let waiting: Vec<_> = (0..WAITING_FOR_EACH)
        .map(|n| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.judge(move || n).await })
        })
        .collect();
    while passwords.waiting.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(waiting.iter().all(|waits| !waits.is_finished()), "one at a time");
    assert!(matches!(passwords.hash("one more".to_owned()).await, Err(HashError::Busy)));
    let known = passwords.for_known();
    let known = tokio::spawn(async move { known.judge(|| ()).await });
    assert!(go_on.send(()).is_ok());
    assert!(runs.await.is_ok_and(|ran| ran.is_ok_and(|ran| ran)));
    for waits in waiting {
        assert!(waits.await.is_ok_and(|ran| ran.is_ok()));
    }
    assert!(known.await.is_ok_and(|ran| ran.is_ok()), "a known device is still admitted");
}
