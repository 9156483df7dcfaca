//! Screens whose code is fetched when they are needed: what is not on the way to the Account List does not delay it. The
//! lists themselves are in the WASM that every page loads.
//!
//! Screens that are used together share a chunk. A page that was left open over a release asks for a chunk that is not
//! there any more; it offers to be loaded anew.

use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use leptos_router::LazyRoute;

use crate::accounts::{edit_page::EditAccountPage, new_page::NewAccountPage, show_page::ShowAccountPage, wizard_page::WizardPage};
use crate::audit::log::page::AuditPage;
use crate::batch::{list_page::BatchListPage, new::page::NewBatchPage, show_page::ShowBatchPage};
use crate::groups::{edit_page::EditGroupPage, new_page::NewGroupPage};
use crate::messages::log::page::MessageLogPage;
use crate::operators::sign_in_page::SignInPage;
use crate::operators::{
    own::{page::OwnPage, second_factor_page::SecondFactorPage},
    password_page::PasswordPage,
    screens::OperatorsPage,
};
use crate::profiles::{edit_page::EditProfilePage, list_page::ProfileListPage, new_page::NewProfilePage};
use crate::registrations::page::RegisteredPage;
use crate::settings::page::SettingsPage;
use crate::ui::icon::Icon;

/// What a function in a chunk gives.
pub type Fetched = Result<AnyView, SplitLoaderError>;

/// A part of a screen that is fetched when it is first shown.
pub fn part(fetched: impl Future<Output = Fetched> + Send + 'static) -> impl IntoView {
    Suspend::new(async move { fetched.await.unwrap_or_else(|_| view! { <NewRelease /> }.into_any()) })
}

/// A route's screen out of a function that `wasm_split` has put into a chunk, and of what fetches the chunk.
macro_rules! lazy_screen {
    ($screen:ident, $view:ident, $fetch:ident) => {
        #[derive(Debug)]
        pub struct $screen;

        impl LazyRoute for $screen {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                $view().await.unwrap_or_else(|_| view! { <NewRelease /> }.into_any())
            }

            async fn preload() {
                // What fails here fails again, and is told, when the screen is shown.
                let _ = $fetch().await;
            }
        }
    };
}

lazy_screen!(NewAccount, new_account, fetch_new_account);
#[wasm_split(account, wasm_split_path = ::leptos::wasm_split, preload(fetch_new_account), fallible)]
fn new_account() -> Fetched {
    Ok(view! { <NewAccountPage /> }.into_any())
}

lazy_screen!(Wizard, wizard, fetch_wizard);
#[wasm_split(account, wasm_split_path = ::leptos::wasm_split, preload(fetch_wizard), fallible)]
fn wizard() -> Fetched {
    Ok(view! { <WizardPage /> }.into_any())
}

lazy_screen!(EditAccount, edit_account, fetch_edit_account);
#[wasm_split(account, wasm_split_path = ::leptos::wasm_split, preload(fetch_edit_account), fallible)]
fn edit_account() -> Fetched {
    Ok(view! { <EditAccountPage /> }.into_any())
}

lazy_screen!(ShowAccount, show_account, fetch_show_account);
#[wasm_split(account, wasm_split_path = ::leptos::wasm_split, preload(fetch_show_account), fallible)]
fn show_account() -> Fetched {
    Ok(view! { <ShowAccountPage /> }.into_any())
}

lazy_screen!(NewGroup, new_group, fetch_new_group);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_new_group), fallible)]
fn new_group() -> Fetched {
    Ok(view! { <NewGroupPage /> }.into_any())
}

lazy_screen!(EditGroup, edit_group, fetch_edit_group);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_edit_group), fallible)]
fn edit_group() -> Fetched {
    Ok(view! { <EditGroupPage /> }.into_any())
}

lazy_screen!(ProfileList, profile_list, fetch_profile_list);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_profile_list), fallible)]
fn profile_list() -> Fetched {
    Ok(view! { <ProfileListPage /> }.into_any())
}

