//! Which new messages are shown, and which are not.

#![expect(clippy::panic, reason = "tests")]

use crate::{
    live::{Event, notifications::*},
    protocol::{
        ChangeSeq, Chat, ChatCounters, ChatStatus, ClientId, Epoch, MessageId, PROTOCOL_VERSION, Peer, Retracted, Role,
        ServerFrame, StatusBrief,
    },
};

const ME: UserId = UserId(1);
const PEER: UserId = UserId(2);
const OPENED: Timestamp = Timestamp(1_000);
/// A chat that is in the list when the page is opened.
const KNOWN: ChatId = ChatId(7);
const OTHER: ChatId = ChatId(8);

/// A tab with its notifications.
struct Tab {
    state: LiveState,
    pending: PendingNotifications,
    looked_at: Option<ChatId>,
}

impl Tab {
    /// A tab that was opened with these chats in its list, as (chat, last, read).
    fn opened(chats: &[(ChatId, i64, i64)]) -> Self {
        let mut tab = Self { state: LiveState::new(ME), pending: PendingNotifications::new(OPENED), looked_at: None };
        assert_eq!(tab.apply(list(chats)), []);
        tab
    }

    /// A tab with these chats that is online and has missed nothing.
    fn online(chats: &[(ChatId, i64, i64)]) -> Self {
        let mut tab = Self::opened(chats);
        assert_eq!(tab.ready(chats), []);
        tab
    }

    fn apply(&mut self, event: Event) -> Vec<NotificationAction> {
        self.state.apply(event);
        self.focus()
    }

    fn focus(&mut self) -> Vec<NotificationAction> {
        let looked_at = self.looked_at;
        self.pending.take(&self.state, |chat| looked_at == Some(chat))
    }

    fn ready(&mut self, chats: &[(ChatId, i64, i64)]) -> Vec<NotificationAction> {
        let chats = chats.iter().map(|&of| counters(of)).collect();
        self.apply(Event::Frame(ServerFrame::Ready {
            user_id: ME,
            server_time: OPENED,
            protocol: PROTOCOL_VERSION,
            epoch: Epoch::default(),
            chats,
        }))
    }

    fn message(&mut self, message: Message) -> Vec<NotificationAction> {
        self.apply(Event::Frame(ServerFrame::Message { message }))
    }

    fn says(&mut self, chat_id: ChatId, seq: i64) -> Vec<NotificationAction> {
        self.message(message(chat_id, seq))
    }

    fn read(&mut self, chat_id: ChatId, seq: i64) -> Vec<NotificationAction> {
        let at = Timestamp(3_000);
        self.apply(Event::Frame(ServerFrame::Read { chat_id, user_id: ME, seq: Seq(seq), at }))
    }
}

fn counters((chat_id, last, read): (ChatId, i64, i64)) -> ChatCounters {
    ChatCounters { last_seq: Seq(last), read_seq: Seq(read), unread: last - read, ..ChatState::new(chat_id).counters }
}

/// A message of the peer, sent after the page was opened.
fn message(chat_id: ChatId, seq: i64) -> Message {
    Message {
        chat_id,
        seq: Seq(seq),
        id: MessageId(seq),
        sender_id: PEER,
        client_id: ClientId::new_v4(),
        content: "Where it hurts".to_owned(),
        is_ai: false,
        created_at: Timestamp(2_000),
        reply_to: None,
        corrects: None,
        retracted: None,
        change: ChangeSeq(0),
        is_urgent: false,
        is_automatic: false,
    }
}

fn chat((chat_id, last, read): (ChatId, i64, i64), created_at: Timestamp) -> Chat {
    Chat {
        chat_id,
        peer: Peer { id: PEER, name: "Ana".to_owned(), role: Role::Patient, specialty: None, availability: None },
        last_message: (last > 0).then(|| Message { created_at, ..message(chat_id, last) }),
        answered: None,
        last_seq: Seq(last),
        read_seq: Seq(read),
        peer_read_seq: Seq(0),
        peer_delivered_seq: Seq(0),
        peer_read_at: None,
        peer_delivered_at: None,
        unread: last - read,
        updated_at: created_at,
        last_change: ChangeSeq(0),
        status: ChatStatus { brief: StatusBrief::default(), ..ChatStatus::default() },
    }
}

fn list(chats: &[(ChatId, i64, i64)]) -> Event {
    let chats = chats.iter().map(|&of| chat(of, Timestamp(500))).collect();
    Event::Chats { chats, next: None, is_first: true }
}

