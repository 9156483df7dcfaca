//! What can be done with an account on Show Account, and the dialogs of it.

use leptos::prelude::*;

use super::api::enable_account;
use super::list::acts::icon_of;
use super::view::AccountView;
use crate::domain::account_status::AccountStatus;
use crate::domain::message::{NoSms, SmsKind};
use crate::lazy::part;
use crate::links::dialog::{ActivationDialog, Asked as CodeAsked};
use crate::messages::send_dialog::{Asked, send_dialog};
use crate::registrations::drop_dialog::{Asked as DropAsked, DropDialog};
use crate::ui::dynamic::dynamic;
use crate::ui::flash::flash_here;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};

/// What somebody wants to do. It outlives what is shown of the account, which may be fetched anew meanwhile.
#[derive(Clone, Copy, Default)]
pub struct Acts {
    sms: RwSignal<Option<Asked>>,
    code: RwSignal<Option<CodeAsked>>,
    /// Whose registration shall be dropped.
    pub registration: RwSignal<Option<DropAsked>>,
}

/// The dialogs. `done` is called when one of them has changed something.
#[component]
pub fn ActionDialogs(acts: Acts, done: Callback<()>) -> impl IntoView {
    view! {
        {dynamic(move || acts.sms.get().map(|which| part(send_dialog(which, acts.sms, done))).into_any())}
        {dynamic(move || acts.code.get().map(|which| view! { <ActivationDialog which=which asked=acts.code made=done /> }).into_any())}
        <DropDialog asked=acts.registration done=done />
    }
}

/// What comes next for an account that is to be activated, or nothing.
pub fn next_step(account: &AccountView) -> Option<SmsKind> {
    let may_get = account.awaits_activation && NoSms::of(account.account_type, &account.number).is_none();
    match account.last_status {
        AccountStatus::Created => may_get.then_some(SmsKind::Installation),
        AccountStatus::Installed => may_get.then_some(SmsKind::Activation),
        _ => None,
    }
}

/// The row of buttons. Those that cannot work stay, and say why.
#[component]
pub fn Actions(account: AccountView, acts: Acts, refresh: Callback<()>) -> impl IntoView {
    let why_not = NoSms::of(account.account_type, &account.number);
    let next = next_step(&account);
    let send = SmsKind::ALL.map(|kind| {
        let asked = Asked { account: account.id, title: account.title(), kind };
        view! {
            <button
                type="button"
                class=if next == Some(kind) { "btn main live" } else { "btn live" }
                disabled=why_not.is_some()
                on:click=move |_| acts.sms.set(Some(asked.clone()))
            >
                <Icon name=icon_of(kind) />
                {format!("Send {}", kind.label())}
            </button>
        }
    });
    let code = CodeAsked {
        account: account.id,
        title: account.title(),
        username: account.username.clone(),
        enables: !account.enabled && !account.awaits_activation,
    };
    // Without SMS it is the way that is left.
    let code_is_next = account.awaits_activation && why_not == Some(NoSms::Extension);
    let change = Action::new(move |(): &()| enable_account(account.id, !account.enabled));
    let problem = move || match change.value().get() {
        Some(Err(error)) => Some(view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }),
        _ => None,
    };
    Effect::new(move |_| {
        if matches!(change.value().get(), Some(Ok(()))) {
            let text = if account.enabled { "Account disabled: its phone can no longer register" } else { "Account enabled" };
            flash_here(text);
            refresh.run(());
        }
    });
    let (icon, label) = if account.enabled { ("off", "Disable account") } else { ("yes", "Enable account") };
    view! {
        {problem}
        <section aria-label="Available actions" class="row each">
            {send.collect_view()}
            <button
                type="button"
                class=if code_is_next { "btn main live" } else { "btn live" }
                disabled=why_not == Some(NoSms::DeskPhone)
                on:click=move |_| acts.code.set(Some(code.clone()))
            >
                <Icon name="qr" />
                "Show activation QR code"
            </button>
            {(!account.awaits_activation)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn live"
                            aria-busy=move || change.pending().get().then_some("true")
                            on:click=move |_| {
                                if !change.pending().get_untracked() {
                                    change.dispatch(());
                                }
                            }
                        >
                            <Icon name=icon />
                            {label}
                        </button>
                    }
                })}
            {why_not.map(|why| view! { <p class="help why">{why.to_string()}</p> })}
        </section>
    }
}
