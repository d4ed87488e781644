-- When the doctor last changed their settings: where there is no bus, other nodes look for it.
ALTER TABLE doctor_profile ADD COLUMN revised_at TIMESTAMP(3);
