//! The page around every screen, and the address of every screen.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};

use crate::accounts::list::page::AccountListPage;
use crate::batch::left_out::provide_left_out;
use crate::groups::list_page::GroupListPage;
use crate::layout::{Layout, NotFoundPage};
use crate::lazy::{
    AuditLog, BatchList, EditAccount, EditGroup, EditProfile, MessageLog, NewAccount, NewBatch, NewGroup, NewProfile, Operators, Own,
    Password, ProfileList, Registered, SecondFactor, Settings, ShowAccount, ShowBatch, SignIn, Wizard,
};
use crate::operators::operator::provide_operator;
use crate::ui::flash::provide_flash;

/// Every screen. All are rendered whole on the server (`SsrMode::Async`), so that they are readable without WASM and
/// answer with the right status.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_operator();
    provide_flash();
    provide_left_out();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Ringkey".to_owned() } else { format!("{title} · Ringkey") } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view={Lazy::<SignIn>::new()} ssr=SsrMode::Async />
                <Route path=path!("/password") view={Lazy::<Password>::new()} ssr=SsrMode::Async />
                <Route path=path!("/me/second-factor") view={Lazy::<SecondFactor>::new()} ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Layout ssr=SsrMode::Async>
                    <Route path=path!("/") view=|| view! { <Redirect path="/groups" /> } ssr=SsrMode::Async />
                    <Route path=path!("/groups") view=GroupListPage ssr=SsrMode::Async />
                    <Route path=path!("/groups/new") view={Lazy::<NewGroup>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/groups/:id/edit") view={Lazy::<EditGroup>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/profiles") view={Lazy::<ProfileList>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/profiles/new") view={Lazy::<NewProfile>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/profiles/:id/edit") view={Lazy::<EditProfile>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/settings") view={Lazy::<Settings>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/operators/:id?") view={Lazy::<Operators>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/me") view={Lazy::<Own>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/accounts") view=AccountListPage ssr=SsrMode::Async />
                    <Route path=path!("/accounts/new") view={Lazy::<NewAccount>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/accounts/wizard") view={Lazy::<Wizard>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/accounts/:id") view={Lazy::<ShowAccount>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/accounts/:id/edit") view={Lazy::<EditAccount>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/registered") view={Lazy::<Registered>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/messages") view={Lazy::<MessageLog>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/audit") view={Lazy::<AuditLog>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/batches") view={Lazy::<BatchList>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/batches/new") view={Lazy::<NewBatch>::new()} ssr=SsrMode::Async />
                    <Route path=path!("/batches/:id") view={Lazy::<ShowBatch>::new()} ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The document that carries [`App`]: style sheet, icons, and the script that starts the WASM.
#[cfg(feature = "ssr")]
pub fn shell(state: crate::state::AppState) -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;

    let assets = state.assets;
    let nonce = use_nonce();
    crate::server_pages::set_content_security_policy(nonce.as_ref());
    // Signing in is a plain form: meanwhile the WASM is only fetched, for the page that comes next.
    let is_alive = use_context::<http::request::Parts>().is_none_or(|parts| parts.uri.path() != "/sign-in");
    // The page is painted before its WASM is fetched: on a phone's line they would share the bytes that come first.
    let start = format!(
        "requestAnimationFrame(() => setTimeout(() => {{ const wasm = fetch('{}'); \
         import('{}').then(m => m.default({{ module_or_path: wasm }})).then(m => m.hydrate()) }}))",
        assets.wasm, assets.js
    );
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=assets.css.clone() />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                {(!is_alive)
                    .then(|| view! { <link rel="prefetch" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> })}
                <AutoReload options=state.leptos_options />
                <MetaTags />
            </head>
            <body>
                // The application is the first thing in the body: there hydration begins.
                <App />
                <svg hidden inner_html=include_str!("ui/icons.svg")></svg>
                {is_alive
                    .then(|| {
                        view! {
                            <script type="module" nonce=nonce>
                                {start}
                            </script>
                        }
                    })}
            </body>
        </html>
    }
}
