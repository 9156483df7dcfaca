//! The result of a batch: what became of its rows, the way to its accounts, and the way back.

use leptos::prelude::*;
use leptos_meta::Title;
use uuid::Uuid;

use super::api::show_batch;
use super::left_out::{Kept, LeftOut};
use super::undo_dialog::UndoDialog;
use super::view::{BatchDetails, Obstacles};
use crate::accounts::api::count_accounts;
use crate::accounts::list::bulk_dialog::{Asked, bulk_dialog};
use crate::domain::account_filter::AccountFilter;
use crate::domain::bulk::{BulkAction, Selection};
use crate::domain::numerals::grouped;
use crate::domain::role::Role;
use crate::error::AppError;
use crate::lazy::part;
use crate::operators::operator::role_allows;
use crate::ui::address::use_id;
use crate::ui::dynamic::dynamic;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, NeedsScript, Tone};
use crate::ui::skeleton::SkeletonRows;
use crate::ui::time::When;

#[component]
pub fn ShowBatchPage() -> impl IntoView {
    let id = use_id();
    let sending = RwSignal::new(None);
    let details = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => show_batch(id).await,
                None => Err(AppError::nothing_here("There is no such batch.")),
            }
        },
    );
    let refresh = Callback::new(move |()| details.refetch());
    view! {
        <Title text="Batch" />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match details.await {
                    Ok(found) => view! { <Result details=found sending=sending refresh=refresh /> }.into_any(),
                    Err(error) => {
                        view! { <FailedView error=error retry=move || details.refetch() list=("Batches", "/batches") /> }.into_any()
                    }
                }
            })}
        </Transition>
        {dynamic(move || sending.get().map(|which| part(bulk_dialog(which, sending, refresh))).into_any())}
    }
}

#[component]
fn Result(details: BatchDetails, sending: RwSignal<Option<Asked>>, refresh: Callback<()>) -> impl IntoView {
    let BatchDetails { batch, accounts, extensions, obstacles } = details;
    let is_undone = batch.undone.is_some();
    let may_undo = role_allows(Role::Operator) && !is_undone && accounts > 0;
    // Without an international number among them nobody would get one.
    let may_send = may_undo && accounts > extensions;
    let problem = RwSignal::new(None::<AppError>);
    let is_barred = obstacles.count > 0;
    let asking = RwSignal::new(false);
    let left_out = expect_context::<Kept>().get_value().filter(|kept| kept.batch == batch.id);
    let (created, rows) = (i64::from(batch.created), i64::from(batch.rows_read));
    let name = batch.file_name.clone();
    view! {
        <Head title=batch.file_name.clone() crumb=("Batches".to_owned(), "/batches".to_owned()) beside=|| view! { <span class="sub">"Batch"</span> } />
        <FlashLine />
        <div class="stackv">
            {match batch.undone.clone() {
                Some((at, who)) => {
                    view! {
                        <MessageLine tone=Tone::Warn>
                            <b>"This batch was undone "</b>
                            <When at=at />
                            " by "
                            <span dir="auto">{who}</span>
                            ": none of its accounts is there any more."
                        </MessageLine>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <MessageLine tone=Tone::Ok>
                            <b>{format!("{} created from {}.", amount(created, "account"), amount(rows, "row"))}</b>
                            {if rows > created { format!(" {} left out.", amount(rows - created, "row")) } else { String::new() }}
                            " They are disabled until they are activated."
                        </MessageLine>
                    }
                        .into_any()
                }
            }}
            <div class="row">
                {(accounts > 0)
                    .then(|| {
                        let label = if accounts == 1 { "Show the account".to_owned() } else { format!("Show the {}", amount(accounts, "account")) };
                        view! {
                            <a class="btn main" href=format!("/accounts?batch={}", batch.id)>
                                {label}
                            </a>
                        }
                    })} {left_out.map(|left_out| view! { <SaveLeftOut left_out=left_out count=rows - created /> })}
                {may_send.then(|| view! { <SendToAll batch=batch.id sending=sending problem=problem /> })}
                {may_undo
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn flat bad live"
                                disabled=is_barred
                                on:click=move |_| asking.set(true)
                            >
                                <Icon name="back" />
                                "Undo this batch"
                            </button>
                        }
                    })}
            </div>
            {dynamic(move || problem.get().map(|error| view! { <MessageLine tone=Tone::Bad>{error.to_string()}</MessageLine> }).into_any())}
            {may_undo.then(|| view! { <InTheWay obstacles=obstacles.clone() /><NeedsScript what="Sending SMSes to a batch, or undoing it," /> })}
            <section class="card" aria-labelledby="facts">
                <header>
                    <h2 id="facts">"This batch"</h2>
                </header>
                <dl class="facts">
                    <Fact label="Created">
                        <span>
                            <When at=batch.created_at />
                            " by "
                            <span dir="auto">{batch.who.clone()}</span>
                        </span>
                    </Fact>
                    <Fact label="Group">
                        <span dir="auto">{batch.group.clone().unwrap_or_else(|| "deleted since".to_owned())}</span>
                    </Fact>
                    <Fact label="Rows read">{number(rows)}</Fact>
                    <Fact label="Accounts created">{number(created)}</Fact>
                    <Fact label="Rows left out">{number(rows - created)}</Fact>
                    <Fact label="Still there">{number(accounts)}</Fact>
                </dl>
            </section>
            {(extensions > 0)
                .then(|| {
                    let whom = if extensions == 1 {
                        "1 of the accounts has an extension".to_owned()
                    } else {
                        format!("{} of the accounts have an extension", number(extensions))
                    };
                    view! { <p class="sub">{whom} ", not an international number: no SMS reaches its user."</p> }
                })}
        </div>
        {move || asking.get().then(|| view! { <UndoDialog id=batch.id name=name.clone() accounts=accounts asking=asking done=refresh /> })}
    }
}

