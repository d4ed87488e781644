DROP TABLE session;
DROP TABLE chat_member;
DROP TABLE chat_message;
DROP TABLE doctor_patient_chat;
DROP TABLE doctor_profile;
DROP TABLE "user";
