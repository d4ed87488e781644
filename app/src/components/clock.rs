//! Dates and times as people read them: a fresh page uses the clinic's time zone, a live page uses
//! the browser's.
//!
//! The browser starts with the clinic's zone too, so that hydration finds the days that the server
//! rendered.

use crate::{components::viewer::PageFacts, i18n::Locale, protocol::Timestamp};
use leptos::prelude::*;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Zone {
    /// The clinic's.
    Clinic(imp::ClinicZone),
    /// The browser's.
    #[cfg(feature = "hydrate")]
    Own,
}

/// The page's time zone and current time.
#[derive(Clone, Copy)]
pub struct Clock {
    zone: RwSignal<Zone>,
    now: RwSignal<Timestamp>,
}

/// A day's name, relative to today.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Day {
    /// Today.
    Today,
    /// The day before today.
    Yesterday,
    /// Another day: its long date.
    Other(String),
}

/// A day in milliseconds, used only to find yesterday's date.
const DAY_MS: i64 = 86_400_000;

impl Clock {
    /// Provides the page's clock as context.
    pub fn provide(facts: &PageFacts) -> Self {
        let clock = Self {
            zone: RwSignal::new(Zone::Clinic(imp::clinic_zone(&facts.time_zone))),
            now: RwSignal::new(facts.rendered_at),
        };
        provide_context(clock);
        follow_browser(clock);
        clock
    }

    /// The page's clock. Panics if none was provided.
    pub fn expect() -> Self {
        expect_context()
    }

    /// `14:05`, or as the browser's region writes it.
    pub fn time(self, moment: Timestamp, locale: Locale) -> String {
        self.zone.with(|zone| imp::time(moment, zone, locale))
    }

    /// A number that identifies the day.
    pub fn day_key(self, moment: Timestamp) -> i32 {
        self.zone.with(|zone| imp::day_key(moment, zone))
    }

    /// The day in words.
    pub fn day(self, moment: Timestamp, locale: Locale) -> Day {
        self.zone.with(|zone| {
            let now = self.now.get();
            let key = imp::day_key(moment, zone);
            if key == imp::day_key(now, zone) {
                Day::Today
            } else if key == imp::day_key(Timestamp(now.0 - DAY_MS), zone) {
                Day::Yesterday
            } else {
                Day::Other(imp::long_date(moment, zone, locale))
            }
        })
    }

    /// The long date with the time.
    pub fn exact(self, moment: Timestamp, locale: Locale) -> String {
        self.zone.with(|zone| format!("{}, {}", imp::long_date(moment, zone, locale), imp::time(moment, zone, locale)))
    }

    /// The current time, updated every 30 seconds.
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// Whether a moment is in the past.
    pub fn has_passed(self, moment: Timestamp) -> bool {
        moment <= self.now.get()
    }

    /// A short form for lists: the time if today, otherwise the date; `None` if yesterday.
    pub fn short(self, moment: Timestamp, locale: Locale) -> Option<String> {
        self.zone.with(|zone| match self.day(moment, locale) {
            Day::Today => Some(imp::time(moment, zone, locale)),
            Day::Yesterday => None,
            Day::Other(_) => Some(imp::short_date(moment, zone, locale)),
        })
    }

    /// A short form of a future moment: the time if today, `Mon 08:00` within six days, otherwise
    /// the date with the time.
    pub fn soon(self, moment: Timestamp, locale: Locale) -> String {
        self.zone.with(|zone| {
            let (now, time) = (self.now.get(), imp::time(moment, zone, locale));
            if imp::day_key(moment, zone) == imp::day_key(now, zone) {
                time
            } else if moment.0.saturating_sub(now.0) < 6 * DAY_MS {
                format!("{} {time}", imp::short_weekday(moment, zone, locale))
            } else {
                format!("{}, {time}", imp::short_date(moment, zone, locale))
            }
        })
    }
}

