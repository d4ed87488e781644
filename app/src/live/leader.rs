//! One of a person's tabs has the turn; the others wait in line (Web Locks). When it goes, the next has it.
//!
//! A page that holds a lock is not put to sleep, and is not kept for going back to either: whoever leaves lets go.

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

/// A tab's place in the line.
pub(super) struct Leader {
    name: String,
    /// Whether the browser has locks.
    has_locks: Cell<bool>,
    /// Ends the holding, while it is this tab's turn.
    release: Rc<RefCell<Option<Function>>>,
    /// Called when its turn comes.
    on_grant: Rc<dyn Fn()>,
    /// Ends the waiting.
    waiting: RefCell<Option<AbortController>>,
}

impl Leader {
    /// This person's, in this browser; joins the line.
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

    /// Whether it is this tab's turn; `None` where the browser can't say.
    pub(super) fn is_mine(&self) -> Option<bool> {
        self.has_locks.get().then(|| self.release.borrow().is_some())
    }

    /// Joins the line, at its end.
    pub(super) fn join(&self) {
        if self.waiting.borrow().is_none() {
            let end = AbortController::new().ok();
            self.has_locks.set(end.as_ref().and_then(|end| self.ask(end)).is_some());
            self.waiting.replace(end);
        }
    }

    /// Lets the others go first; if there are none, its turn comes again at once.
    pub(super) fn pass(&self) {
        if self.is_mine() == Some(true) {
            self.leave();
            self.join();
        }
    }

    /// Leaves it.
    pub(super) fn leave(&self) {
        if let Some(end) = self.waiting.take() {
            end.abort();
        }
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }

    /// `navigator.locks.request`, which web-sys counts among what may change.
    fn ask(&self, end: &AbortController) -> Option<()> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &end.signal()).ok()?;
        let (held, on_turn, signal) = (Rc::clone(&self.release), Rc::clone(&self.on_grant), end.signal());
        let granted = Closure::once_into_js(move |_: JsValue| {
            Promise::new(&mut |resolve, _| {
                if signal.aborted() {
                    // Left in the same moment.
                    let _ = resolve.call0(&JsValue::NULL);
                } else {
                    held.replace(Some(resolve));
                    on_turn();
                }
            })
        });
        let ended = request.call3(&locks, &self.name.as_str().into(), &options, &granted).ok()?;
        spawn_local(async move {
            // Left before its turn came.
            let _ = JsFuture::from(Promise::resolve(&ended)).await;
        });
        Some(())
    }
}
