//! Lists whose elements change one by one.

#[cfg(feature = "hydrate")]
use crate::takeover::pause;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// An element of a list: its key, and its value in a signal of its own.
#[derive(Clone, Debug)]
pub struct Slot<K, V: 'static> {
    /// Identifies the element.
    pub key: K,
    /// The value.
    pub value: ArcRwSignal<V>,
}

/// Two slots are equal if their keys are: a change of the value is published by the value's own
/// signal.
impl<K: PartialEq, V> PartialEq for Slot<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// The elements that `work_out` returns, in its order. The memo notifies only when the keys change;
/// a changed value notifies through its own signal. So the cost of a change depends on what has
/// changed, not on the length of the list.
pub fn slots<K, V>(work_out: impl Fn() -> Vec<(K, V)> + Send + Sync + 'static) -> Memo<Vec<Slot<K, V>>>
where
    K: Copy + Ord + Send + Sync + 'static,
    V: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Vec<Slot<K, V>>>| {
        let held: BTreeMap<K, &ArcRwSignal<V>> =
            before.into_iter().flatten().map(|slot| (slot.key, &slot.value)).collect();
        let put = |(key, value)| {
            let Some(signal) = held.get(&key) else { return Slot { key, value: ArcRwSignal::new(value) } };
            if signal.with_untracked(|held| *held != value) {
                signal.set(value);
            }
            Slot { key, value: ArcRwSignal::clone(signal) }
        };
        work_out().into_iter().map(put).collect()
    })
}

/// Redraws a part of a page when a value that it reads changes. On the server, where nothing
/// changes, it draws at once and only once, while the framework would draw twice.
#[cfg(feature = "hydrate")]
pub fn drawn<V: IntoView + 'static>(draw: impl Fn() -> V + Send + 'static) -> impl IntoView {
    move || {
        pause();
        draw()
    }
}

/// The server's version: draws at once.
#[cfg(not(feature = "hydrate"))]
pub fn drawn<V: IntoView + 'static>(draw: impl Fn() -> V + Send + 'static) -> impl IntoView {
    draw()
}

#[cfg(test)]
mod tests {
    use super::slots;
    use leptos::prelude::*;

    #[test]
    fn kept_element_keeps_its_signal_and_notifies_alone() {
        let owner = Owner::new();
        owner.set();
        let source = RwSignal::new(vec![(1, "a"), (2, "b")]);
        let list = slots(move || source.get());
        let before = list.get();
        source.set(vec![(3, "c"), (1, "a"), (2, "other")]);
        let after = list.get();
        let held: Vec<_> = after.iter().map(|slot| (slot.key, slot.value.get())).collect();
        assert_eq!(held, [(3, "c"), (1, "a"), (2, "other")]);
        assert_eq!(before.iter().map(|slot| slot.value.get()).collect::<Vec<_>>(), ["a", "other"], "the same signals");
        assert!(before != after);
        source.update(|list| list.truncate(2));
        assert_eq!(list.get().len(), 2);
    }
}
