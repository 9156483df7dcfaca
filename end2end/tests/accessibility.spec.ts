import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { batchOf, box, choose, create, csv, edit, isCounted, mobile } from '../batch';
import { digits, expect, field, open, test } from '../fixtures';

// Colours that are still on their way to others would be judged.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

test('no screen has a violation, none is wider than its window', async ({ page, api }) => {
  // Thirty screens, each judged twice, take three minutes where the machine has other work.
  test.setTimeout(480_000);
  const group = await api.group();
  const snom = await api.snom(group.id, { owner: 'Ufficio legale', deny: '0.0.0.0/0', permit: '10.0.0.0/8', mac: '000413aabbcc' });
  await api.account(group.id, { owner: '' });
  const profile = await api.profile({ activation_text: 'Živjo {owner}: {link}' });
  const screens = [
    '/groups', '/groups/new', `/groups/${group.id}/edit`, '/settings', '/profiles', '/profiles/new', `/profiles/${profile.id}/edit`,
    '/profiles/00000000-0000-7000-8000-000000000001/edit', '/accounts', `/accounts?group=${group.id}&q=a`, `/accounts?group=${group.id}&q=nobody`,
    `/accounts/${snom.id}`, `/accounts/${snom.id}/edit`, `/accounts/new?group=${group.id}`, '/accounts/new?type=SNOM', '/messages', '/messages?q=nobody', '/audit', '/audit?q=nobody&from=2026-01-01', '/registered', '/registered?q=nobody', `/accounts/wizard?group=${group.id}`, '/password', '/me', '/me/second-factor', '/operators', '/operators/new',
  ];
  for (const screen of screens) {
    await open(page, screen);
    await check(page, screen);
  }
  // These live without the WASM.
  for (const screen of ['/nowhere', '/sign-in']) {
    await page.goto(screen);
    await check(page, screen);
  }
});

test('nor has what the list opens and shows', async ({ page, api, isMobile }) => {
  test.slow();
  const group = await api.group();
  for (const owner of ['Ada', 'Berta']) await api.account(group.id, { owner, email: `${owner}@example.com` });
  await open(page, `/accounts?group=${group.id}&q=example&type=PGSM&status=created`);
  await page.locator('summary').filter({ hasText: 'Status' }).click();
  await check(page, 'the filter and the menu of statuses');
  await page.keyboard.press('Escape');
  await page.locator('tbody .pick').first().click();
  await check(page, 'a selected row');
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog', { name: 'Delete 1 account?' })).toBeVisible();
  await check(page, 'the question before many are changed');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Clear the selection' }).click();
  await page.getByRole('button', { name: 'CSV' }).click();
  await expect(page.getByRole('dialog', { name: 'CSV file' })).toBeVisible();
  await check(page, 'the columns of the file');
  await page.keyboard.press('Escape');
  if (isMobile) return;
  await page.keyboard.press('?');
  await check(page, 'the keys');
});

test('nor has what sends', async ({ page, api, isMobile }) => {
  test.slow();
  const group = await api.group();
  const account = await api.account(group.id, { owner: 'Ada', number: mobile() });
  await open(page, `/accounts?group=${group.id}`);
  if (isMobile) {
    await page.getByRole('button', { name: 'Actions for Ada' }).click();
    await check(page, 'the menu of a row');
    await page.getByRole('button', { name: 'Send Activation SMS' }).click();
  } else {
    await page.getByRole('button', { name: 'Send Activation SMS to Ada' }).click();
  }
  await expect(page.locator('dialog[open] .sms')).toBeVisible();
  await check(page, 'the question before an SMS');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Activation SMS sent to Ada')).toBeVisible();
  await open(page, `/accounts/${account.id}`);
  await check(page, 'an account with an SMS');
  await page.getByRole('button', { name: 'Show activation QR code' }).click();
  await check(page, 'the question before a QR code');
  await page.getByRole('button', { name: 'Show QR code' }).click();
  await expect(page.locator('.qr svg')).toBeVisible();
  await check(page, 'the QR code');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Show activation QR code' }).click();
  await page.getByRole('button', { name: 'Copy activation link' }).click();
  await expect(page.getByLabel('Activation link')).toBeVisible();
  await check(page, 'the copied link');
});

