//! The browser's notifications: whether they are allowed, and showing one. What one says is decided elsewhere.

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

/// A browser that shows a notification says so within this time, in milliseconds.
const SHOW_WITHIN_MS: u32 = 5_000;

/// What the browser says to notifications.
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

/// Has the browser ask the person. Only when they have just clicked for it.
pub(crate) async fn ask() -> Permission {
    if let Ok(answer) = Notification::request_permission() {
        // Old browsers answer nothing here.
        let _ = JsFuture::from(Promise::resolve(&answer)).await;
    }
    permit()
}

/// One notification.
pub(crate) struct BrowserNotification {
    notification: Notification,
    /// Lives as long as it can be clicked.
    _on_click: Closure<dyn Fn()>,
}

impl BrowserNotification {
    /// Shows one, in place of another of the same tag. `None` where the browser lets no page do so (Android).
    pub(crate) fn show(tag: &str, title: &str, body: &str, on_click: impl Fn() + 'static) -> Option<Self> {
        let options = NotificationOptions::new();
        options.set_tag(tag);
        options.set_icon("/favicon.svg");
        // A sound is made here, if it is wished.
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

    /// Takes it back. Not for one that another has replaced: of the same tag, both would go.
    pub(crate) fn close(self) {
        self.notification.close();
    }

    /// Waits until the browser has shown it; answers whether it did.
    pub(crate) async fn is_shown(&self) -> bool {
        let (tell, told) = oneshot::channel();
        let tell = Rc::new(Cell::new(Some(tell)));
        let (shown, failed) = (Rc::clone(&tell), tell);
        let answer = |tell: &Cell<Option<oneshot::Sender<bool>>>, is_shown| {
            // Only the first answer counts, and only while somebody waits for it.
            let _ = tell.take().map(|tell| tell.send(is_shown));
        };
        let on_show = Closure::<dyn Fn()>::new(move || answer(&shown, true));
        let on_error = Closure::<dyn Fn()>::new(move || answer(&failed, false));
        self.notification.set_onshow(Some(on_show.as_ref().unchecked_ref()));
        self.notification.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let first = select(told, TimeoutFuture::new(SHOW_WITHIN_MS)).await;
        self.notification.set_onshow(None);
        self.notification.set_onerror(None);
        matches!(first, Either::Left((Ok(true), _)))
    }
}

impl Drop for BrowserNotification {
    /// It may stay, or another may have taken its place: only nobody listens any more.
    fn drop(&mut self) {
        self.notification.set_onclick(None);
    }
}
