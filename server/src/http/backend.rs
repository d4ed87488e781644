//! The server's implementation of `app`'s `Backend`: what pages and server functions call, for one
//! request.

use super::{extract::MaybeViewer, extract::Trouble};
use crate::{
    auth::{Origin, Viewer, account},
    chat::send::Draft,
    db::member::Mark,
    state::AppState,
};
use app::{
    backend::{Backend, NewMessage, SignedIn},
    protocol::{
        AdminOverview, ChangePage, ChangeQuery, Chat, ChatAction, ChatId, ChatPage, ChatQuery, DoctorPage, DoctorQuery,
        HistoryQuery, Message, MessagePage, NewSavedReply, Problem, ProblemCode, ReportId, ReportPage, ReportQuery,
        Safety, SafetyChange, SavedReply, SavedReplyId, SearchPage, SearchQuery, Seq, SettingsForm, User, UserId,
    },
};
use async_trait::async_trait;
use axum::extract::FromRequestParts;
use http::request::Parts;
use tokio::sync::OnceCell;

/// The services, called on behalf of one request.
pub struct RequestBackend {
    state: AppState,
    parts: Parts,
    viewer: OnceCell<Option<Viewer>>,
}

impl RequestBackend {
    /// The backend for the request that `parts` belong to.
    #[must_use]
    pub fn new(state: AppState, parts: Parts) -> Self {
        Self { state, parts, viewer: OnceCell::new() }
    }

    async fn require_viewer(&self) -> Result<Viewer, Problem> {
        self.find_viewer().await?.ok_or_else(|| ProblemCode::Unauthenticated.into())
    }

    async fn find_viewer(&self) -> Result<Option<Viewer>, Problem> {
        let find = async || {
            let mut parts = self.parts.clone();
            let found = MaybeViewer::from_request_parts(&mut parts, &self.state).await;
            found.map(|MaybeViewer(viewer)| viewer).map_err(|problem| problem.0)
        };
        self.viewer.get_or_try_init(find).await.cloned()
    }

    async fn origin(&self) -> Result<Origin, Problem> {
        let mut parts = self.parts.clone();
        Origin::from_request_parts(&mut parts, &self.state).await.map_err(|problem| problem.0)
    }
}

fn signed_in(signed_in: account::SignedIn) -> SignedIn {
    SignedIn { user: signed_in.user, cookies: signed_in.cookies }
}

#[async_trait]
impl Backend for RequestBackend {
    fn time_zone(&self) -> chrono_tz::Tz {
        self.state.config.time_zone
    }

    fn changeable_ms(&self) -> i64 {
        self.state.chats.rules.changeable_ms
    }

    fn socket_origins(&self) -> Vec<String> {
        // A policy can't contain an IPv6 address (CSP 3, host-source). There, `'self'` has to be
        // enough.
        let origins = self.state.config.origins.iter().filter(|origin| !origin.contains('['));
        origins.map(|origin| origin.replacen("http", "ws", 1)).collect()
    }

    fn known_viewer(&self) -> Option<User> {
        let MaybeViewer(viewer) = self.parts.extensions.get::<MaybeViewer>()?;
        viewer.as_ref().map(|viewer| viewer.user.clone())
    }

    fn outbox_key(&self) -> Option<String> {
        let MaybeViewer(viewer) = self.parts.extensions.get::<MaybeViewer>()?;
        viewer.as_ref()?.outbox_key.clone()
    }

    fn trouble(&self) -> Option<Problem> {
        self.parts.extensions.get::<Trouble>().map(|trouble| trouble.0.clone())
    }

    async fn viewer(&self) -> Result<Option<User>, Problem> {
        Ok(self.find_viewer().await?.map(|viewer| viewer.user))
    }

    async fn sign_up(&self, name: String, email: String, password: String) -> Result<SignedIn, Problem> {
        let origin = self.origin().await?;
        self.state.accounts.sign_up(&origin, &name, &email, password).await.map(signed_in)
    }

    async fn sign_in(&self, email: String, password: String) -> Result<SignedIn, Problem> {
        let origin = self.origin().await?;
        self.state.accounts.sign_in(&origin, &email, password).await.map(signed_in)
    }

    async fn sign_out(&self) -> Result<String, Problem> {
        match self.find_viewer().await? {
            Some(viewer) => self.state.accounts.sign_out(&viewer).await,
            None => Ok(self.state.config.cookie().clear()),
        }
    }

