//! Tests the outcomes of planned batches.

use super::*;
use app::protocol::{ChangeSeq, Retracted};

const PATIENT: UserId = UserId(1);
const DOCTOR: UserId = UserId(2);

fn chat(id: i64, last_seq: i64) -> (ChatId, ChatRow) {
    let (doctor, patient) = (DOCTOR, PATIENT);
    let (last_seq, last_change, updated_at) = (Seq(last_seq), ChangeSeq(0), Timestamp(100));
    let row = ChatRow {
        chat_id: ChatId(id),
        doctor,
        patient,
        last_seq,
        last_change,
        updated_at,
        revision: 0,
        waiting_since: None,
        is_urgent: false,
        is_closed: false,
        is_blocked: false,
        has_disabled_member: false,
        notice_at: None,
    };
    (ChatId(id), row)
}

fn held() -> Stored {
    let marks = [PATIENT, DOCTOR]
        .map(|user| ((ChatId(1), user), Receipts { read_seq: Seq(2), delivered_seq: Seq(3), ..Receipts::default() }));
    Stored { chats: [chat(1, 5), chat(2, 0)].into(), marks: marks.into(), ..Stored::default() }
}

fn send(id: i64, user: UserId, client_id: u128, content: &str, at: i64) -> Write {
    let (client_id, content, at) = (ClientId::from_u128(client_id), content.to_owned(), Timestamp(at));
    let kind = WriteKind::Append { client_id, content, reply_to: None, corrects: None, is_urgent: false, at };
    Write { chat: ChatId(id), user, kind }
}

fn answer(seq: i64) -> Write {
    let (client_id, content, reply_to) = (ClientId::from_u128(7), "a".to_owned(), Some(Seq(seq)));
    let kind = WriteKind::Append { client_id, content, reply_to, corrects: None, is_urgent: false, at: Timestamp(0) };
    Write { chat: ChatId(1), user: PATIENT, kind }
}

fn advance(user: UserId, mark: Mark, seq: i64) -> Write {
    Write { chat: ChatId(1), user, kind: WriteKind::Advance { mark, seq: Seq(seq), at: Timestamp(9) } }
}

fn run(writes: &[Write], held: &Stored) -> DbResult<Vec<WriteOutcome>> {
    let plan = Plan::new(writes, held)?;
    let ids: Vec<i64> = (0..).take(plan.inserts.len()).collect();
    Ok(plan.answers(&ids)?.into_iter().flatten().collect())
}

fn positions(written: &[WriteOutcome]) -> Vec<(i64, i64)> {
    let place = |written: &WriteOutcome| match written {
        WriteOutcome::Stored(message, _) => Some((message.chat_id.0, message.seq.0)),
        _ => None,
    };
    written.iter().filter_map(place).collect()
}

#[test]
fn messages_get_consecutive_seqs_per_chat_in_write_order() -> DbResult<()> {
    let writes = [send(1, PATIENT, 1, "a", 0), send(2, DOCTOR, 2, "b", 0), send(1, DOCTOR, 3, "c", 0)];
    assert_eq!(positions(&run(&writes, &held())?), [(1, 6), (2, 1), (1, 7)]);
    Ok(())
}

#[test]
fn client_id_is_stored_once_within_and_across_batches() -> DbResult<()> {
    let mut held = held();
    let writes = [send(1, PATIENT, 1, "a", 0), send(1, PATIENT, 1, "a", 0), send(1, PATIENT, 1, "b", 0)];
    let first = run(&writes, &held)?;
    let [WriteOutcome::Stored(stored, _), WriteOutcome::Repeated(again, None), WriteOutcome::Reused] = &first[..]
    else {
        return Err(DbError::Unknown("answer"));
    };
    assert_eq!(stored, again);
    held.known.insert((PATIENT, ChatId(1), stored.client_id), stored.clone());
    let second = run(&writes, &held)?;
    // The members may not have been notified the first time.
    let repeated = || WriteOutcome::Repeated(stored.clone(), Some([DOCTOR, PATIENT]));
    assert_eq!(second, [repeated(), repeated(), WriteOutcome::Reused]);
    Ok(())
}

