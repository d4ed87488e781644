//! Plays a short, soft sound that is synthesized in the browser.
//!
//! A page has one `AudioContext`. Safari plays nothing unless the context was started or resumed
//! while it handled an action of the user, and it suspends the context again (`suspended`, or
//! `interrupted` by a call). So every action of the user resumes it.

use crate::{live::now, protocol::Timestamp};
use futures::future::select;
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use leptos::{prelude::window, reactive::spawn_local};
use std::{
    cell::{Cell, RefCell},
    pin::pin,
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, AudioContextState, OscillatorNode};

/// New messages play at most one sound in this time, in milliseconds.
const EVERY_MS: i64 = 3_000;
/// A browser that can play starts within this time, in milliseconds.
const START_WITHIN_MS: u32 = 2_000;
/// The two tones: the frequency in hertz, and when the tone begins, in seconds.
const TONES_HZ: [(f32, f64); 2] = [(587.33, 0.0), (783.99, 0.14)];
/// How long each tone lasts, in seconds.
const TONE_S: f64 = 0.45;
/// The volume; 1 is the device's own volume.
const LOUDNESS: f32 = 0.08;
/// The volume that counts as silence, because an exponential ramp never reaches 0.
const SILENCE: f32 = 0.0001;

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Plays the sound for new messages.
#[derive(Default)]
pub(crate) struct Sound {
    last: Cell<Timestamp>,
}

impl Sound {
    /// Resumes the page's `AudioContext`. Call it only while the browser handles an action of the
    /// user.
    pub(crate) fn resume() {
        if let Some(context) = context().filter(|context| context.state() != AudioContextState::Running) {
            // If the browser refuses, the sound plays later.
            let _ = context.resume();
        }
    }

    /// Plays the sound for new messages, at most once in [`EVERY_MS`]. Does nothing in a page that
    /// the user has not touched, because browsers refuse it there.
    pub(super) fn ring(&self) {
        if is_touched() && now().0 - self.last.get().0 >= EVERY_MS {
            self.last.set(now());
            if let Some(playing) = Playing::begin() {
                spawn_local(async move {
                    playing.sounds().await;
                });
            }
        }
    }

    /// Plays the sound because the user asked to hear it. It begins at once, while the browser
    /// handles the click.
    pub(crate) fn try_out() -> Option<Playing> {
        Playing::begin()
    }
}

/// A sound that has been started.
pub(crate) struct Playing {
    context: AudioContext,
    tones: Vec<OscillatorNode>,
}

impl Playing {
    fn begin() -> Option<Self> {
        Sound::resume();
        let context = context()?;
        let mut tones = Vec::new();
        for (hertz, after) in TONES_HZ {
            let (tone, volume) = (context.create_oscillator().ok()?, context.create_gain().ok()?);
            let start = context.current_time() + after;
            tone.frequency().set_value(hertz);
            let loudness = volume.gain();
            loudness.set_value_at_time(SILENCE, start).ok()?;
            loudness.exponential_ramp_to_value_at_time(LOUDNESS, start + 0.03).ok()?;
            loudness.exponential_ramp_to_value_at_time(SILENCE, start + TONE_S).ok()?;
            tone.connect_with_audio_node(&volume).ok()?;
            volume.connect_with_audio_node(&context.destination()).ok()?;
            tone.start_with_when(start).ok()?;
            tone.stop_with_when(start + TONE_S).ok()?;
            tones.push(tone);
        }
        Some(Self { context, tones })
    }

    /// Whether the browser plays the sound. If it does not start in time, the tones are
    /// disconnected, so that they don't play later together with others.
    pub(crate) async fn sounds(self) -> bool {
        if let Ok(resumed) = self.context.resume() {
            let _ = select(JsFuture::from(resumed), pin!(TimeoutFuture::new(START_WITHIN_MS))).await;
        }
        let is_running = self.context.state() == AudioContextState::Running;
        if !is_running {
            for tone in &self.tones {
                let _ = tone.disconnect();
            }
        }
        is_running
    }
}

/// The page's `AudioContext`. Creates it on first use, and again if the browser has closed it.
fn context() -> Option<AudioContext> {
    CONTEXT.with_borrow_mut(|held| {
        held.take_if(|context| context.state() == AudioContextState::Closed);
        if held.is_none() {
            *held = AudioContext::new().ok();
        }
        held.clone()
    })
}

/// Whether the user has clicked or typed in this page. `true` if the browser does not report it.
fn is_touched() -> bool {
    let activation = Reflect::get(&window().navigator(), &"userActivation".into());
    let touched = activation.and_then(|activation| Reflect::get(&activation, &"hasBeenActive".into()));
    touched.is_ok_and(|touched| !touched.is_falsy() || touched.is_undefined())
}
