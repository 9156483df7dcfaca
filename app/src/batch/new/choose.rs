//! The file: dropped anywhere on the page, or chosen; how it was read, which can be changed.

use std::str::FromStr;

use leptos::html;
use leptos::prelude::*;

use super::state::{BatchState, Facts, Recognised, Stage};
use crate::domain::batch::{BatchColumn, Delimiter, Encoding};
use crate::domain::numerals::grouped;
use crate::ui::dynamic::{dynamic, flag};
use crate::ui::icon::Icon;
use crate::ui::message::{MessageLine, Tone};

#[component]
pub fn ChooseFile(state: BatchState) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let over = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    in_the_browser::take_drops(state, over);
    let choose = move |_| {
        #[cfg(feature = "hydrate")]
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        #[cfg(feature = "hydrate")]
        in_the_browser::take_chosen(state, input);
    };
    let problem = move || match state.stage.get() {
        Stage::Choosing(problem) => problem,
        _ => None,
    };
    let button = move |label: &'static str| {
        view! {
            <button type="button" class="btn live" on:click=choose>
                <Icon name="upload" />
                {label}
            </button>
        }
    };
    view! {
        <div
            class="drop live"
            class:big=flag(move || state.facts.with(Option::is_none))
            class:over=over
            hidden=flag(move || state.stage.get() == Stage::Sending)
        >
            <input
                node_ref=input
                id="file"
                type="file"
                class="vh"
                tabindex="-1"
                aria-label="CSV file"
                accept=".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"
                on:change=chosen
            />
            {dynamic(move || match state.facts.get() {
                None => {
                    view! {
                        <Icon name="upload" />
                        <div>
                            <b>"Drop the CSV file here"</b>
                            <p class="sub">"or"</p>
                        </div>
                        {button("Choose a file")}
                        <code class="sub">{BatchColumn::ALL.map(BatchColumn::as_str).join(",")}</code>
                        <p class="sub">"Nothing is sent before you have seen every row."</p>
                    }
                        .into_any()
                }
                Some(facts) => {
                    view! {
                        <Icon name="page" />
                        <FileFacts state=state facts=facts />
                        {button("Choose another file")}
                    }
                        .into_any()
                }
            })}
        </div>
        <div role="status">
            {dynamic(move || {
                (state.stage.get() == Stage::Reading)
                    .then(|| view! { <p class="sub">"Reading and checking the file …"</p><progress aria-label="Reading the file"></progress> })
                    .into_any()
            })}
        </div>
        {dynamic(move || {
            problem().map(|sentence| view! { <MessageLine tone=Tone::Bad><b>"This file cannot be used. "</b>{sentence}</MessageLine> }).into_any()
        })}
    }
}

#[component]
fn FileFacts(state: BatchState, facts: Facts) -> impl IntoView {
    let Facts { name, bytes, read } = facts;
    let size = size_of(bytes);
    let rows = state.counts.get_untracked().rows;
    let about = match &read {
        Some(_) if rows == 1 => format!("1 row, {size}. Nothing has been sent yet."),
        Some(_) => format!("{} rows, {size}. Nothing has been sent yet.", grouped(rows as u64)),
        None => size,
    };
    let chosen = state.choices.get_untracked();
    let (encoding, delimiter) = match read {
        Some(Recognised { encoding, delimiter, .. }) => (Some(encoding), Some(delimiter)),
        None => (chosen.encoding, chosen.delimiter),
    };
    let choose_encoding = move |word: String| change(state, |choices| choices.encoding = Encoding::from_str(&word).ok());
    let choose_delimiter = move |word: String| change(state, |choices| choices.delimiter = Delimiter::from_str(&word).ok());
    let encodings = Encoding::ALL.map(|encoding| (encoding.as_str(), encoding.label()));
    let delimiters = Delimiter::ALL.map(|delimiter| (delimiter.as_str(), delimiter.label()));
    view! {
        <div>
            <b dir="auto">{name}</b>
            <p class="sub">{about}</p>
            <div class="facets">
                <Way label="Encoding" id="encoding" ways=encodings.to_vec() now=encoding.map(Encoding::as_str) on_change=choose_encoding />
                <Way label="Delimiter" id="delimiter" ways=delimiters.to_vec() now=delimiter.map(Delimiter::as_str) on_change=choose_delimiter />
            </div>
        </div>
    }
}

