//! One row of the file in the table: its cells with what is told about each; a row that is being repaired has boxes in place of cells.

use leptos::html;
use leptos::prelude::*;

use super::state::BatchState;
use crate::domain::batch::{BatchColumn, BatchFile, Findings, Place};
use crate::domain::characters::shown;
use crate::domain::export::unharmed;
use crate::domain::field_errors::FieldErrors;
use crate::ui::html::Html;

/// The most characters of a cell that are shown; those of an account have less.
const CELL_SHOWN: usize = 600;

/// A row as it stands.
#[component]
pub fn BatchLine(state: BatchState, row: usize) -> impl IntoView {
    let cells = state.of_file(|file| cells(file, row)).unwrap_or_default();
    view! { <tr role="row" data-row=row.to_string() inner_html=cells></tr> }
}

fn cells(file: &BatchFile, row: usize) -> String {
    let findings = file.sheet.findings(row);
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="none line" data-l="Line">"#).text(&file.sheet.line(row).to_string()).markup("</td>");
    for column in BatchColumn::ALL {
        let text = unharmed(file.sheet.cell(row, column).trim());
        html.markup(r#"<td role="cell" class="cell"#).markup(tone_of(&findings, column));
        html.markup(if column == BatchColumn::FullName { " t" } else { "" });
        html.markup(r#"" data-column=""#)
            .markup(column.as_str())
            .markup(r#"" data-l=""#)
            .markup(column.as_str())
            .markup(r#""><span dir="auto">"#);
        if text.is_empty() {
            html.markup(if column == BatchColumn::FullName { r#"<i class="none">[No owner]</i>"# } else { r#"<i class="none">–</i>"# });
        } else {
            html.text(&shown_cell(text));
        }
        html.markup("</span>");
        places(column).iter().for_each(|place| told(&mut html, &findings, *place));
        if places(column).contains(&Place::Row) && findings.problems.get(Place::Row).is_some() {
            html.markup(r#"<button type="button" class="btn tiny" data-do="cut">Drop those cells</button>"#);
        }
        html.markup("</td>");
    }
    html.markup(r#"<td role="cell" class="ck" data-l="Check">"#);
    verdict(&mut html, &findings);
    html.markup(r#"</td><td role="cell" class="go"><button type="button" class="btn tiny" data-do="edit" aria-label="Edit line "#);
    html.text(&file.sheet.line(row).to_string()).markup(r#"">Edit</button></td>"#);
    html.done()
}

/// Line breaks stay; what else cannot be seen is made visible.
fn shown_cell(text: &str) -> String {
    text.split('\n').map(|line| shown(line.trim_end_matches('\r'), CELL_SHOWN)).collect::<Vec<_>>().join("\n")
}

/// What is told in a cell: what is wrong with it, and behind the last column what is wrong with the row.
const fn places(column: BatchColumn) -> &'static [Place] {
    match column {
        BatchColumn::FullName => &[Place::Cell(BatchColumn::FullName)],
        BatchColumn::GsmNumber => &[Place::Cell(BatchColumn::GsmNumber)],
        BatchColumn::Email => &[Place::Cell(BatchColumn::Email)],
        BatchColumn::SecurityModel => &[Place::Cell(BatchColumn::SecurityModel)],
        BatchColumn::Description => &[Place::Cell(BatchColumn::Description), Place::Row],
    }
}

fn tone_of(findings: &Findings, column: BatchColumn) -> &'static str {
    let any = |told: &FieldErrors<Place>| places(column).iter().any(|place| told.get(*place).is_some());
    if any(&findings.problems) {
        " wrong"
    } else if any(&findings.warnings) {
        " odd"
    } else {
        ""
    }
}

fn told(html: &mut Html, findings: &Findings, place: Place) {
    let mut tell = |told: &FieldErrors<Place>, icon: &'static str| {
        if let Some(sentence) = told.get(place) {
            html.markup("<p>").icon(icon).markup("<span>").text(sentence).markup("</span></p>");
        }
    };
    tell(&findings.problems, "bad");
    tell(&findings.warnings, "warn");
}

fn verdict(html: &mut Html, findings: &Findings) {
    match findings.problems.len() {
        0 => html.markup(r#"<span class="chip ok">"#).icon("yes").markup("ready</span>"),
        1 => html.markup(r#"<span class="chip bad">"#).icon("bad").markup("1 problem</span>"),
        count => html.markup(r#"<span class="chip bad">"#).icon("bad").text(&count.to_string()).markup(" problems</span>"),
    };
}

/// A row with boxes. Every key press is judged at once, with all rows that it concerns.
#[component]
pub fn EditedLine(state: BatchState, row: usize) -> impl IntoView {
    let findings = RwSignal::new(state.findings(row));
    let line = state.of_file(|file| file.sheet.line(row)).unwrap_or_default();
    let before = BatchColumn::ALL.map(|column| text_of(state, row, column));
    // The box that is wanted first: that of the first problem.
    let first = findings.with_untracked(|findings| {
        let bad = |column: &BatchColumn| findings.problems.get(Place::Cell(*column)).is_some();
        BatchColumn::ALL.into_iter().find(bad).unwrap_or(BatchColumn::FullName)
    });
    let done = move || {
        state.edited.set(None);
        #[cfg(feature = "hydrate")]
        super::rows::focus_row(row);
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            done();
        }
        "Escape" => {
            for (column, text) in BatchColumn::ALL.into_iter().zip(&before) {
                if text_of(state, row, column) != *text {
                    state.repair(row, column, text);
                }
            }
            done();
        }
        _ => {}
    };
    // What others say of this row's number changes when they are repaired, and when the server answers.
    Effect::new(move |_| {
        state.versions.track();
        findings.set(state.findings(row));
    });
    #[cfg(feature = "hydrate")]
    super::reading::compare_number_of(state, row);
    view! {
        <tr role="row" class="edited" data-row=row.to_string() on:keydown=on_key>
            <td role="cell" class="none line" data-l="Line">
                {line}
            </td>
            {BatchColumn::ALL
                .map(|column| view! { <CellBox state=state row=row column=column findings=findings is_first=column == first line=line /> })
                .collect_view()}
            <td role="cell" class="ck" data-l="Check">
                {move || {
                    let mut html = Html::default();
                    findings.with(|findings| verdict(&mut html, findings));
                    view! { <div inner_html=html.done()></div> }
                }}
            </td>
            <td role="cell" class="go">
                <button
                    type="button"
                    class="btn tiny main"
                    aria-label=format!("Done with line {line}")
                    on:click=move |_| done()
                    on:keydown=|event| event.stop_propagation()
                >
                    "Done"
                </button>
            </td>
        </tr>
    }
}

fn text_of(state: BatchState, row: usize, column: BatchColumn) -> String {
    state.of_file(|file| unharmed(file.sheet.cell(row, column).trim()).to_owned()).unwrap_or_default()
}

#[component]
fn CellBox(state: BatchState, row: usize, column: BatchColumn, findings: RwSignal<Findings>, is_first: bool, line: usize) -> impl IntoView {
    let id = format!("{}-{row}", column.as_str());
    let place = Place::Cell(column);
    let input = NodeRef::<html::Input>::new();
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if !is_first {
            return;
        }
        // Not focused is not lost: the box is in sight.
        if let Some(input) = input.get() {
            let _ = input.focus();
            #[cfg(feature = "hydrate")]
            {
                let end = u32::try_from(input.value().encode_utf16().count()).unwrap_or_default();
                // Refused only for boxes that hold no text.
                let _ = input.set_selection_range(end, end);
            }
        } else if let Some(area) = area.get() {
            let _ = area.focus();
        }
    });
    let text = text_of(state, row, column);
    let label = format!("{}, line {line}", column.as_str());
    let is_wrong = move || findings.with(|findings| findings.problems.get(place).is_some()).then_some("true");
    let keyboard = match column {
        BatchColumn::GsmNumber => "tel",
        BatchColumn::Email => "email",
        _ => "text",
    };
    let on_input = move |text: String| {
        state.repair(row, column, &text);
        findings.set(state.findings(row));
    };
    let control = if text.contains('\n') {
        // One line would lose the breaks.
        view! {
            <textarea
                node_ref=area
                id=id.clone()
                rows="2"
                dir="auto"
                aria-label=label
                aria-invalid=is_wrong
                aria-describedby=format!("{id}-told")
                on:input=move |event| on_input(event_target_value(&event))
                on:keydown=|event| if event.key() == "Enter" { event.stop_propagation() }
            >
                {text}
            </textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                node_ref=input
                id=id.clone()
                type="text"
                inputmode=keyboard
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="auto"
                value=text
                aria-label=label
                aria-invalid=is_wrong
                aria-describedby=format!("{id}-told")
                on:input=move |event| on_input(event_target_value(&event))
            />
        }
        .into_any()
    };
    let said = move || {
        let mut html = Html::default();
        findings.with(|findings| places(column).iter().for_each(|place| told(&mut html, findings, *place)));
        html.done()
    };
    let can_be_cut = move || places(column).contains(&Place::Row) && findings.with(|findings| findings.problems.get(Place::Row).is_some());
    view! {
        <td
            role="cell"
            class="cell"
            class:t=column == BatchColumn::FullName
            class:wrong=move || findings.with(|findings| tone_of(findings, column) == " wrong")
            class:odd=move || findings.with(|findings| tone_of(findings, column) == " odd")
            data-l=column.as_str()
        >
            {control}
            <div id=format!("{id}-told") aria-live="polite" inner_html=said></div>
            {move || {
                can_be_cut()
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn tiny"
                                on:click=move |_| state.cut(row)
                                on:keydown=|event| event.stop_propagation()
                            >
                                "Drop those cells"
                            </button>
                        }
                    })
            }}
        </td>
    }
}
