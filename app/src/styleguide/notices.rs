//! Problems, progress and empty states.

use super::{
    clinic::Scene,
    fixtures::none,
    people::{MINUTE, ago, client_id},
    specimen::Specimen,
    stage::Stage,
};
use crate::{
    admin::overview::Overview,
    chats::{
        connection::ConnectionBanner,
        list::{ChatList, ListSkeleton},
    },
    components::{
        failed::{Failed, Nothing},
        problem::ProblemNote,
    },
    directory::page::{Directory, DirectorySkeleton},
    doctor::{home::DoctorHome, reply_editor::ReplyEditor},
    live::{Event, Live},
    protocol::{DoctorQuery, Problem, ProblemCode, Role, Seq, ServerFrame},
    room::page::{RoomPage, RoomSkeleton},
};
use leptos::prelude::*;
use leptos_router::{
    components::{Route, Routes},
    path,
};

/// A banner after an event.
fn banner(happen: impl FnOnce(Live) + Send + 'static) -> AnyView {
    Stage::for_role(Role::Patient).show(move || {
        happen(Live::expect());
        view! { <ConnectionBanner /> }.into_any()
    })
}

/// The server has fewer messages than before.
fn rewind(live: Live) {
    live.open(&super::fixtures::everyday(Role::Patient));
    let counters = crate::live::ChatState::new(none(Role::Patient).chat.chat_id).counters;
    live.apply(Event::Frame(ServerFrame::Ready {
        user_id: live.peek(|state| state.viewer),
        server_time: ago(0),
        protocol: 1,
        epoch: client_id(1),
        chats: vec![crate::protocol::ChatCounters { last_seq: Seq(1), ..counters }],
    }));
}

/// Problems, banners and skeletons.
pub(super) fn notices() -> AnyView {
    let problem = |problem: Problem| view! { <ProblemNote problem=Signal::stored(Some(problem)) /> };
    view! {
        <Specimen name="A problem above a form" shape="sg-half">
            {problem(ProblemCode::InvalidCredentials.into())}
        </Specimen>
        <Specimen name="Too fast" shape="sg-half">
            {problem(Problem::rate_limited(30))}
        </Specimen>
        <Specimen name="No connection" shape="sg-half">
            {banner(|live| live.apply(Event::Disconnected(ago(4 * MINUTE))))}
        </Specimen>
        <Specimen name="The page is too old" shape="sg-half">
            {banner(|live| live.apply(Event::Outdated))}
        </Specimen>
        <Specimen name="The session is over" shape="sg-half">
            {banner(|live| live.apply(Event::SessionEnded))}
        </Specimen>
        <Specimen name="The clinic's records were put back" shape="sg-half">
            {banner(rewind)}
        </Specimen>
        <Specimen name="A list is on its way" shape="sg-half">
            <ListSkeleton />
        </Specimen>
        <Specimen name="A room is on its way" shape="sg-half">
            {Stage::for_role(Role::Patient).show(|| view! { <RoomSkeleton /> }.into_any())}
        </Specimen>
        <Specimen name="The directory is on its way" shape="sg-half">
            <DirectorySkeleton />
        </Specimen>
        <Specimen name="Instead of a page that failed" shape="sg-half">
            {Stage::for_role(Role::Patient).show(|| view! { <Failed problem=ProblemCode::Unavailable.into() /> }.into_any())}
        </Specimen>
        <Specimen name="The list failed" shape="sg-half">
            {Stage::for_role(Role::Patient).in_a(Scene::Failing).show(|| list(Role::Patient))}
        </Specimen>
        <Specimen name="The admin's lists failed" shape="sg-half">
            {Stage::for_role(Role::Admin)
                .in_a(Scene::Failing)
                .show(|| {
                    view! {
                        <div class="admin-sections">
                            <Overview />
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
    }
    .into_any()
}

fn list(role: Role) -> AnyView {
    view! {
        <div class="pane-list">
            <ChatList role />
        </div>
    }
    .into_any()
}

/// The texts of empty parts.
pub(super) fn empty() -> AnyView {
    let nothing = |role| Stage::for_role(role).in_a(Scene::Empty);
    view! {
        <Specimen name="A doctor's start" shape="sg-half">
            {nothing(Role::Doctor).show(|| view! { <DoctorHome /> }.into_any())}
        </Specimen>
        <Specimen name="No such page" shape="sg-half">
            {nothing(Role::Patient).show(|| view! { <Nothing /> }.into_any())}
        </Specimen>
        <Specimen name="A patient without chats" shape="sg-half">
            {nothing(Role::Patient).show(|| list(Role::Patient))}
        </Specimen>
        <Specimen name="A doctor without patients" shape="sg-half">
            {nothing(Role::Doctor).show(|| list(Role::Doctor))}
        </Specimen>
        <Specimen name="A chat without messages" shape="sg-half sg-frame">
            {nothing(Role::Patient)
                .at("/patient/chat/1")
                .show(|| {
                    view! {
                        <Routes fallback=|| ()>
                            <Route path=path!("/patient/chat/:chat_id") view=RoomPage />
                        </Routes>
                    }
                        .into_any()
                })}
        </Specimen>
        <Specimen name="A clinic without doctors" shape="sg-half">
            {nothing(Role::Patient).show(|| view! { <Directory /> }.into_any())}
        </Specimen>
        <Specimen name="No doctors match" shape="sg-half">
            {nothing(Role::Patient)
                .show(|| {
                    provide_context(DoctorQuery { query: Some("nobody".to_owned()), ..Default::default() });
                    view! { <Directory /> }.into_any()
                })}
        </Specimen>
        <Specimen name="No waits, no reports" shape="sg-half">
            {nothing(Role::Admin)
                .show(|| {
                    view! {
                        <div class="admin-sections">
                            <Overview />
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
        <Specimen name="No saved replies" shape="sg-half">
            {nothing(Role::Doctor)
                .show(|| {
                    view! {
                        <div class="replies-page">
                            <ReplyEditor role=Role::Doctor />
                        </div>
                    }
                        .into_any()
                })}
        </Specimen>
    }
    .into_any()
}
