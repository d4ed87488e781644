//! Messages in every state.

use super::{
    fixtures::{everyday, none, retracted},
    people::{MINUTE, OWN, PEER, ago, client_id, room, said},
    specimen::Specimen,
    stage::{Stage, conversation},
};
use crate::{
    live::{Event, Live, MessageOptions},
    protocol::{Chat, ChatId, Message, ProblemCode, Role, Room, Seq, ServerFrame},
    room::{page::RoomPage, read_tracking::UnreadBar},
};
use leptos::prelude::*;
use leptos_router::{
    components::{Route, Routes},
    path,
};

/// The looks of messages.
pub(super) fn messages() -> AnyView {
    let unchanged = |_: Live, _: ChatId, _| ();
    let kinds = vec![
        Message { is_urgent: true, ..said(1, PEER, 50 * MINUTE, "I have chest pain since this morning.") },
        Message { is_urgent: true, ..said(2, OWN, 45 * MINUTE, "Please call 112 now.") },
        Message {
            is_automatic: true,
            ..said(3, OWN, 40 * MINUTE, "Your doctor is not available right now. They will be back on Monday.")
        },
        Message { is_ai: true, ..said(4, PEER, 35 * MINUTE, "Here is a summary of what was said so far.") },
    ];
    let texts = vec![
        said(1, PEER, 59 * MINUTE, &"Donaudampfschifffahrtsgesellschaft".repeat(4)),
        said(2, OWN, 50 * MINUTE, "First line\n\n    indented, and another line\nthe last one"),
        said(3, PEER, 40 * MINUTE, "שלום, איך את מרגישה היום? קחי כדור אחד בבוקר."),
        said(
            4,
            OWN,
            30 * MINUTE,
            "See https://example.org/a/very/long/address?with=many&parts=that&do=not&fit=into&one=line and tell me.",
        ),
        said(5, PEER, 20 * MINUTE, "👍"),
        said(6, OWN, 10 * MINUTE, "OK, then I call +34 900 123 456 tomorrow."),
    ];
    let changed = vec![
        said(
            1,
            PEER,
            50 * MINUTE,
            "When did it begin, and what did you do about it? Please tell me as exactly as you can, since much depends on how long it has been going on.",
        ),
        Message { reply_to: Some(Seq(1)), ..said(2, OWN, 48 * MINUTE, "On Tuesday.") },
        Message { corrects: Some(Seq(2)), ..said(3, OWN, 46 * MINUTE, "On Monday.") },
        retracted(said(4, OWN, 44 * MINUTE, ""), false),
        retracted(said(5, OWN, 30 * MINUTE, ""), true),
        retracted(said(6, PEER, 20 * MINUTE, ""), false),
        Message { reply_to: Some(Seq(6)), ..said(7, PEER, 10 * MINUTE, "An answer to an unsent message.") },
    ];
    let page = |role: Role, path: &'static str| {
        Stage::for_role(role).at(path).show(|| {
            view! {
                <Routes fallback=|| ()>
                    <Route path=path!("/patient/chat/:chat_id") view=RoomPage />
                    <Route path=path!("/doctor/chat/:chat_id") view=RoomPage />
                </Routes>
            }
            .into_any()
        })
    };
    view! {
        <Specimen name="A room" shape="sg-whole sg-frame">
            {page(Role::Patient, "/patient/chat/1")}
        </Specimen>
        <Specimen name="Days, bubbles that hang together, and where one stopped reading" shape="sg-half">
            {conversation(Role::Patient, everyday(Role::Patient), Some(Seq(5)), unchanged)}
        </Specimen>
        <Specimen name="Over a room: what was skipped" shape="sg-half">
            <UnreadBar unread=12_i64 on_back=|| () on_read=|| () />
        </Specimen>
        <Specimen name="Urgent, automatic, and by a machine" shape="sg-half">
            {conversation(Role::Doctor, room(Role::Doctor, kinds), None, unchanged)}
        </Specimen>
        <Specimen name="Long words, lines, a link, another direction" shape="sg-half">
            {conversation(Role::Patient, room(Role::Patient, texts), None, unchanged)}
        </Specimen>
        <Specimen name="Answers, corrections and unsent messages" shape="sg-half">
            {conversation(Role::Patient, room(Role::Patient, changed), None, unchanged)}
        </Specimen>
    }
    .into_any()
}

/// The delivery statuses of the viewer's message, and its actions.
pub(super) fn delivery() -> AnyView {
    let one = || room(Role::Patient, vec![said(1, OWN, 10 * MINUTE, "Could you look at my last results?")]);
    let marked = move |delivered: i64, read: i64| {
        let Room { chat, page } = one();
        let chat = Chat {
            peer_delivered_seq: Seq(delivered),
            peer_delivered_at: Some(ago(9 * MINUTE)),
            peer_read_seq: Seq(read),
            peer_read_at: (read > 0).then(|| ago(4 * MINUTE)),
            ..chat
        };
        Room { chat, page }
    };
    let unchanged = |_: Live, _: ChatId, _| ();
    let typed = |live: Live, chat_id: ChatId| {
        let content = "Written a moment ago.".to_owned();
        live.apply(Event::Typed {
            chat_id,
            client_id: client_id(90),
            content,
            about: MessageOptions::default(),
            at: ago(0),
        });
    };
    let refused = move |live: Live, chat_id: ChatId, _| {
        typed(live, chat_id);
        let code = ProblemCode::Unavailable;
        live.apply(Event::Frame(ServerFrame::Rejected { client_id: client_id(90), code, detail: String::new() }));
    };
    view! {
        <Specimen name="Sent" shape="sg-half">
            {conversation(Role::Patient, one(), None, unchanged)}
        </Specimen>
        <Specimen name="Delivered" shape="sg-half">
            {conversation(Role::Patient, marked(1, 0), None, unchanged)}
        </Specimen>
        <Specimen name="Read" shape="sg-half">
            {conversation(Role::Patient, marked(1, 1), None, unchanged)}
        </Specimen>
        <Specimen name="Being sent" shape="sg-half">
            {conversation(Role::Patient, none(Role::Patient), None, move |live, chat_id, _| typed(live, chat_id))}
        </Specimen>
        <Specimen name="Not sent, with what to do about it" shape="sg-half">
            {conversation(Role::Patient, none(Role::Patient), None, refused)}
        </Specimen>
        <Specimen name="The options of the user's own message" shape="sg-half">
            {conversation(
                Role::Patient,
                marked(1, 1),
                None,
                |_, _, context| context.selected.set(Some((OWN, client_id(1)))),
            )}
        </Specimen>
    }
    .into_any()
}
