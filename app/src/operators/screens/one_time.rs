//! A one-time password, the one time that it is shown.

use leptos::prelude::*;

use crate::domain::secret::Secret;
use crate::ui::copy::Copyable;

#[component]
pub fn OneTimePassword(
    /// Whose password it is.
    name: String,
    password: Secret,
) -> impl IntoView {
    view! {
        <section class="once" aria-labelledby="once-title">
            <h2 id="once-title">"One-time password of " <span dir="auto">{name}</span></h2>
            <div class="mono">
                <Copyable value=password.expose() what="one-time password" />
            </div>
            <p class="help">
                "It is shown this once: Ringkey keeps no copy. Hand it over in a way that nobody else reads. It opens nothing but the page on which a password of one’s own is chosen."
            </p>
        </section>
    }
}
