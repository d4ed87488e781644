DROP TABLE clinic_setting;
DROP TABLE saved_reply;