/// Switches to the browser's time zone and clock.
#[cfg(feature = "hydrate")]
fn follow_browser(clock: Clock) {
    use std::time::Duration;
    /// How often the current time is updated, so that "Today" is right soon after midnight.
    const CHECK_EVERY: Duration = Duration::from_secs(30);
    Effect::new(move |_| {
        // No redraw if the browser has the clinic's zone and region.
        if clock.zone.with_untracked(|zone| !imp::is_own(zone)) {
            clock.zone.set(Zone::Own);
        }
        clock.now.set(crate::live::now());
        set_interval(move || clock.now.set(crate::live::now()), CHECK_EVERY);
    });
}

/// The server renders with the clinic's zone.
#[cfg(not(feature = "hydrate"))]
const fn follow_browser(_: Clock) {}

#[cfg(feature = "ssr")]
mod imp {
    use super::{Locale, Timestamp, Zone};
    use chrono::{DateTime, Datelike};
    use chrono_tz::Tz;

    /// A time zone of the `chrono-tz` database.
    pub(super) type ClinicZone = Tz;

    /// The zone of this name. An unknown name gives UTC; the server checks the name when it starts.
    pub(super) fn clinic_zone(name: &str) -> ClinicZone {
        name.parse().unwrap_or(Tz::UTC)
    }

    fn local(moment: Timestamp, zone: &Zone) -> DateTime<Tz> {
        let zone = match zone {
            Zone::Clinic(zone) => *zone,
            #[cfg(feature = "hydrate")]
            Zone::Own => Tz::UTC,
        };
        DateTime::from_timestamp_millis(moment.0).unwrap_or_default().with_timezone(&zone)
    }

    const fn names(locale: Locale) -> chrono::Locale {
        match locale {
            Locale::en => chrono::Locale::en_GB,
            Locale::es => chrono::Locale::es_ES,
        }
    }

    pub(super) fn time(moment: Timestamp, zone: &Zone, _: Locale) -> String {
        local(moment, zone).format("%H:%M").to_string()
    }

    pub(super) fn day_key(moment: Timestamp, zone: &Zone) -> i32 {
        local(moment, zone).num_days_from_ce()
    }

    pub(super) fn long_date(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        let form = match locale {
            Locale::en => "%A, %-d %B %Y",
            Locale::es => "%A, %-d de %B de %Y",
        };
        local(moment, zone).format_localized(form, names(locale)).to_string()
    }

    pub(super) fn short_date(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        local(moment, zone).format_localized("%-d %b", names(locale)).to_string()
    }

    pub(super) fn short_weekday(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        local(moment, zone).format_localized("%a", names(locale)).to_string()
    }
}

#[cfg(all(feature = "hydrate", not(feature = "ssr")))]
mod imp {
    use super::{Locale, Timestamp, Zone};
    use crate::takeover::pause;
    use js_sys::{Array, Function, Intl::DateTimeFormat, Object, Reflect};
    use leptos::prelude::window;
    use leptos_i18n::Locale as _;
    use std::{cell::RefCell, collections::HashMap};
    use wasm_bindgen::JsCast;

    /// The IANA name.
    pub(super) type ClinicZone = String;

    pub(super) fn clinic_zone(name: &str) -> ClinicZone {
        name.to_owned()
    }

    thread_local! {
        /// Formatters by zone, language and parts: to create one costs far more than to use it.
        static FORMATS: RefCell<HashMap<String, Function>> = RefCell::default();
        /// Days by zone and quarter of an hour: each message reads its day at every change.
        static DAYS: RefCell<HashMap<(bool, i64), i32>> = RefCell::default();
        /// The browser's language.
        static LANGUAGE: Option<String> = window().navigator().language();
    }

    /// Creates a formatter. If the browser does not have the zone (its list may be older than the
    /// clinic's), its own zone is used.
    fn make(zone: Option<(&str, &str)>, language: &str, parts: &[(&str, &str)]) -> Function {
        let options = |zone: Option<(&str, &str)>| {
            let options = Object::new();
            for (name, value) in parts.iter().copied().chain(zone) {
                // Setting a property of a fresh object can't fail.
                let _ = Reflect::set(&options, &name.into(), &value.into());
            }
            options
        };
        let language = Array::of1(&language.into());
        let format = try_format(&language, &options(zone));
        format.unwrap_or_else(|| DateTimeFormat::new(&language, &options(None))).format()
    }

