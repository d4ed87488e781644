//! The state of the directory's search. The words may reveal an illness, so they are never in the
//! address, which browsers keep and proxies log. With JavaScript they are in the tab's history
//! entry, without it in the posted form.

use crate::protocol::DoctorQuery;
use leptos::{ev, prelude::*, wasm_bindgen::JsValue, web_sys::History};
use serde::{Deserialize, Serialize};

/// The directory's address.
pub(super) const PATH: &str = "/patient";

/// The search as typed, and as last requested.
#[derive(Clone, Copy)]
pub(super) struct SearchState {
    /// The text in the field, which may be ahead of the results.
    pub(super) text: RwSignal<String>,
    /// The chosen specialty; empty for all.
    pub(super) specialty: RwSignal<String>,
    asked: RwSignal<DoctorQuery>,
}

impl SearchState {
    /// Continues the search of the posted form or of the history entry.
    pub(super) fn new() -> Self {
        let given = SharedValue::new(|| use_context::<DoctorQuery>().or_else(entry).unwrap_or_default()).into_inner();
        let state = Self {
            text: RwSignal::new(given.query.clone().unwrap_or_default()),
            specialty: RwSignal::new(given.specialty.clone().unwrap_or_default()),
            asked: RwSignal::new(normal(given)),
        };
        Effect::new(move |_| state.follow_history());
        state
    }

    /// The requested search.
    pub(super) fn asked(self) -> Signal<DoctorQuery> {
        self.asked.into()
    }

    /// Whether the request is narrower than all doctors.
    pub(super) fn is_search(self) -> bool {
        self.asked.with_untracked(|asked| asked.query.is_some() || asked.specialty.is_some())
    }

    /// Requests what is typed and chosen. It replaces the history entry, so that "back" does not
    /// undo single letters.
    pub(super) fn search(self) {
        let (query, specialty) = (self.text.get_untracked(), self.specialty.get_untracked());
        self.ask(DoctorQuery { query: Some(query), specialty: Some(specialty), ..Default::default() });
        self.write(|history, entry| history.replace_state(entry, ""));
    }

    /// Requests all doctors.
    pub(super) fn clear(self) {
        self.show(DoctorQuery::default());
        self.write(|history, entry| history.replace_state(entry, ""));
    }

    /// Requests the next page and adds a history entry.
    pub(super) fn go_on(self, after: String) {
        self.ask(DoctorQuery { after: Some(after), ..self.asked.get_untracked() });
        self.write(|history, entry| history.push_state_with_url(entry, "", Some(PATH)));
    }

    fn ask(self, query: DoctorQuery) {
        self.asked.set(normal(query));
    }

    fn show(self, query: DoctorQuery) {
        self.text.set(query.query.clone().unwrap_or_default());
        self.specialty.set(query.specialty.clone().unwrap_or_default());
        self.ask(query);
    }

    fn follow_history(self) {
        match entry() {
            // After a reload.
            Some(query) if self.asked.with_untracked(|asked| *asked != query) => self.show(query),
            // A reload must not post the form again.
            None if self.is_search() => self.write(|history, entry| history.replace_state(entry, "")),
            _ => {}
        }
        let back_or_forward = window_event_listener(ev::popstate, move |_| {
            let is_here = location().pathname().is_ok_and(|path| path == PATH);
            let query = entry().unwrap_or_default();
            if is_here && self.asked.with_untracked(|asked| *asked != query) {
                self.show(query);
            }
        });
        on_cleanup(move || back_or_forward.remove());
    }

    fn write(self, to: impl FnOnce(History, &JsValue) -> Result<(), JsValue>) {
        let entry = self.asked.with_untracked(|asked| serde_json::to_string(&Entry { directory: asked.clone() }));
        if let (Ok(history), Ok(entry)) = (window().history(), entry) {
            // If the browser refuses more entries, only the search is lost from the history.
            let _ = to(history, &JsValue::from_str(&entry));
        }
    }
}

/// The directory's history entry, stored as JSON.
#[derive(Serialize, Deserialize)]
struct Entry {
    directory: DoctorQuery,
}

/// The search of the current history entry.
fn entry() -> Option<DoctorQuery> {
    if !cfg!(feature = "hydrate") {
        return None;
    }
    let state = window().history().ok()?.state().ok()?.as_string()?;
    serde_json::from_str::<Entry>(&state).ok().map(|entry| entry.directory)
}

/// Turns empty fields into `None`.
fn normal(query: DoctorQuery) -> DoctorQuery {
    DoctorQuery {
        query: query.query.filter(|text| !text.trim().is_empty()),
        specialty: query.specialty.filter(|text| !text.is_empty()),
        after: query.after.filter(|text| !text.is_empty()),
        limit: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DoctorQuery, normal};

    #[test]
    fn empty_form_fields_request_all_doctors() {
        let some = |text: &str| Some(text.to_owned());
        let form = DoctorQuery { query: some("  "), specialty: some(""), after: some(""), limit: Some(100) };
        assert_eq!(normal(form), DoctorQuery::default());
        let words = DoctorQuery { query: some(" knee "), ..Default::default() };
        assert_eq!(normal(words.clone()), words);
    }
}
