//! Pages of a server that can't do now what it was asked: cheap to make, and what somebody typed is not lost.

use super::FileNames;
use crate::{
    components::form::area_text,
    i18n::{Locale, td_string},
    preferences::{Theme, locale_of_request, theme_of_request},
    protocol::{Problem, ProblemCode},
};
use http::request::Parts;
use leptos::prelude::*;
use leptos_i18n::Locale as _;

/// The page of a server that has no time to render one, in every language: whose it is isn't looked up.
#[must_use]
pub fn busy_page() -> String {
    let words = Locale::get_all().iter().fold(String::new(), |words, locale| {
        let (language, text) = (locale.as_str(), td_string!(*locale, problem_unavailable));
        format!("{words}<p lang=\"{language}\">{text}</p>")
    });
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>503</title></head><body>{words}</body></html>"
    )
}

/// A plain form's post that was refused.
#[derive(Debug)]
pub struct RefusedForm {
    /// Why.
    pub problem: Problem,
    /// Where to post it again.
    pub action: String,
    /// The page that it came from.
    pub back: String,
    /// What was in it; `None` when it was not read.
    pub fields: Option<Vec<(String, String)>>,
}

/// The page that answers a refused form: in the person's language, with what they typed, to be sent again. A password has
/// to be typed again. `parts` are the request's.
#[must_use]
pub fn refused_form_page(form: RefusedForm, options: &LeptosOptions, parts: Parts) -> String {
    let css = FileNames::read(options).css.as_str();
    let html = Owner::new().with(|| {
        provide_context(parts);
        let locale = locale_of_request();
        let theme = Some(theme_of_request()).filter(|theme| *theme != Theme::System).map(Theme::name);
        let title = td_string!(locale, something_wrong);
        view! {
            <html lang=locale.as_str() data-theme=theme>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width" />
                    <meta name="color-scheme" content="light dark" />
                    <title>{title}</title>
                    <link rel="stylesheet" href=css />
                </head>
                <body>
                    <main class="entry">
                        <section class="card">
                            <h1>{title}</h1>
                            <p class="problem-note">{words(locale, &form.problem)}</p>
                            {body(locale, form)}
                        </section>
                    </main>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{html}")
}

fn words(locale: Locale, problem: &Problem) -> String {
    match problem.code {
        ProblemCode::TooLarge => td_string!(locale, problem_too_large).to_owned(),
        ProblemCode::RequestTimeout => td_string!(locale, problem_unreachable).to_owned(),
        ProblemCode::RateLimited => {
            let seconds = problem.retry_after_s.unwrap_or(1).to_string();
            td_string!(locale, problem_rate_limited, seconds = seconds).to_string()
        }
        _ => td_string!(locale, problem_unavailable).to_owned(),
    }
}

fn body(locale: Locale, form: RefusedForm) -> impl IntoView {
    let RefusedForm { action, back, fields, .. } = form;
    let (lead, form) = match fields {
        None => (td_string!(locale, form_not_kept), None),
        Some(fields) => {
            let fields = fields.into_iter().map(|(name, value)| field(locale, name, value)).collect_view();
            let form = view! {
                <form method="post" action=action>
                    {fields}
                    <button type="submit" class="button primary wide">
                        {td_string!(locale, send_again)}
                    </button>
                </form>
            };
            (td_string!(locale, form_kept), Some(form))
        }
    };
    view! {
        <p class="lead">{lead}</p>
        {form}
        <p class="entry-other">
            <a href=back>{td_string!(locale, go_back_unsent)}</a>
        </p>
    }
}

/// One field as it was filled in. What people type they see and can change; the rest goes along.
fn field(locale: Locale, name: String, value: String) -> AnyView {
    let (label, kind) = match name.as_str() {
        "content" => (td_string!(locale, message), None),
        "form[away_note]" => (td_string!(locale, away_note), None),
        "name" => (td_string!(locale, name), Some("text")),
        "email" => (td_string!(locale, email), Some("email")),
        "password" => (td_string!(locale, password), Some("password")),
        _ => return view! { <input type="hidden" name=name value=value /> }.into_any(),
    };
    let id = format!("again-{name}");
    let input = match kind {
        // A parser drops the first line break of a text area.
        None => view! {
            <textarea id=id.clone() name=name rows="6" dir="auto">
                {area_text(format!("\n{value}"))}
            </textarea>
        }
        .into_any(),
        Some("password") => view! { <input id=id.clone() name=name type="password" required /> }.into_any(),
        Some(kind) => view! { <input id=id.clone() name=name type=kind value=value dir="auto" required /> }.into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {input}
        </div>
    }
    .into_any()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{LeptosOptions, Problem, ProblemCode, RefusedForm, refused_form_page};
    use http::Request;

    fn page(language: &str, problem: Problem, fields: Option<&[(&str, &str)]>) -> String {
        let options = LeptosOptions::builder().output_name("bedside").hash_files(false).build();
        let (parts, ()) = Request::post("/").header("accept-language", language).body(()).unwrap().into_parts();
        let fields =
            fields.map(|fields| fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        let (action, back) = ("/fn/message/send?back=%2Fpatient".to_owned(), "/patient".to_owned());
        refused_form_page(RefusedForm { problem, action, back, fields }, &options, parts).replace("<!>", "")
    }

    #[test]
    fn what_was_typed_is_on_the_page_as_text_and_can_be_sent_again() {
        let typed = "\nIt hurts </textarea><script>alert(1)</script> \"here\"";
        let fields = [("chat", "7"), ("content", typed), ("name", "Nora \"N.\"")];
        let html = page("en", Problem::overloaded(), Some(&fields));
        let escaped = typed.replace('<', "&lt;").replace('>', "&gt;");
        assert!(html.contains(&format!("\n{escaped}</textarea>")), "{html}");
        assert!(html.contains("name=\"chat\" value=\"7\""), "{html}");
        assert!(html.contains("value=\"Nora &quot;N.&quot;\""), "{html}");
        assert!(html.contains("action=\"/fn/message/send?back=%2Fpatient\"") && html.contains("Send again"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn a_password_is_never_on_it() {
        let fields = [("email", "nora@example.org"), ("password", "three unrelated words")];
        let html = page("en", ProblemCode::TooLarge.into(), Some(&fields));
        assert!(html.contains("value=\"nora@example.org\"") && html.contains("type=\"password\""), "{html}");
        assert!(!html.contains("unrelated"), "{html}");
    }

    #[test]
    fn it_is_in_the_persons_language_also_without_the_fields() {
        let html = page("es-MX,es;q=0.9", Problem::rate_limited(3), None);
        assert!(html.contains("<html lang=\"es\"") && html.contains("Vuelva atrás"), "{html}");
        assert!(html.contains("espere 3 segundos") || html.contains("3 segundos"), "{html}");
        assert!(!html.contains("<form"), "{html}");
    }
}
