//! Admission: the checks and limits that every call, form and page passes before it is handled.
//!
//! The server reads the body first, so that a client that withholds its body occupies no permit
//! that others need. The request then takes a permit at its [`ConcurrencyLimit`] and holds it until
//! the response is complete. Until the client has taken the response, the request counts for its
//! [`Caller`]: the user, or the address of a request without a session. Long-lived streams are not
//! handled here: they count with the user's sockets.

use super::{
    HttpProblem,
    arrival::{self, Excess, Refused},
    extract::MaybeViewer,
    extract::Trouble,
    fair_pool::{Caller, FairPool, Permit},
    overload::{self, ConcurrencyLimit},
    portions::Portions,
    refused_form::PlainForm,
};
use crate::{
    auth::{limit::network, session::Credential},
    config::Config,
    domain::failure::timed_out,
    state::AppState,
};
use app::protocol::{Problem, ProblemCode};
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_client_ip::ClientIp;
use bytes::Bytes;
use http::{Method, request::Parts};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The longest time for answering a request, counted from the end of its body.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Largest body of a request for a page, in bytes: the longest directory search, with four bytes a
/// character, each percent-encoded.
const SEARCH_BODY_MAX_BYTES: usize = 4 * 1024;
/// Session lookups that may run at a time. One address may have as many of them as it may have
/// requests.
const LOOKUPS_MAX: usize = 1_024;
/// Bytes that signed-in users may hold, all together and each: bodies that are read and not
/// answered yet, and responses that are not sent yet.
const PEOPLES_BODIES: Portion = Portion { all: 32 * MEBIBYTE, each: 8 * MEBIBYTE };
const PEOPLES_ANSWERS: Portion = Portion { all: 96 * MEBIBYTE, each: 16 * MEBIBYTE };
/// The same two limits for requests without a session, all together and per address.
const STRANGERS_BODIES: Portion = Portion { all: 16 * MEBIBYTE, each: 4 * MEBIBYTE };
const STRANGERS_ANSWERS: Portion = Portion { all: 16 * MEBIBYTE, each: 4 * MEBIBYTE };
const MEBIBYTE: usize = 1_024 * 1_024;
/// Responses up to this size are not counted, so that a small response, which reports what was
/// done, is never refused.
const ANSWER_COUNTED_FROM_BYTES: usize = 64 * 1024;

/// A limit in bytes for all callers together, and for each caller.
#[derive(Clone, Copy)]
struct Portion {
    all: usize,
    each: usize,
}

/// The limits that requests of all kinds share. Requests without a session have their own bytes, so
/// that they can't use up those of signed-in users.
#[derive(Clone)]
pub struct Pools {
    lookups: Arc<FairPool>,
    requests: Arc<FairPool>,
    people: Room,
    strangers: Room,
}

/// The bytes available to callers of one kind, signed in or not.
#[derive(Clone)]
struct Room {
    bodies: Arc<FairPool>,
    body_share: usize,
    answers: Arc<FairPool>,
    answer_share: usize,
}

impl Room {
    fn new(bodies: Portion, answers: Portion) -> Self {
        Self {
            bodies: FairPool::new(bodies.all),
            body_share: bodies.each,
            answers: FairPool::new(answers.all),
            answer_share: answers.each,
        }
    }

    fn for_body(&self, caller: Caller) -> Permit {
        self.bodies.permit(caller, self.body_share)
    }

    fn for_answer(&self, caller: Caller) -> Permit {
        self.answers.permit(caller, self.answer_share)
    }
}

impl Default for Pools {
    fn default() -> Self {
        Self {
            lookups: FairPool::new(LOOKUPS_MAX),
            // Bounded by each caller's share and by the concurrency limits.
            requests: FairPool::new(usize::MAX),
            people: Room::new(PEOPLES_BODIES, PEOPLES_ANSWERS),
            strangers: Room::new(STRANGERS_BODIES, STRANGERS_ANSWERS),
        }
    }
}

impl Pools {
    const fn room(&self, caller: Caller) -> &Room {
        match caller {
            Caller::Person(_) => &self.people,
            Caller::Address(_) => &self.strangers,
        }
    }
}

/// How requests of one kind are admitted.
#[derive(Clone)]
pub struct Admission {
    /// The services.
    pub state: AppState,
    /// The kind of the requests.
    pub kind: Kind,
    /// The concurrency limit for requests of signed-in users.
    pub people: ConcurrencyLimit,
    /// The concurrency limit for requests without a session.
    pub strangers: ConcurrencyLimit,
    /// The limits shared with the other kinds.
    pub pools: Pools,
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A call of a program or a form, with a limited body.
    Call {
        /// Largest body, in bytes.
        body_max_bytes: usize,
    },
    /// A page. Only the directory's search has a body.
    Page,
}

/// Middleware that admits a request, or answers with the problem that prevents it.
pub async fn admit(State(admission): State<Admission>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (method, form) = (parts.method.clone(), PlainForm::from_request(&parts));
    let (caller, fault) = admission.caller(&mut parts).await;
    let mut permit = admission.pools.requests.permit(caller, requests_of(caller, &admission.state.config));
    let fault = fault.or_else(|| (!permit.take(1)).then(|| Problem::rate_limited(1)));
    let answered = match fault {
        // The typed form is read nevertheless, so that the answer can show it again.
        Some(problem) if form.is_some() => {
            let mut held = admission.pools.room(caller).for_body(caller);
            let read = admission.body(body, Excess::Kept, &mut held).await;
            Err(read.map_or_else(|refused| refused, |(_, body)| Refused { problem, body }))
        }
        Some(problem) => Err(problem.into()),
        None => admission.answer(parts, body, caller, form.is_some(), next).await,
    };
    match answered {
        Ok(response) => admission
            .hand_over(response, caller, permit)
            .unwrap_or_else(|problem| admission.refuse(problem.into(), form, &method, caller, None)),
        Err(refused) => admission.refuse(refused, form, &method, caller, Some(permit)),
    }
}

