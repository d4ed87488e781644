//! The headers that every answer has for browsers and caches.

use crate::support::{Ask, Browser, Client, PASSWORD, Reply, Server};
use app::protocol::Timestamp;
use http::Method;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

#[track_caller]
fn assert_safe(what: &str, reply: &Reply) {
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(reply.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{what}");
    let permissions = reply.header("permissions-policy");
    for feature in ["camera", "microphone", "geolocation", "display-capture", "usb", "serial", "screen-wake-lock"] {
        let is_denied = permissions.split(", ").any(|part| part == format!("{feature}=()"));
        assert!(is_denied, "{feature} in what {what} asks for: {permissions}");
    }
    let policy = reply.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{part} in the policy of {what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    assert_eq!(reply.headers.get_all("content-security-policy").iter().count(), 1, "{what}");
}

async fn everything(client: &Client, chat: &str) -> Vec<(String, Reply)> {
    let mut replies = Vec::new();
    for path in [
        "/",
        "/sign-in",
        "/create-account",
        "/patient",
        "/doctor",
        "/admin",
        "/nowhere",
        "/healthz",
        "/readyz",
        "/ws",
        "/api/session",
        "/api/doctors",
        "/api/chats",
        "/api/nothing",
        "/patient/chat/999",
        "/favicon.svg",
        "/pkg/bedside.js",
        "/pkg/missing.js",
        &format!("/api/chats/{chat}"),
        &format!("/api/chats/{chat}/messages"),
        &format!("/patient/chat/{chat}"),
    ] {
        replies.push((format!("GET {path}"), client.get(path).await));
    }
    for path in ["/api/session", "/api/chats/initiate", "/fn/account/sign-in", "/fn/nothing"] {
        replies.push((format!("POST {path}"), client.post(path, &json!({})).await));
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_security_headers_and_private_ones_no_store() {
    let server = Server::start().await;
    let (nora, okafor) = (server.patient("Nora").await, server.doctor("Dr. Okafor").await);
    let chat = nora.initiate(&okafor).await.to_string();
    let stranger = server.stranger();
    let viewers: [&Client; 3] = [&nora, &okafor, &stranger];
    for viewer in viewers {
        for (what, reply) in everything(viewer, &chat).await {
            assert_safe(&what, &reply);
            assert_eq!(reply.header("strict-transport-security"), "", "not on http: {what}");
            let is_file = what.contains("/pkg/bedside.js") || what.contains("/favicon.svg");
            if !is_file {
                assert_eq!(reply.header("cache-control"), "no-store", "{what}");
            }
        }
    }
    for path in ["/healthz", "/api/doctors"] {
        let signed_out = nora.get(path).await;
        assert_eq!(signed_out.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn static_files_are_cached_and_missing_ones_are_not() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let script = stranger.get("/pkg/bedside.js").await.expect(200);
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.header("content-type"), "text/javascript");
    for (path, kind) in [
        ("/favicon.svg", "image/svg+xml"),
        ("/icon.svg", "image/svg+xml"),
        ("/apple-touch-icon.png", "image/png"),
        ("/icon-192.png", "image/png"),
        ("/icon-512.png", "image/png"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ] {
        let icon = stranger.get(path).await.expect(200);
        assert!(icon.header("cache-control").starts_with("public, max-age="), "{path}");
        assert_eq!(icon.header("content-type"), kind, "{path}");
    }
    assert_eq!(stranger.get("/pkg/missing.js").await.expect(404).header("cache-control"), "no-store");
    for path in ["/pkg/../bedside.db", "/pkg/..%2f..%2fbedside.db", "/pkg/%2e%2e/%2e%2e/bedside.db", "/bedside.db"] {
        stranger.get(path).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_scripts_have_a_new_nonce_for_each_request() {
    let server = Server::start().await;
    let nora = server.patient("Nora").await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = Browser::of(&nora).open("/patient").await.expect(200);
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("object-src 'none'"), "{policy}");
        assert!(policy.contains("form-action 'self'"), "{policy}");
        assert!(policy.contains(&server.base().replacen("http", "ws", 1)), "the live socket is allowed: {policy}");
        let nonce = policy.split_once("'nonce-").unwrap().1.split('\'').next().unwrap().to_owned();
        assert!(nonce.len() >= 16);
        for script in page.body.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(
                tag.contains(&nonce) || rest.starts_with("</script>"),
                "a script without the nonce: <script{script}"
            );
        }
        assert!(!page.body.contains(" style=\"") && !page.body.contains("<style"), "no inline style");
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn https_answers_have_hsts_and_a_host_bound_cookie() {
    let server = Server::with(|settings| settings.public_url = Some("https://chat.example.org".parse().unwrap())).await;
    let nora = server.patient("Nora").await;
    for (what, reply) in everything(&nora, "1").await {
        let hsts = reply.header("strict-transport-security");
        let max_age_s: u64 = hsts.strip_prefix("max-age=").unwrap().split(';').next().unwrap().parse().unwrap();
        assert!(max_age_s >= 31_536_000, "{what}: {hsts}");
    }
    let reply = server.stranger().post("/api/session", &json!({ "email": nora.email, "password": PASSWORD })).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-bedside_session="), "{cookie}");
    for flag in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(flag), "{flag} in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let plain = server.stranger().with_cookie(&format!("bedside_session={}", nora.token()));
    plain.get("/api/session").await.expect_problem(401, "unauthenticated");
    let cleared = nora.delete("/api/session").await.expect(204);
    assert!(cleared.header("set-cookie").starts_with("__Host-bedside_session=;"));
    assert!(cleared.header("set-cookie").contains("; Secure"), "or browsers ignore it");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cookie_is_secure_on_https() {
    let https = Server::with(|settings| settings.public_url = Some("https://chat.example.org".parse().unwrap())).await;
    for (server, is_secure) in [(https, true), (Server::start().await, false)] {
        let nora = server.patient("Nora").await;
        let sign_in = [("email", nora.email.as_str()), ("password", PASSWORD)];
        let chosen = [("language", "es"), ("theme", "dark")];
        let replies = [
            server.stranger().request(Method::POST, "/fn/account/sign-in").form(&sign_in).reply().await,
            nora.request(Method::POST, "/fn/account/preferences").form(&chosen).reply().await,
            nora.request(Method::POST, "/fn/account/sign-out").form(&[("", ""); 0]).reply().await,
        ];
        let cookies: Vec<_> = replies.iter().flat_map(|reply| reply.headers.get_all("set-cookie")).collect();
        assert_eq!(cookies.len(), 5, "a session, a device, a language, colours, and the session's end: {cookies:?}");
        for cookie in cookies {
            let secure = cookie.to_str().unwrap().matches("; Secure").count();
            assert_eq!(secure, usize::from(is_secure), "{cookie:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_out_clears_the_browser_cache_but_not_its_storage() {
    let server = Server::start().await;
    let (nora, tomas) = (server.patient("Nora").await, server.patient("Tomas").await);
    let seen = nora.get("/api/session").await.expect(200);
    assert_eq!(seen.header("clear-site-data"), "", "not before");
    let by_form = nora.request(Method::POST, "/fn/account/sign-out").form(&[("", ""); 0]).reply().await;
    let by_program = tomas.delete("/api/session").await.expect(204);
    for reply in [by_form, by_program] {
        // Not "storage": other users of the browser keep their unsent messages there.
        assert_eq!(reply.header("clear-site-data"), "\"cache\"", "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn security_txt_is_served_if_a_contact_is_configured() {
    const AT: &str = "/.well-known/security.txt";
    Server::start().await.stranger().get(AT).await.expect(404);
    let server = Server::with(|settings| {
        settings.public_url = Some("https://chat.example.org".parse().unwrap());
        settings.security_contact = Some("mailto:security@example.org".parse().unwrap());
    })
    .await;
    let reply = server.stranger().get(AT).await.expect(200);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    let value = |name: &str| reply.body.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
    assert_eq!(value("Contact"), "mailto:security@example.org");
    assert_eq!(value("Canonical"), format!("https://chat.example.org{AT}"));
    let expires = Timestamp::parse(value("Expires")).unwrap().0;
    let day = 24 * 3_600 * 1_000;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    assert!((now + 30 * day..now + 365 * day).contains(&expires), "{}", value("Expires"));
}

/// In a build without the feature, `/styleguide` is an unknown address.
#[cfg(not(feature = "styleguide"))]
#[tokio::test(flavor = "multi_thread")]
async fn styleguide_is_missing_without_its_feature() {
    let server = Server::start().await;
    for path in ["/styleguide", "/styleguide/style.css"] {
        server.stranger().get(path).await.expect(404);
    }
}

#[cfg(feature = "styleguide")]
#[tokio::test(flavor = "multi_thread")]
async fn styleguide_has_page_headers_and_no_hydration() {
    let server = Server::start().await;
    let stranger = server.stranger();
    let page = Browser::of(&stranger).open("/styleguide").await.expect(200);
    assert_safe("the styleguide", &page);
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("'nonce-") && policy.contains("style-src 'self';"), "{policy}");
    assert!(!page.body.contains(" style=\"") && !page.body.contains("<style"), "no inline style");
    assert!(!page.body.contains("hydrate()") && !page.body.contains("/pkg/"), "nothing makes it live");
    for section in ["colours", "buttons", "messages", "composer", "dialogs", "empty", "forms"] {
        assert!(page.body.contains(&format!("id=\"{section}\"")), "{section}");
    }
    let sheet = stranger.get("/styleguide/style.css").await.expect(200);
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.body.contains("--accent:"));
}
