//! Shows one browser notification and asks the browser for permission. Other modules decide what a
//! notification says.

use crate::live::Permission;
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// A browser that shows a notification reports it within this time, in milliseconds.
const SHOW_WITHIN_MS: u32 = 5_000;

/// Whether the browser allows this page to show notifications.
pub(crate) fn permit() -> Permission {
    if !window().is_secure_context() {
        return Permission::Insecure;
    }
    if !Reflect::has(&window(), &"Notification".into()).unwrap_or(false) {
        return Permission::Unsupported;
    }
    match Notification::permission() {
        NotificationPermission::Granted => Permission::Allowed,
        NotificationPermission::Denied => Permission::Blocked,
        _ => Permission::NotAsked,
    }
}

/// Lets the browser ask the user for permission. Call it only while the browser handles a click.
pub(crate) async fn ask() -> Permission {
    if let Ok(answer) = Notification::request_permission() {
        // Old browsers return no promise here.
        let _ = JsFuture::from(Promise::resolve(&answer)).await;
    }
    permit()
}

/// A notification on the screen.
pub(crate) struct BrowserNotification {
    notification: Notification,
    /// The click handler; kept while the notification can be clicked.
    _on_click: Closure<dyn Fn()>,
}

impl BrowserNotification {
    /// Shows a notification, in place of another with the same tag. Returns `None` if the browser
    /// lets no page do so (Android).
    pub(crate) fn show(tag: &str, title: &str, body: &str, on_click: impl Fn() + 'static) -> Option<Self> {
        let options = NotificationOptions::new();
        options.set_tag(tag);
        options.set_icon("/favicon.svg");
        // `sound` plays the sound, if the user wants one.
        options.set_silent(Some(true));
        options.set_renotify(true);
        if !body.is_empty() {
            options.set_body(body);
        }
        let notification = Notification::new_with_options(title, &options).ok()?;
        let on_click = Closure::<dyn Fn()>::new(on_click);
        notification.set_onclick(Some(on_click.as_ref().unchecked_ref()));
        Some(Self { notification, _on_click: on_click })
    }

    /// Closes the notification. Do not call it on one that another has replaced: it would close
    /// both, because they have the same tag.
    pub(crate) fn close(self) {
        self.notification.close();
    }

    /// Waits until the browser has shown the notification. Returns whether it did.
    pub(crate) async fn is_shown(&self) -> bool {
        let (sender, receiver) = oneshot::channel();
        let sender = Rc::new(Cell::new(Some(sender)));
        let (shown, failed) = (Rc::clone(&sender), sender);
        let answer = |sender: &Cell<Option<oneshot::Sender<bool>>>, is_shown| {
            // Only the first event counts, and only while the caller waits for it.
            let _ = sender.take().map(|sender| sender.send(is_shown));
        };
        let on_show = Closure::<dyn Fn()>::new(move || answer(&shown, true));
        let on_error = Closure::<dyn Fn()>::new(move || answer(&failed, false));
        self.notification.set_onshow(Some(on_show.as_ref().unchecked_ref()));
        self.notification.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let first = select(receiver, TimeoutFuture::new(SHOW_WITHIN_MS)).await;
        self.notification.set_onshow(None);
        self.notification.set_onerror(None);
        matches!(first, Either::Left((Ok(true), _)))
    }
}

impl Drop for BrowserNotification {
    /// Removes the click handler. The notification itself may stay, and another may have replaced
    /// it.
    fn drop(&mut self) {
        self.notification.set_onclick(None);
    }
}