    /// `new Intl.DateTimeFormat`, which may throw.
    fn try_format(language: &Array, options: &Object) -> Option<DateTimeFormat> {
        let intl = Reflect::get(&window(), &"Intl".into()).ok()?;
        let maker: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        Reflect::construct(&maker, &Array::of2(language, options)).ok().map(JsCast::unchecked_into)
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds stay below 2^53")]
    fn format(moment: Timestamp, zone: &Zone, language: &str, parts: &[(&str, &str)]) -> String {
        let zone = match zone {
            Zone::Clinic(name) => Some(("timeZone", name.as_str())),
            Zone::Own => None,
        };
        // The first and last parts identify each set of parts.
        let ends = [parts.first(), parts.last()].map(|part| part.map_or("", |(name, _)| *name));
        let [first, last] = ends;
        let key = std::format!("{} {language} {first} {last}", zone.map_or("", |(_, name)| name));
        let made = FORMATS.with_borrow(|formats| formats.get(&key).cloned());
        let format = made.unwrap_or_else(|| {
            pause();
            let format = make(zone, language, parts);
            FORMATS.with_borrow_mut(|formats| formats.insert(key, format.clone()));
            format
        });
        let date = js_sys::Date::new(&(moment.0 as f64).into());
        format
            .call1(&wasm_bindgen::JsValue::UNDEFINED, &date)
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    }

    /// The page's language with the browser's region, if the languages agree.
    fn language(zone: &Zone, locale: Locale) -> String {
        let own = LANGUAGE.with(|own| own.clone().filter(|own| own.starts_with(locale.as_str())));
        match (zone, own) {
            (Zone::Own, Some(own)) => own,
            _ => match locale {
                Locale::en => "en-GB".to_owned(),
                Locale::es => "es-ES".to_owned(),
            },
        }
    }

    /// Whether `zone` is the browser's zone, and the browser's region is the default of the page's
    /// language.
    pub(super) fn is_own(zone: &Zone) -> bool {
        let Zone::Clinic(name) = zone else { return true };
        let options = DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
        let own = Reflect::get(&options, &"timeZone".into()).ok().and_then(|own| own.as_string());
        own.as_ref() == Some(name)
            && Locale::get_all().iter().all(|locale| language(&Zone::Own, *locale) == language(zone, *locale))
    }

    pub(super) fn time(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        format(moment, zone, &language(zone, locale), &[("hour", "numeric"), ("minute", "2-digit")])
    }

    pub(super) fn day_key(moment: Timestamp, zone: &Zone) -> i32 {
        /// The days of all zones begin at a multiple of this.
        const QUARTER_MS: i64 = 15 * 60 * 1_000;
        /// How many days are cached: enough for a few of the longest histories.
        const DAYS_MAX: usize = 4_000;
        let key = (*zone == Zone::Own, moment.0.div_euclid(QUARTER_MS));
        if let Some(day) = DAYS.with_borrow(|days| days.get(&key).copied()) {
            return day;
        }
        // The Canadian format puts the year first, so its digits are a number such as 20260131.
        let parts = [("year", "numeric"), ("month", "2-digit"), ("day", "2-digit")];
        let digits: String = format(moment, zone, "en-CA", &parts).chars().filter(char::is_ascii_digit).collect();
        let day = digits.parse().unwrap_or(0);
        DAYS.with_borrow_mut(|days| {
            if days.len() > DAYS_MAX {
                days.clear();
            }
            days.insert(key, day);
        });
        day
    }

    pub(super) fn long_date(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        let parts = [("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")];
        format(moment, zone, &language(zone, locale), &parts)
    }

    pub(super) fn short_date(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        format(moment, zone, &language(zone, locale), &[("day", "numeric"), ("month", "short")])
    }

    pub(super) fn short_weekday(moment: Timestamp, zone: &Zone, locale: Locale) -> String {
        format(moment, zone, &language(zone, locale), &[("weekday", "short")])
    }
}
