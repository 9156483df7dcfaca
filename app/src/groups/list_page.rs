//! Group List: each group with its company, contact and accounts.

use leptos::prelude::*;
use leptos_meta::Title;

use super::api::list_groups;
use super::view::GroupRow;
use crate::domain::fold::fold;
use crate::domain::needle::Needle;
use crate::domain::numerals::grouped;
use crate::domain::role::Role;
use crate::operators::operator::role_allows;
use crate::profiles::{ProfileOrigin, address_of};
use crate::ui::error_view::FailedView;
use crate::ui::flash::FlashLine;
use crate::ui::head::Head;
use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::search_box::SearchBox;
use crate::ui::skeleton::SkeletonRows;

#[component]
pub fn GroupListPage() -> impl IntoView {
    let groups = Resource::new_blocking(|| (), |()| list_groups());
    let needle = RwSignal::new(String::new());
    let may_edit = role_allows(Role::Admin);
    view! {
        <Title text="Group List" />
        <Head
            title="Group List"
            actions=move || {
                view! {
                    // A desk has them in the side bar.
                    <a href="/registered" class="btn phone">
                        <Icon name="signal" />
                        <span class="txt">"Registered"</span>
                    </a>
                    <a href="/messages" class="btn phone">
                        <Icon name="sms" />
                        <span class="txt">"Messages"</span>
                    </a>
                    <a href="/profiles" class="btn phone">
                        <Icon name="page" />
                        <span class="txt">"Provisioning profiles"</span>
                    </a>
                    {may_edit
                        .then(|| {
                            view! {
                                <a href="/settings" class="btn phone">
                                    <Icon name="gear" />
                                    <span class="txt">"Settings"</span>
                                </a>
                                <a href="/groups/new" class="btn main" data-new="">
                                    <Icon name="plus" />
                                    <span class="txt">"New Group"</span>
                                    <kbd>"n"</kbd>
                                </a>
                            }
                        })}
                }
            }
        />
        <FlashLine />
        <div class="bar" role="search">
            <SearchBox label="Filter groups" placeholder="Name, company, contact" text=needle on_input=move |text| needle.set(text) />
        </div>
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                match groups.await {
                    Ok(groups) if groups.is_empty() => view! { <NoGroups may_edit=may_edit /> }.into_any(),
                    Ok(groups) => view! { <GroupTable groups=groups needle=needle may_edit=may_edit /> }.into_any(),
                    Err(error) => view! { <FailedView error=error retry=move || groups.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn NoGroups(may_edit: bool) -> impl IntoView {
    view! {
        <section class="void">
            <Icon name="groups" />
            <h2>"No groups yet"</h2>
            <p>"Every account belongs to a group: a company, an office, a department."</p>
            {if may_edit {
                view! {
                    <a href="/groups/new" class="btn main">
                        <Icon name="plus" />
                        "New Group"
                    </a>
                }
                    .into_any()
            } else {
                view! { <p>"An admin of this service can make one."</p> }.into_any()
            }}
        </section>
    }
}

#[component]
fn GroupTable(groups: Vec<GroupRow>, needle: RwSignal<String>, may_edit: bool) -> impl IntoView {
    let total = groups.len();
    let groups = StoredValue::new(groups);
    let shown = Memo::new(move |_| {
        let needle = needle.with(|needle| Needle::parse(needle));
        groups.with_value(|groups| groups.iter().filter(|group| matches(group, &needle)).cloned().collect::<Vec<_>>())
    });
    let under = move || {
        let shown = shown.with(Vec::len);
        if needle.with(|needle| needle.trim().is_empty()) {
            format!("{total} groups · Filter: Pure and Unfiltered!")
        } else {
            format!("{shown} of {total} groups · Filter: contains “{}”", needle.get().trim())
        }
    };
    view! {
        <table class="tbl kv" role="table" aria-label="Groups">
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"Name"</th>
                    <th scope="col" role="columnheader">"Company"</th>
                    <th scope="col" role="columnheader">"Admin Contact"</th>
                    <th scope="col" role="columnheader">"Provisioning profile"</th>
                    <th scope="col" role="columnheader" class="n">"Accounts"</th>
                    <th scope="col" role="columnheader">
                        <span class="vh">"Open"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=move || shown.get() key=|group| group.id let:group>
                    <GroupLine group=group may_edit=may_edit />
                </For>
            </tbody>
        </table>
        <Show when=move || shown.with(Vec::is_empty)>
            <section class="void">
                <Icon name="search" />
                <h2>"No group matches"</h2>
                <p>"Clear the filter to see all of them."</p>
            </section>
        </Show>
        <div class="under">
            <p role="status">{under}</p>
        </div>
    }
}

fn matches(group: &GroupRow, needle: &Needle) -> bool {
    let fields = [group.name.as_str(), group.company.as_deref().unwrap_or_default(), group.email.as_deref().unwrap_or_default()];
    needle.found_in(&fold(&format!(" {}", fields.join("\n "))))
}

#[component]
fn GroupLine(group: GroupRow, may_edit: bool) -> impl IntoView {
    view! { <tr role="row" inner_html=cells(&group, may_edit)></tr> }
}

fn cells(group: &GroupRow, may_edit: bool) -> String {
    let id = group.id.to_string();
    let mut html = Html::default();
    html.markup(r#"<td role="cell" class="t">"#);
    if may_edit {
        html.markup(r#"<a href="/groups/"#).text(&id).markup(r#"/edit" dir="auto">"#).text(&group.name).markup("</a>");
    } else {
        html.markup(r#"<span dir="auto">"#).text(&group.name).markup("</span>");
    }
    html.markup(r#"</td><td role="cell" data-l="Company" dir="auto">"#).text(group.company.as_deref().unwrap_or_default());
    html.markup(r#"</td><td role="cell" data-l="Admin Contact">"#);
    if let Some(email) = &group.email {
        html.markup(r#"<a href="mailto:"#).text(email).markup(r#"">"#).text(email).markup("</a>");
    }
    html.markup(r#"</td><td role="cell" data-l="Provisioning profile"><span>"#);
    if may_edit {
        html.markup(r#"<a href=""#).text(&address_of(group.profile_id)).markup(r#"" dir="auto">"#).text(&group.profile).markup("</a>");
    } else {
        html.markup(r#"<span dir="auto">"#).text(&group.profile).markup("</span>");
    }
    if group.inherited {
        html.markup(r#" <span class="sub">"#).text(ProfileOrigin::Service.words()).markup("</span>");
    }
    html.markup(r#"</span></td><td role="cell" class="n" data-l="Accounts">"#).text(&grouped(group.accounts.unsigned_abs()));
    html.markup(r#"</td><td role="cell" class="go"><a href="/accounts?group="#).text(&id);
    html.markup(r#"" class="btn tiny" aria-label="Accounts of "#).text(&group.name).markup(r#"">"#).icon("users");
    html.markup(r#"<span class="txt">Accounts</span></a></td>"#);
    html.done()
}