#[test]
fn equal_client_ids_of_two_senders_are_both_stored() -> DbResult<()> {
    let writes = [send(1, PATIENT, 1, "a", 0), send(1, DOCTOR, 1, "a", 0)];
    assert_eq!(positions(&run(&writes, &held())?), [(1, 6), (1, 7)]);
    Ok(())
}

#[test]
fn reply_is_rejected_unless_its_target_is_stored_or_in_batch() -> DbResult<()> {
    assert_eq!(run(&[answer(6)], &held())?, [WriteOutcome::Rejected(Rejection::NoSuchMessage)]);
    assert_eq!(positions(&run(&[answer(5)], &held())?), [(1, 6)]);
    assert_eq!(positions(&run(&[send(1, DOCTOR, 1, "b", 0), answer(6)], &held())?), [(1, 6), (1, 7)]);
    Ok(())
}

#[test]
fn correction_is_rejected_for_foreign_or_old_message() -> DbResult<()> {
    let first = send(1, PATIENT, 1, "a", 200);
    let correct = |user, not_before| {
        let corrects = Some(Correction { seq: Seq(6), not_before: Timestamp(not_before) });
        let (client_id, content) = (ClientId::from_u128(8), "b".to_owned());
        let kind =
            WriteKind::Append { client_id, content, reply_to: None, corrects, is_urgent: false, at: Timestamp(300) };
        Write { chat: ChatId(1), user, kind }
    };
    assert_eq!(run(&[correct(PATIENT, 0)], &held())?, [WriteOutcome::Rejected(Rejection::NoSuchMessage)]);
    for (user, not_before, expected) in [
        (DOCTOR, 0, Some(WriteOutcome::Rejected(Rejection::NotYours))),
        (PATIENT, 201, Some(WriteOutcome::Rejected(Rejection::TooLate))),
        (PATIENT, 200, None),
    ] {
        let answers = run(&[first.clone(), correct(user, not_before)], &held())?;
        match (answers.last(), expected) {
            (Some(WriteOutcome::Stored(message, _)), None) => assert_eq!(message.corrects, Some(Seq(6))),
            (answer, expected) => assert_eq!(answer, expected.as_ref()),
        }
    }
    let mut held = held();
    let Some(WriteOutcome::Stored(stored, _)) = run(&[first], &held)?.pop() else {
        return Err(DbError::Unknown("answer"));
    };
    let retracted = Some(Retracted { at: Timestamp(1), was_read: false });
    held.corrected.insert((ChatId(1), Seq(6)), Message { retracted, ..stored });
    assert_eq!(
        run(&[correct(PATIENT, 0)], &held)?,
        [WriteOutcome::Rejected(Rejection::NotYours)],
        "a retracted message stays retracted"
    );
    Ok(())
}

#[test]
fn retracted_message_is_repeated_when_sent_again() -> DbResult<()> {
    let mut held = held();
    let first = run(&[send(1, PATIENT, 1, "a", 0)], &held)?;
    let Some(WriteOutcome::Stored(stored, _)) = first.into_iter().next() else {
        return Err(DbError::Unknown("answer"));
    };
    let retracted = Some(Retracted { at: Timestamp(1), was_read: false });
    let stored = Message { content: "[retracted]".to_owned(), retracted, ..stored };
    held.known.insert((PATIENT, ChatId(1), stored.client_id), stored.clone());
    assert_eq!(run(&[send(1, PATIENT, 1, "a", 0)], &held)?, [WriteOutcome::Repeated(stored, Some([DOCTOR, PATIENT]))]);
    Ok(())
}

#[test]
fn stranger_and_missing_chat_get_no_such_chat() -> DbResult<()> {
    let writes = [send(1, UserId(3), 1, "a", 0), send(9, PATIENT, 1, "a", 0)];
    assert_eq!(run(&writes, &held())?, [WriteOutcome::NoSuchChat, WriteOutcome::NoSuchChat]);
    Ok(())
}

