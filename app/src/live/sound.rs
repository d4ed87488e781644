//! A short, soft sound, made on the spot.
//!
//! A page has one `AudioContext`. Safari plays nothing from one that was not begun or woken while the person did
//! something in the page, and puts it to sleep again (`suspended`, or `interrupted` by a call): so it is woken
//! wherever they do something.

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

/// News make at most one sound in this time, in milliseconds.
const EVERY_MS: i64 = 3_000;
/// A browser that plays at all begins within this time, in milliseconds.
const START_WITHIN_MS: u32 = 2_000;
/// Two tones, each with when it begins, in seconds.
const TONES_HZ: [(f32, f64); 2] = [(587.33, 0.0), (783.99, 0.14)];
/// How long each sounds, in seconds.
const TONE_S: f64 = 0.45;
/// How loud: of 1, which is as loud as the device is set.
const LOUDNESS: f32 = 0.08;
/// Silence: a curve that falls evenly never reaches 0.
const SILENCE: f32 = 0.0001;

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Makes the sound.
#[derive(Default)]
pub(crate) struct Sound {
    last: Cell<Timestamp>,
}

impl Sound {
    /// Gets ready to sound later. Only while the person does something in the page.
    pub(crate) fn wake() {
        if let Some(context) = context().filter(|context| context.state() != AudioContextState::Running) {
            // Refused, it sounds once it can.
            let _ = context.resume();
        }
    }

    /// For news: not too often, and not in a page that nobody has touched, where browsers refuse it.
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

    /// Because the person wants to hear it: begins at once, while that is what they do.
    pub(crate) fn try_out() -> Option<Playing> {
        Playing::begin()
    }
}

/// A sound that was begun.
pub(crate) struct Playing {
    context: AudioContext,
    tones: Vec<OscillatorNode>,
}

impl Playing {
    fn begin() -> Option<Self> {
        Sound::wake();
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

    /// Whether the browser plays it. What it does not play in time it must not play later, together with others.
    pub(crate) async fn sounds(self) -> bool {
        if let Ok(resumed) = self.context.resume() {
            let _ = select(JsFuture::from(resumed), pin!(TimeoutFuture::new(START_WITHIN_MS))).await;
        }
        let is_heard = self.context.state() == AudioContextState::Running;
        if !is_heard {
            for tone in &self.tones {
                let _ = tone.disconnect();
            }
        }
        is_heard
    }
}

/// The page's, made when it is first needed; anew, if the browser has closed it.
fn context() -> Option<AudioContext> {
    CONTEXT.with_borrow_mut(|held| {
        held.take_if(|context| context.state() == AudioContextState::Closed);
        if held.is_none() {
            *held = AudioContext::new().ok();
        }
        held.clone()
    })
}

/// Whether somebody has clicked or typed in this page; yes, where the browser doesn't say.
fn is_touched() -> bool {
    let activation = Reflect::get(&window().navigator(), &"userActivation".into());
    let touched = activation.and_then(|activation| Reflect::get(&activation, &"hasBeenActive".into()));
    touched.is_ok_and(|touched| !touched.is_falsy() || touched.is_undefined())
}
