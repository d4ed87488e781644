DROP TRIGGER chat_disabled_member;
DROP TRIGGER user_disabled_member;
DROP TABLE __account_change;
DROP INDEX doctor_patient_chat_disabled;
DROP INDEX user_disabled_id;
ALTER TABLE doctor_patient_chat DROP COLUMN closed_by_clinic;
ALTER TABLE doctor_patient_chat DROP COLUMN disabled_member;
