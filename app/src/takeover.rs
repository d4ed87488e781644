//! Hydrates the page that the server rendered, one piece at a time. Typing and scrolling are
//! handled between two pieces and not after the whole, which takes a second on an old phone.
//!
//! The framework hydrates a page in one call. If the browser can suspend WebAssembly in the middle
//! of a call (JSPI, "JavaScript Promise Integration"), that call yields wherever [`pause`] finds
//! that the piece has run long enough. `loader.js` has the other end and keeps events from the half
//! of the page that is hydrated. In other browsers it is one piece. In all browsers, the effects
//! run after the call, in pieces of their own.

#[cfg(feature = "hydrate")]
pub use imp::{pause, take_over};

/// A point where hydration may yield: at the start of a part of the page, and before what takes
/// long. Values may be borrowed for reading, since nothing that writes runs meanwhile; nothing may
/// be borrowed for writing.
#[cfg(not(feature = "hydrate"))]
pub const fn pause() {}

#[cfg(feature = "hydrate")]
mod imp {
    use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
    use js_sys::Promise;
    use leptos::prelude::{IntoView, document, window};
    use std::{
        cell::{Cell, RefCell},
        collections::VecDeque,
    };
    use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    /// How long a piece may run before hydration yields, in milliseconds.
    const PIECE_MS: f64 = 8.0;

    thread_local! {
        /// When the current piece began; `None` unless the page is being hydrated and may yield.
        static BEGAN: Cell<Option<f64>> = const { Cell::new(None) };
        /// The tasks that wait for the end of hydration; `None` afterwards.
        static WAITING: RefCell<Option<VecDeque<PinnedLocalFuture<()>>>> = const { RefCell::new(None) };
    }

    #[wasm_bindgen]
    extern "C" {
        /// In `loader.js`: waits for `turn`, if WebAssembly can wait.
        #[wasm_bindgen(js_name = bedsideGiveWay)]
        fn give_way();

        /// In `loader.js`: a promise that resolves in a new task.
        #[wasm_bindgen(js_name = bedsideTurn)]
        fn turn() -> Promise;
    }

    /// Runs the tasks that parts of the page start: effects and other futures.
    struct AfterTakingOver;

    impl CustomExecutor for AfterTakingOver {
        fn spawn(&self, future: PinnedFuture<()>) {
            self.spawn_local(future);
        }

        fn spawn_local(&self, future: PinnedLocalFuture<()>) {
            let now = WAITING.with_borrow_mut(|waiting| match waiting {
                Some(waiting) => {
                    waiting.push_back(future);
                    None
                }
                None => Some(future),
            });
            if let Some(future) = now {
                spawn_local(future);
            }
        }

        fn poll_local(&self) {}
    }

    /// Hydrates the page. Afterwards the page is called "live": it reacts to all input.
    pub fn take_over<V: IntoView + 'static>(app: impl FnOnce() -> V + 'static) {
        // No other executor can be set, because nothing has run yet.
        let _ = Executor::init_local_custom_executor(AfterTakingOver);
        WAITING.set(Some(VecDeque::new()));
        BEGAN.set(Some(now()));
        leptos::mount::hydrate_body(app);
        BEGAN.set(None);
        spawn_local(async {
            run_waiting().await;
            if let Some(body) = document().body() {
                // Marks the page as live, for style sheets and tests. A literal name can't be
                // refused.
                let _ = body.set_attribute("data-live", "true");
            }
        });
    }

    /// A point where hydration may yield: at the start of a part of the page, and before what takes
    /// long. Values may be borrowed for reading, since nothing that writes runs meanwhile; nothing
    /// may be borrowed for writing.
    pub fn pause() {
        let is_long = BEGAN.get().is_some_and(|began| now() - began >= PIECE_MS);
        if is_long && !document().hidden() {
            // Code that runs meanwhile must not yield: it is not a piece of the hydration.
            BEGAN.set(None);
            give_way();
            BEGAN.set(Some(now()));
        }
    }

    /// Starts the waiting tasks in order, and yields now and then.
    async fn run_waiting() {
        let mut began = now();
        loop {
            let next = WAITING.with_borrow_mut(|waiting| {
                let next = waiting.as_mut().and_then(VecDeque::pop_front);
                if next.is_none() {
                    *waiting = None;
                }
                next
            });
            let Some(next) = next else { return };
            spawn_local(next);
            // Lets the task run first: its microtask is queued before this one.
            let _ = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await;
            if now() - began >= PIECE_MS && !document().hidden() {
                let _ = JsFuture::from(turn()).await;
                began = now();
            }
        }
    }

    /// Milliseconds since the page was opened.
    fn now() -> f64 {
        window().performance().map(|performance| performance.now()).unwrap_or_default()
    }
}
