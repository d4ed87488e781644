//! The tables for Diesel, which are alike in both databases.

#![expect(missing_docs, reason = "Diesel writes these modules; the migrations say what each column means")]

diesel::table! {
    user (id) {
        id -> BigInt,
        name -> Text,
        email -> Text,
        role -> Text,
        password_hash -> Text,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    doctor_profile (user_id) {
        user_id -> BigInt,
        specialty -> Text,
        bio -> Text,
        languages -> Text,
        accepting_chats -> Bool,
        time_zone -> Text,
        away_from -> Nullable<Timestamp>,
        away_until -> Nullable<Timestamp>,
        away_note -> Text,
        usual_reply_ms -> Nullable<BigInt>,
        usual_reply_at -> Nullable<Timestamp>,
        revised_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    office_hours (doctor_id, weekday, opens) {
        doctor_id -> BigInt,
        weekday -> BigInt,
        opens -> BigInt,
        closes -> BigInt,
    }
}

diesel::table! {
    doctor_patient_chat (chat_id) {
        chat_id -> BigInt,
        doctor_id -> BigInt,
        patient_id -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        last_seq -> BigInt,
        last_change -> BigInt,
        revision -> BigInt,
        waiting_since -> Nullable<Timestamp>,
        is_urgent -> Bool,
        done_seq -> BigInt,
        closed_at -> Nullable<Timestamp>,
        closed_reason -> Nullable<Text>,
        may_reopen -> Bool,
        blocked_by -> Nullable<Text>,
        notice_at -> Nullable<Timestamp>,
        disabled_member -> Nullable<Text>,
        closed_by_clinic -> Bool,
    }
}

diesel::table! {
    chat_message (id) {
        id -> BigInt,
        user_id -> BigInt,
        chat_id -> Nullable<BigInt>,
        content -> Text,
        is_ai -> Bool,
        created_at -> Timestamp,
        seq -> BigInt,
        client_id -> Text,
        reply_to_seq -> Nullable<BigInt>,
        corrects_seq -> Nullable<BigInt>,
        retracted_at -> Nullable<Timestamp>,
        retracted_read -> Nullable<Bool>,
        change_seq -> Nullable<BigInt>,
        is_urgent -> Bool,
        is_automatic -> Bool,
    }
}

diesel::table! {
    retracted_message (message_id) {
        message_id -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    chat_member (chat_id, user_id) {
        chat_id -> BigInt,
        user_id -> BigInt,
        read_seq -> BigInt,
        delivered_seq -> BigInt,
        read_at -> Nullable<Timestamp>,
        delivered_at -> Nullable<Timestamp>,
        archived_seq -> Nullable<BigInt>,
        revised_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    chat_report (id) {
        id -> BigInt,
        chat_id -> BigInt,
        reporter_id -> BigInt,
        reason -> Text,
        created_at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    saved_reply (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        title -> Text,
        content -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    clinic_setting (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    chat_search (chat_id) {
        chat_id -> BigInt,
        seq -> BigInt,
    }
}

diesel::table! {
    session (token_hash) {
        token_hash -> Text,
        user_id -> BigInt,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        user_agent -> Text,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    outbox_key (user_id) {
        user_id -> BigInt,
        key -> Text,
    }
}

diesel::table! {
    server_key (name) {
        name -> Text,
        key -> Text,
    }
}

diesel::joinable!(doctor_profile -> user (user_id));
diesel::joinable!(office_hours -> user (doctor_id));
diesel::joinable!(outbox_key -> user (user_id));
diesel::joinable!(retracted_message -> chat_message (message_id));
diesel::joinable!(session -> user (user_id));
diesel::joinable!(chat_member -> doctor_patient_chat (chat_id));
diesel::joinable!(chat_report -> doctor_patient_chat (chat_id));
diesel::joinable!(chat_search -> doctor_patient_chat (chat_id));
diesel::joinable!(chat_message -> doctor_patient_chat (chat_id));
diesel::allow_tables_to_appear_in_same_query!(
    user,
    doctor_profile,
    office_hours,
    doctor_patient_chat,
    chat_message,
    retracted_message,
    chat_member,
    chat_report,
    saved_reply,
    clinic_setting,
    chat_search,
    session,
    outbox_key,
);
