//! The made-up page around a component.

use super::{
    clinic::{MadeUpBackend, Scene},
    people::{NOW, viewer},
};
use crate::{
    backend::Backend,
    components::{clock::Clock, overlay::Overlay, viewer::PageFacts},
    live::Live,
    notifications::context::NotificationContext,
    preferences::{Theme, use_locale},
    protocol::{ChatId, Role, Room, Seq},
    room::{context::RoomContext, emergency::Emergency, messages::MessageList},
};
use leptos::{context::Provider, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_router::{components::Router, location::RequestUrl};
use std::sync::Arc;

/// The viewer, the path and the backend of an example.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// The role of the signed-in user; `None` for a visitor who is not signed in.
    pub(super) role: Option<Role>,
    /// The path of the page.
    pub(super) path: &'static str,
    /// Which answers the backend gives.
    pub(super) scene: Scene,
}

impl Stage {
    /// A signed-in user of this role, on their home page, with full data.
    pub(super) const fn for_role(role: Role) -> Self {
        Self { role: Some(role), path: role.home(), scene: Scene::Full }
    }

    /// At another path.
    pub(super) const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// With other answers from the backend.
    pub(super) const fn in_a(self, scene: Scene) -> Self {
        Self { scene, ..self }
    }

    /// Draws a view on this page. The contexts are visible only to that view.
    pub(super) fn show(self, view: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
        let Self { role, path, scene } = self;
        let facts = PageFacts {
            viewer: role.map(viewer),
            locale: use_locale(),
            outbox_key: None,
            trouble: None,
            theme: use_context::<RwSignal<Theme>>().map(|theme| theme.get_untracked()).unwrap_or_default(),
            time_zone: "Europe/Madrid".to_owned(),
            changeable_ms: i64::MAX,
            rendered_at: NOW,
        };
        view! {
            <Provider value=RequestUrl::new(path)>
                {provide(&facts, scene)} <Router>{view()}</Router>
            </Provider>
        }
        .into_any()
    }
}

fn provide(facts: &PageFacts, scene: Scene) {
    provide_context(facts.clone());
    provide_context::<Arc<dyn Backend>>(Arc::new(MadeUpBackend { viewer: facts.viewer.clone(), scene }));
    // A problem in an example must not change the status of the page.
    provide_context(ResponseOptions::default());
    Clock::provide(facts);
    Overlay::provide();
    if let Some(viewer) = &facts.viewer {
        Live::provide(viewer.id, None);
        NotificationContext::provide(viewer.id);
        if viewer.role == Role::Patient {
            Emergency::provide();
        }
    }
}

/// Opens a room and provides its context.
pub(super) fn enter(own_role: Role, room: &Room, first_unread: Option<Seq>) -> RoomContext {
    Live::expect().open(room);
    let context = RoomContext {
        chat_id: room.chat.chat_id,
        own_role,
        peer_name: StoredValue::new(room.chat.peer.name.clone()),
        purpose: RwSignal::default(),
        selected: RwSignal::default(),
        changeable_ms: i64::MAX,
        jump: RwSignal::default(),
        unfetched: RwSignal::default(),
        leads: StoredValue::default(),
        first_unread: RwSignal::new(first_unread),
    };
    provide_context(context);
    context
}

/// A room's messages. `change` may change the room before it is drawn.
pub(super) fn conversation(
    role: Role,
    room: Room,
    first_unread: Option<Seq>,
    change: impl FnOnce(Live, ChatId, RoomContext) + Send + 'static,
) -> AnyView {
    Stage::for_role(role).show(move || {
        let context = enter(role, &room, first_unread);
        change(Live::expect(), context.chat_id, context);
        view! {
            <div class="sg-history">
                <div class="log">
                    <MessageList />
                </div>
            </div>
        }
        .into_any()
    })
}
