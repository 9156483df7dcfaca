import type { Page } from '@playwright/test';
import { batchOf, choose, create, csv, isCounted, mobile } from '../batch';
import { type Api, expect, open, tabTo, test } from '../fixtures';
import { stateOf } from '../server';

const row = (page: Page, owner: string) => page.getByRole('row').filter({ hasText: owner });
const dialog = (page: Page, title: string) => page.getByRole('dialog', { name: title });

/** Opens the dialog of a row: by its button on a desk, by its menu on a phone. */
async function ask(page: Page, isMobile: boolean, owner: string, kind: 'Installation' | 'Activation') {
  if (isMobile) {
    await row(page, owner).getByRole('button', { name: `Actions for ${owner}` }).click();
    await dialog(page, owner).getByRole('button', { name: `Send ${kind} SMS` }).click();
  } else {
    await row(page, owner).getByRole('button', { name: `Send ${kind} SMS to ${owner}` }).click();
  }
}

async function some(api: Api) {
  const group = await api.group();
  const ada = await api.account(group.id, { owner: 'Ada', number: mobile() });
  const berta = await api.account(group.id, { owner: 'Berta', number: mobile() });
  const extension = await api.account(group.id, { owner: 'Portineria' });
  const snom = await api.snom(group.id, { owner: 'Sala riunioni' });
  return { group, ada, berta, extension, snom };
}

