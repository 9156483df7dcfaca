import type { Page } from '@playwright/test';
import { expect, open, sql, tabTo, test, unique } from '../fixtures';

/** Within a second, and a bit for a machine that does other things, too. */
const SOON = { timeout: 5_000 };

const rows = (page: Page) => page.locator('tbody tr[data-id]');
const row = (page: Page, owner: string) => rows(page).filter({ hasText: owner });
const under = (page: Page) => page.locator('.under');

type Phone = { seconds?: number; received?: string; agent?: string };

/** What a SIP server writes when a phone registers; again, when it registers anew. */
function registers(username: string, { seconds = 3600, received = 'sip:93.41.8.122:61044;transport=tls', agent = 'Linphone 5.2 (Android 15)' }: Phone = {}) {
  sql(
    `SET ROLE ringkey_sip;
     INSERT INTO sip.location (ruid, username, contact, received, user_agent, expires, last_modified)
     VALUES ('story-' || :'username', :'username', 'sip:' || :'username' || '@10.0.0.2', :'received', :'agent',
             floor(extract(epoch FROM now()))::bigint + :'seconds', floor(extract(epoch FROM now()))::bigint)
     ON CONFLICT (ruid) DO UPDATE SET expires = excluded.expires, received = excluded.received, user_agent = excluded.user_agent`,
    { username, received, agent, seconds: String(seconds) },
  );
}

test('phones appear and go on a page that stays open', async ({ page, api }) => {
  const group = await api.group();
  const [ada, berta] = [await api.account(group.id, { owner: unique('Ada') }), await api.account(group.id, { owner: unique('Berta') })];
  await open(page, `/registered?group=${group.id}`);
  await expect(page.getByRole('heading', { name: `No phone of ${group.name} is registered` })).toBeVisible();
  await expect(page.locator('.head').getByText('live', { exact: true })).toBeVisible();
  registers(berta.username, { received: 'sip:[2a01:e11:17::9c4]:5061;transport=tcp', agent: '<b>snom</b>' });
  await expect(row(page, berta.owner)).toBeVisible(SOON);
  await expect(row(page, berta.owner)).toContainText(/\[2a01:e11:17::9c4\]:5061\s+not encrypted/);
  await expect(row(page, berta.owner)).toContainText('<b>snom</b>');
  await expect(row(page, berta.owner)).toContainText('in 59 min');
  registers(ada.username);
  await expect(rows(page)).toHaveCount(2, SOON);
  await expect(rows(page).first()).toContainText(ada.owner);
  await expect(under(page)).toContainText('2 of 2 registered');
  await expect(row(page, ada.owner)).not.toContainText('not encrypted');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  // Registered from elsewhere, and then not at all any more.
  registers(ada.username, { received: 'sip:198.51.100.4:5061;transport=tls' });
  await expect(row(page, ada.owner)).toContainText('198.51.100.4:5061', SOON);
  sql("SET ROLE ringkey_sip; DELETE FROM sip.location WHERE username = :'username'", { username: berta.username });
  await expect(row(page, berta.owner)).toHaveCount(0, SOON);
  await page.getByLabel('Filter accounts').fill('nobody');
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
  await expect(page).toHaveURL(/q=nobody/);
  await page.getByRole('link', { name: 'Clear filter' }).first().click();
  await expect(row(page, ada.owner)).toBeVisible();
  await row(page, ada.owner).getByRole('link', { name: `Show ${ada.username}` }).click();
  await expect(page.getByText(/Online until \d\d:\d\d \(in 59 min\), from 198\.51\.100\.4:5061 over TLS, with Linphone 5\.2/)).toBeVisible();
});

