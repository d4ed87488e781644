use super::{SavedReply, SavedReplyId, fitting, inserted};

fn reply(id: i64, title: &str, content: &str) -> SavedReply {
    SavedReply { id: SavedReplyId(id), is_clinics: false, title: title.to_owned(), content: content.to_owned() }
}

#[test]
fn saved_reply_is_found_by_title_and_text() {
    let replies = [
        reply(1, "Fasting", "Nothing to eat before the blood test."),
        reply(2, "Presión arterial", "Mida su presión cada mañana."),
        reply(3, "Blood test", "Come in fasting, {patient}."),
    ];
    let found = |query| fitting(&replies, query).iter().map(|reply| reply.id.0).collect::<Vec<_>>();
    assert_eq!(found(""), [1, 2, 3]);
    assert_eq!(found("PRESION man"), [2]);
    assert_eq!(found("blood"), [3, 1], "titles first");
    assert_eq!(found("blood eat"), [1]);
    assert_eq!(found("nothing like it"), [0; 0]);
}

#[test]
fn saved_reply_replaces_the_search_text() {
    assert_eq!(inserted("/bl", "Hello {patient}, {patient}!", "Ana"), "Hello Ana, Ana!");
    assert_eq!(inserted("", "Hello", "Ana"), "Hello");
    assert_eq!(inserted("Dear Ana,", "come in.", "Ana"), "Dear Ana, come in.");
    assert_eq!(inserted("Dear Ana,\n", "come in.", "Ana"), "Dear Ana,\ncome in.");
}