/// One way in which the file was read, and the others.
#[component]
fn Way(
    label: &'static str,
    id: &'static str,
    ways: Vec<(&'static str, &'static str)>,
    now: Option<&'static str>,
    on_change: impl Fn(String) + 'static,
) -> impl IntoView {
    view! {
        <label class="facet">
            <span>{label}</span>
            <select id=id on:change=move |event| on_change(event_target_value(&event))>
                {now.is_none().then(|| view! { <option value="" selected=true>"recognised"</option> })}
                {ways
                    .into_iter()
                    .map(|(word, words)| view! { <option value=word selected=now == Some(word)>{words}</option> })
                    .collect_view()}
            </select>
        </label>
    }
}

fn change(state: BatchState, change: impl FnOnce(&mut crate::domain::batch::Choices)) {
    state.choices.update(change);
    #[cfg(feature = "hydrate")]
    in_the_browser::read_again(state);
}

fn size_of(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a file has at most 20 MiB")]
    let bytes = bytes as f64;
    if bytes < 1_000.0 {
        format!("{bytes} bytes")
    } else if bytes < 1_000_000.0 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

#[cfg(feature = "hydrate")]
mod in_the_browser {
    use std::cell::RefCell;

    use leptos::ev;
    use leptos::html;
    use leptos::prelude::*;
    use web_sys::{DataTransfer, File};

    use super::super::browser::remembered;
    use super::super::reading::{read, take};
    use super::super::state::Stage;
    use super::BatchState;

    thread_local! {
        /// The file that is on the page, as the browser holds it: it is read again when somebody says how.
        static FILE: RefCell<Option<File>> = const { RefCell::new(None) };
    }

    /// A drop anywhere on the page is a drop here: elsewhere the browser would leave the page and show the file.
    pub fn take_drops(state: BatchState, over: RwSignal<bool>) {
        let brings_files = |transfer: Option<DataTransfer>| transfer.is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0));
        let dragged = window_event_listener(ev::dragover, move |event| {
            if brings_files(event.data_transfer()) {
                event.prevent_default();
                over.set(true);
            }
        });
        let left = window_event_listener(ev::dragleave, move |event| {
            // Out of the window, and not from one element to the next.
            if event.related_target().is_none() {
                over.set(false);
            }
        });
        let dropped = window_event_listener(ev::drop, move |event| {
            let Some(transfer) = event.data_transfer().filter(|transfer| brings_files(Some(transfer.clone()))) else { return };
            event.prevent_default();
            over.set(false);
            if let Some(files) = transfer.files() {
                offer(state, &files);
            }
        });
        on_cleanup(move || {
            dragged.remove();
            left.remove();
            dropped.remove();
            FILE.set(None);
        });
    }

    pub fn take_chosen(state: BatchState, input: NodeRef<html::Input>) {
        let Some(input) = input.get_untracked() else { return };
        if let Some(files) = input.files() {
            offer(state, &files);
        }
        // The same file, chosen again after it was changed, is a change.
        input.set_value("");
    }

    fn offer(state: BatchState, files: &web_sys::FileList) {
        if state.stage.get_untracked() == Stage::Sending {
            return;
        }
        match (files.length(), files.get(0)) {
            (0, _) | (_, None) => {}
            (1, Some(file)) => {
                FILE.set(Some(file.clone()));
                take(state, file);
            }
            _ => {
                let sentence = "Several files were dropped at once. Drop them one after the other: each becomes a batch of its own.";
                state.facts.set(None);
                state.stage.set(Stage::Choosing(Some(sentence.to_owned())));
            }
        }
    }

    pub fn read_again(state: BatchState) {
        if let Some(file) = FILE.with_borrow(Clone::clone) {
            state.choices.update(|choices| choices.remembered = remembered());
            read(state, file);
        }
    }
}
