//! What the last action did, told above the content of the screen that follows it ("Account created").

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use super::icon::Icon;

/// A message, with the thing that it speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Flash {
    pub text: String,
    /// Name and address of what was made or changed.
    pub link: Option<(String, String)>,
}

#[derive(Clone, Copy)]
struct FlashSlot {
    flash: RwSignal<Option<Flash>>,
    /// The message waits for the screen that comes next; else it belongs to this one.
    for_next: StoredValue<bool>,
}

/// To be called once, around the router.
pub fn provide_flash() {
    provide_context(FlashSlot { flash: RwSignal::new(None), for_next: StoredValue::new(false) });
}

/// Leaves a message for the screen that comes next.
pub fn flash_next(flash: Flash) {
    show(flash, true);
}

/// Tells on this screen.
pub fn flash_here(text: &str) {
    show(Flash { text: text.to_owned(), link: None }, false);
}

fn show(flash: Flash, for_next: bool) {
    if let Some(slot) = use_context::<FlashSlot>() {
        slot.for_next.set_value(for_next);
        slot.flash.set(Some(flash));
    }
}

/// A message belongs to one screen: leaving it takes the message along. To be called inside the router.
pub fn end_flash_with_its_screen() {
    let path = use_location().pathname;
    let slot = expect_context::<FlashSlot>();
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) && !slot.for_next.get_value() {
            slot.flash.set(None);
        }
        slot.for_next.set_value(false);
        path
    });
}

/// The words that a plain form's redirect may ask for by `?done=`; nothing else is shown, since anyone can write a link.
fn done_text(done: &str) -> Option<&'static str> {
    match done {
        "account-created" => Some("Account created"),
        "account-created-anew" => Some("Account created, with another username than the form showed: somebody has taken that one"),
        "account-updated" => Some("Account updated"),
        "group-created" => Some("Group created"),
        "group-updated" => Some("Group updated"),
        "profile-created" => Some("Provisioning profile created"),
        "profile-updated" => Some("Provisioning profile updated"),
        "settings-saved" => Some("Settings saved"),
        "password-changed" => Some("Password changed"),
        "sessions-ended" => Some("Session ended"),
        "second-factor-removed" => Some("Second factor removed"),
        _ => None,
    }
}

/// The line itself. The region stays in the page when it is empty, so that screen readers hear what arrives in it.
#[component]
pub fn FlashLine() -> impl IntoView {
    let slot = expect_context::<FlashSlot>().flash;
    let done = use_query_map().with_untracked(|query| query.get("done"));
    if let Some(text) = done.as_deref().and_then(done_text)
        && slot.with_untracked(Option::is_none)
    {
        slot.set(Some(Flash { text: text.into(), link: None }));
    }
    view! {
        <div role="status" class="flash">
            {move || {
                slot.get()
                    .map(|flash| {
                        view! {
                            <div class="msg ok">
                                <Icon name="check" />
                                <div>
                                    {flash.text} {flash.link.map(|(name, href)| view! { ": " <a href=href dir="auto">{name}</a> })}
                                </div>
                                <button class="shut" type="button" aria-label="Dismiss" on:click=move |_| slot.set(None)>
                                    <Icon name="x" />
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
