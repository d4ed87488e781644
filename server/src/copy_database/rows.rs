//! All columns of each table, as both databases have them.

use crate::db::schema::{
    chat_member, chat_message, chat_report, clinic_setting, doctor_patient_chat, doctor_profile, office_hours,
    outbox_key, retracted_message, saved_reply, server_key, session, user,
};
use chrono::NaiveDateTime;
use diesel::prelude::{Insertable, Queryable, Selectable};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = user)]
pub(super) struct UserRow {
    pub(super) id: i64,
    name: String,
    email: String,
    role: String,
    password_hash: String,
    created_at: NaiveDateTime,
    disabled_at: Option<NaiveDateTime>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = doctor_profile)]
pub(super) struct ProfileRow {
    pub(super) user_id: i64,
    specialty: String,
    bio: String,
    languages: String,
    accepting_chats: bool,
    time_zone: String,
    away_from: Option<NaiveDateTime>,
    away_until: Option<NaiveDateTime>,
    away_note: String,
    usual_reply_ms: Option<i64>,
    usual_reply_at: Option<NaiveDateTime>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = office_hours)]
pub(super) struct HoursRow {
    pub(super) doctor_id: i64,
    pub(super) weekday: i64,
    pub(super) opens: i64,
    closes: i64,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = doctor_patient_chat)]
pub(super) struct ChatRow {
    pub(super) chat_id: i64,
    doctor_id: i64,
    patient_id: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    last_seq: i64,
    last_change: i64,
    revision: i64,
    waiting_since: Option<NaiveDateTime>,
    is_urgent: bool,
    done_seq: i64,
    closed_at: Option<NaiveDateTime>,
    closed_reason: Option<String>,
    may_reopen: bool,
    blocked_by: Option<String>,
    notice_at: Option<NaiveDateTime>,
    disabled_member: Option<String>,
    closed_by_clinic: bool,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = chat_report)]
pub(super) struct ReportRow {
    pub(super) id: i64,
    chat_id: i64,
    reporter_id: i64,
    reason: String,
    created_at: NaiveDateTime,
    settled_at: Option<NaiveDateTime>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = chat_member)]
pub(super) struct MemberRow {
    pub(super) chat_id: i64,
    pub(super) user_id: i64,
    read_seq: i64,
    delivered_seq: i64,
    read_at: Option<NaiveDateTime>,
    delivered_at: Option<NaiveDateTime>,
    archived_seq: Option<i64>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = chat_message)]
pub(super) struct MessageRow {
    pub(super) id: i64,
    user_id: i64,
    chat_id: Option<i64>,
    content: String,
    is_ai: bool,
    created_at: NaiveDateTime,
    seq: i64,
    client_id: String,
    reply_to_seq: Option<i64>,
    corrects_seq: Option<i64>,
    retracted_at: Option<NaiveDateTime>,
    retracted_read: Option<bool>,
    change_seq: Option<i64>,
    is_urgent: bool,
    is_automatic: bool,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = retracted_message)]
pub(super) struct RetractedRow {
    pub(super) message_id: i64,
    content: String,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = saved_reply)]
pub(super) struct SavedReplyRow {
    pub(super) id: i64,
    owner_id: Option<i64>,
    title: String,
    content: String,
    created_at: NaiveDateTime,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = clinic_setting)]
pub(super) struct SettingRow {
    pub(super) name: String,
    value: String,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = session)]
pub(super) struct SessionRow {
    pub(super) token_hash: String,
    user_id: i64,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    user_agent: String,
    name: Option<String>,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox_key)]
pub(super) struct KeyRow {
    pub(super) user_id: i64,
    key: String,
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = server_key)]
pub(super) struct ServerKeyRow {
    pub(super) name: String,
    key: String,
}
