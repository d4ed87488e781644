//! An HTTP client as a program has it: requests with a session cookie, and answers to inspect.

use super::{DEADLINE, STARTING, description};
use app::protocol::FieldCode;
use http::{HeaderMap, Method, header};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, client::IntoClientRequest},
};

/// A raw WebSocket.
pub(crate) type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One program with at most one session. It follows no redirects and stores no cookies by itself.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    cookie: Option<String>,
    bearer: Option<String>,
}

impl Client {
    /// A client without a session; `base` is like `http://127.0.0.1:3000`.
    pub(crate) fn new(base: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(DEADLINE);
        Self { http: http.build().unwrap(), base: base.to_owned(), cookie: None, bearer: None }
    }

    /// The same client with this cookie (`name=value`).
    pub(crate) fn with_cookie(&self, cookie: &str) -> Self {
        Self { cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    /// The same client with an API token and no cookie.
    pub(crate) fn with_bearer(&self, token: &str) -> Self {
        Self { cookie: None, bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// The server's address.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The session's cookie (`name=value`).
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// The session's token.
    pub(crate) fn token(&self) -> &str {
        self.cookie().and_then(|cookie| cookie.split_once('=')).unwrap().1
    }

    /// A request that the test completes.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match (&self.cookie, &self.bearer) {
            (_, Some(token)) => request.bearer_auth(token),
            (Some(cookie), None) => request.header(header::COOKIE, cookie),
            (None, None) => request,
        }
    }

    /// Asks for a WebSocket at `path`, with an `Origin` header like a browser's or without. Returns
    /// the status if the server refuses.
    pub(crate) async fn upgrade(&self, path: &str, origin: Option<&str>) -> Result<Wire, u16> {
        let mut request = (self.base.replacen("http", "ws", 1) + path).into_client_request().unwrap();
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}"));
        let headers = [
            (header::COOKIE, self.cookie.as_deref()),
            (header::ORIGIN, origin),
            (header::AUTHORIZATION, bearer.as_deref()),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        match connect_async(request).await {
            Ok((wire, _)) => Ok(wire),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no answer to the upgrade: {error}"),
        }
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).reply().await
    }

    /// `POST` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::POST, path).json(body).reply().await
    }

    /// `POST` with any body and a JSON content type.
    pub(crate) async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Reply {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        request.body(body).reply().await
    }

    /// `PUT` with a JSON body.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::PUT, path).json(body).reply().await
    }

    /// Sends a DELETE request.
    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path).reply().await
    }
}

/// `path?name=value&…`, encoded.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{encoded}")
}

/// Sends a request and waits for the whole answer.
pub(crate) trait Ask {
    /// Sends the request.
    async fn reply(self) -> Reply;
}

impl Ask for RequestBuilder {
    async fn reply(self) -> Reply {
        let _nobody_starts = STARTING.read().await;
        let (http, request) = self.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = http.execute(request).await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let reply = Reply { status, headers, body: response.text().await.expect("the body is complete") };
        description::check(&method, &path, &reply);
        reply
    }
}

/// A complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    /// A header's value, or an empty string without the header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        self.parse()
    }

    /// The body as one of the wire types.
    #[track_caller]
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The body as a page, without the markers that Leptos adds for hydration.
    pub(crate) fn page(&self) -> String {
        self.body.replace("<!>", "")
    }

    /// The `name=value` of the first cookie that the answer sets.
    #[track_caller]
    pub(crate) fn cookie(&self) -> &str {
        self.header("set-cookie").split(';').next().filter(|cookie| !cookie.is_empty()).expect("a cookie is set")
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Asserts a redirect to `location`.
    #[track_caller]
    pub(crate) fn expect_redirect(self, location: &str) -> Self {
        assert!((300..400).contains(&self.status), "{self:?}");
        assert_eq!(self.header("location"), location, "{self:?}");
        self
    }

    /// Asserts a problem (RFC 9457) with this status and code, in the form that the contract
    /// defines.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!((&body["status"], &body["code"]), (&status.into(), &code.into()), "{body}");
        for key in ["type", "title", "detail"] {
            assert!(body[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {body}");
        }
        assert_eq!(body["errors"].is_array(), code == "invalid", "field errors come with `invalid` only: {body}");
        self
    }

    /// Asserts a 422 with exactly these faults.
    #[track_caller]
    pub(crate) fn expect_invalid(self, faults: &[(&str, FieldCode)]) -> Self {
        let reply = self.expect_problem(422, "invalid");
        let body = reply.json();
        let found: Vec<(&str, FieldCode)> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| {
                assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{error}");
                (error["field"].as_str().unwrap(), serde_json::from_value(error["code"].clone()).unwrap())
            })
            .collect();
        assert_eq!(found, faults, "{body}");
        reply
    }
}
