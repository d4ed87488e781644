ALTER TABLE doctor_profile DROP COLUMN revised_at;
