//! What can be done with one row: buttons in its text on a desk, a menu on a phone.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::wasm_split::wasm_split;

use super::state::ListState;
use crate::accounts::view::AccountRow;
use crate::domain::message::{NoSms, SmsKind};
use crate::lazy::{Fetched, part};
use crate::messages::send_dialog::{Asked, send_dialog};
use crate::ui::dialog::open_at_once;
use crate::ui::dynamic::dynamic;
use crate::ui::html::Html;
use crate::ui::icon::Icon;

/// What somebody wants to do with a row.
#[derive(Clone, Copy)]
pub struct Acts {
    state: ListState,
    asked: RwSignal<Option<Asked>>,
    menu: RwSignal<Option<Arc<AccountRow>>>,
}

impl Acts {
    pub fn new(state: ListState) -> Self {
        Self { state, asked: RwSignal::new(None), menu: RwSignal::new(None) }
    }

    fn ask(self, row: &AccountRow, kind: SmsKind) {
        self.asked.set(Some(Asked { account: row.id, title: row.title().to_owned(), kind }));
    }

    /// Does what a button of a row says in its `data-act`.
    #[cfg(feature = "hydrate")]
    pub fn run(self, id: uuid::Uuid, act: &str) {
        let rows = self.state.shown.get_untracked();
        let Some(row) = rows.iter().find(|row| row.id == id) else { return };
        match SmsKind::ALL.into_iter().find(|kind| word_of(*kind) == act) {
            Some(kind) => self.ask(row, kind),
            None => self.menu.set(Some(row.clone())),
        }
    }
}

/// The dialogs that the buttons of rows open.
#[component]
pub fn RowDialogs(acts: Acts) -> impl IntoView {
    let sent = Callback::new(move |()| acts.state.refresh());
    view! {
        {dynamic(move || acts.asked.get().map(|which| part(send_dialog(which, acts.asked, sent))).into_any())}
        {dynamic(move || acts.menu.get().map(|row| part(row_menu(row, acts))).into_any())}
    }
}

/// Adds the buttons to a row. One that cannot work stays, and says why.
pub fn buttons(html: &mut Html, row: &AccountRow) {
    let why_not = NoSms::of(row.account_type, &row.number).map(|reason| reason.to_string());
    for kind in SmsKind::ALL {
        html.markup(r#"<button type="button" class="btn tiny live" data-act=""#).markup(word_of(kind)).markup(r#"" aria-label="Send "#);
        html.markup(kind.label()).markup(" to ").text(row.title()).markup(r#"" data-tip=""#);
        match &why_not {
            Some(why) => html.text(why).markup(r#"" aria-disabled="true">"#),
            None => html.markup("Send ").markup(kind.label()).markup(r#"">"#),
        };
        html.icon(icon_of(kind)).markup(r#"<span class="txt">"#).markup(short(kind)).markup("</span></button> ");
    }
    html.markup(r#"<button type="button" class="btn sq flat dots live" data-act="menu" aria-haspopup="dialog" aria-label="Actions for "#);
    html.text(row.title()).markup(r#"">"#).icon("dots").markup("</button>");
}

const fn word_of(kind: SmsKind) -> &'static str {
    match kind {
        SmsKind::Installation => "installation",
        SmsKind::Activation => "activation",
    }
}

/// The word of an SMS where room is short.
pub const fn short(kind: SmsKind) -> &'static str {
    match kind {
        SmsKind::Installation => "Installation",
        SmsKind::Activation => "Activation",
    }
}

/// The sign of what an SMS of this kind brings.
pub const fn icon_of(kind: SmsKind) -> &'static str {
    match kind {
        SmsKind::Installation => "send",
        SmsKind::Activation => "key",
    }
}

#[wasm_split(list_dialogs, wasm_split_path = ::leptos::wasm_split, fallible)]
fn row_menu(row: Arc<AccountRow>, acts: Acts) -> Fetched {
    Ok(view! { <RowMenu row=row acts=acts /> }.into_any())
}

#[component]
fn RowMenu(row: Arc<AccountRow>, acts: Acts) -> impl IntoView {
    let dialog = open_at_once();
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let why_not = NoSms::of(row.account_type, &row.number);
    let here = format!("/accounts/{}", row.id);
    let (title, username, number) = (row.title().to_owned(), row.username.clone(), row.number.clone());
    let send = SmsKind::ALL.map(|kind| {
        let row = row.clone();
        view! {
            <button
                type="button"
                class="btn flat"
                disabled=why_not.is_some()
                on:click=move |_| {
                    close();
                    acts.ask(&row, kind);
                }
            >
                <Icon name=icon_of(kind) />
                {format!("Send {}", kind.label())}
            </button>
        }
    });
    view! {
        <dialog class="dlg" node_ref=dialog aria-labelledby="row-title" on:close=move |_| acts.menu.set(None)>
            <header>
                <h2 id="row-title" dir="auto">
                    {title}
                </h2>
                <p class="sub">{format!("Username {username} · {number}")}</p>
            </header>
            <div class="pad choices">
                {send.collect_view()} {why_not.map(|why| view! { <p class="help">{why.to_string()}</p> })}
                <a class="btn flat" href=here.clone()>
                    <Icon name="eye" />
                    "Show"
                </a>
                <a class="btn flat" href=format!("{here}/edit")>
                    <Icon name="edit" />
                    "Edit"
                </a>
            </div>
            <footer>
                <button type="button" class="btn" autofocus on:click=move |_| close()>
                    "Close"
                </button>
            </footer>
        </dialog>
    }
}