    async fn list_doctors(&self, query: DoctorQuery) -> Result<DoctorPage, Problem> {
        self.require_viewer().await?;
        self.state.chats.list_doctors(query).await
    }

    async fn list_specialties(&self) -> Result<Vec<String>, Problem> {
        self.require_viewer().await?;
        self.state.chats.list_specialties().await
    }

    async fn initiate(&self, doctor: UserId) -> Result<ChatId, Problem> {
        self.state.chats.initiate(&self.require_viewer().await?, doctor).await
    }

    async fn list_chats(&self, query: ChatQuery) -> Result<ChatPage, Problem> {
        self.state.chats.list_chats(&self.require_viewer().await?, query).await
    }

    async fn chat(&self, chat: ChatId) -> Result<Chat, Problem> {
        self.state.chats.chat(&self.require_viewer().await?, chat).await
    }

    async fn history(&self, chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem> {
        self.state.chats.history(&self.require_viewer().await?, chat, query).await
    }

    async fn changes(&self, chat: ChatId, query: ChangeQuery) -> Result<ChangePage, Problem> {
        self.state.chats.changes(&self.require_viewer().await?, chat, query).await
    }

    async fn send(&self, chat: ChatId, message: NewMessage) -> Result<Message, Problem> {
        let NewMessage { client_id, content, reply_to, corrects } = message;
        let viewer = self.require_viewer().await?;
        let draft = Draft { chat, client_id, content, reply_to, corrects, is_urgent: false };
        // A plain form was not checked for signs of an emergency by a script, so the server checks
        // it.
        self.state.chats.send_unscreened(&viewer, draft).await
    }

    async fn retract(&self, chat: ChatId, seq: Seq) -> Result<Message, Problem> {
        self.state.chats.retract(&self.require_viewer().await?, chat, seq).await
    }

    async fn act(&self, chat: ChatId, act: ChatAction) -> Result<Chat, Problem> {
        self.state.chats.act(&self.require_viewer().await?, chat, act).await
    }

    async fn report(&self, chat: ChatId, reason: String) -> Result<(), Problem> {
        self.state.chats.report(&self.require_viewer().await?, chat, reason).await
    }

    async fn admin_overview(&self) -> Result<AdminOverview, Problem> {
        self.state.chats.admin_overview(&self.require_viewer().await?).await
    }

    async fn reports(&self, query: ReportQuery) -> Result<ReportPage, Problem> {
        self.state.chats.reports(&self.require_viewer().await?, query).await
    }

    async fn close_chat(&self, chat: ChatId, reason: String) -> Result<(), Problem> {
        self.state.chats.close_for_clinic(&self.require_viewer().await?, chat, reason).await
    }

    async fn settle(&self, report: ReportId) -> Result<(), Problem> {
        self.state.chats.settle(&self.require_viewer().await?, report).await
    }

    async fn saved_replies(&self) -> Result<Vec<SavedReply>, Problem> {
        self.state.clinic.saved_replies(&self.require_viewer().await?).await
    }

    async fn add_saved_reply(&self, reply: NewSavedReply) -> Result<SavedReply, Problem> {
        self.state.clinic.add_saved_reply(&self.require_viewer().await?, reply).await
    }

    async fn change_saved_reply(&self, id: SavedReplyId, reply: NewSavedReply) -> Result<SavedReply, Problem> {
        self.state.clinic.change_saved_reply(&self.require_viewer().await?, id, reply).await
    }

    async fn delete_saved_reply(&self, id: SavedReplyId) -> Result<(), Problem> {
        self.state.clinic.delete_saved_reply(&self.require_viewer().await?, id).await
    }

    async fn safety(&self) -> Result<Safety, Problem> {
        self.require_viewer().await?;
        self.state.clinic.safety().await
    }

    async fn change_safety(&self, change: SafetyChange) -> Result<Safety, Problem> {
        self.state.clinic.change_safety(&self.require_viewer().await?, change).await
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchPage, Problem> {
        self.state.chats.search(&self.require_viewer().await?, query).await
    }

    async fn mark_read(&self, chat: ChatId, seq: Seq) -> Result<(), Problem> {
        self.state.chats.mark(&self.require_viewer().await?, chat, Mark::Read, seq).await
    }

    async fn settings_form(&self) -> Result<SettingsForm, Problem> {
        self.state.chats.doctor_settings_form(&self.require_viewer().await?).await
    }

    async fn save_settings_form(&self, form: SettingsForm) -> Result<SettingsForm, Problem> {
        self.state.chats.save_doctor_settings_form(&self.require_viewer().await?, form).await
    }
}