fn show(chat_id: ChatId, seq: i64, count: i64) -> Vec<NotificationAction> {
    vec![NotificationAction::Show(NewMessages { chat_id, seq: Seq(seq), count })]
}

#[test]
fn only_messages_after_the_page_was_opened_are_shown() {
    let mut tab = Tab::online(&[(KNOWN, 5, 3)]);
    assert_eq!(tab.focus(), []);
    assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1), "the two that were there don't count");
    assert_eq!(tab.says(KNOWN, 6), [], "a frame that comes twice");
}

#[test]
fn each_chat_has_its_own_notification_and_count() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5), (OTHER, 1, 1)]);
    assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1));
    assert_eq!(tab.says(OTHER, 2), show(OTHER, 2, 1));
    assert_eq!(tab.says(KNOWN, 7), show(KNOWN, 7, 2));
}

#[test]
fn first_message_of_a_chat_is_shown() {
    let mut tab = Tab::online(&[]);
    assert_eq!(
        tab.apply(Event::Frame(ServerFrame::Chat { chat: Box::new(chat((OTHER, 0, 0), Timestamp(2_000))) })),
        []
    );
    assert_eq!(tab.says(OTHER, 1), show(OTHER, 1, 1));
    // If the message is the first that the page receives of the chat, its summary arrives later.
    let mut tab = Tab::online(&[(KNOWN, 2, 2)]);
    assert_eq!(tab.says(OTHER, 1), []);
    let summary = chat((OTHER, 1, 0), Timestamp(2_000));
    assert_eq!(tab.apply(Event::Frame(ServerFrame::Chat { chat: Box::new(summary) })), show(OTHER, 1, 1));
}

#[test]
fn first_message_is_shown_if_it_came_before_connecting() {
    let mut tab = Tab::opened(&[(KNOWN, 2, 2)]);
    assert_eq!(tab.ready(&[(KNOWN, 2, 2), (OTHER, 1, 0)]), []);
    assert_eq!(tab.apply(Event::Chat(Box::new(chat((OTHER, 1, 0), Timestamp(2_000))))), show(OTHER, 1, 1));
}

#[test]
fn old_chat_further_down_the_list_is_not_shown() {
    let mut tab = Tab::opened(&[(KNOWN, 2, 2)]);
    assert_eq!(tab.ready(&[(KNOWN, 2, 2), (OTHER, 9, 4)]), []);
    assert_eq!(tab.apply(Event::Chat(Box::new(chat((OTHER, 9, 4), Timestamp(500))))), []);
    assert_eq!(tab.says(OTHER, 10), show(OTHER, 10, 1));
}

#[test]
fn messages_missed_offline_are_shown_once_fetched() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    assert_eq!(tab.apply(Event::Disconnected(Timestamp(2_000))), []);
    assert_eq!(tab.ready(&[(KNOWN, 8, 5)]), [], "only that there is something is known");
    assert_eq!(tab.apply(Event::Chat(Box::new(chat((KNOWN, 8, 5), Timestamp(2_000))))), show(KNOWN, 8, 3));
}

#[test]
fn own_automatic_and_retracted_messages_are_not_shown() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    assert_eq!(tab.message(Message { sender_id: ME, ..message(KNOWN, 6) }), []);
    assert_eq!(tab.message(Message { is_automatic: true, ..message(KNOWN, 7) }), []);
    assert_eq!(tab.says(KNOWN, 8), show(KNOWN, 8, 1));
    assert_eq!(tab.message(Message { is_automatic: true, ..message(KNOWN, 9) }), []);
    let retracted = Some(Retracted { at: Timestamp(3_000), was_read: false });
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1));
    let changed = Message { retracted, change: ChangeSeq(1), ..message(KNOWN, 6) };
    assert_eq!(
        tab.apply(Event::Frame(ServerFrame::Changed { message: changed })),
        [NotificationAction::Dismiss(KNOWN)]
    );
}

#[test]
fn automatic_reply_does_not_dismiss_a_notification() {
    for (is_ai, is_automatic) in [(true, false), (false, true)] {
        let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
        assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1));
        assert_eq!(tab.message(Message { sender_id: ME, is_ai, is_automatic, ..message(KNOWN, 7) }), []);
        assert_eq!(tab.says(KNOWN, 8), show(KNOWN, 8, 2), "nobody has read the first");
    }
}

