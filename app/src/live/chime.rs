//! A short, soft sound, made on the spot.

use super::now;
use crate::protocol::Timestamp;
use futures::future::select;
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use leptos::prelude::window;
use std::{
    cell::{Cell, RefCell},
    pin::pin,
};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, AudioContextState};

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

/// Makes the sound.
#[derive(Default)]
pub(crate) struct Chime {
    context: RefCell<Option<AudioContext>>,
    last: Cell<Timestamp>,
}

impl Chime {
    /// For news: not too often, and not in a page that nobody has touched, where browsers refuse it.
    pub(super) fn ring(&self) {
        if is_touched() && now().0 - self.last.get().0 >= EVERY_MS {
            self.last.set(now());
            self.play();
        }
    }

    /// Because the person wants to hear it; answers whether the browser played it.
    pub(crate) async fn try_out(&self) -> bool {
        let Some(context) = self.play() else { return false };
        if let Ok(resumed) = context.resume() {
            let _ = select(JsFuture::from(resumed), pin!(TimeoutFuture::new(START_WITHIN_MS))).await;
        }
        context.state() == AudioContextState::Running
    }

    fn play(&self) -> Option<AudioContext> {
        let context = match self.context.take() {
            Some(context) => context,
            None => AudioContext::new().ok()?,
        };
        self.context.replace(Some(context.clone()));
        // It may have been put to sleep; what is played waits until it is awake.
        let _ = context.resume();
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
        }
        Some(context)
    }
}

/// Whether somebody has clicked or typed in this page; yes, where the browser doesn't say.
fn is_touched() -> bool {
    let activation = Reflect::get(&window().navigator(), &"userActivation".into());
    let touched = activation.and_then(|activation| Reflect::get(&activation, &"hasBeenActive".into()));
    touched.is_ok_and(|touched| !touched.is_falsy() || touched.is_undefined())
}
