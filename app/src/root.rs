//! The root component: what every page shares, and the routes.

use crate::{
    components::{clock::Clock, viewer::PageFacts},
    directory::page::Directory,
    doctor::home::DoctorHome,
    layout::{
        not_found::{NotFound, Trouble},
        panes::{DoctorArea, PatientArea},
    },
    live::Live,
    notifications::{
        context::{NotificationContext, NotificationRunner},
        page::Notifications,
    },
    preferences::Theme,
    room::page::RoomPage,
    takeover::pause,
};
use leptos::prelude::*;
use leptos_i18n::Locale as _;
use leptos_meta::{Html, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// The pages that the browser makes live: chats and the directory. The others are in
/// `form_pages`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let facts = PageFacts::provide();
    Clock::provide(&facts);
    pause();
    let theme = RwSignal::new(facts.theme);
    provide_context(theme);
    if let Some(viewer) = &facts.viewer {
        let live = Live::provide(viewer.id, facts.outbox_key.as_deref());
        connect(live);
        pause();
        NotificationContext::provide(viewer.id);
    }
    pause();
    view! {
        <Html
            attr:lang=facts.locale.as_str()
            attr:data-theme=move || (theme.get() != Theme::System).then(|| theme.get().name())
        />
        <Title text="Bedside" />
        {match facts.trouble {
            Some(problem) => view! { <Trouble problem /> }.into_any(),
            None => view! { <Pages /> }.into_any(),
        }}
    }
}

/// The routes.
#[component]
fn Pages() -> impl IntoView {
    pause();
    view! {
        <Router>
            <NotificationRunner />
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("") view=|| () ssr=SsrMode::Async />
                <ParentRoute path=path!("patient") view=PatientArea ssr=SsrMode::Async>
                    <Route path=path!("") view=Directory />
                    <Route path=path!("notifications") view=Notifications />
                    <Route path=path!("chat/:chat_id") view=RoomPage />
                </ParentRoute>
                <ParentRoute path=path!("doctor") view=DoctorArea ssr=SsrMode::Async>
                    <Route path=path!("") view=DoctorHome />
                    <Route path=path!("notifications") view=Notifications />
                    <Route path=path!("chat/:chat_id") view=RoomPage />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Opens the socket once the page is live.
#[cfg(feature = "hydrate")]
fn connect(live: Live) {
    Effect::new(move |_| {
        crate::live::connect(live);
        crate::components::virtual_keyboard::follow();
    });
}

/// The server's stub.
#[cfg(not(feature = "hydrate"))]
fn connect(_: Live) {}
