//! Emergencies: the browser compares a patient's message with the clinic's phrases before it is
//! sent. The result of the comparison never leaves the browser. If the phrases cannot be fetched,
//! the patient can send without the check.

use crate::{
    components::composition::is_composing,
    i18n::td_string,
    preferences::use_locale,
    protocol::Safety,
    room::server_fns::{emergency_number, show_safety},
    safety::Signs,
    takeover::pause,
};
use leptos::{ev, html, prelude::*};

/// The clinic's settings for emergencies, provided to a patient's pages.
#[derive(Clone, Copy)]
pub struct Emergency {
    /// The number to call, which each page shows.
    number: Resource<Option<String>>,
    /// The number with the phrases, fetched when the user begins to write.
    safety: StoredValue<Option<(Safety, Signs)>>,
    is_asking: StoredValue<bool>,
}

impl Emergency {
    /// Provides it as context.
    pub fn provide() {
        provide_context(Self {
            number: Resource::new_blocking(|| (), |()| async { emergency_number().await.ok().flatten() }),
            safety: StoredValue::new(None),
            is_asking: StoredValue::new(false),
        });
    }

    /// Fetches the phrases, unless they are held. After a failure the next call tries again.
    pub fn prepare(self) {
        if self.is_asking.get_value() || self.safety.with_value(Option::is_some) {
            return;
        }
        self.is_asking.set_value(true);
        leptos::reactive::spawn_local(async move {
            let safety = show_safety().await.ok().map(with_signs);
            self.safety.try_update_value(|held| *held = safety);
            self.is_asking.try_update_value(|is_asking| *is_asking = false);
        });
    }

    /// Whether a text has one of the phrases. The phrases of all languages count, because patients
    /// don't always write in the page's language.
    fn is_in(self, text: &str) -> bool {
        self.safety.with_value(|safety| safety.as_ref().is_some_and(|(_, signs)| signs.are_in(text)))
    }

    fn number(self) -> Option<String> {
        self.safety.with_value(|safety| safety.as_ref().and_then(|(safety, _)| safety.emergency_number.clone()))
    }
}

/// Parses the phrases for the comparison.
fn with_signs(safety: Safety) -> (Safety, Signs) {
    let signs = Signs::parse(&safety.phrases);
    (safety, signs)
}

/// Holds a message back until its writer decides.
#[derive(Clone, Copy)]
pub struct Alarm {
    emergency: Emergency,
    is_up: RwSignal<bool>,
    panel: NodeRef<html::Div>,
}

impl Alarm {
    /// The alarm of a room; `None` unless the page is a patient's.
    pub fn find() -> Option<Self> {
        let emergency = use_context::<Emergency>()?;
        Some(Self { emergency, is_up: RwSignal::new(false), panel: NodeRef::new() })
    }

    /// An alarm that is raised, with these settings.
    #[cfg(feature = "styleguide")]
    pub(crate) fn raised(safety: Safety) -> Option<Self> {
        let alarm = Self::find()?;
        alarm.emergency.safety.set_value(Some(with_signs(safety)));
        alarm.is_up.set(true);
        Some(alarm)
    }

    /// Fetches the phrases; called when the user begins to write.
    pub fn prepare(self) {
        self.emergency.prepare();
    }

    /// Checks a text. If it has a phrase, shows the panel, focuses it and returns true.
    pub fn hold(self, text: &str) -> bool {
        let is_held = self.emergency.is_in(text);
        self.is_up.set(is_held);
        if let Some(panel) = self.panel.get_untracked().filter(|_| is_held) {
            focus(&panel);
        }
        is_held
    }

    /// Hides the panel, because the writer has gone on.
    pub fn lower(self) {
        if self.is_up.get_untracked() {
            self.is_up.set(false);
        }
    }
}

/// Says whom to call, and offers to send the message or to edit it.
#[component]
pub fn EmergencyPanel(
    /// The room's alarm.
    alarm: Alarm,
    /// Sends the message as urgent.
    send: Callback<()>,
    /// Returns to the text.
    edit: Callback<()>,
) -> impl IntoView {
    pause();
    let Alarm { emergency, is_up, panel } = alarm;
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            focus(&panel);
        }
    });
    let on_keydown = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !is_composing(&event) {
            event.stop_propagation();
            edit.run(());
        }
    };
    let locale = use_locale();
    view! {
        <Show when=move || is_up.get()>
            <div class="emergency" role="alert" tabindex="-1" node_ref=panel on:keydown=on_keydown>
                <p class="emergency-call">
                    {match emergency.number() {
                        Some(number) => {
                            let href = telephone(&number);
                            view! {
                                <a href=href>
                                    {td_string!(locale, emergency_call, number = number).to_string()}
                                </a>
                            }
                                .into_any()
                        }
                        None => td_string!(locale, emergency_call_local).into_any(),
                    }}
                </p>
                <p>{td_string!(locale, emergency_slow)}</p>
                <div class="emergency-actions">
                    <button type="button" class="button danger" on:click=move |_| send.run(())>
                        {td_string!(locale, send_anyway)}
                    </button>
                    <button type="button" class="button" on:click=move |_| edit.run(())>
                        {td_string!(locale, edit)}
                    </button>
                </div>
            </div>
        </Show>
    }
}

/// The permanent line: the chat is not for emergencies, and which number to call.
#[component]
pub fn NotForEmergencies() -> impl IntoView {
    pause();
    let locale = use_locale();
    let local = move || view! { <p class="safety">{td_string!(locale, not_for_emergencies)}</p> };
    let Some(Emergency { number, .. }) = use_context::<Emergency>() else { return local().into_any() };
    view! {
        <Suspense fallback=local>
            {move || Suspend::new(async move {
                match number.await {
                    Some(number) => {
                        let href = telephone(&number);
                        view! {
                            <p class="safety">
                                {td_string!(locale, not_for_emergencies_short)} " "
                                <a href=href>
                                    {td_string!(locale, cannot_wait_call, number = number).to_string()}
                                </a>
                            </p>
                        }
                            .into_any()
                    }
                    None => local().into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The `tel:` address of a number.
fn telephone(number: &str) -> String {
    format!("tel:{}", number.replace(' ', ""))
}

#[cfg(feature = "hydrate")]
fn focus(panel: &web_sys::HtmlDivElement) {
    let _ = panel.focus();
}

#[cfg(not(feature = "hydrate"))]
const fn focus<T>(_: &T) {}

#[cfg(test)]
mod tests {
    use super::telephone;

    #[test]
    fn emergency_number_is_dialled_without_spaces() {
        assert_eq!(telephone("+34 900 123 456"), "tel:+34900123456");
    }
}
