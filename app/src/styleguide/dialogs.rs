//! Open dialogs and menus.

use super::{
    fixtures::{self, everyday},
    people::{DAY, HOUR, OWN, PEER, ago, peer},
    specimen::{Specimen, still},
    stage::{Stage, enter},
};
use crate::{
    chats::search::{SearchDialog, Searching},
    components::overlay::{Open, Overlay},
    layout::shortcuts::Overlays,
    live::Live,
    protocol::{ChatId, ChatPage, MessageId, Problem, ProblemCode, Role, SearchHit, SearchPage, Seq, SnippetPiece},
    room::menu::ChatMenu,
};
use leptos::prelude::*;

/// A dialog that is open over a doctor's pages.
fn open(which: Open, filled: &'static [(&'static str, &'static str)]) -> AnyView {
    Stage::for_role(Role::Doctor).show(move || {
        Live::expect().list(&ChatPage { chats: fixtures::chats(Role::Doctor), next: None }, true);
        Overlay::expect().open.set(Some(which));
        still(view! { <Overlays role=Role::Doctor /> }, filled)
    })
}

/// The search with its results.
fn search(found: Option<Result<SearchPage, Problem>>, within: Option<ChatId>, words: &'static str) -> AnyView {
    Stage::for_role(Role::Doctor).show(move || {
        Live::expect().list(&ChatPage { chats: fixtures::chats(Role::Doctor), next: None }, true);
        let searching = Searching::new(within);
        if let Some(found) = found {
            searching.take(found, false);
        }
        still(view! { <SearchDialog role=Role::Doctor chat_id=within searching /> }, &[("message-search", words)])
    })
}

fn hits() -> SearchPage {
    let hit = |seq, name, sender_id, before_now, pieces: [(&str, bool); 3]| SearchHit {
        chat_id: ChatId(1),
        seq: Seq(seq),
        sender_id,
        is_automatic: false,
        created_at: ago(before_now),
        peer: peer(Role::Doctor, name, None),
        snippet: pieces.map(|(text, is_match)| SnippetPiece { text: text.to_owned(), is_match }).to_vec(),
    };
    SearchPage {
        hits: vec![
            hit(
                3,
                "Nora Lindqvist",
                PEER,
                HOUR,
                [("Could you look at my last ", false), ("results", true), ("?", false)],
            ),
            hit(2, "Tomás Reyes", OWN, 26 * HOUR, [("Your ", false), ("results", true), (" are normal.", false)]),
            hit(
                1,
                "Jean-Baptiste Lefebvre-Castellanos de la Vega",
                PEER,
                90 * DAY,
                [
                    ("… when I came in for the blood test and asked for the ", false),
                    ("results", true),
                    (", nobody …", false),
                ],
            ),
        ],
        next: Some(MessageId(1)),
        is_whole: true,
    }
}

/// All dialogs.
pub(super) fn dialogs() -> AnyView {
    let nothing = SearchPage { hits: Vec::new(), next: None, is_whole: true };
    let menu = Stage::for_role(Role::Doctor).show(|| {
        enter(Role::Doctor, &everyday(Role::Doctor), None);
        still(view! { <ChatMenu /> }, &[])
    });
    view! {
        <Specimen name="To another chat" shape="sg-half">
            {open(Open::Switcher, &[])}
        </Specimen>
        <Specimen name="What the keys do" shape="sg-half">
            {open(Open::Help, &[])}
        </Specimen>
        <Specimen name="The search, with what it found" shape="sg-half">
            {search(Some(Ok(hits())), None, "results")}
        </Specimen>
        <Specimen name="In one chat: nothing was found" shape="sg-half">
            {search(Some(Ok(nothing)), Some(ChatId(2)), "nothing like this")}
        </Specimen>
        <Specimen name="The search failed" shape="sg-half">
            {search(Some(Err(ProblemCode::Unavailable.into())), None, "results")}
        </Specimen>
        <Specimen name="Ends a chat" shape="sg-half">
            {open(Open::Close(ChatId(2)), &[("close-reason", "All is well. Come by in spring.")])}
        </Specimen>
        <Specimen name="Asks before it blocks" shape="sg-half">
            {open(Open::Block(ChatId(2)), &[])}
        </Specimen>
        <Specimen name="Reports a chat" shape="sg-half">
            {open(Open::Report(ChatId(2)), &[])}
        </Specimen>
        <Specimen name="A chat's options" shape="sg-half sg-room-below">
            <div class="sg-end">{menu}</div>
        </Specimen>
    }
    .into_any()
}
