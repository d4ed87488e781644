//! The week of office hours: a summary, and a row of times for each day, with room for a break.

use crate::{
    components::form::error_of,
    i18n::{Locale, td_string},
    preferences::use_locale,
    protocol::{Opening, Problem},
};
use leptos::prelude::*;

/// How many openings a day has room for, at least.
const SPANS: usize = 2;

/// One opening of the form. Openings with empty times count as closed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    weekday: u8,
    /// Its index in the form.
    index: usize,
    /// Whether the day has an earlier opening.
    is_later: bool,
    opens: String,
    closes: String,
}

/// All seven days. The rows are open if there are no hours yet, or an error in them.
#[component]
pub fn Week(
    /// The stored openings, in order.
    spans: Vec<Opening>,
    /// The problem of the posted form.
    problem: Option<Problem>,
) -> impl IntoView {
    let locale = use_locale();
    let is_wrong = problem.iter().flat_map(|problem| &problem.errors).any(|error| error.field.starts_with("hours["));
    let is_open = is_wrong || spans.is_empty();
    let lines = summary(&spans);
    let rows = laid_out(&spans);
    let day_row = |weekday| {
        let own = rows.iter().filter(|span| span.weekday == weekday).cloned();
        view! {
            <li class="week-day" data-weekday=weekday.to_string()>
                <span class="week-name" aria-hidden="true">
                    {weekday_name(locale, weekday)}
                </span>
                <div class="week-spans">
                    {own.map(|span| view! { <SpanFields span problem=problem.clone() /> }).collect_view()}
                </div>
            </li>
        }
    };
    view! {
        {(!lines.is_empty())
            .then(|| {
                let lines = lines.into_iter().map(|(days, hours)| {
                    view! {
                        <div>
                            <dt>{days_name(locale, days)}</dt>
                            <dd>{hours.join(", ")}</dd>
                        </div>
                    }
                });
                view! { <dl class="week-summary">{lines.collect_view()}</dl> }
            })}
        <details class="week-edit" id="week-edit" open=is_open>
            <summary class="button small">{td_string!(locale, edit_hours)}</summary>
            <p class="field-hint">{td_string!(locale, office_hours_hint)}</p>
            <ul class="week">{(1..=7).map(day_row).collect_view()}</ul>
            <button type="button" class="button small needs-script" data-copy-day="1" data-to="2 3 4 5">
                {td_string!(locale, copy_monday)}
            </button>
        </details>
    }
}

/// The openings of each day, filled up with empty ones to [`SPANS`].
fn laid_out(spans: &[Opening]) -> Vec<Span> {
    let mut laid_out: Vec<Span> = Vec::new();
    for weekday in 1..=7 {
        let own: Vec<&Opening> = spans.iter().filter(|span| span.weekday == weekday).collect();
        for n in 0..own.len().max(SPANS) {
            let (opens, closes) = own.get(n).map(|span| (span.opens.clone(), span.closes.clone())).unwrap_or_default();
            laid_out.push(Span { weekday, index: laid_out.len(), is_later: n > 0, opens, closes });
        }
    }
    laid_out
}

/// Days in a row with equal hours, each group with its first and last day and its hours. Days
/// without hours are left out.
fn summary(spans: &[Opening]) -> Vec<((u8, u8), Vec<String>)> {
    let mut groups: Vec<((u8, u8), Vec<String>)> = Vec::new();
    for weekday in 1..=7 {
        let own = spans.iter().filter(|span| span.weekday == weekday && !span.opens.is_empty());
        let hours: Vec<String> = own.map(|span| format!("{}–{}", span.opens, span.closes)).collect();
        match groups.last_mut() {
            _ if hours.is_empty() => {}
            Some(((_, last), equal)) if *last + 1 == weekday && *equal == hours => *last = weekday,
            _ => groups.push(((weekday, weekday), hours)),
        }
    }
    groups
}

