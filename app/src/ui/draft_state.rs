//! What a form holds while it is open: its draft, and what is wrong with it.

use leptos::prelude::*;

use super::field::{Field, TextInput};
use crate::domain::field_errors::FieldErrors;
use crate::domain::form_draft::{FormDraft, FormField};

#[derive(Debug)]
pub struct DraftState<Draft: FormDraft> {
    pub draft: RwSignal<Draft>,
    /// What the server refused.
    pub refused: RwSignal<FieldErrors<Draft::Field>>,
    /// Somebody tried to save: every mistake is shown.
    pub tried: RwSignal<bool>,
    touched: RwSignal<Vec<Draft::Field>>,
    /// What is wrong with the draft by itself.
    mistakes: Memo<FieldErrors<Draft::Field>>,
}

impl<Draft: FormDraft> Clone for DraftState<Draft> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Draft: FormDraft> Copy for DraftState<Draft> {}

impl<Draft: FormDraft> DraftState<Draft> {
    /// Opens with a draft and what the server has refused of it. `check` says what is wrong with a draft by itself.
    pub fn new(
        draft: Draft,
        refused: FieldErrors<Draft::Field>,
        check: impl Fn(&Draft) -> FieldErrors<Draft::Field> + Send + Sync + 'static,
    ) -> Self {
        let draft = RwSignal::new(draft);
        Self {
            draft,
            refused: RwSignal::new(refused),
            tried: RwSignal::new(false),
            touched: RwSignal::new(Vec::new()),
            mistakes: Memo::new(move |_| draft.with(&check)),
        }
    }

    /// A field as it is typed.
    pub fn text(self, field: Draft::Field) -> Signal<String> {
        Signal::derive(move || self.draft.with(|draft| draft.get(field).to_owned()))
    }

    /// The message under a field, once it was touched.
    pub fn error(self, field: Draft::Field) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_shown = self.tried.get() || self.touched.with(|touched| touched.contains(&field));
            let own = self.mistakes.with(|mistakes| mistakes.get(field).filter(|_| is_shown).map(str::to_owned));
            own.or_else(|| self.refused.with(|errors| errors.get(field).map(str::to_owned)))
        })
    }

    /// Takes what was typed or chosen.
    pub fn edit(self, field: Draft::Field, text: &str) {
        // The form offers no choice that the field does not have.
        self.draft.update(|draft| drop(draft.set(field, text)));
        self.refused.update(|errors| errors.remove(field));
        self.touch(field);
    }

    /// From now on the field shows its message.
    pub fn touch(self, field: Draft::Field) {
        self.touched.update(|touched| touched.push(field));
    }

    pub fn is_valid(self) -> bool {
        self.mistakes.with_untracked(FieldErrors::is_empty)
    }

    /// Name, label and message of each field that needs a change.
    pub fn problems(self) -> Signal<Vec<(&'static str, &'static str, String)>> {
        Signal::derive(move || {
            let mut all = if self.tried.get() { self.mistakes.get() } else { FieldErrors::default() };
            self.refused.with(|errors| errors.iter().for_each(|(field, text)| all.add(field, text)));
            all.iter().map(|(field, text)| (field.name(), field.label(), text.to_owned())).collect()
        })
    }
}

/// One line of text under the label of its field.
#[component]
pub fn DraftLine<Draft: FormDraft>(
    state: DraftState<Draft>,
    field: Draft::Field,
    #[prop(optional)] optional: bool,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "text")] keyboard: &'static str,
    /// What counts while the field is empty.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    #[prop(into)] help: ViewFn,
) -> impl IntoView {
    view! {
        <Field name=field.name() label=field.label() optional=optional error=state.error(field) help=help>
            <TextInput
                name=field.name()
                kind=kind
                keyboard=keyboard
                required=!optional
                placeholder=placeholder
                value=state.text(field)
                on_input=move |text| state.edit(field, &text)
                error=state.error(field)
            />
        </Field>
    }
}
