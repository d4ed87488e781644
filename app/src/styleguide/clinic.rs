//! A backend with made-up data: it always gives the same answers, and changes nothing.

use super::fixtures;
use crate::{
    backend::{Backend, NewMessage, SignedIn},
    protocol::{
        AdminOverview, ChangePage, ChangeQuery, Chat, ChatAction, ChatId, ChatPage, ChatQuery, DoctorPage, DoctorQuery,
        HistoryQuery, Message, MessagePage, NewSavedReply, Problem, ProblemCode, ReportId, ReportPage, ReportQuery,
        Role, Safety, SafetyChange, SavedReply, SavedReplyId, SearchPage, SearchQuery, Seq, SettingsForm, User, UserId,
    },
};
use async_trait::async_trait;

/// Which answers the backend gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// Full data.
    Full,
    /// Empty lists.
    Empty,
    /// An error.
    Failing,
}

/// The made-up backend, for this viewer.
pub(super) struct MadeUpBackend {
    pub(super) viewer: Option<User>,
    pub(super) scene: Scene,
}

impl MadeUpBackend {
    fn answer<T>(&self, full: impl FnOnce() -> T, empty: T) -> Result<T, Problem> {
        match self.scene {
            Scene::Full => Ok(full()),
            Scene::Empty => Ok(empty),
            Scene::Failing => Err(ProblemCode::Unavailable.into()),
        }
    }

    fn role(&self) -> Role {
        self.viewer.as_ref().map_or(Role::Patient, |viewer| viewer.role)
    }
}

/// The answer to requests that would change something.
fn refused<T>() -> Result<T, Problem> {
    Err(ProblemCode::Unavailable.into())
}

#[async_trait]
impl Backend for MadeUpBackend {
    fn time_zone(&self) -> chrono_tz::Tz {
        chrono_tz::Europe::Madrid
    }
    fn changeable_ms(&self) -> i64 {
        i64::MAX
    }
    fn socket_origins(&self) -> Vec<String> {
        Vec::new()
    }
    fn known_viewer(&self) -> Option<User> {
        self.viewer.clone()
    }
    fn outbox_key(&self) -> Option<String> {
        None
    }
    fn trouble(&self) -> Option<Problem> {
        None
    }
    async fn viewer(&self) -> Result<Option<User>, Problem> {
        Ok(self.viewer.clone())
    }
    async fn sign_up(&self, _: String, _: String, _: String) -> Result<SignedIn, Problem> {
        refused()
    }
    async fn sign_in(&self, _: String, _: String) -> Result<SignedIn, Problem> {
        refused()
    }
    async fn sign_out(&self) -> Result<String, Problem> {
        refused()
    }
    async fn list_doctors(&self, query: DoctorQuery) -> Result<DoctorPage, Problem> {
        let none = DoctorPage { doctors: Vec::new(), next: None };
        if query.query.is_some() {
            Ok(none)
        } else {
            self.answer(|| DoctorPage { doctors: fixtures::directory(), next: None }, none)
        }
    }
    async fn list_specialties(&self) -> Result<Vec<String>, Problem> {
        self.answer(|| ["Cardiology", "Dermatology", "Family medicine"].map(str::to_owned).to_vec(), Vec::new())
    }
    async fn initiate(&self, _: UserId) -> Result<ChatId, Problem> {
        refused()
    }
    async fn list_chats(&self, _: ChatQuery) -> Result<ChatPage, Problem> {
        let page = |chats| ChatPage { chats, next: None };
        self.answer(|| page(fixtures::chats(self.role())), page(Vec::new()))
    }
    async fn chat(&self, _: ChatId) -> Result<Chat, Problem> {
        self.answer(|| fixtures::everyday(self.role()).chat, fixtures::none(self.role()).chat)
    }
    async fn history(&self, _: ChatId, _: HistoryQuery) -> Result<MessagePage, Problem> {
        self.answer(|| fixtures::everyday(self.role()).page, fixtures::none(self.role()).page)
    }
    async fn changes(&self, _: ChatId, _: ChangeQuery) -> Result<ChangePage, Problem> {
        refused()
    }
    async fn send(&self, _: ChatId, _: NewMessage) -> Result<Message, Problem> {
        refused()
    }
    async fn retract(&self, _: ChatId, _: Seq) -> Result<Message, Problem> {
        refused()
    }
    async fn act(&self, _: ChatId, _: ChatAction) -> Result<Chat, Problem> {
        refused()
    }
    async fn report(&self, _: ChatId, _: String) -> Result<(), Problem> {
        refused()
    }
    async fn admin_overview(&self) -> Result<AdminOverview, Problem> {
        self.answer(
            fixtures::admin_overview,
            AdminOverview { waiting: Vec::new(), unattended: Vec::new(), reports: Vec::new(), next_reports: None },
        )
    }
    async fn reports(&self, _: ReportQuery) -> Result<ReportPage, Problem> {
        self.answer(
            || ReportPage { reports: fixtures::admin_overview().reports, next: None },
            ReportPage { reports: Vec::new(), next: None },
        )
    }
    async fn close_chat(&self, _: ChatId, _: String) -> Result<(), Problem> {
        refused()
    }
    async fn settle(&self, _: ReportId) -> Result<(), Problem> {
        refused()
    }
    async fn saved_replies(&self) -> Result<Vec<SavedReply>, Problem> {
        self.answer(fixtures::saved_replies, Vec::new())
    }
    async fn add_saved_reply(&self, _: NewSavedReply) -> Result<SavedReply, Problem> {
        refused()
    }
    async fn change_saved_reply(&self, _: SavedReplyId, _: NewSavedReply) -> Result<SavedReply, Problem> {
        refused()
    }
    async fn delete_saved_reply(&self, _: SavedReplyId) -> Result<(), Problem> {
        refused()
    }
    async fn safety(&self) -> Result<Safety, Problem> {
        self.answer(fixtures::safety, Safety { emergency_number: None, ..fixtures::safety() })
    }
    async fn change_safety(&self, _: SafetyChange) -> Result<Safety, Problem> {
        refused()
    }
    async fn search(&self, _: SearchQuery) -> Result<SearchPage, Problem> {
        refused()
    }
    async fn mark_read(&self, _: ChatId, _: Seq) -> Result<(), Problem> {
        refused()
    }
    async fn settings_form(&self) -> Result<SettingsForm, Problem> {
        self.answer(fixtures::settings, SettingsForm::default())
    }
    async fn save_settings_form(&self, _: SettingsForm) -> Result<SettingsForm, Problem> {
        refused()
    }
}