#[component]
fn SpanFields(span: Span, problem: Option<Problem>) -> impl IntoView {
    let locale = use_locale();
    let Span { weekday, index, is_later, opens, closes } = span;
    let name = |part: &str| format!("form[spans][{index}][{part}]");
    let id = |part: &str| format!("span-{index}-{part}");
    let error_id = id("error");
    let opens_error = error_of(problem.as_ref(), &format!("hours[{index}].opens"));
    let closes_error = error_of(problem.as_ref(), &format!("hours[{index}].closes"));
    let day = weekday_name(locale, weekday);
    let (opens_label, closes_label) = if is_later {
        (
            td_string!(locale, opens_again, day = day).to_string(),
            td_string!(locale, closes_again, day = day).to_string(),
        )
    } else {
        (td_string!(locale, opens, day = day).to_string(), td_string!(locale, closes, day = day).to_string())
    };
    let time = |part: &str, value: String, label: String, is_wrong: bool| {
        view! {
            <input
                type="time"
                id=id(part)
                name=name(part)
                autocomplete="off"
                value=value
                aria-label=label
                aria-invalid=is_wrong.then_some("true")
                aria-describedby=is_wrong.then(|| error_id.clone())
            />
        }
    };
    let opens = time("opens", opens, opens_label, opens_error.is_some());
    let closes = time("closes", closes, closes_label, closes_error.is_some());
    let error = opens_error.or(closes_error);
    view! {
        <div class="week-span">
            <input type="hidden" name=name("weekday") value=weekday.to_string() />
            {opens}
            <span aria-hidden="true">"–"</span>
            {closes}
            {error.map(|error| view! { <p class="field-error" id=error_id>{error}</p> })}
        </div>
    }
}

/// "Monday", or "Monday–Friday".
fn days_name(locale: Locale, (first, last): (u8, u8)) -> String {
    let first_name = weekday_name(locale, first);
    if first == last { first_name.to_owned() } else { format!("{first_name}–{}", weekday_name(locale, last)) }
}

/// 1 is Monday.
fn weekday_name(locale: Locale, weekday: u8) -> &'static str {
    match weekday {
        1 => td_string!(locale, monday),
        2 => td_string!(locale, tuesday),
        3 => td_string!(locale, wednesday),
        4 => td_string!(locale, thursday),
        5 => td_string!(locale, friday),
        6 => td_string!(locale, saturday),
        _ => td_string!(locale, sunday),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(weekday: u8, opens: &str, closes: &str) -> Opening {
        Opening { weekday, opens: opens.to_owned(), closes: closes.to_owned() }
    }

    #[test]
    fn every_day_has_room_for_a_break_and_keeps_openings() {
        let three = [opening(3, "08:00", "09:00"), opening(3, "10:00", "11:00"), opening(3, "12:00", "13:00")];
        let spans = laid_out(&three);
        assert_eq!(spans.len(), 15);
        assert!(spans.iter().enumerate().all(|(index, span)| span.index == index));
        assert_eq!(spans.iter().filter(|span| span.weekday == 3 && !span.opens.is_empty()).count(), 3);
    }

    #[test]
    fn summary_joins_days_in_a_row_with_equal_hours() {
        let spans = [
            opening(1, "08:00", "12:00"),
            opening(1, "13:00", "17:00"),
            opening(2, "08:00", "12:00"),
            opening(2, "13:00", "17:00"),
            opening(3, "08:00", "12:00"),
            opening(5, "08:00", "12:00"),
        ];
        let lines: Vec<_> = summary(&spans).into_iter().map(|(days, hours)| (days, hours.join(", "))).collect();
        let expected = [((1, 2), "08:00–12:00, 13:00–17:00"), ((3, 3), "08:00–12:00"), ((5, 5), "08:00–12:00")];
        assert_eq!(lines, expected.map(|(days, hours)| (days, hours.to_owned())));
    }
}
