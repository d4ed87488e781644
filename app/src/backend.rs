//! The calls that the interface makes to the server. The server implements them for one request at
//! a time; this crate has no database code.

use crate::protocol::{
    AdminOverview, ChangePage, ChangeQuery, Chat, ChatAction, ChatId, ChatPage, ChatQuery, ClientId, DoctorPage,
    DoctorQuery, HistoryQuery, Message, MessagePage, NewSavedReply, Problem, ProblemCode, ReportId, ReportPage,
    ReportQuery, Safety, SafetyChange, SavedReply, SavedReplyId, SearchPage, SearchQuery, Seq, SettingsForm, User,
    UserId,
};
use async_trait::async_trait;
use leptos::context::use_context;
use std::sync::Arc;

/// A signed-in user and the `Set-Cookie` values of the session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user: User,
    /// The values of the `Set-Cookie` headers.
    pub cookies: Vec<String>,
}

/// A message to store.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The sender's own id for the message.
    pub client_id: ClientId,
    /// The text.
    pub content: String,
    /// The `seq` of the message that this one answers.
    pub reply_to: Option<Seq>,
    /// The `seq` of the sender's own message that this one corrects.
    pub corrects: Option<Seq>,
}

/// The services that the pages use, for the user who makes this request. All calls except those
/// before `list_doctors` return `unauthenticated` if no user is signed in.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The clinic's time zone.
    fn time_zone(&self) -> chrono_tz::Tz;
    /// How long after it was stored the sender can change a message, in milliseconds.
    fn changeable_ms(&self) -> i64;
    /// The origins to which the page's script may open a socket, like `wss://chat.example.org`.
    fn socket_origins(&self) -> Vec<String>;
    /// The signed-in user, if the session was looked up before. A page needs the user before it can
    /// wait for anything.
    fn known_viewer(&self) -> Option<User>;
    /// The key that encrypts the unsent messages in the user's browser (32 bytes in hex).
    fn outbox_key(&self) -> Option<String>;

    /// The reason why the requested page can't be shown, if there is one.
    fn trouble(&self) -> Option<Problem>;
    /// The signed-in user; `None` if no user is signed in.
    async fn viewer(&self) -> Result<Option<User>, Problem>;
    /// Creates a patient's account and signs the patient in.
    async fn sign_up(&self, name: String, email: String, password: String) -> Result<SignedIn, Problem>;
    /// Signs in.
    async fn sign_in(&self, email: String, password: String) -> Result<SignedIn, Problem>;
    /// Signs out. Returns the `Set-Cookie` value that removes the cookie.
    async fn sign_out(&self) -> Result<String, Problem>;
    /// A page of the directory.
    async fn list_doctors(&self, query: DoctorQuery) -> Result<DoctorPage, Problem>;
    /// The specialties of the doctors in the directory.
    async fn list_specialties(&self) -> Result<Vec<String>, Problem>;
    /// The patient's chat with this doctor. Creates the chat if there is none.
    async fn initiate(&self, doctor: UserId) -> Result<ChatId, Problem>;
    /// A page of the user's chats, newest activity first.
    async fn list_chats(&self, query: ChatQuery) -> Result<ChatPage, Problem>;
    /// One of the user's chats.
    async fn chat(&self, chat: ChatId) -> Result<Chat, Problem>;
    /// A page of a chat's history.
    async fn history(&self, chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem>;
    /// The messages of a chat that have changed since they were stored.
    async fn changes(&self, chat: ChatId, query: ChangeQuery) -> Result<ChangePage, Problem>;
    /// Stores a message.
    async fn send(&self, chat: ChatId, message: NewMessage) -> Result<Message, Problem>;
    /// Retracts one of the user's own messages.
    async fn retract(&self, chat: ChatId, seq: Seq) -> Result<Message, Problem>;
    /// Changes a chat's status. Returns the chat in its new state.
    async fn act(&self, chat: ChatId, act: ChatAction) -> Result<Chat, Problem>;
    /// Reports a chat to the clinic's admin.
    async fn report(&self, chat: ChatId, reason: String) -> Result<(), Problem>;
    /// The chats and reports that need the attention of the clinic's admin.
    async fn admin_overview(&self) -> Result<AdminOverview, Problem>;
    /// A page of the members' reports.
    async fn reports(&self, query: ReportQuery) -> Result<ReportPage, Problem>;
    /// Closes a chat in the clinic's name, if one member's account is disabled.
    async fn close_chat(&self, chat: ChatId, reason: String) -> Result<(), Problem>;
    /// Marks a report as settled.
    async fn settle(&self, report: ReportId) -> Result<(), Problem>;
    /// The user's own saved replies and the clinic's.
    async fn saved_replies(&self) -> Result<Vec<SavedReply>, Problem>;
    /// Stores a new saved reply.
    async fn add_saved_reply(&self, reply: NewSavedReply) -> Result<SavedReply, Problem>;
    /// Replaces the title and text of a saved reply.
    async fn change_saved_reply(&self, id: SavedReplyId, reply: NewSavedReply) -> Result<SavedReply, Problem>;
    /// Deletes a saved reply.
    async fn delete_saved_reply(&self, id: SavedReplyId) -> Result<(), Problem>;
    /// The clinic's settings for emergencies.
    async fn safety(&self) -> Result<Safety, Problem>;
    /// Changes the clinic's settings for emergencies. Returns the new settings.
    async fn change_safety(&self, change: SafetyChange) -> Result<Safety, Problem>;
    /// Finds messages that contain the words of the query.
    async fn search(&self, query: SearchQuery) -> Result<SearchPage, Problem>;
    /// Marks a chat as read up to `seq`.
    async fn mark_read(&self, chat: ChatId, seq: Seq) -> Result<(), Problem>;
    /// A doctor's own settings.
    async fn settings_form(&self) -> Result<SettingsForm, Problem>;
    /// Replaces the doctor's settings. Returns them as stored.
    async fn save_settings_form(&self, form: SettingsForm) -> Result<SettingsForm, Problem>;
}

/// The backend of this request. Returns `internal` if the server provided none.
pub fn backend() -> Result<Arc<dyn Backend>, Problem> {
    use_context().ok_or_else(|| ProblemCode::Internal.into())
}
