//! A view of one element that was written as HTML text (`markup`). An update replaces the element
//! only if its HTML differs, so screen readers announce only what changed. A replaced text is
//! dropped, so a retracted one is not kept; the framework's own element of this kind keeps every
//! text that it ever drew.

use crate::components::markup::Markup;
use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::{AddAnyAttr, Mountable, Render, RenderHtml},
    tachys::{
        hydration::Cursor,
        renderer::{
            CastFrom, Rndr,
            types::{Element, Node},
        },
        view::{Position, PositionState},
    },
};

/// One element with its content.
#[derive(Debug)]
pub struct Written(String);

impl From<Markup> for Written {
    /// `markup` must be one element.
    fn from(markup: Markup) -> Self {
        Self(markup.into_html())
    }
}

/// The element on the page and its HTML.
pub struct OnPage {
    html: String,
    element: Element,
}

fn make(html: &str) -> Element {
    let around = Rndr::create_element("div", None);
    Rndr::set_inner_html(&around, html);
    let inside = Rndr::first_child(around.as_ref()).and_then(Element::cast_from);
    inside.unwrap_or(around)
}

impl Mountable for OnPage {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl Render for Written {
    type State = OnPage;

    fn build(self) -> OnPage {
        OnPage { element: make(&self.0), html: self.0 }
    }

    fn rebuild(self, state: &mut OnPage) {
        if self.0 == state.html {
            return;
        }
        let mut next = make(&self.0);
        state.element.insert_before_this(&mut next);
        state.element.unmount();
        (state.html, state.element) = (self.0, next);
    }
}

impl AddAnyAttr for Written {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Its attributes are in the HTML; others are ignored.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Written {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn html_len(&self) -> usize {
        self.0.len()
    }

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, buf: &mut String, position: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {
        buf.push_str(&self.0);
        *position = Position::NextChild;
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> OnPage {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        match Element::cast_from(cursor.current()) {
            Some(element) => OnPage { html: self.0, element },
            // The page differs from what the server sent.
            None => self.build(),
        }
    }

    fn into_owned(self) -> Self {
        self
    }
}