/// Middleware that only reads the body of a request that is admitted elsewhere, such as a request
/// of a Socket.IO session. The request counts for its address, and only until its body is complete.
pub async fn read_first(
    State((state, pools, max)): State<(AppState, Pools, usize)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let caller = address(&mut parts, &state).await;
    let read = async {
        let mut request = pools.requests.permit(caller, requests_of(caller, &state.config));
        if !request.take(1) {
            return Err(Problem::rate_limited(1).into());
        }
        arrival::read(body, max, Excess::Dropped, &mut pools.room(caller).for_body(caller)).await
    };
    match read.await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(Refused { problem, .. }) => HttpProblem(problem).into_response(),
    }
}

impl Admission {
    async fn answer(
        &self,
        parts: Parts,
        body: Body,
        caller: Caller,
        is_form: bool,
        next: Next,
    ) -> Result<Response<Bytes>, Refused> {
        let excess = if is_form { Excess::Kept } else { Excess::Dropped };
        let mut held = self.pools.room(caller).for_body(caller);
        let (body, typed) = self.body(body, excess, &mut held).await?;
        let refused = |problem| Refused { problem, body: typed.clone() };
        let gate = if matches!(caller, Caller::Person(_)) { &self.people } else { &self.strangers };
        let permit = gate.enter().map_err(&refused)?;
        let answered = async {
            let (parts, body) = next.run(Request::from_parts(parts, body)).await.into_parts();
            (parts, to_bytes(body, usize::MAX).await)
        };
        let (parts, body) = in_time(answered).await.map_err(&refused)?;
        drop(permit);
        let body = body.map_err(|_| refused(ProblemCode::Internal.into()))?;
        Ok(Response::from_parts(parts, body))
    }

    /// Reads the body. The second value is a copy of a call's body, which a refused form shows
    /// again.
    async fn body(&self, body: Body, excess: Excess, held: &mut Permit) -> Result<(Body, Option<Bytes>), Refused> {
        match self.kind {
            Kind::Page => {
                let bytes = arrival::read(body, SEARCH_BODY_MAX_BYTES, excess, held).await?;
                Ok((Body::from(bytes), None))
            }
            Kind::Call { body_max_bytes } => {
                let bytes = arrival::read(body, body_max_bytes, excess, held).await?;
                Ok((Body::from(bytes.clone()), Some(bytes)))
            }
        }
    }

    /// Finds the caller of a request, and the problem if the session can't be looked up now.
    async fn caller(&self, parts: &mut Parts) -> (Caller, Option<Problem>) {
        let caller = address(parts, &self.state).await;
        if Credential::from_headers(&parts.headers, self.state.config.cookie()).is_none() {
            return (caller, None);
        }
        // Anyone can invent a cookie. The lookup counts for the address, so it uses no permit of
        // users whose cookies are valid.
        let mut lookup = self.pools.lookups.permit(caller, requests_of(caller, &self.state.config));
        if !lookup.take(1) {
            return (caller, Some(Problem::overloaded()));
        }
        match in_time(MaybeViewer::from_request_parts(parts, &self.state)).await {
            Ok(Ok(MaybeViewer(Some(viewer)))) => (Caller::Person(viewer.user.id), None),
            Ok(Ok(MaybeViewer(None))) => (caller, None),
            // Handlers that need no session still work.
            Ok(Err(HttpProblem(problem))) => {
                parts.extensions.insert(Trouble(problem));
                (caller, None)
            }
            Err(problem) => (caller, Some(problem)),
        }
    }

    /// Turns a complete response into one that is sent in portions, and counts its bytes for the
    /// caller until they are sent.
    fn hand_over(&self, response: Response<Bytes>, caller: Caller, request: Permit) -> Result<Response, Problem> {
        let (parts, body) = response.into_parts();
        if body.is_empty() {
            return Ok(Response::from_parts(parts, Body::empty()));
        }
        let mut answer = self.pools.room(caller).for_answer(caller);
        if body.len() > ANSWER_COUNTED_FROM_BYTES && !answer.take(body.len()) {
            return Err(Problem::overloaded());
        }
        Ok(Response::from_parts(parts, Body::new(Portions::new(body, (request, answer)))))
    }

    fn refuse(
        &self,
        Refused { problem, body }: Refused,
        form: Option<PlainForm>,
        method: &Method,
        caller: Caller,
        request: Option<Permit>,
    ) -> Response {
        let form = match (self.kind, form) {
            (Kind::Page, _) => return overload::busy_page(&problem, method),
            (Kind::Call { .. }, None) => return HttpProblem(problem).into_response(),
            (Kind::Call { .. }, Some(form)) => form,
        };
        let page = |body| form.refuse(problem.clone(), body, &self.state.leptos);
        // Without the typed text the page is small enough not to be counted.
        let shown = request.and_then(|request| self.hand_over(page(body.as_ref()), caller, request).ok());
        shown.unwrap_or_else(|| page(None).map(Body::from))
    }
}

async fn address(parts: &mut Parts, state: &AppState) -> Caller {
    let address = ClientIp::from_request_parts(parts, state).await;
    Caller::Address(address.ok().map(|ClientIp(address)| network(address)))
}

const fn requests_of(caller: Caller, config: &Config) -> usize {
    match caller {
        Caller::Person(_) => config.requests_per_person,
        Caller::Address(_) => config.requests_per_address,
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    timeout(ANSWER_WITHIN, work).await.map_err(|_| timed_out())
}
