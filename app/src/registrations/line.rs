//! One registered account in the table. What a phone says of itself is text.

use std::sync::Arc;

use leptos::prelude::*;

use crate::accounts::list::line::marked;
use crate::accounts::view::AccountRow;
use crate::domain::needle::Needle;
use crate::domain::transport::Transport;
use crate::ui::html::Html;
use crate::ui::time::when;

/// A row; its relative time is told anew with each of the `ticks`.
#[component]
pub fn RegisteredLine(row: Arc<AccountRow>, needle: Memo<Needle>, ticks: RwSignal<u32>, may_drop: bool) -> impl IntoView {
    let id = row.id.to_string();
    let cells = move || {
        ticks.track();
        cells(&row, &needle.get(), may_drop)
    };
    view! { <tr role="row" tabindex="-1" data-id=id inner_html=cells></tr> }
}

fn cells(row: &AccountRow, needle: &Needle, may_drop: bool) -> String {
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="usr"><a href="/accounts/"#).text(&row.id.to_string());
    html.markup(r#"" aria-label="Show "#).text(&row.username).markup(r#"">"#);
    marked(&mut html, &row.username, needle);
    html.markup(r#"</a></td><td role="cell" class="own">"#);
    match &row.owner {
        Some(owner) => {
            html.markup(r#"<span class="clip" dir="auto">"#);
            marked(&mut html, owner, needle);
            html.markup("</span>");
        }
        None => {
            html.markup(r#"<span class="none">[No owner]</span>"#);
        }
    }
    html.markup(r#"</td><td role="cell" class="num">"#);
    marked(&mut html, &row.number, needle);
    html.markup("</td>");
    if let Some(online) = &row.online {
        html.markup(r#"<td role="cell" class="adr">"#);
        if online.address.is_empty() {
            html.markup(r#"<span class="none">not told</span>"#);
        } else {
            html.markup(r#"<span class="clip" title=""#).text(&online.address).markup(r#"">"#).text(&online.address).markup("</span>");
        }
        if online.transport.is_some_and(|transport| transport != Transport::Tls) {
            html.markup(r#" <span class="chip warn bare">"#).icon("warn").markup("not encrypted</span>");
        }
        html.markup(r#"</td><td role="cell" class="tra">"#).markup(online.transport.map(Transport::as_str).unwrap_or_default());
        html.markup(r#"</td><td role="cell" class="exp" data-l="Expires">"#);
        when(&mut html, online.until);
        html.markup(r#"</td><td role="cell" class="cli"><span class="clip" dir="auto" title=""#).text(&online.client);
        html.markup(r#"">"#).text(&online.client).markup("</span></td>");
    }
    if may_drop {
        html.markup(r#"<td role="cell" class="go"><button type="button" class="btn tiny live" data-act="drop" aria-label="Drop the registration of "#);
        html.text(row.title()).markup(r#"">"#).icon("off").markup("Drop</button></td>");
    }
    html.done()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::account_status::AccountStatus;
    use crate::domain::account_type::{AccountType, SecurityModel};
    use crate::registrations::view::Online;

    fn row(transport: Option<Transport>, client: &str) -> AccountRow {
        AccountRow {
            id: Uuid::nil(),
            owner: None,
            username: "3204".into(),
            number: "3204".into(),
            email: None,
            description: None,
            account_type: AccountType::Snom,
            security_model: SecurityModel::Sdes,
            enabled: true,
            last_status: AccountStatus::Connected,
            last_status_at: 0,
            online: Some(Online { until: 0, address: "[2001:db8::7]:5061".into(), transport, client: client.into() }),
        }
    }

    #[test]
    fn what_a_phone_says_of_itself_is_text() {
        let cells = cells(&row(Some(Transport::Tls), r#""><script>alert(1)</script>"#), &Needle::default(), true);
        assert!(!cells.contains("<script") && cells.contains("&lt;script&gt;") && cells.contains("[2001:db8::7]:5061"), "{cells}");
    }

    #[test]
    fn only_what_is_known_to_be_in_the_clear_is_said_to_be() {
        let told = |transport| cells(&row(transport, ""), &Needle::default(), false).contains("not encrypted");
        assert!(told(Some(Transport::Udp)) && told(Some(Transport::Tcp)) && !told(Some(Transport::Tls)) && !told(None));
    }

    #[test]
    fn who_may_only_read_drops_nothing() {
        assert!(!cells(&row(None, ""), &Needle::default(), false).contains("<button"));
    }
}
