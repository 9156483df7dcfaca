//! One account in the table.

use std::sync::Arc;

use leptos::prelude::*;

use super::acts::buttons;
use super::selection::Selected;
use crate::accounts::status_chip::status_chip;
use crate::accounts::view::AccountRow;
use crate::domain::fold::fold;
use crate::domain::needle::{Needle, Piece};
use crate::registrations::online_chip::online_chip;
use crate::ui::chip::bool_chip;
use crate::ui::html::Html;
use crate::ui::time::when;

/// A row. Whether it is selected, it is told by `table.rs` as long as it is there.
#[component]
pub fn AccountLine(row: Arc<AccountRow>, needle: Memo<Needle>, selected: Selected, may_edit: bool) -> impl IntoView {
    let id = row.id;
    let is_selected = move || untrack(|| selected.has(id));
    let cells = move || cells(&row, &needle.get(), may_edit, is_selected());
    view! { <tr role="row" tabindex="-1" data-id=id.to_string() aria-selected=is_selected().then_some("true") inner_html=cells></tr> }
}

/// The cells of a row, with what the filter found marked.
fn cells(row: &AccountRow, needle: &Needle, may_edit: bool, is_selected: bool) -> String {
    let id = row.id.to_string();
    let mut html = Html::default();
    if may_edit {
        html.markup(r#"<td role="cell" class="sel"><label><span class="vh">Select "#).text(row.title());
        html.markup(r#"</span><input type="checkbox" class="pick live""#).markup(if is_selected { " checked" } else { "" });
        html.markup("></label></td>");
    }
    html.markup(r#"<td role="cell" class="own t"><a href="/accounts/"#).text(&id).markup(r#"" class="clip">"#);
    match &row.owner {
        Some(owner) => {
            html.markup(r#"<span dir="auto">"#);
            marked(&mut html, owner, needle);
            html.markup("</span>");
        }
        None => {
            html.markup(r#"<span class="none">[No owner]</span>"#);
        }
    }
    html.markup("</a>");
    hint(&mut html, row, needle);
    html.markup(r#"</td><td role="cell" class="usr"><a href="/accounts/"#).text(&id);
    html.markup(if may_edit { r#"/edit" aria-label="Edit "# } else { r#"" aria-label="Show "# }).text(&row.username).markup(r#"">"#);
    marked(&mut html, &row.username, needle);
    html.markup(r#"</a></td><td role="cell" class="num">"#);
    marked(&mut html, &row.number, needle);
    html.markup(r#"</td><td role="cell" class="typ">"#).markup(row.account_type.as_str());
    html.markup(r#"</td><td role="cell" class="sec">"#).markup(row.security_model.as_str());
    html.markup(r#"</td><td role="cell" class="en" data-l="Enabled">"#);
    bool_chip(&mut html, row.enabled);
    html.markup(r#"</td><td role="cell" class="sta">"#);
    status_chip(&mut html, row.last_status);
    if let Some(online) = &row.online {
        online_chip(&mut html, online.until);
    }
    html.markup(r#"</td><td role="cell" class="dat">"#);
    when(&mut html, row.last_status_at);
    html.markup("</td>");
    if may_edit {
        html.markup(r#"<td role="cell" class="go">"#);
        buttons(&mut html, row);
        html.markup("</td>");
    }
    html.done()
}

/// Adds `text` with what the filter found marked.
pub fn marked(html: &mut Html, text: &str, needle: &Needle) {
    for piece in needle.mark(text) {
        match piece {
            Piece::Plain(text) => html.text(&text),
            Piece::Marked(text) => html.markup("<mark>").text(&text).markup("</mark>"),
        };
    }
}

/// Adds the field without a column in which the filter found what the columns do not have.
fn hint(html: &mut Html, row: &AccountRow, needle: &Needle) {
    if needle.is_empty() {
        return;
    }
    let in_columns = fold(&format!(" {}\n {}\n {}", row.owner.as_deref().unwrap_or_default(), row.username, row.number));
    if needle.found_in(&in_columns) {
        return;
    }
    let has_mark = |text: &str| needle.mark(text).iter().any(|piece| matches!(piece, Piece::Marked(_)));
    let fields = [("E-mail: ", row.email.as_deref()), ("Description: ", row.description.as_deref())];
    if let Some((label, text)) = fields.into_iter().find_map(|(label, text)| Some((label, text.filter(|text| has_mark(text))?))) {
        html.markup(r#"<small class="sub" dir="auto">"#).markup(label);
        marked(html, text, needle);
        html.markup("</small>");
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::account_status::AccountStatus;
    use crate::domain::account_type::{AccountType, SecurityModel};
    use crate::registrations::view::Online;

    fn row(owner: &str) -> AccountRow {
        AccountRow {
            id: Uuid::nil(),
            owner: Some(owner.to_owned()),
            username: "3204".into(),
            number: "+393204471902".into(),
            email: Some("ada@example.com".into()),
            description: None,
            account_type: AccountType::Snom,
            security_model: SecurityModel::Sdes,
            enabled: true,
            last_status: AccountStatus::Connected,
            last_status_at: 0,
            online: None,
        }
    }

    #[test]
    fn what_people_wrote_is_text_and_what_was_found_is_marked() {
        let cells = cells(&row("<img src=x onerror=alert(1)> \"Ada\""), &Needle::parse("img"), true, false);
        assert!(!cells.contains("<img"), "{cells}");
        assert!(cells.contains("&lt;<mark>img</mark> src=x onerror=alert(1)&gt; &quot;Ada&quot;"), "{cells}");
    }

    #[test]
    fn a_field_without_a_column_is_told_when_only_it_was_found() {
        let told = |needle: &str| cells(&row("Ada"), &Needle::parse(needle), true, false).contains("E-mail: ");
        assert!(told("example"));
        assert!(!told("ada"));
        assert!(!told(""));
    }

    #[test]
    fn a_phone_that_is_registered_says_until_when() {
        let online = Online { until: 1_700_000_000_000, address: "192.0.2.7:5061".into(), transport: None, client: "<b>".into() };
        let told = |online| cells(&AccountRow { online, ..row("Ada") }, &Needle::default(), false, false);
        let cells = told(Some(online));
        assert!(cells.contains("online until") && cells.contains("2023-11-14T22:13:20Z"), "{cells}");
        assert!(!told(None).contains("online until"));
    }

    #[test]
    fn who_may_only_read_has_nothing_to_pick_and_no_link_to_the_form() {
        let cells = cells(&row("Ada"), &Needle::default(), false, false);
        assert!(!cells.contains("checkbox") && !cells.contains("/edit") && !cells.contains("<button"), "{cells}");
    }

    #[test]
    fn a_row_that_gets_no_sms_says_why() {
        let told = |row: &AccountRow| cells(row, &Needle::default(), true, false);
        let desk_phone = told(&row("Ada"));
        assert_eq!(desk_phone.matches(r#"data-tip="A SNOM phone"#).count(), 2, "{desk_phone}");
        assert_eq!(desk_phone.matches("aria-disabled").count(), 2, "{desk_phone}");
        let softphone = told(&AccountRow { account_type: AccountType::Pgsm, ..row("Ada") });
        assert!(softphone.contains(r#"aria-label="Send Activation SMS to Ada""#) && !softphone.contains("aria-disabled"), "{softphone}");
        let extension = told(&AccountRow { account_type: AccountType::Pgsm, number: "111".into(), ..row("Ada") });
        assert!(extension.contains("this number is an extension"), "{extension}");
    }
}