#[test]
fn message_times_do_not_fall_when_clock_is_set_back() -> DbResult<()> {
    let writes = [send(1, PATIENT, 1, "a", 200), send(1, DOCTOR, 2, "b", 150), send(2, DOCTOR, 3, "c", 50)];
    let times = run(&writes, &held())?.into_iter().filter_map(|written| match written {
        WriteOutcome::Stored(message, _) => Some(message.created_at.0),
        _ => None,
    });
    assert_eq!(times.collect::<Vec<_>>(), [200, 200, 50], "an empty chat's own moment is no message's");
    Ok(())
}

/// A time far ahead of the tests' clocks, which show about 200.
const FAR_AHEAD: Timestamp = Timestamp(2_000_000_000_000);

fn dated_ahead() -> DbResult<Stored> {
    let mut held = held();
    let chat = held.chats.get_mut(&ChatId(1)).ok_or(DbError::Unknown("chat"))?;
    (chat.updated_at, chat.waiting_since, chat.notice_at) = (FAR_AHEAD, Some(FAR_AHEAD), Some(FAR_AHEAD));
    Ok(held)
}

#[test]
fn messages_get_correct_time_after_clock_ran_far_ahead() -> DbResult<()> {
    let held = dated_ahead()?;
    let writes = [send(1, PATIENT, 1, "a", 200), send(1, PATIENT, 2, "b", 300)];
    let times = run(&writes, &held)?.into_iter().filter_map(|written| match written {
        WriteOutcome::Stored(message, _) => Some(message.created_at.0),
        _ => None,
    });
    assert_eq!(times.collect::<Vec<_>>(), [200, 300]);
    let plan = Plan::new(&writes, &held)?;
    let moved = plan.moves.get(&ChatId(1)).map(|chat| (chat.updated_at, chat.waiting_since));
    assert_eq!(moved, Some((Timestamp(300), Some(Timestamp(200)))), "who waits has waited since they asked");
    Ok(())
}

#[test]
fn automatic_reply_is_stored_after_one_dated_far_ahead() -> DbResult<()> {
    let kind = WriteKind::AutoReply { content: "away".to_owned(), not_since: Timestamp(250), at: Timestamp(300) };
    let auto_reply = Write { chat: ChatId(1), user: DOCTOR, kind };
    assert_eq!(positions(&run(&[auto_reply], &dated_ahead()?)?), [(1, 6)]);
    Ok(())
}

#[test]
fn correction_is_rejected_for_message_dated_far_ahead() -> DbResult<()> {
    let mut held = held();
    let first = run(&[send(1, PATIENT, 1, "a", 200)], &held)?;
    let Some(WriteOutcome::Stored(stored, _)) = first.into_iter().next() else {
        return Err(DbError::Unknown("answer"));
    };
    held.corrected.insert((ChatId(1), Seq(5)), Message { created_at: FAR_AHEAD, ..stored });
    let corrects = Some(Correction { seq: Seq(5), not_before: Timestamp(0) });
    let (client_id, content, at) = (ClientId::from_u128(8), "b".to_owned(), Timestamp(300));
    let kind = WriteKind::Append { client_id, content, reply_to: None, corrects, is_urgent: false, at };
    let write = Write { chat: ChatId(1), user: PATIENT, kind };
    assert_eq!(run(&[write], &held)?, [WriteOutcome::Rejected(Rejection::TooLate)]);
    Ok(())
}

#[test]
fn stored_times_follow_the_database_clock() -> DbResult<()> {
    let held = Stored { clock_ms: -1_000_000, ..held() };
    let plan_of = [send(2, PATIENT, 1, "a", 1_500_000), advance(DOCTOR, Mark::Read, 4)];
    let answers = run(&plan_of, &held)?;
    let [WriteOutcome::Stored(message, _), WriteOutcome::Moved(_, at, _)] = &answers[..] else {
        return Err(DbError::Unknown("answer"));
    };
    assert_eq!((message.created_at, *at), (Timestamp(500_000), Timestamp(9 - 1_000_000)));
    Ok(())
}

