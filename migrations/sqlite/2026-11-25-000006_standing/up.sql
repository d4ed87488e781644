-- How a chat stands beside its messages: whose turn it is, whether it is closed, blocked or put away.
-- `revision` counts these changes, so that a page can tell an earlier state from a later one.

ALTER TABLE doctor_patient_chat ADD COLUMN revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0);
-- Since when the patient has waited for an answer.
ALTER TABLE doctor_patient_chat ADD COLUMN waiting_since TIMESTAMP;
ALTER TABLE doctor_patient_chat ADD COLUMN is_urgent BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_urgent IN (FALSE, TRUE));
-- Up to here, the doctor has said, nothing more is to be answered.
ALTER TABLE doctor_patient_chat ADD COLUMN done_seq INTEGER NOT NULL DEFAULT 0 CHECK (done_seq >= 0);
ALTER TABLE doctor_patient_chat ADD COLUMN closed_at TIMESTAMP;
ALTER TABLE doctor_patient_chat ADD COLUMN closed_reason TEXT
    CHECK (length(closed_reason) <= 500 AND (closed_at IS NULL) = (closed_reason IS NULL));
ALTER TABLE doctor_patient_chat ADD COLUMN may_reopen BOOLEAN NOT NULL DEFAULT FALSE
    CHECK (may_reopen IN (FALSE, TRUE)); -- the patient, too
-- Which of the two has blocked the other. Nobody writes then.
ALTER TABLE doctor_patient_chat ADD COLUMN blocked_by TEXT CHECK (blocked_by IN ('doctor', 'patient', 'both'));
-- When the patient was last told automatically that the doctor is away.
ALTER TABLE doctor_patient_chat ADD COLUMN notice_at TIMESTAMP;

UPDATE doctor_patient_chat SET waiting_since = (
    SELECT min(m.created_at) FROM chat_message AS m
    WHERE m.chat_id = doctor_patient_chat.chat_id AND m.user_id = doctor_patient_chat.patient_id AND NOT m.is_ai
    AND m.seq > (
        SELECT COALESCE(max(d.seq), 0) FROM chat_message AS d
        WHERE d.chat_id = doctor_patient_chat.chat_id AND d.user_id = doctor_patient_chat.doctor_id
            AND NOT d.is_ai
    )
);

ALTER TABLE chat_message ADD COLUMN is_urgent BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_urgent IN (FALSE, TRUE));
-- Stored by the program in the doctor's place.
ALTER TABLE chat_message ADD COLUMN is_automatic BOOLEAN NOT NULL DEFAULT FALSE CHECK (is_automatic IN (FALSE, TRUE));

-- Put away by this member while nothing new has come since.
ALTER TABLE chat_member ADD COLUMN archived_seq INTEGER CHECK (archived_seq >= 0);

-- What a member tells the clinic's admin about a chat.
CREATE TABLE chat_report (
    id          INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    chat_id     INTEGER   NOT NULL REFERENCES doctor_patient_chat (chat_id) ON DELETE CASCADE,
    reporter_id INTEGER   NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    reason      TEXT      NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    created_at  TIMESTAMP NOT NULL,
    settled_at  TIMESTAMP
);
CREATE INDEX chat_report_chat_id ON chat_report (chat_id);
CREATE INDEX chat_report_reporter_id ON chat_report (reporter_id);