lazy_screen!(NewProfile, new_profile, fetch_new_profile);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_new_profile), fallible)]
fn new_profile() -> Fetched {
    Ok(view! { <NewProfilePage /> }.into_any())
}

lazy_screen!(EditProfile, edit_profile, fetch_edit_profile);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_edit_profile), fallible)]
fn edit_profile() -> Fetched {
    Ok(view! { <EditProfilePage /> }.into_any())
}

lazy_screen!(Settings, settings, fetch_settings);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_settings), fallible)]
fn settings() -> Fetched {
    Ok(view! { <SettingsPage /> }.into_any())
}

lazy_screen!(Password, password, fetch_password);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_password), fallible)]
fn password() -> Fetched {
    Ok(view! { <PasswordPage /> }.into_any())
}

lazy_screen!(Operators, operators, fetch_operators);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_operators), fallible)]
fn operators() -> Fetched {
    Ok(view! { <OperatorsPage /> }.into_any())
}

lazy_screen!(Own, own, fetch_own);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_own), fallible)]
fn own() -> Fetched {
    Ok(view! { <OwnPage /> }.into_any())
}

lazy_screen!(SecondFactor, second_factor, fetch_second_factor);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_second_factor), fallible)]
fn second_factor() -> Fetched {
    Ok(view! { <SecondFactorPage /> }.into_any())
}

// A plain form that needs no WASM: where it is shown, this is not fetched.
lazy_screen!(SignIn, sign_in, fetch_sign_in);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_sign_in), fallible)]
fn sign_in() -> Fetched {
    Ok(view! { <SignInPage /> }.into_any())
}

lazy_screen!(Registered, registered, fetch_registered);
#[wasm_split(messages, wasm_split_path = ::leptos::wasm_split, preload(fetch_registered), fallible)]
fn registered() -> Fetched {
    Ok(view! { <RegisteredPage /> }.into_any())
}

lazy_screen!(MessageLog, message_log, fetch_message_log);
#[wasm_split(messages, wasm_split_path = ::leptos::wasm_split, preload(fetch_message_log), fallible)]
fn message_log() -> Fetched {
    Ok(view! { <MessageLogPage /> }.into_any())
}

lazy_screen!(AuditLog, audit_log, fetch_audit_log);
#[wasm_split(settings, wasm_split_path = ::leptos::wasm_split, preload(fetch_audit_log), fallible)]
fn audit_log() -> Fetched {
    Ok(view! { <AuditPage /> }.into_any())
}

lazy_screen!(BatchList, batch_list, fetch_batch_list);
#[wasm_split(batch, wasm_split_path = ::leptos::wasm_split, preload(fetch_batch_list), fallible)]
fn batch_list() -> Fetched {
    Ok(view! { <BatchListPage /> }.into_any())
}

lazy_screen!(NewBatch, new_batch, fetch_new_batch);
#[wasm_split(batch, wasm_split_path = ::leptos::wasm_split, preload(fetch_new_batch), fallible)]
fn new_batch() -> Fetched {
    Ok(view! { <NewBatchPage /> }.into_any())
}

lazy_screen!(ShowBatch, show_batch, fetch_show_batch);
#[wasm_split(batch, wasm_split_path = ::leptos::wasm_split, preload(fetch_show_batch), fallible)]
fn show_batch() -> Fetched {
    Ok(view! { <ShowBatchPage /> }.into_any())
}

/// In the place of a screen whose code could not be had.
#[component]
fn NewRelease() -> impl IntoView {
    // Refused by no browser.
    let reload = move |_| drop(window().location().reload());
    view! {
        <section class="void" role="alert">
            <Icon name="refresh" />
            <h1>"This screen could not be loaded"</h1>
            <p>"Ringkey was probably updated since you opened this page. Load it anew to go on; nothing that was saved is lost."</p>
            <button type="button" class="btn main" on:click=reload>
                "Load anew"
            </button>
        </section>
    }
}
