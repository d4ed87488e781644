ALTER TABLE doctor_profile DROP COLUMN usual_reply_at;
ALTER TABLE doctor_profile DROP COLUMN usual_reply_ms;
ALTER TABLE doctor_profile DROP COLUMN away_note;
ALTER TABLE doctor_profile DROP COLUMN away_until;
ALTER TABLE doctor_profile DROP COLUMN away_from;
ALTER TABLE doctor_profile DROP COLUMN time_zone;
DROP TABLE office_hours;
