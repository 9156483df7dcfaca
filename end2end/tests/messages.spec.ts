import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { mobile } from '../batch';
import { type Api, expect, open, sql, test, unique } from '../fixtures';
import { stateOf } from '../server';

const filter = (page: Page) => page.getByLabel('Filter messages');
const rows = (page: Page) => page.locator('.msgs tbody tr');
const row = (page: Page, kind: string) => rows(page).filter({ has: page.locator('td[data-l=Kind]').getByText(kind, { exact: true }) });
const state = (page: Page, kind: string) => row(page, kind).locator('td[data-l=State]');
const under = (page: Page) => page.locator('.under');
const address = (owner: string, more = '') => `/messages?q=${encodeURIComponent(owner)}${more}`;

/** An account with a name of its own, and one SMS to it. */
async function told(api: Api, kind = 'activation') {
  const group = await api.group();
  const account = await api.account(group.id, { owner: unique('Zoé'), number: mobile() });
  const message = await send(api, account.id, kind);
  return { ...account, message };
}

async function send(api: Api, account: string, kind: string) {
  const message = randomUUID();
  await api.call('send_sms', { message, account, kind });
  return message;
}

/** What no gateway of the stories does: writes a state into the database. */
function becomes(message: string, state: string, reason: string) {
  const set = "UPDATE messages SET state = :'state', reason = :'reason', lease_until = NULL, queued_at = queued_at - interval '5 minutes' WHERE id = :'message'";
  sql(set, { message, state, reason });
}

test('an SMS of the development gateway is shown with its link, to nobody but those who may send', async ({ page, browser, api, baseURL }) => {
  const { owner, number, username } = await told(api);
  await open(page, address(owner));
  await expect(page.getByText('No SMS gateway is set up: SMSes are shown here and sent to nobody.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Set one up in Settings' })).toHaveAttribute('href', '/settings');
  await expect(state(page, 'Activation')).toContainText(/accepted|delivered/);
  await expect(row(page, 'Activation')).toContainText(number);
  await expect(row(page, 'Activation')).toContainText(username);
  await expect(row(page, 'Activation').locator('.sms a')).toHaveAttribute('href', new RegExp(`^${baseURL}/a/[\\w-]{43}$`));
  await row(page, 'Activation').getByRole('link', { name: owner }).click();
  await expect(page.getByRole('heading', { level: 1, name: owner })).toBeVisible();
  const viewer = await browser.newPage({ storageState: stateOf('viewer') });
  await open(viewer, `${baseURL}${address(owner)}`);
  await expect(rows(viewer)).toHaveCount(1);
  await expect(viewer.locator('.sms')).toContainText('/a/••••••••');
  await expect(viewer.locator('.sms a')).toHaveCount(0);
  await viewer.close();
});

test('the filter narrows while one types, is in the address, and says in words what it does', async ({ page, api }) => {
  const one = await told(api);
  const other = await told(api, 'installation');
  await open(page, '/messages');
  await expect(under(page)).toContainText('Filter: Pure and Unfiltered!');
  await filter(page).pressSequentially(one.owner.toLowerCase());
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator('mark').first()).toHaveText('Zoé');
  await expect(under(page)).toContainText(`All 1 message · Filter: contains “${one.owner.toLowerCase()}”`);
  await expect(page).toHaveURL(/q=zo/);
  await page.reload();
  await expect(filter(page)).toHaveValue(one.owner.toLowerCase());
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('Installation');
  await expect(page.getByRole('heading', { name: 'No message matches' })).toBeVisible();
  await filter(page).fill(other.number);
  await expect(row(page, 'Installation')).toContainText(other.owner);
  await expect(page).toHaveURL(/kind=installation/);
  await page.getByRole('link', { name: 'Remove the condition: kind is Installation' }).click();
  await page.getByRole('combobox', { name: 'State' }).selectOption('unknown');
  await expect(page.getByRole('heading', { name: 'No message matches' })).toBeVisible();
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('link', { name: 'Clear filter' }).first().click();
  await expect(under(page)).toContainText('Pure and Unfiltered!');
});

test('states follow, what is new is told, and what has failed is sent again', async ({ page, api }) => {
  const { id, owner, number, message } = await told(api);
  await open(page, address(owner));
  await expect(state(page, 'Activation')).toContainText(/accepted|delivered/);
  becomes(message, 'failed', '21614: not a mobile number');
  await expect(state(page, 'Activation')).toHaveText('failed');
  await expect(row(page, 'Activation')).toContainText('21614: not a mobile number');
  await send(api, id, 'installation');
  await page.getByRole('button', { name: '1 new message. Show' }).click();
  await expect(rows(page)).toHaveCount(2);
  await row(page, 'Activation').getByRole('button', { name: 'Send again' }).click();
  const asked = page.getByRole('dialog', { name: `Send Activation SMS to ${owner} again?` });
  await expect(asked).toContainText(`to ${number}`);
  await expect(asked.locator('.sms')).toContainText('/a/••••••••');
  await expect(asked).toContainText('stops working');
  await asked.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText(`Activation SMS sent again to ${number}`)).toBeVisible();
  await page.getByRole('button', { name: '1 new message. Show' }).click();
  await expect(rows(page)).toHaveCount(3);
});

test('before an SMS of which nobody knows is sent again, it is said that it may have arrived', async ({ page, api }) => {
  const { owner, message } = await told(api, 'installation');
  await open(page, address(owner));
  await expect(state(page, 'Installation')).toContainText(/accepted|delivered/);
  becomes(message, 'unknown', 'The gateway did not answer.');
  await row(page, 'Installation').getByRole('button', { name: 'Send again' }).click();
  const asked = page.getByRole('dialog');
  await expect(asked).toContainText('may have arrived already');
  await page.keyboard.press('Escape');
  await expect(asked).toHaveCount(0);
  await expect(row(page, 'Installation').getByRole('button', { name: 'Send again' })).toBeFocused();
});
