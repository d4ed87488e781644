use super::*;

#[test]
fn minute_is_parsed_as_it_is_formatted() {
    for (text, expected) in [("00:00", 0), ("08:05", 485), ("23:59", 1439), ("24:00", 1440)] {
        assert_eq!(minute(text), Some(expected));
        assert_eq!(clock(expected), text);
    }
    for text in ["", "8:00", "08:60", "24:01", "25:00", "+8:00", "08:00:00", "0800", "ab:cd", "08:0é"] {
        assert_eq!(minute(text), None, "{text}");
    }
}

#[test]
fn skipped_local_time_counts_as_one_hour_later() {
    let mut check = Check::default();
    let mut read = |text: &str| check.local("x", text, Tz::Europe__Berlin).map(Timestamp::to_rfc3339);
    assert_eq!(read("2026-12-24T08:00").as_deref(), Some("2026-12-24T07:00:00.000Z"));
    assert_eq!(read("2026-12-24T08:00:30").as_deref(), Some("2026-12-24T07:00:30.000Z"));
    assert_eq!(read("2026-03-29T02:30").as_deref(), Some("2026-03-29T01:30:00.000Z"));
    assert_eq!(read("2026-10-25T02:30").as_deref(), Some("2026-10-25T00:30:00.000Z"), "the first of two");
    assert_eq!(read("tomorrow"), None);
    assert_eq!(read("9999-12-31T23:00").as_deref(), Some("9999-12-31T22:00:00.000Z"));
    assert_eq!(read("+12345-01-01T00:00"), None);
}
