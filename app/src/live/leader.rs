//! Elects one of a user's tabs as the leader, with the Web Locks API. The other tabs wait in a
//! queue; when the leader leaves, the next tab becomes the leader.
//!
//! Browsers neither freeze a page that holds a lock nor keep it for the Back button, so a page that
//! is being left must release the lock.

use crate::protocol::UserId;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::{prelude::window, reactive::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// A tab's request for the lock.
pub(super) struct Leader {
    name: String,
    /// Whether the browser supports Web Locks.
    has_locks: Cell<bool>,
    /// Releases the lock; set while this tab is the leader.
    release: Rc<RefCell<Option<Function>>>,
    /// Called when this tab becomes the leader.
    on_grant: Rc<dyn Fn()>,
    /// Cancels the request; set while the tab waits for the lock or holds it.
    waiting: RefCell<Option<AbortController>>,
}

impl Leader {
    /// Requests the lock of this user in this browser. Calls `on_turn` when this tab becomes the
    /// leader.
    pub(super) fn wait_for(viewer: UserId, on_turn: impl Fn() + 'static) -> Self {
        let turn = Self {
            name: format!("bedside-notify-{viewer}"),
            has_locks: Cell::new(false),
            release: Rc::default(),
            on_grant: Rc::new(on_turn),
            waiting: RefCell::default(),
        };
        turn.join();
        turn
    }

    /// Whether this tab is the leader; `None` if the browser does not support Web Locks.
    pub(super) fn is_mine(&self) -> Option<bool> {
        self.has_locks.get().then(|| self.release.borrow().is_some())
    }

    /// Requests the lock, at the end of the queue.
    pub(super) fn join(&self) {
        if self.waiting.borrow().is_none() {
            let end = AbortController::new().ok();
            self.has_locks.set(end.as_ref().and_then(|end| self.ask(end)).is_some());
            self.waiting.replace(end);
        }
    }

    /// Releases the lock so that the other tabs go first. If none waits, this tab becomes the
    /// leader again at once.
    pub(super) fn pass(&self) {
        if self.is_mine() == Some(true) {
            self.leave();
            self.join();
        }
    }

    /// Releases the lock, or cancels the request for it.
    pub(super) fn leave(&self) {
        if let Some(end) = self.waiting.take() {
            end.abort();
        }
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }

    /// Calls `navigator.locks.request`, which web-sys offers only as an unstable API.
    fn ask(&self, end: &AbortController) -> Option<()> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &end.signal()).ok()?;
        let (held, on_turn, signal) = (Rc::clone(&self.release), Rc::clone(&self.on_grant), end.signal());
        let granted = Closure::once_into_js(move |_: JsValue| {
            Promise::new(&mut |resolve, _| {
                if signal.aborted() {
                    // The tab left the queue in the same moment.
                    let _ = resolve.call0(&JsValue::NULL);
                } else {
                    held.replace(Some(resolve));
                    on_turn();
                }
            })
        });
        let ended = request.call3(&locks, &self.name.as_str().into(), &options, &granted).ok()?;
        spawn_local(async move {
            // The promise is rejected if the tab leaves the queue before it gets the lock.
            let _ = JsFuture::from(Promise::resolve(&ended)).await;
        });
        Some(())
    }
}