#[test]
fn writes_are_left_out_only_for_the_locked_chat() -> DbResult<()> {
    let held = Stored { locked: [ChatId(1)].into(), ..held() };
    let writes = [send(1, PATIENT, 1, "a", 0), send(2, DOCTOR, 2, "b", 0), advance(DOCTOR, Mark::Read, 4)];
    let plan = Plan::new(&writes, &held)?;
    assert!(!plan.moves.contains_key(&ChatId(1)) && plan.marks.keys().all(|(chat, _)| *chat == ChatId(2)));
    let answers = plan.answers(&[7])?;
    assert!(matches!(&answers[..], [None, Some(WriteOutcome::Stored(_, _)), None]), "{answers:?}");
    Ok(())
}

#[test]
fn receipts_move_forward_up_to_the_newest_message() -> DbResult<()> {
    let writes = [
        advance(DOCTOR, Mark::Read, 2),
        advance(DOCTOR, Mark::Read, 4),
        advance(DOCTOR, Mark::Delivered, 4),
        advance(DOCTOR, Mark::Delivered, 99),
        advance(PATIENT, Mark::Read, 3),
    ];
    let moved = |seq| WriteOutcome::Moved(Seq(seq), Timestamp(9), [DOCTOR, PATIENT]);
    let answers = [WriteOutcome::Unmoved, moved(4), WriteOutcome::Unmoved, moved(5), moved(3)];
    assert_eq!(run(&writes, &held())?, answers, "reading implies having received");
    Ok(())
}

#[test]
fn own_message_keeps_read_time_unless_peer_wrote_before() -> DbResult<()> {
    let step = |writes: &[Write]| -> DbResult<_> {
        let held = held();
        let plan = Plan::new(writes, &held)?;
        let steps = plan.marks.get(&(ChatId(1), DOCTOR)).copied();
        Ok(steps.map(|steps| (steps.read.seq.0, steps.read.met.0, steps.read.at)))
    };
    let (first, second) = (send(1, DOCTOR, 1, "a", 200), send(1, DOCTOR, 2, "b", 300));
    let between = send(1, PATIENT, 3, "c", 250);
    assert_eq!(step(&[first.clone(), second.clone()])?, Some((7, 5, Some(Timestamp(200)))), "the message before it");
    assert_eq!(
        step(&[first.clone(), between, second])?,
        Some((8, 7, Some(Timestamp(300)))),
        "and the messages in between"
    );
    let read = advance(DOCTOR, Mark::Read, 5);
    assert_eq!(step(&[read, first])?, Some((6, 5, Some(Timestamp(9)))), "it had been read");
    Ok(())
}

#[test]
fn correction_is_rejected_for_automatic_reply() -> DbResult<()> {
    let asked = send(1, PATIENT, 1, "a", 200);
    let kind = WriteKind::AutoReply { content: "away".to_owned(), not_since: Timestamp(250), at: Timestamp(300) };
    let auto_reply = Write { chat: ChatId(1), user: DOCTOR, kind };
    let corrects = Some(Correction { seq: Seq(7), not_before: Timestamp(0) });
    let (client_id, content) = (ClientId::from_u128(8), "b".to_owned());
    let kind = WriteKind::Append { client_id, content, reply_to: None, corrects, is_urgent: false, at: Timestamp(400) };
    let correct = Write { chat: ChatId(1), user: DOCTOR, kind };
    let answers = run(&[asked.clone(), auto_reply.clone(), correct.clone()], &held())?;
    assert_eq!(answers.last(), Some(&WriteOutcome::Rejected(Rejection::NotYours)));
    let mut held = held();
    let Some(WriteOutcome::Stored(reply, _)) = run(&[asked, auto_reply], &held)?.pop() else {
        return Err(DbError::Unknown("answer"));
    };
    held.corrected.insert((ChatId(1), Seq(7)), reply);
    assert_eq!(run(&[correct], &held)?, [WriteOutcome::Rejected(Rejection::NotYours)], "nor later");
    Ok(())
}

