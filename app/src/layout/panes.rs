//! The two panes of a signed-in user: the list of chats, and the opened page. A phone shows one
//! pane.

use crate::{
    chats::{
        connection::ConnectionBanner,
        list::{ChatList, rows::room_path},
    },
    components::{overlay::Overlay, viewer::use_viewer},
    layout::{app_bar::AppBar, not_found::NotFound, shortcuts::Overlays},
    protocol::Role,
    room::{
        emergency::{Emergency, NotForEmergencies},
        type_ahead::TypeAhead,
    },
    takeover::pause,
};
use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

/// `/patient…`
#[component]
pub fn PatientArea() -> impl IntoView {
    view! { <Area role=Role::Patient /> }
}

/// `/doctor…`
#[component]
pub fn DoctorArea() -> impl IntoView {
    view! { <Area role=Role::Doctor /> }
}

#[component]
fn Area(role: Role) -> impl IntoView {
    pause();
    // The server redirects other users before it renders; this check also holds for navigation
    // within the page.
    if use_viewer().is_none_or(|viewer| viewer.role != role) {
        return view! { <NotFound /> }.into_any();
    }
    let overlay = Overlay::provide();
    if role == Role::Patient {
        Emergency::provide();
    }
    let location = use_location();
    // A dialog belongs to the page where it was opened.
    Effect::new(move |before: Option<String>| {
        let path = location.pathname.get();
        if before.is_some_and(|before| before != path) {
            overlay.open.set(None);
            // A user who goes elsewhere no longer types for the chosen chat.
            if overlay.chosen.get_untracked().is_some_and(|chat| path != room_path(role, chat)) {
                overlay.chosen.set(None);
            }
        }
        path
    });
    let is_home = move || location.pathname.with(|path| path.trim_end_matches('/') == role.home());
    view! {
        <div class="area" class:at-home=is_home>
            <AppBar />
            <ConnectionBanner />
            <div class="panes">
                <aside class="pane-list">
                    <ChatList role />
                    {(role == Role::Patient).then(|| view! { <NotForEmergencies /> })}
                </aside>
                <main id="content" class="pane-main" tabindex="-1">
                    <Outlet />
                    <TypeAhead />
                </main>
            </div>
            <Overlays role />
        </div>
    }
    .into_any()
}
