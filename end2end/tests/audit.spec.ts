import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, open, test, unique } from '../fixtures';

const filter = (page: Page) => page.getByLabel('Filter the audit log');
const rows = (page: Page) => page.locator('.audit tbody tr');
const row = (page: Page, words: string | RegExp) => rows(page).filter({ has: page.locator('.what', { hasText: words }) });
const under = (page: Page) => page.locator('.under');

test('who changed what is found by words, facets and days, with what was there before', async ({ page, api, isMobile }) => {
  const group = await api.group();
  const account = await api.account(group.id, { owner: unique('Zoé') });
  await api.change(account.id, { owner: `${account.owner} Bianchi`, call_limit: '7' });
  await api.call('enable_account', { id: account.id, enabled: false });

  // On a phone the way there is through Settings.
  await open(page, isMobile ? '/settings' : '/groups');
  await page.getByRole('link', { name: isMobile ? 'Audit log' : 'Audit', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Audit log' })).toBeVisible();
  await filter(page).pressSequentially(account.owner.toLowerCase());
  await expect(rows(page)).toHaveCount(3);
  await expect(under(page)).toContainText(`3 of 3 entries · Filter: contains “${account.owner.toLowerCase()}”`);
  await expect(page).toHaveURL(/q=zo/);
  await expect(rows(page).locator('mark').first()).toHaveText('Zoé');

  await expect(row(page, 'disabled the account')).toContainText('Enabled yes → no');
  await expect(row(page, 'updated the account')).toContainText(`Owner ${account.owner} → ${account.owner} Bianchi`);
  await expect(row(page, 'updated the account')).toContainText('Call Limit 2 → 7');
  const made = row(page, 'created the account');
  await expect(made).toContainText('Test admin');
  await expect(made.locator('td').nth(2)).toHaveText(/^\d+\.\d+\.\d+\.\d+$/);
  await expect(made.getByText(account.username, { exact: true }).first()).toBeHidden();
  await made.locator('summary').click();
  await expect(made.locator('details').getByText(account.username, { exact: true }).first()).toBeVisible();
  await expect(made.locator('details')).not.toContainText('Password');

  await page.getByRole('combobox', { name: 'Action' }).selectOption('Created');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/action=created/);
  await page.getByRole('combobox', { name: 'Operator' }).selectOption('No operator');
  await expect(page.getByRole('heading', { name: 'No entry matches' })).toBeVisible();
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(filter(page)).toHaveValue(account.owner.toLowerCase());
  await page.getByRole('link', { name: 'Remove the condition: action is Created' }).click();
  await expect(rows(page)).toHaveCount(3);
  await page.getByLabel('Until').fill('2020-01-01');
  await expect(page.getByRole('heading', { name: 'No entry matches' })).toBeVisible();
  await expect(under(page)).toContainText('until 2020-01-01 UTC');
  await page.getByRole('link', { name: 'Remove the condition: until 2020-01-01 UTC' }).click();
  await expect(rows(page)).toHaveCount(3);
  await made.getByRole('link', { name: account.owner }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${account.owner} Bianchi` })).toBeVisible();
});

test('what was typed a moment ago is taken away by a link to the address that is still there', async ({ page, api }) => {
  await api.group();
  await open(page, '/audit');
  await filter(page).evaluate(async (box: HTMLInputElement) => {
    box.value = 'nobody is called so';
    box.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    [...document.querySelectorAll('a')].find((link) => link.textContent === 'Clear filter')!.click();
  });
  await expect(under(page)).toContainText('Filter: Pure and Unfiltered!');
  await expect(rows(page).first()).toBeVisible();
  await expect(filter(page)).toHaveValue('');
  await expect(page).not.toHaveURL(/q=/);
});

test('older entries follow, and what is filtered comes as a file', async ({ page, api }) => {
  const group = await api.group();
  const name = unique('Torre');
  for (let at = 0; at < 55; at += 1) await api.account(group.id, { owner: `${name} ${at}` });
  await open(page, `/audit?q=${encodeURIComponent(name)}`);
  await expect(under(page)).toContainText('50 of 55 entries');
  await page.getByRole('link', { name: 'Show older ones' }).click();
  await expect(rows(page)).toHaveCount(55);
  await expect(under(page)).toContainText('55 of 55 entries');
  await expect(page.getByRole('link', { name: 'Show older ones' })).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const file = readFileSync(await (await download).path(), 'utf8');
  expect(file.match(/,created,account,/g)).toHaveLength(55);
  await open(page, '/audit?kind=list');
  await expect(row(page, 'exported the list Audit log').first()).toContainText(`Filter contains “${name}”`);
});

test('when the server is away, what is held stays and one can try again', async ({ page, api }) => {
  const group = await api.group();
  await open(page, '/audit');
  await page.route('**/api/list_audit', (route) => route.abort());
  await filter(page).fill(group.name);
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await page.unroute('**/api/list_audit');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
});