#[test]
fn waiting_since_follows_from_messages_of_the_batch() -> DbResult<()> {
    let urgent = |write: Write| match write.kind {
        WriteKind::Append { client_id, content, reply_to, corrects, at, .. } => {
            let kind = WriteKind::Append { client_id, content, reply_to, corrects, is_urgent: true, at };
            Write { kind, ..write }
        }
        _ => write,
    };
    let status = |writes: &[Write]| -> DbResult<_> {
        let held = held();
        let plan = Plan::new(writes, &held)?;
        Ok(plan.moves.get(&ChatId(1)).map(|chat| (chat.waiting_since, chat.is_urgent)))
    };
    let (first, second) = (send(1, PATIENT, 1, "a", 200), urgent(send(1, PATIENT, 2, "b", 300)));
    assert_eq!(status(&[first.clone(), second.clone()])?, Some((Some(Timestamp(200)), true)), "since the first");
    let answer = send(1, DOCTOR, 3, "c", 400);
    assert_eq!(status(&[first, second, answer])?, Some((None, false)));
    Ok(())
}

#[test]
fn messages_are_rejected_in_closed_or_blocked_chat() -> DbResult<()> {
    for (is_closed, unfit) in [(true, Rejection::Closed), (false, Rejection::Blocked)] {
        let mut held = held();
        let chat = held.chats.get_mut(&ChatId(1)).ok_or(DbError::Unknown("chat"))?;
        (chat.is_closed, chat.is_blocked) = (is_closed, !is_closed);
        for user in [PATIENT, DOCTOR] {
            assert_eq!(run(&[send(1, user, 1, "a", 0)], &held)?, [WriteOutcome::Rejected(unfit)]);
        }
    }
    Ok(())
}

#[test]
fn automatic_reply_is_stored_once_while_patient_waits() -> DbResult<()> {
    let auto_reply = || {
        let kind = WriteKind::AutoReply { content: "away".to_owned(), not_since: Timestamp(250), at: Timestamp(300) };
        Write { chat: ChatId(1), user: DOCTOR, kind }
    };
    assert_eq!(run(&[auto_reply()], &held())?, [WriteOutcome::Unmoved], "nobody waits");
    let asked = send(1, PATIENT, 1, "a", 200);
    let answers = run(&[asked.clone(), auto_reply(), auto_reply()], &held())?;
    let [WriteOutcome::Stored(_, _), WriteOutcome::Stored(reply, _), WriteOutcome::RepliedRecently(Timestamp(300))] =
        &answers[..]
    else {
        return Err(DbError::Unknown("answer"));
    };
    assert!(reply.is_automatic && reply.sender_id == DOCTOR);
    let held = held();
    let writes = [asked, auto_reply()];
    let plan = Plan::new(&writes, &held)?;
    assert!(!plan.marks.contains_key(&(ChatId(1), DOCTOR)), "the doctor has read nothing by it");
    assert_eq!(
        plan.moves.get(&ChatId(1)).and_then(|chat| chat.waiting_since),
        Some(Timestamp(200)),
        "and answered nothing"
    );
    Ok(())
}

#[test]
fn messages_are_rejected_if_a_member_is_disabled() -> DbResult<()> {
    let mut held = held();
    if let Some(chat) = held.chats.get_mut(&ChatId(1)) {
        (chat.has_disabled_member, chat.waiting_since) = (true, Some(Timestamp(0)));
    }
    let auto_reply =
        WriteKind::AutoReply { content: "Back on Monday.".to_owned(), not_since: Timestamp(0), at: Timestamp(200) };
    let writes = [
        send(1, PATIENT, 1, "a", 200),
        send(1, DOCTOR, 2, "b", 200),
        Write { chat: ChatId(1), user: DOCTOR, kind: auto_reply },
    ];
    let refused = WriteOutcome::Rejected(Rejection::Disabled);
    assert_eq!(run(&writes, &held)?, [refused.clone(), refused, WriteOutcome::Unmoved]);
    Ok(())
}
