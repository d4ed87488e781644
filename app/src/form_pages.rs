//! The pages that are plain forms. The server renders them, and they need no program in the
//! browser: `forms.js` posts their forms without leaving the page. For signed-in users the program
//! runs beside them, without views, for notifications (`frontend`).

use crate::{
    account::{create_account::CreateAccount, sign_in::SignIn},
    admin::{overview::Overview, replies::ClinicReplies, reports::Reports, safety::SafetySettings},
    components::{clock::Clock, viewer::PageFacts},
    doctor::{saved_replies::SavedReplies, settings::DoctorSettings},
    layout::not_found::{NotFound, Trouble},
    preferences::Theme,
};
use leptos::prelude::*;
use leptos_i18n::Locale as _;
use leptos_meta::{Html, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// All form pages.
#[component]
pub fn FormPages() -> impl IntoView {
    provide_meta_context();
    let facts = PageFacts::provide();
    Clock::provide(&facts);
    provide_context(RwSignal::new(facts.theme));
    let theme = (facts.theme != Theme::System).then(|| facts.theme.name());
    view! {
        <Html attr:lang=facts.locale.as_str() attr:data-theme=theme />
        <Title text="Bedside" />
        {match facts.trouble {
            Some(problem) => view! { <Trouble problem /> }.into_any(),
            None => view! { <Pages /> }.into_any(),
        }}
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("create-account") view=CreateAccount ssr=SsrMode::Async />
                <Route path=path!("doctor/settings") view=DoctorSettings ssr=SsrMode::Async />
                <Route path=path!("doctor/replies") view=SavedReplies ssr=SsrMode::Async />
                <Route path=path!("admin") view=Overview ssr=SsrMode::Async />
                <Route path=path!("admin/reports") view=Reports ssr=SsrMode::Async />
                <Route path=path!("admin/safety") view=SafetySettings ssr=SsrMode::Async />
                <Route path=path!("admin/replies") view=ClinicReplies ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
