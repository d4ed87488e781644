//! What the interface needs of the server. The server implements it per request; this crate knows no
//! database.

use crate::protocol::{
    AdminOverview, ChangePage, ChangeQuery, Chat, ChatAction, ChatId, ChatPage, ChatQuery, ClientId, DoctorPage,
    DoctorQuery, HistoryQuery, Message, MessagePage, NewSavedReply, Problem, ProblemCode, ReportId, ReportPage,
    ReportQuery, Safety, SafetyChange, SavedReply, SavedReplyId, SearchPage, SearchQuery, Seq, SettingsForm, User,
    UserId,
};
use async_trait::async_trait;
use leptos::context::use_context;
use std::sync::Arc;

/// A signed-in person and the `Set-Cookie` values that keep them so.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// The headers' values.
    pub cookies: Vec<String>,
}

/// A message to store.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The sender's own id for it.
    pub client_id: ClientId,
    /// What it says.
    pub content: String,
    /// The message that it answers.
    pub reply_to: Option<Seq>,
    /// The own message that it puts right.
    pub corrects: Option<Seq>,
}

/// The services behind the pages, for the person who makes this request. Every call but the first five
/// answers `unauthenticated` to a stranger.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The clinic's time zone.
    fn time_zone(&self) -> chrono_tz::Tz;
    /// For how long after it was stored a message can be changed by its sender, in milliseconds.
    fn changeable_ms(&self) -> i64;
    /// Where the page's script may open a socket, like `wss://chat.example.org`.
    fn socket_origins(&self) -> Vec<String>;
    /// Who is signed in, if the request was looked at already: a page needs it before anything can wait.
    fn known_viewer(&self) -> Option<User>;
    /// The key to what the visitor's browser keeps of messages that are not sent (32 bytes in hex).
    fn outbox_key(&self) -> Option<String>;

    /// Why the page that is asked for can't be shown at all, if so.
    fn trouble(&self) -> Option<Problem>;
    /// Who is signed in.
    async fn viewer(&self) -> Result<Option<User>, Problem>;
    /// Makes a patient's account and signs in.
    async fn sign_up(&self, name: String, email: String, password: String) -> Result<SignedIn, Problem>;
    /// Signs in.
    async fn sign_in(&self, email: String, password: String) -> Result<SignedIn, Problem>;
    /// Signs out; answers the `Set-Cookie` value that removes the cookie.
    async fn sign_out(&self) -> Result<String, Problem>;
    /// A page of the directory.
    async fn list_doctors(&self, query: DoctorQuery) -> Result<DoctorPage, Problem>;
    /// The specialties of the directory.
    async fn list_specialties(&self) -> Result<Vec<String>, Problem>;
    /// The chat with this doctor, made if there is none.
    async fn initiate(&self, doctor: UserId) -> Result<ChatId, Problem>;
    /// A page of one's chats.
    async fn list_chats(&self, query: ChatQuery) -> Result<ChatPage, Problem>;
    /// One of one's chats.
    async fn chat(&self, chat: ChatId) -> Result<Chat, Problem>;
    /// A stretch of a chat's history.
    async fn history(&self, chat: ChatId, query: HistoryQuery) -> Result<MessagePage, Problem>;
    /// What has changed of a chat's messages.
    async fn changes(&self, chat: ChatId, query: ChangeQuery) -> Result<ChangePage, Problem>;
    /// Stores a message.
    async fn send(&self, chat: ChatId, message: NewMessage) -> Result<Message, Problem>;
    /// Takes one's own message back.
    async fn retract(&self, chat: ChatId, seq: Seq) -> Result<Message, Problem>;
    /// Changes how a chat stands.
    async fn act(&self, chat: ChatId, act: ChatAction) -> Result<Chat, Problem>;
    /// Tells the clinic's admin about a chat.
    async fn report(&self, chat: ChatId, reason: String) -> Result<(), Problem>;
    /// What the clinic's admin has to look after.
    async fn oversight(&self) -> Result<AdminOverview, Problem>;
    /// A page of what members report.
    async fn reports(&self, query: ReportQuery) -> Result<ReportPage, Problem>;
    /// Closes a chat of which one's account is disabled, for the clinic.
    async fn close_chat(&self, chat: ChatId, reason: String) -> Result<(), Problem>;
    /// Notes that a report was dealt with.
    async fn settle(&self, report: ReportId) -> Result<(), Problem>;
    /// One's saved replies and the clinic's.
    async fn saved_replies(&self) -> Result<Vec<SavedReply>, Problem>;
    /// Keeps a reply.
    async fn add_saved_reply(&self, reply: NewSavedReply) -> Result<SavedReply, Problem>;
    /// Puts another text in a saved reply's place.
    async fn change_saved_reply(&self, id: SavedReplyId, reply: NewSavedReply) -> Result<SavedReply, Problem>;
    /// Throws a saved reply away.
    async fn delete_saved_reply(&self, id: SavedReplyId) -> Result<(), Problem>;
    /// What the clinic says of emergencies.
    async fn safety(&self) -> Result<Safety, Problem>;
    /// Changes that.
    async fn change_safety(&self, change: SafetyChange) -> Result<Safety, Problem>;
    /// Finds messages by their words.
    async fn search(&self, query: SearchQuery) -> Result<SearchPage, Problem>;
    /// Marks a chat read up to `seq`.
    async fn mark_read(&self, chat: ChatId, seq: Seq) -> Result<(), Problem>;
    /// A doctor's own settings.
    async fn settings_form(&self) -> Result<SettingsForm, Problem>;
    /// Replaces them; as they are stored then.
    async fn save_settings_form(&self, form: SettingsForm) -> Result<SettingsForm, Problem>;
}

/// This request's backend.
pub fn backend() -> Result<Arc<dyn Backend>, Problem> {
    use_context().ok_or_else(|| ProblemCode::Internal.into())
}