#[component]
fn Fact(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}

#[component]
fn SaveLeftOut(left_out: LeftOut, count: i64) -> impl IntoView {
    let save = move |_| {
        #[cfg(feature = "hydrate")]
        super::new::save(&left_out.name, &left_out.text);
        #[cfg(not(feature = "hydrate"))]
        let _ = &left_out;
    };
    view! {
        <button type="button" class="btn" on:click=save>
            <Icon name="download" />
            {format!("{} left out, with reasons", amount(count, "row"))}
        </button>
    }
}

/// The next step for a whole batch: its accounts are counted, so that the question tells how many.
#[component]
fn SendToAll(batch: Uuid, sending: RwSignal<Option<Asked>>, problem: RwSignal<Option<AppError>>) -> impl IntoView {
    let ask = Action::new(move |(): &()| {
        let filter = AccountFilter { batch: Some(batch), ..AccountFilter::default() };
        async move {
            match count_accounts(filter.clone()).await {
                Ok(counted) => {
                    problem.set(None);
                    let selection = Selection::Matching { filter, at: counted.at };
                    let count = counted.count.unsigned_abs();
                    sending.set(Some(Asked { action: BulkAction::SendInstallation, selection, count, names: Vec::new() }));
                }
                Err(error) => problem.set(Some(error)),
            }
        }
    });
    view! {
        <button
            type="button"
            class="btn live"
            aria-busy=move || ask.pending().get().then_some("true")
            on:click=move |_| {
                ask.dispatch(());
            }
        >
            <Icon name="send" />
            "Send Installation SMS"
        </button>
    }
}

/// Whether the batch can be undone, and which accounts stand in the way.
#[component]
fn InTheWay(obstacles: Obstacles) -> impl IntoView {
    if obstacles.count == 0 {
        return view! { <p class="sub">"It can be undone as long as none of its accounts was activated or changed."</p> }.into_any();
    }
    let more = obstacles.count - i64::try_from(obstacles.named.len()).unwrap_or_default();
    let more = if obstacles.named.is_empty() { 0 } else { more };
    let told = if obstacles.count == 1 { "1 account was".to_owned() } else { format!("{} accounts were", number(obstacles.count)) };
    view! {
        <div class="msg">
            <Icon name="info" />
            <div>
                "It cannot be undone: "
                {told}
                " activated or changed since."
                <ul>
                    {obstacles
                        .named
                        .into_iter()
                        .map(|(id, name)| {
                            view! {
                                <li>
                                    <a href=format!("/accounts/{id}") dir="auto">
                                        {name}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                    {(more > 0).then(|| view! { <li>{format!("and {} more", number(more))}</li> })}
                </ul>
            </div>
        </div>
    }
    .into_any()
}

fn number(count: i64) -> String {
    grouped(count.unsigned_abs())
}

/// "1 account", "1,200 accounts".
pub fn amount(count: i64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}
