-- When a doctor is in, when they are away, and how soon they usually answer.

-- The week as a clock in the doctor's time zone shows it. Weekday 1 is Monday; minutes count from midnight.
CREATE TABLE office_hours (
    doctor_id BIGINT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    weekday   BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens     BIGINT NOT NULL CHECK (opens BETWEEN 0 AND 1439),
    closes    BIGINT NOT NULL CHECK (closes BETWEEN 1 AND 1440),
    CHECK (opens < closes),
    PRIMARY KEY (doctor_id, weekday, opens)
);

ALTER TABLE doctor_profile ADD COLUMN time_zone TEXT NOT NULL DEFAULT ''; -- IANA name; the clinic's if empty
ALTER TABLE doctor_profile ADD COLUMN away_from TIMESTAMP(3);
ALTER TABLE doctor_profile ADD COLUMN away_until TIMESTAMP(3)
    CHECK ((away_from IS NULL) = (away_until IS NULL) AND away_from < away_until);
-- What patients are told meanwhile.
ALTER TABLE doctor_profile ADD COLUMN away_note TEXT NOT NULL DEFAULT '' CHECK (length(away_note) <= 500);
-- The median of the last 30 days: in working time if there are office hours. When that was last worked out.
ALTER TABLE doctor_profile ADD COLUMN usual_reply_ms BIGINT CHECK (usual_reply_ms >= 0);
ALTER TABLE doctor_profile ADD COLUMN usual_reply_at TIMESTAMP(3);
