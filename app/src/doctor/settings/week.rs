//! The week of office hours: a row for each day, with room for a break.

use crate::{
    components::prehydration_input::keep_alike,
    doctor::settings::error_of,
    i18n::{Locale, td_string},
    preferences::use_locale,
    protocol::{Opening, Problem},
};
use leptos::{html, prelude::*};

/// How many openings a day has room for, at least.
const SPANS: usize = 2;
/// The days that "copy Monday" fills: Tuesday to Friday.
const FILLED: std::ops::RangeInclusive<u8> = 2..=5;

/// One opening that is being edited.
#[derive(Clone, Copy)]
struct Span {
    weekday: u8,
    /// Its index in the form.
    index: usize,
    /// Whether the day has an earlier opening.
    is_later: bool,
    opens: RwSignal<String>,
    closes: RwSignal<String>,
}

/// All seven days. Openings with empty times count as closed.
#[component]
pub fn Week(
    /// The stored openings, in order.
    spans: Vec<Opening>,
    /// The problem of the last submit.
    problem: Signal<Option<Problem>>,
    /// Whether the form changed after the last submit.
    is_changed: RwSignal<bool>,
) -> impl IntoView {
    let locale = use_locale();
    let spans = laid_out(&spans);
    let week = StoredValue::new(spans.clone());
    let copy = move |_| {
        week.with_value(|spans| copy_monday(spans));
        is_changed.set(true);
    };
    view! {
        <ul class="week">
            {(1..=7)
                .map(|weekday| {
                    let own: Vec<Span> = spans.iter().copied().filter(|span| span.weekday == weekday).collect();
                    view! {
                        <li class="week-day">
                            <span class="week-name" aria-hidden="true">
                                {weekday_name(locale, weekday)}
                            </span>
                            <div class="week-spans">
                                {own.into_iter().map(|span| view! { <SpanFields span problem /> }).collect_view()}
                            </div>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        <button type="button" class="button small needs-script" on:click=copy>
            {td_string!(locale, copy_monday)}
        </button>
    }
}

/// The openings of each day, filled up with empty ones to [`SPANS`].
fn laid_out(spans: &[Opening]) -> Vec<Span> {
    let mut laid_out = Vec::new();
    for weekday in 1..=7 {
        let own: Vec<&Opening> = spans.iter().filter(|span| span.weekday == weekday).collect();
        for n in 0..own.len().max(SPANS) {
            let (opens, closes) = own.get(n).map(|span| (span.opens.clone(), span.closes.clone())).unwrap_or_default();
            laid_out.push(Span {
                weekday,
                index: laid_out.len(),
                is_later: n > 0,
                opens: RwSignal::new(opens),
                closes: RwSignal::new(closes),
            });
        }
    }
    laid_out
}

/// Copies Monday's openings to Tuesday to Friday, as far as each day has room, and clears their
/// others.
fn copy_monday(spans: &[Span]) {
    for weekday in FILLED {
        let mut monday = spans.iter().filter(|span| span.weekday == 1);
        for span in spans.iter().filter(|span| span.weekday == weekday) {
            let from = monday.next();
            span.opens.set(from.map(|from| from.opens.get_untracked()).unwrap_or_default());
            span.closes.set(from.map(|from| from.closes.get_untracked()).unwrap_or_default());
        }
    }
}

#[component]
fn SpanFields(span: Span, problem: Signal<Option<Problem>>) -> impl IntoView {
    let locale = use_locale();
    let Span { weekday, index, is_later, opens, closes } = span;
    let name = move |part: &str| format!("form[spans][{index}][{part}]");
    let error_id = format!("span-{index}-error");
    let (opens_error, closes_error) =
        (error_of(problem, format!("hours[{index}].opens")), error_of(problem, format!("hours[{index}].closes")));
    let (opens_wrong, closes_wrong) = (opens_error.clone(), closes_error.clone());
    let error = move || opens_error().or_else(&closes_error);
    let has_error = error.clone();
    let opens_label = {
        let day = weekday_name(locale, weekday);
        if is_later {
            td_string!(locale, opens_again, day = day).to_string()
        } else {
            td_string!(locale, opens, day = day).to_string()
        }
    };
    let closes_label = {
        let day = weekday_name(locale, weekday);
        if is_later {
            td_string!(locale, closes_again, day = day).to_string()
        } else {
            td_string!(locale, closes, day = day).to_string()
        }
    };
    let (opens_field, closes_field) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    keep_alike(opens_field, opens);
    keep_alike(closes_field, closes);
    view! {
        <div class="week-span">
            <input type="hidden" name=name("weekday") value=weekday.to_string() />
            <input
                type="time"
                name=name("opens")
                autocomplete="off"
                value=opens.get_untracked()
                node_ref=opens_field
                on:input=move |event| opens.set(event_target_value(&event))
                aria-label=opens_label
                aria-invalid=move || opens_wrong().map(|_| "true")
                aria-describedby=error_id.clone()
            />
            <span aria-hidden="true">"–"</span>
            <input
                type="time"
                name=name("closes")
                autocomplete="off"
                value=closes.get_untracked()
                node_ref=closes_field
                on:input=move |event| closes.set(event_target_value(&event))
                aria-label=closes_label
                aria-invalid=move || closes_wrong().map(|_| "true")
                aria-describedby=error_id.clone()
            />
            <p class="field-error" id=error_id hidden=move || has_error().is_none()>
                {error}
            </p>
        </div>
    }
}

/// 1 is Monday.
fn weekday_name(locale: Locale, weekday: u8) -> String {
    match weekday {
        1 => td_string!(locale, monday),
        2 => td_string!(locale, tuesday),
        3 => td_string!(locale, wednesday),
        4 => td_string!(locale, thursday),
        5 => td_string!(locale, friday),
        6 => td_string!(locale, saturday),
        _ => td_string!(locale, sunday),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(spans: &[Span]) -> Vec<(u8, String, String)> {
        spans.iter().map(|span| (span.weekday, span.opens.get_untracked(), span.closes.get_untracked())).collect()
    }

    fn opening(weekday: u8, opens: &str, closes: &str) -> Opening {
        Opening { weekday, opens: opens.to_owned(), closes: closes.to_owned() }
    }

    #[test]
    fn every_day_has_room_for_a_break_and_keeps_openings() {
        let owner = Owner::new();
        owner.with(|| {
            let three = [opening(3, "08:00", "09:00"), opening(3, "10:00", "11:00"), opening(3, "12:00", "13:00")];
            let spans = laid_out(&three);
            assert_eq!(spans.len(), 15);
            assert!(spans.iter().enumerate().all(|(index, span)| span.index == index));
            assert_eq!(
                spans.iter().filter(|span| span.weekday == 3 && !span.opens.get_untracked().is_empty()).count(),
                3
            );
        });
    }

    #[test]
    fn monday_is_copied_to_weekdays_but_not_the_weekend() {
        let owner = Owner::new();
        owner.with(|| {
            let spans = laid_out(&[
                opening(1, "08:00", "12:00"),
                opening(2, "07:00", "08:00"),
                opening(2, "09:00", "10:00"),
                opening(6, "10:00", "11:00"),
            ]);
            copy_monday(&spans);
            let texts = texts(&spans);
            for weekday in 1..=5 {
                let own: Vec<_> = texts.iter().filter(|(day, ..)| *day == weekday).cloned().collect();
                let expected = [(weekday, "08:00", "12:00"), (weekday, "", "")];
                assert_eq!(own, expected.map(|(day, opens, closes)| (day, opens.to_owned(), closes.to_owned())));
            }
            assert!(texts.contains(&(6, "10:00".to_owned(), "11:00".to_owned())));
        });
    }
}