test('nor has what a file becomes: its rows, repairs, the work, the result', async ({ page, api }) => {
  test.slow();
  const group = await api.group();
  await open(page, `/batches/new?group=${group.id}`);
  await check(page, 'a batch before its file');
  await choose(page, 'vuoto.csv', '');
  await expect(page.getByText('This file is empty.')).toBeVisible();
  await check(page, 'a file that cannot be used');
  await choose(page, 'rubrica.csv', `Nome;Cellulare;Reparto\nAda;${mobile()};Vendite`);
  await expect(page.getByRole('button', { name: 'Use these columns' })).toBeVisible();
  await check(page, 'columns to settle');

  const same = mobile();
  await choose(page, 'personale.csv', csv(`Ada,${mobile()},ada@example.com,,`, `Bruno,${same},,,`, `Carla,${same},x,none,`, `Dario,44${digits(10)}`, 'Eva,1,,,a, b'));
  await isCounted(page, 5, 2);
  await create(page).click({ force: true });
  await expect(page.locator('#batch-problem')).not.toBeEmpty();
  await check(page, 'rows with problems');
  await edit(page, 4).click();
  await expect(box(page, 4, 'gsmNumber')).toBeFocused();
  await check(page, 'a row that is repaired');
  await page.keyboard.press('Enter');
  await page.getByLabel('Leave the 3 bad rows out').check();

  // The work is held, so that it can be looked at.
  let letGo = () => {};
  const held = new Promise<void>((go) => (letGo = go));
  await page.route(/\/batches\/[0-9a-f-]{36}\?/, async (route) => (await held, route.continue()));
  await create(page).click();
  await expect(page.getByRole('heading', { name: 'Creating 2 accounts' })).toBeVisible();
  await check(page, 'accounts that are created');
  letGo();
  const id = await batchOf(page);
  await expect(page.getByText('2 accounts created from 5 rows.')).toBeVisible();
  await check(page, 'the result of a batch');
  await page.getByRole('button', { name: 'Undo this batch' }).click();
  await expect(page.getByRole('dialog', { name: 'Undo 2 accounts?' })).toBeVisible();
  await check(page, 'the question before a batch is undone');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Show the 2 accounts' }).click();
  await expect(page.getByRole('link', { name: 'comes from one batch' })).toBeVisible();
  await check(page, 'the accounts of a batch');

  const query = { filter: { batch: id }, sort: 'owner', descending: false };
  const [ada] = (await api.call('list_accounts', { query, counts: false })).rows;
  await api.change(ada.id, { description: 'moved' });
  await open(page, `/batches/${id}`);
  await expect(page.getByText('It cannot be undone')).toBeVisible();
  await check(page, 'a batch that cannot be undone');
  await open(page, '/batches');
  await check(page, 'the batches');
});

test('nor has what a screen says: errors, warnings, questions, messages', async ({ page, api }) => {
  test.slow();
  const group = await api.group();
  const account = await api.account(group.id, { owner: 'Ada' });
  await open(page, '/groups/new');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('not created');
  await check(page, 'the group form with errors');

  await open(page, '/profiles/new');
  await field(page, 'activation_text').fill('{lnik}');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('not created');
  await check(page, 'the profile form with errors');

  await open(page, `/accounts/new?group=${group.id}`);
  await page.getByRole('button', { name: 'Generate' }).click();
  await field(page, 'keep_alive').check();
  await field(page, 'number').fill('+39 320');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('not created');
  await check(page, 'the account form with errors');

  await open(page, `/accounts/new?type=SNOM&group=${group.id}`);
  await field(page, 'deny').fill('10.1.0.0/16\n0.0.0.0/0');
  await field(page, 'permit').fill('10.0.0.0/8');
  await field(page, 'try_address').fill('10.0.0.1');
  await expect(page.locator('.answer')).toContainText('Allowed');
  await check(page, 'the rules, allowing');
  await field(page, 'try_address').fill('8.8.8.8');
  await expect(page.locator('.answer')).toContainText('Refused');
  await check(page, 'the rules, refusing');

  await open(page, `/accounts/${account.id}/edit`);
  const { account: read } = await api.call('show_account', { id: account.id });
  await api.call('update_account', { id: account.id, version: read.version, draft: { ...draftOf(account), owner: 'Ada Lovelace', password: '', repeat_password: '' } });
  await field(page, 'owner').fill('Grace');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Theirs is “Ada Lovelace”')).toBeVisible();
  await check(page, 'two people');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  await check(page, 'the message');

  await open(page, `/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await check(page, 'the question');
  await open(page, `/groups/${group.id}/edit`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('1 account is in this group');
  await check(page, 'the refusal');

  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByLabel('Operator').fill('nobody');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('wrong');
  await check(page, 'a failed sign-in');
});

function draftOf({ id: _, ...draft }: { id: string } & Record<string, unknown>) {
  return draft;
}

/** In light with all rules, and in dark with those of colours, since nothing else differs. */
async function check(page: Page, screen: string) {
  expect(await violations(new AxeBuilder({ page })), screen).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${screen} is too wide`).toBe(true);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block'])), `${screen}, dark`).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
}

async function violations(axe: AxeBuilder) {
  const { violations } = await axe.analyze();
  return violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target).join(', ')}`);
}

test('nor has the page of an account that is not there', async ({ page }) => {
  await page.goto('/accounts/00000000-0000-7000-8000-000000000000');
  await expect(page.getByRole('heading', { name: 'Not found', level: 1 })).toBeVisible();
  await check(page, 'an account that is not there');
});

test('the first key press leads past the navigation', async ({ page }) => {
  await open(page, '/groups');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
});