test('a registration that is over is offline on every page, though nobody says so', async ({ page, context, api }) => {
  const group = await api.group();
  const account = await api.account(group.id, { owner: unique('Carla') });
  const [list, show] = [await context.newPage(), await context.newPage()];
  await open(page, `/registered?group=${group.id}`);
  await open(list, `/accounts?group=${group.id}`);
  await open(show, `/accounts/${account.id}`);
  await expect(show.getByText('Not registered.')).toBeVisible();
  registers(account.username, { seconds: 8 });
  const told = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Rome' }).format(Date.now() + 8_000);
  await expect(row(page, account.owner)).toBeVisible(SOON);
  // In the zone of the browser; the minute may just be over.
  await expect(row(list, account.owner).locator('.on')).toContainText(`online until ${told.slice(0, 3)}`, SOON);
  await expect(show.locator('.head')).toContainText(`online until ${told.slice(0, 3)}`, SOON);
  const height = await row(list, account.owner).evaluate((element) => element.getBoundingClientRect().height);
  if ((list.viewportSize()?.width ?? 0) > 700) expect(height).toBeLessThanOrEqual(44);
  await expect(rows(page)).toHaveCount(0, { timeout: 15_000 });
  await expect(row(list, account.owner).locator('.on')).toHaveCount(0);
  await expect(row(list, account.owner)).toContainText('Connected');
  await expect(show.getByText('Not registered.')).toBeVisible();
  await expect(show.locator('.head')).not.toContainText('online until');
});

test('a time of day that came with the page is told in the zone of the browser', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  registers(account.username);
  await open(page, `/accounts?group=${group.id}&online=true`);
  const clock = page.locator('.on time');
  const at = new Date((await clock.getAttribute('datetime'))!);
  await expect(clock).toHaveText(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Rome' }).format(at));
  await expect(under(page)).toContainText('1 of 1 that match, out of 1 registered · Filter: phone is online');
});

test('a registration is dropped by keyboard alone, after a question', async ({ page, api }) => {
  const group = await api.group();
  const [ada, berta] = [await api.account(group.id, { owner: unique('Ada') }), await api.account(group.id, { owner: unique('Berta') })];
  for (const { username } of [ada, berta]) registers(username);
  await open(page, `/registered?group=${group.id}`);
  await tabTo(page, page.getByRole('button', { name: `Drop the registration of ${berta.owner}` }));
  await page.keyboard.press('Enter');
  const question = page.getByRole('dialog', { name: `Drop the registration of ${berta.owner}?` });
  await expect(question).toContainText('until it registers again');
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('Enter');
  await expect(question).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Registration dropped')).toBeVisible();
  await expect(row(page, berta.owner)).toHaveCount(0);
  await expect(row(page, ada.owner)).toBeVisible();
  await open(page, `/accounts/${ada.id}`);
  await page.getByRole('button', { name: 'Drop registration' }).click();
  // Somebody was faster.
  await api.call('drop_registration', { id: ada.id });
  await page.getByRole('dialog').getByRole('button', { name: 'Drop registration' }).click();
  await expect(page.getByRole('dialog')).toContainText('not registered any more');
  await page.keyboard.press('Escape');
  await expect(page.getByText('Not registered.')).toBeVisible();
  await expect(page.getByText('dropped the registration')).toBeVisible();
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('sees who is registered, and can drop nothing', async ({ page, api }) => {
    const group = await api.group();
    const account = await api.account(group.id);
    registers(account.username);
    await open(page, `/registered?group=${group.id}`);
    await expect(rows(page)).toHaveCount(1);
    await expect(page.getByRole('button', { name: /Drop/ })).toHaveCount(0);
    await open(page, `/accounts/${account.id}`);
    await expect(page.getByText(/over TLS/)).toBeVisible();
    await expect(page.getByRole('button', { name: /Drop/ })).toHaveCount(0);
  });
});

test('the way to the page, on a desk and on a phone', async ({ page, isMobile }) => {
  await open(page, '/groups');
  await page.getByRole('link', { name: 'Registered', exact: true }).filter({ visible: true }).click();
  await expect(page.getByRole('heading', { name: 'Registered Accounts' })).toBeVisible();
  if (!isMobile) await expect(page.getByRole('link', { name: 'Registered', exact: true })).toHaveAttribute('aria-current', 'page');
});