#[test]
fn reading_in_any_tab_dismisses_the_notification() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1));
    assert_eq!(tab.read(KNOWN, 6), [NotificationAction::Dismiss(KNOWN)]);
    assert_eq!(tab.focus(), [], "once");
    assert_eq!(tab.read(KNOWN, 7), []);
    assert_eq!(tab.says(KNOWN, 7), []);
    assert_eq!(tab.says(KNOWN, 8), show(KNOWN, 8, 1));
}

#[test]
fn chat_with_focus_in_any_tab_is_not_shown() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    tab.looked_at = Some(KNOWN);
    assert_eq!(tab.says(KNOWN, 6), []);
    tab.looked_at = None;
    assert_eq!(tab.focus(), []);
    assert_eq!(tab.says(KNOWN, 7), show(KNOWN, 7, 2), "nobody has read the one before");
    tab.looked_at = Some(KNOWN);
    assert_eq!(tab.focus(), [NotificationAction::Dismiss(KNOWN)]);
}

#[test]
fn messages_at_reused_positions_are_shown_after_a_restore() {
    let mut tab = Tab::online(&[(KNOWN, 8, 8), (OTHER, 2, 2)]);
    assert_eq!(tab.says(KNOWN, 9), show(KNOWN, 9, 1));
    tab.read(KNOWN, 9);
    // One chat goes back to 5 and gets two new messages; the other has as many as before.
    tab.state.apply(Event::Disconnected(Timestamp(4_000)));
    let now = [(KNOWN, 7, 5), (OTHER, 2, 1)];
    let notified = [tab.ready(&now), tab.apply(list(&now))].concat();
    assert_eq!(notified, [show(KNOWN, 7, 2), show(OTHER, 2, 1)].concat());
}

#[test]
fn session_end_dismisses_all_notifications() {
    let mut tab = Tab::online(&[(KNOWN, 5, 5)]);
    assert_eq!(tab.says(KNOWN, 6), show(KNOWN, 6, 1));
    assert_eq!(tab.apply(Event::SessionEnded), [NotificationAction::Dismiss(KNOWN)]);
    assert_eq!(tab.focus(), []);
}

#[test]
fn focus_of_another_tab_ends_when_it_is_hidden_or_gone() {
    let (tab, now) = (TabId::from_u128(1), Timestamp(50_000));
    let mut other_tabs = OtherTabs::default();
    assert!(!other_tabs.is_any_shown(now));
    other_tabs.set_focus(tab, TabFocus::At(KNOWN), now);
    assert!(other_tabs.is_at(KNOWN, now) && !other_tabs.is_at(OTHER, now) && other_tabs.is_any_shown(now));
    assert!(!other_tabs.is_at(KNOWN, Timestamp(now.0 + FOCUS_VALID_MS + 1)), "it crashed");
    other_tabs.set_focus(tab, TabFocus::Hidden, now);
    assert!(!other_tabs.is_any_shown(now));
}

#[test]
fn notifications_are_off_and_without_content_by_default() {
    let nothing = NotificationPreferences::read(None);
    assert_eq!(nothing, NotificationPreferences::read(Some("not JSON")));
    assert_eq!(channels(nothing, Permission::Allowed), []);
    let on = NotificationPreferences { notifications: true, ..nothing };
    assert_eq!(channels(on, Permission::Allowed), [Channel::Notification]);
    assert_eq!(channels(NotificationPreferences { sound: true, ..on }, Permission::Blocked), [Channel::Sound]);
    let (name, text) = (Some("Ana"), Some("Where\nit hurts"));
    assert_eq!(body(on, name, text), "");
    assert_eq!(body(NotificationPreferences { names: true, ..on }, name, text), "Ana");
    assert_eq!(body(NotificationPreferences { text: true, ..on }, name, text), "Where it hurts");
    assert_eq!(body(NotificationPreferences { names: true, text: true, ..on }, name, text), "Ana: Where it hurts");
    let Ok(kept) = serde_json::to_string(&on) else { panic!("wishes are JSON") };
    assert_eq!(NotificationPreferences::read(Some(&kept)), on);
}

#[test]
fn browser_family_follows_from_the_user_agent() {
    let chrome =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
    let safari = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
    assert_eq!(family(chrome), BrowserFamily::Chromium);
    assert_eq!(family(safari), BrowserFamily::Safari);
    assert_eq!(family("Mozilla/5.0 (X11; Linux; rv:140.0) Gecko/20100101 Firefox/140.0"), BrowserFamily::Firefox);
    assert_eq!(family("Lynx"), BrowserFamily::Other);
}
