import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, field, open, test } from '../fixtures';
import { stateOf } from '../server';

// One after the other, on a desk only: the settings are the whole service's.
test.describe.configure({ mode: 'serial' });

const save = (page: Page) => page.getByRole('form', { name: 'SMS gateway' }).getByRole('button', { name: 'Save' });

/** A Kannel that refuses until it is told to take messages. */
async function kannel(): Promise<{ url: string; takes: () => void; calls: string[]; server: Server }> {
  const calls: string[] = [];
  let taking = false;
  const server = createServer((request, response) => {
    calls.push(new URL(request.url!, 'http://localhost').searchParams.get('text') ?? '');
    response.writeHead(taking ? 202 : 401);
    response.end(taking ? '0: Accepted for delivery' : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cgi-bin/sendsms`;
  return { url, takes: () => (taking = true), calls, server };
}

test('a gateway is chosen, configured and tried', async ({ page, api, isMobile }) => {
  if (isMobile) return;
  const gateway = await kannel();
  try {
    await open(page, '/groups');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
    await expect(page.getByText('only shown on the Messages page')).toBeVisible();
    await expect(field(page, 'kannel_url')).toBeHidden();

    await page.getByText('Kannel', { exact: true }).first().click();
    await expect(field(page, 'twilio_account_sid')).toBeHidden();
    await save(page).click();
    await expect(page.getByText('3 fields need a change')).toBeVisible();
    await field(page, 'kannel_url').fill(gateway.url);
    await field(page, 'kannel_username').fill('ringkey');
    await field(page, 'kannel_password').fill('a password');
    await save(page).click();
    await expect(page.getByText('Settings saved')).toBeVisible();
    await expect(field(page, 'kannel_password')).toHaveValue('');
    await expect(page.locator('#kannel_password-help')).toContainText('Stored; leave empty to keep it');

    await field(page, 'number').fill('111');
    await page.getByRole('button', { name: 'Send test message' }).click();
    await expect(page.locator('#number-error')).toContainText('international number');
    await field(page, 'number').fill('+39 320 1184467');
    await page.getByRole('button', { name: 'Send test message' }).click();
    await expect(page.locator('#test-state')).toContainText('did not accept the user name and the password');
    gateway.takes();
    await expect(page.locator('#test-state')).toContainText('Kannel has the message to +393201184467.');
    expect(gateway.calls.at(-1)).toBe('Test message from Ringkey, sent by Test admin.');

    // Where the stored password goes cannot be changed without typing it.
    await field(page, 'kannel_url').fill('http://elsewhere.example/');
    await expect(page.locator('#kannel_password-error')).toContainText('belongs to another address');
  } finally {
    const start = await api.call('gateway_form', {});
    await api.call('save_gateway', { version: start.version, draft: { ...start.draft, kind: 'development' } });
    gateway.server.close();
  }
});

test('of two who save at once the second is told', async ({ page, api, isMobile }) => {
  if (isMobile) return;
  await open(page, '/settings');
  const start = await api.call('gateway_form', {});
  await api.call('save_gateway', { version: start.version, draft: start.draft });
  await save(page).click();
  await expect(page.locator('#summary')).toContainText('Somebody else saved these settings');
});

test('on a phone the Group List leads to the settings', async ({ page, isMobile }) => {
  if (!isMobile) return;
  await open(page, '/groups');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  await page.getByText('Twilio', { exact: true }).first().click();
  await expect(field(page, 'twilio_account_sid')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
});

test('whoever is no admin is not led there', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: process.env.RINGKEY_BASE, storageState: stateOf('operator') });
  const page = await context.newPage();
  await open(page, '/groups');
  await expect(page.getByRole('link', { name: 'Settings' })).toHaveCount(0);
  await context.close();
});
