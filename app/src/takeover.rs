//! Taking over the page that the server rendered, a piece at a time: whoever types or scrolls
//! meanwhile is answered between two pieces and not after the whole, which is a second on an old
//! phone.
//!
//! The framework takes a page over in one call. Where the browser can stop WebAssembly in the
//! middle of a call (JSPI, "JavaScript Promise Integration"), that call gives way wherever
//! [`pause`] finds that the piece is long enough; `loader.js` has the other end, and keeps events
//! from the half of the page that is done. Elsewhere it is one piece. What effects do comes after
//! the call in pieces of its own, everywhere.

#[cfg(feature = "hydrate")]
pub use imp::{pause, take_over};

/// A place where taking over may give way: at the start of a part of the page, and before what
/// takes long. What is being read may stay so, since nothing that writes runs meanwhile; never
/// where something is borrowed to be written.
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

    /// How long a piece may take, in milliseconds, before the next one waits for its turn.
    const PIECE_MS: f64 = 8.0;

    thread_local! {
        /// When the current piece began, if the page is being taken over and may give way.
        static BEGAN: Cell<Option<f64>> = const { Cell::new(None) };
        /// What waits until the page has been taken over; afterwards nothing waits.
        static WAITING: RefCell<Option<VecDeque<PinnedLocalFuture<()>>>> = const { RefCell::new(None) };
    }

    #[wasm_bindgen]
    extern "C" {
        /// `loader.js`: returns in a turn of its own.
        #[wasm_bindgen(js_name = bedsideGiveWay)]
        fn give_way();

        /// `loader.js`: is kept in a turn of its own.
        #[wasm_bindgen(js_name = bedsideTurn)]
        fn turn() -> Promise;
    }

    /// Runs what the page's parts start: effects, and whatever waits for something.
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

    /// Takes over the page. What is called "live" afterwards answers to everything.
    pub fn take_over<V: IntoView + 'static>(app: impl FnOnce() -> V + 'static) {
        // Nobody else has set one: nothing has run yet.
        let _ = Executor::init_local_custom_executor(AfterTakingOver);
        WAITING.set(Some(VecDeque::new()));
        BEGAN.set(Some(now()));
        leptos::mount::hydrate_body(app);
        BEGAN.set(None);
        spawn_local(async {
            run_waiting().await;
            if let Some(body) = document().body() {
                // Says that the page is live, for style sheets and tests. A literal name can't be
                // refused.
                let _ = body.set_attribute("data-live", "true");
            }
        });
    }

    /// A place where taking over may give way: at the start of a part of the page, and before what
    /// takes long. What is being read may stay so, since nothing that writes runs meanwhile; never
    /// where something is borrowed to be written.
    pub fn pause() {
        let is_long = BEGAN.get().is_some_and(|began| now() - began >= PIECE_MS);
        if is_long && !document().hidden() {
            // Whatever comes in meanwhile must not give way: it is no piece of this.
            BEGAN.set(None);
            give_way();
            BEGAN.set(Some(now()));
        }
    }

    /// Starts what waits, in its order, and gives way now and then.
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
            // It runs before whatever is told afterwards.
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
