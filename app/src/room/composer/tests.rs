use super::{Room, room_for};

#[test]
fn limit_is_shown_near_the_end_in_characters() {
    assert_eq!(room_for("hello"), Room::Plenty);
    assert_eq!(room_for(&"é".repeat(9_800)), Room::Left(200));
    assert_eq!(room_for(&"🦤".repeat(10_000)), Room::Left(0));
    assert_eq!(room_for(&"a".repeat(10_003)), Room::TooLongBy(3));
}
