use super::{Figure, dialled, figures};
use proptest::prelude::*;

/// The figures of one kind in a text.
fn found(text: &str, kind: Figure) -> Vec<&str> {
    let of_kind = figures(text).into_iter().filter(|(.., found)| *found == kind);
    of_kind.filter_map(|(at, length, _)| text.get(at..at + length)).collect()
}

#[test]
fn telephone_numbers_are_found_and_dialled() {
    for (text, phone, tel) in [
        ("Call +34 900 123 456.", "+34 900 123 456", "tel:+34900123456"),
        ("+34900123456", "+34900123456", "tel:+34900123456"),
        ("+33 1 23 45 67 89 is new", "+33 1 23 45 67 89", "tel:+33123456789"),
        ("+49 (0)30 123456-78", "+49 (0)30 123456-78", "tel:+493012345678"),
        ("+44 (0) 20 7946 0958", "+44 (0) 20 7946 0958", "tel:+442079460958"),
        ("(+1 (555) 123-4567)", "+1 (555) 123-4567", "tel:+15551234567"),
        ("Ring (030) 123-4567, please", "(030) 123-4567", "tel:0301234567"),
        ("(030)1234567", "(030)1234567", "tel:0301234567"),
        ("(555) 123-4567", "(555) 123-4567", "tel:5551234567"),
        ("(912) 345 678", "(912) 345 678", "tel:912345678"),
        ("(11) 91234-5678", "(11) 91234-5678", "tel:11912345678"),
        ("tel:555-123-4567", "555-123-4567", "tel:5551234567"),
        ("(555-123-4567)", "555-123-4567", "tel:5551234567"),
        ("1-800-555-1234!", "1-800-555-1234", "tel:18005551234"),
        ("555.123.4567.", "555.123.4567", "tel:5551234567"),
        ("55 555-123-4567", "555-123-4567", "tel:5551234567"),
        // Digits beside a number are not a part of it.
        ("+34 900 123 456 2 tablets", "+34 900 123 456", "tel:+34900123456"),
        ("+34 900 123 456 500 mg", "+34 900 123 456", "tel:+34900123456"),
        ("+34 900 123 456 10:30", "+34 900 123 456", "tel:+34900123456"),
        ("(030) 1234567 2x", "(030) 1234567", "tel:0301234567"),
        ("+34 900 123 456\n20", "+34 900 123 456", "tel:+34900123456"),
    ] {
        assert_eq!(found(text, Figure::Phone), [phone], "{text}");
        assert_eq!(dialled(phone), tel);
    }
    let two = "555-123-4567 or +34 900 123 456";
    assert_eq!(found(two, Figure::Phone), ["555-123-4567", "+34 900 123 456"]);
}

#[test]
fn other_digits_are_not_telephone_numbers() {
    for text in [
        "2026-11-25",
        "25.11.2026",
        "11/25/2026",
        "25 Nov 2026",
        "25-11-2026 10:30",
        "(10) 2026-11-25",
        "(030) 12.11.2026",
        "2 x 500 mg",
        "250-1000 mg",
        "500 mg 3 x 10 20 30",
        "10:30-12:45",
        "130/80",
        "36.6",
        "1234567.89",
        "1.234.567",
        "+2.500.000",
        "+100 200",
        "4857773456",
        "943 476 5919",
        "5551234567",
        "912345678",
        "123-45-6789",
        "0777-3105-02",
        "978-3-16-148410-0",
        "550e8400-e29b-41d4-a716-446655440000",
        "555-123-4567-89",
        "#555-123-4567",
        "a555-123-4567",
        "555-123-4567b",
        "www.example.org/555-123-4567",
        "555-123-4567@example.org",
        "$555.123.4567",
        "192.168.100.2000",
        "(2019) 394 1234",
        "+0 555 123 4567",
        "+1 555 123 4567 555 987 6543",
        "٠١٢-٣٤٥-٦٧٨٩",
        "(555)",
        "+",
    ] {
        assert_eq!(found(text, Figure::Phone), [""; 0], "{text}");
    }
}

#[test]
fn dates_in_digits_are_found() {
    for (text, date) in [
        ("On 2026-11-25.", "2026-11-25"),
        ("25.11.2026, 10:30", "25.11.2026"),
        ("(11/25/2026)", "11/25/2026"),
        ("1.5.26", "1.5.26"),
        ("2026-1-5 555-123-4567", "2026-1-5"),
    ] {
        assert_eq!(found(text, Figure::Date), [date], "{text}");
    }
    for text in ["25 Nov 2026", "2 x 500 mg", "1/2", "10.5", "192.168.1.1", "2026-11", "12026-11-25", "2026-11-253"] {
        assert_eq!(found(text, Figure::Date), [""; 0], "{text}");
    }
}

proptest! {
    #[test]
    fn figures_are_within_the_text_in_order(text in "[0-9+() ./:x\u{a0}é-]{0,60}|\\PC{0,40}") {
        let mut end = 0;
        for (at, length, kind) in figures(&text) {
            prop_assert!(at >= end && length > 0);
            let piece = text.get(at..at + length);
            prop_assert!(piece.is_some());
            let digits = piece.unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(kind == Figure::Date || (7..=16).contains(&digits));
            end = at + length;
        }
    }
}
