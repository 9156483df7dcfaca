//! The list of provisioning profiles: each with its server, its SMSes and who gets it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::api::list_profiles;
use super::view::ProfileRow;
use super::{address_of, sms};
use crate::domain::numerals::grouped;
use crate::domain::role::Role;
use crate::domain::sms_text::SmsSize;
use crate::operators::operator::role_allows;
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn ProfileListPage() -> impl IntoView {
    let profiles = Resource::new_blocking(|| (), |()| list_profiles());
    let may_edit = role_allows(Role::Admin);
    view! {
        <Title text="Provisioning Profiles" />
        <Head
            title="Provisioning Profiles"
            crumb=("Groups".to_owned(), "/groups".to_owned())
            actions=move || {
                may_edit
                    .then(|| {
                        view! {
                            <a href="/profiles/new" class="btn main" data-new="">
                                <Icon name="plus" />
                                <span class="txt">"New Profile"</span>
                                <kbd>"n"</kbd>
                            </a>
                        }
                    })
            }
        />
        <FlashLine />
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match profiles.await {
                    Ok(profiles) => view! { <ProfileTable profiles=profiles may_edit=may_edit /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || profiles.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn ProfileTable(profiles: Vec<ProfileRow>, may_edit: bool) -> impl IntoView {
    let under = match profiles.len() {
        1 => "1 profile".to_owned(),
        count => format!("{count} profiles"),
    };
    view! {
        <table class="tbl kv" role="table" aria-label="Provisioning profiles">
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"Name"</th>
                    <th scope="col" role="columnheader">"SIP server"</th>
                    <th scope="col" role="columnheader">"Installation SMS"</th>
                    <th scope="col" role="columnheader">"Activation SMS"</th>
                    <th scope="col" role="columnheader" class="n">"Groups"</th>
                    <th scope="col" role="columnheader" class="n">"Accounts"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">
                {profiles.iter().map(|profile| view! { <tr role="row" inner_html=cells(profile, may_edit)></tr> }).collect_view()}
            </tbody>
        </table>
        <div class="under">
            <p>{under} " · Groups and accounts that choose none get the default."</p>
        </div>
    }
}

fn cells(profile: &ProfileRow, may_edit: bool) -> String {
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="t">"#);
    if may_edit {
        html.markup(r#"<a href=""#).text(&address_of(profile.id)).markup(r#"" dir="auto">"#).text(&profile.name).markup("</a>");
    } else {
        html.markup(r#"<span dir="auto">"#).text(&profile.name).markup("</span>");
    }
    if profile.is_default {
        html.markup(r#" <span class="chip acc">"#).icon("check").markup("default</span>");
    }
    html.markup(r#"</td><td role="cell" data-l="SIP server"><span>"#).text(&profile.sip_server);
    html.markup(r#" <span class="sub">"#).text(profile.transport.as_str()).markup("</span></span></td>");
    html.markup(r#"<td role="cell" data-l="Installation SMS">"#);
    size(&mut html, profile.installation);
    html.markup(r#"</td><td role="cell" data-l="Activation SMS">"#);
    size(&mut html, profile.activation);
    html.markup(r#"</td><td role="cell" class="n" data-l="Groups">"#).text(&grouped(profile.groups.unsigned_abs()));
    html.markup(r#"</td><td role="cell" class="n" data-l="Accounts">"#).text(&grouped(profile.accounts.unsigned_abs()));
    html.markup("</td>");
    html.done()
}

fn size(html: &mut Html, size: Option<SmsSize>) {
    if let Some(size) = size {
        html.markup("<span>").text(&sms::parts(size)).markup(r#" <span class="sub">"#).text(size.coding.as_str()).markup("</span></span>");
    }
}
