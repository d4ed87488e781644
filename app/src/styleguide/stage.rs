//! What a component finds on a page, made up.

use super::{
    clinic::{MadeUpBackend, Scene},
    people::{NOW, viewer},
};
use crate::{
    backend::Backend,
    components::{clock::Clock, overlay::Overlay, viewer::PageFacts},
    live::Live,
    notifications::context::NotificationContext,
    preferences::Theme,
    protocol::{ChatId, Role, Room, Seq},
    room::{context::RoomContext, emergency::Emergency, messages::MessageList},
};
use leptos::{context::Provider, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_router::{components::Router, location::RequestUrl};
use std::sync::Arc;

/// Who looks at what.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    /// Who is signed in; a stranger, if nobody.
    pub(super) role: Option<Role>,
    /// Where in the app.
    pub(super) path: &'static str,
    /// What the clinic has to say.
    pub(super) scene: Scene,
}

impl Stage {
    /// Somebody of this role, at home, in a clinic with all there can be.
    pub(super) const fn for_role(role: Role) -> Self {
        Self { role: Some(role), path: role.home(), scene: Scene::Full }
    }

    /// The same elsewhere.
    pub(super) const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The same in another clinic.
    pub(super) const fn in_a(self, scene: Scene) -> Self {
        Self { scene, ..self }
    }

    /// Shows something there. What it provides to its parts stays among them.
    pub(super) fn show(self, view: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
        let Self { role, path, scene } = self;
        let facts = PageFacts {
            viewer: role.map(viewer),
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
    // What goes wrong in a part is not the page's answer.
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

/// Opens a room: everything in it finds it.
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

/// A room's messages. `change` may do more to the room before it is drawn.
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