test('an Activation SMS is sent from a row, after a dialog that says whom, what and what it does', async ({ page, api, isMobile }) => {
  const { group, ada } = await some(api);
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  await ask(page, isMobile, 'Ada', 'Activation');
  const asked = dialog(page, 'Send Activation SMS to Ada?');
  await expect(asked).toContainText(`Username ${ada.username} · to ${ada.number}`);
  await expect(asked).toContainText('This re-keys the account.');
  await expect(asked.locator('.sms')).toContainText('/a/••••••••');
  await expect(asked).toContainText(/1 SMS, \d+ of 160 characters · link valid 72 h, usable once/);
  await expect(asked).toContainText('No SMS gateway is set up');
  await page.keyboard.press('Escape');
  await expect(asked).toHaveCount(0);
  await expect(row(page, 'Ada')).toContainText('Created');
  if (!isMobile) await expect(page.getByRole('button', { name: 'Send Activation SMS to Ada' })).toBeFocused();

  await ask(page, isMobile, 'Ada', 'Activation');
  await expect(asked.locator('.sms')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Activation SMS sent to Ada')).toBeVisible();
  await expect(row(page, 'Ada').locator('.chip', { hasText: 'Activation SMS sent' })).toBeVisible();
  await expect(asked).toHaveCount(0);
});

test('a second one within a minute is told in the dialog, and the link that dies is told before', async ({ page, api, isMobile }) => {
  const { group, ada } = await some(api);
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  await ask(page, isMobile, 'Ada', 'Installation');
  await dialog(page, 'Send Installation SMS to Ada?').getByRole('button', { name: 'Send Installation SMS' }).click();
  await expect(page.getByText('Installation SMS sent to Ada')).toBeVisible();
  await open(page, `/accounts/${ada.id}`);
  await expect(page.getByRole('table', { name: 'SMSes to this account' })).toContainText('Installation');
  await page.getByRole('button', { name: 'Send Installation SMS' }).click();
  const asked = dialog(page, 'Send Installation SMS to Ada?');
  await expect(asked).toContainText(/An earlier link, made .+, stops working\./);
  await asked.getByRole('button', { name: 'Send Installation SMS' }).click();
  await expect(asked).toContainText('You have sent this account an Installation SMS');
  await expect(asked).toContainText('Wait a minute');
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await expect(asked).toHaveCount(0);
});

test('a row that gets no SMS says why and opens nothing', async ({ page, api, isMobile }) => {
  const { group } = await some(api);
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  if (isMobile) {
    await row(page, 'Portineria').getByRole('button', { name: 'Actions for Portineria' }).click();
    await expect(dialog(page, 'Portineria')).toContainText('this number is an extension');
    await expect(dialog(page, 'Portineria').getByRole('button', { name: 'Send Activation SMS' })).toBeDisabled();
    await page.keyboard.press('Escape');
    await row(page, 'Sala riunioni').getByRole('button', { name: 'Actions for Sala riunioni' }).click();
    await expect(dialog(page, 'Sala riunioni')).toContainText('A SNOM phone is configured by hand');
    return;
  }
  const send = row(page, 'Portineria').getByRole('button', { name: 'Send Installation SMS' });
  await expect(send).toHaveAttribute('aria-disabled', 'true');
  await expect(send).toHaveAttribute('data-tip', /this number is an extension/);
  await send.click({ force: true });
  await expect(row(page, 'Sala riunioni').getByRole('button', { name: 'Send Activation SMS' })).toHaveAttribute('data-tip', /A SNOM phone/);
  await expect(page.locator('dialog[open]')).toHaveCount(0);
  await tabTo(page, row(page, 'Ada').getByRole('button', { name: 'Send Activation SMS to Ada' }));
  await page.keyboard.press('Enter');
  await expect(dialog(page, 'Send Activation SMS to Ada?').locator('.sms')).toBeVisible();
});

test('a dialog that cannot be filled says so', async ({ page, api }) => {
  const { ada } = await some(api);
  await open(page, `/accounts/${ada.id}`);
  // In the moment between the click and the question: any earlier, the page itself would say so.
  await page.route('**/api/preview_sms', async (route) => {
    await api.call('delete_account', { id: ada.id });
    await route.continue();
  });
  await page.getByRole('button', { name: 'Send Activation SMS' }).click();
  const asked = dialog(page, 'Send Activation SMS to Ada?');
  await expect(asked).toContainText('Somebody has deleted it.');
  await expect(asked.getByRole('button', { name: 'Send Activation SMS' })).toBeHidden();
  await asked.getByRole('button', { name: 'Close' }).click();
  await expect(asked).toHaveCount(0);
});

test('a selection gets its SMSes, and each that gets none is named with the reason', async ({ page, api }) => {
  const { group } = await some(api);
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  for (const owner of ['Ada', 'Berta', 'Portineria', 'Sala riunioni']) await row(page, owner).locator('.pick').click();
  await page.getByRole('region', { name: 'Selected accounts' }).getByRole('button', { name: 'Send Activation SMS' }).click();
  const asked = dialog(page, 'Send Activation SMS to 4 accounts?');
  await expect(asked).toContainText('This re-keys the accounts.');
  await expect(asked).toContainText('No SMS gateway is set up');
  await asked.getByRole('button', { name: 'Send Activation SMS' }).click();
  await expect(asked).toContainText('4 of 4 looked at, 2 sent');
  const left = asked.getByRole('list', { name: 'Left as they were' });
  await expect(left).toContainText('Portineria got no SMS: SMS needs an international number');
  await expect(left).toContainText('Sala riunioni got no SMS: A SNOM phone');
  await asked.getByRole('button', { name: 'Close' }).click();
  await expect(row(page, 'Berta').locator('.chip', { hasText: 'Activation SMS sent' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Selected accounts' })).toHaveCount(0);
});

test('a whole batch gets its Installation SMSes from its result', async ({ page, api }) => {
  test.slow();
  const group = await api.group();
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, 'people.csv', csv(`Ada,${mobile()},,end-to-site,`, `Berta,${mobile()},,end-to-site,`));
  await isCounted(page, 2, 2);
  await create(page).click();
  await batchOf(page);
  await page.getByRole('button', { name: 'Send Installation SMS' }).click();
  const asked = dialog(page, 'Send Installation SMS to 2 accounts?');
  await expect(asked).toContainText('comes from one batch');
  await asked.getByRole('button', { name: 'Send Installation SMS' }).click();
  await expect(page.getByText('Installation SMS sent to 2 accounts')).toBeVisible();
  await page.getByRole('link', { name: 'Show the 2 accounts' }).click();
  await expect(page.locator('tbody .chip', { hasText: 'Installation SMS sent' })).toHaveCount(2);
});

test('Show Account tells what became of the SMSes, and keeps its dialog while it is fetched anew', async ({ page, api }) => {
  const { ada } = await some(api);
  await open(page, `/accounts/${ada.id}`);
  await expect(page.getByText('No SMS has been sent to this account.')).toBeVisible();
  await page.getByRole('button', { name: 'Send Activation SMS' }).click();
  await expect(page.locator('dialog[open] .sms')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Activation SMS sent to Ada')).toBeVisible();
  const sms = page.getByRole('table', { name: 'SMSes to this account' }).locator('tbody').getByRole('row').first();
  await expect(sms).toContainText('Activation');
  await expect(sms.locator('.chip')).toHaveText(/queued|sending|accepted|delivered/);
  await expect(page.getByRole('region', { name: 'History' })).toContainText('sent an Activation SMS');
  await expect(page.getByRole('region', { name: 'Life cycle' }).getByRole('listitem').filter({ hasText: 'Activation sent' })).not.toContainText('not yet');
  await expect(page.getByRole('link', { name: 'All messages' })).toHaveAttribute('href', `/messages?q=${ada.username}`);
});

test('a phone is activated without SMS, by a QR code or by a link', async ({ page, api, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { extension, snom } = await some(api);
  await open(page, `/accounts/${extension.id}`);
  await expect(page.getByRole('button', { name: 'Send Activation SMS' })).toBeDisabled();
  await page.getByRole('button', { name: 'Show activation QR code' }).click();
  const asked = dialog(page, 'Activate the phone of Portineria');
  await expect(asked).toContainText('Both re-key the account.');
  await asked.getByRole('button', { name: 'Show QR code' }).click();
  await expect(asked.getByRole('img', { name: 'Activation QR code' }).locator('svg')).toBeVisible();
  await expect(asked).toContainText(/Works until .+, once\./);
  await asked.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('region', { name: 'History' })).toContainText('made an activation QR code');

  await page.getByRole('button', { name: 'Show activation QR code' }).click();
  await asked.getByRole('button', { name: 'Copy activation link' }).click();
  await expect(asked.getByText('Copied to the clipboard.')).toBeVisible();
  const link = await asked.getByLabel('Activation link').inputValue();
  expect(link).toMatch(/\/a\/[\w-]{43}$/);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'History' })).toContainText('made an activation link');
  expect(await page.content()).not.toContain(link.slice(-43));

  await open(page, `/accounts/${snom.id}`);
  await expect(page.getByRole('button', { name: 'Show activation QR code' })).toBeDisabled();
  await expect(page.getByText('A SNOM phone is configured by hand')).toBeVisible();
});

test('a viewer is offered nothing that sends', async ({ api, browser }) => {
  const { group, ada } = await some(api);
  const context = await browser.newContext({ baseURL: process.env.RINGKEY_BASE, storageState: stateOf('viewer') });
  const viewer = await context.newPage();
  for (const path of [`/accounts?group=${group.id}`, `/accounts/${ada.id}`]) {
    await open(viewer, path);
    await expect(viewer.getByText('Ada', { exact: true }).first()).toBeVisible();
    await expect(viewer.getByRole('button', { name: /Send|Actions|QR code/ })).toHaveCount(0);
  }
  await context.close();
});
