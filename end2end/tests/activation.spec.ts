// From the wizard to a phone that has its configuration, as the service manager and the user see it, and links that open nothing.
import type { Browser, Page } from '@playwright/test';
import { mobile } from '../batch';
import { expect, field, open, test, unique, type Api } from '../fixtures';

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36';

/** The link of the newest SMS to this account, as the development gateway shows it on the Messages page. */
async function linkOf(page: Page, username: string, kind: 'i' | 'a') {
  await open(page, `/messages?q=${username}`);
  const link = page.locator(`a[href*="/${kind}/"]`).first();
  await expect(link).toBeVisible();
  return (await link.getAttribute('href'))!;
}

/** A phone of somebody who is not signed in. */
async function phone(browser: Browser, options: object = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, userAgent: ANDROID, locale: 'en-GB', storageState: undefined, ...options });
  return context.newPage();
}

/** An account of which the user has got an SMS. */
async function sent(api: Api, kind: 'installation' | 'activation') {
  const profile = await api.profile();
  const group = await api.group();
  const account = await api.account(group.id, { number: mobile(), profile: profile.id });
  await api.call('send_sms', { message: crypto.randomUUID(), account: account.id, kind });
  return account;
}

const statusOf = async (api: Api, id: string) => (await api.call('show_account', { id })).account.last_status;

test('from the wizard to Activated', async ({ page, context, browser, api }) => {
  const profile = await api.profile();
  const group = await api.group();
  await open(page, `/accounts/wizard?group=${group.id}`);
  const owner = unique('Chiara');
  const username = await field(page, 'username').inputValue();
  await field(page, 'number').fill(mobile());
  await field(page, 'owner').fill(owner);
  await field(page, 'profile').selectOption(profile.id);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created', { exact: true }).first()).toBeVisible();
  const id = page.url().split('/').pop()!.split('?')[0];
  const chip = page.locator('.head .chip');

  await page.getByRole('button', { name: 'Send Installation SMS' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send Installation SMS' }).click();
  await expect(chip).toHaveText('Installation SMS sent');
  // The service manager's page stays open; it follows by itself from here on.
  const messages = await context.newPage();
  const user = await phone(browser);
  await user.goto(await linkOf(messages, username, 'i'));
  await expect(user.getByRole('heading', { name: 'Install the app' })).toBeVisible();
  await expect(user.getByText(owner)).toBeVisible();
  await user.route('https://example.com/**', (route) => route.fulfill({ body: 'the download' }));
  await user.getByRole('button', { name: 'Install the app' }).click();
  await expect(user).toHaveURL('https://example.com/app.apk');
  await user.goBack();
  await user.getByRole('button', { name: 'I have installed it' }).click();
  await expect(user.getByRole('heading', { name: 'Thank you' })).toBeVisible();
  await expect(chip).toHaveText('Installed');

  await page.getByRole('button', { name: 'Send Activation SMS' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send Activation SMS' }).click();
  await expect(chip).toHaveText('Activation SMS sent');
  const link = await linkOf(messages, username, 'a');
  await user.goto(link);
  await user.getByRole('button', { name: 'Activate this phone' }).click();
  const app = user.getByRole('link', { name: 'Open in Linphone' });
  await expect(app).toBeVisible();
  // A reload of the page that the button has opened shows it again, and changes nothing.
  await user.reload();
  await expect(app).toBeVisible();
  const address = (await app.getAttribute('href'))!.replace(/^linphone-config:/, '');
  await expect(chip).toHaveText('Activation SMS sent');
  const fetched = await user.request.get(address, { headers: { accept: '*/*' } });
  expect(fetched.status()).toBe(200);
  expect(await fetched.text()).toContain(username);

  await expect(chip).toHaveText('Activated');
  await expect(page.getByText('until activated')).toHaveCount(0);
  await user.goto(link);
  await expect(user.getByRole('heading', { name: 'This link has already been used' })).toBeVisible();
  expect((await api.call('show_account', { id })).account.enabled).toBe(true);
  await user.context().close();
});

test('an operator shows a QR code, which the app alone can use', async ({ page, browser, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, `/accounts/${account.id}`);
  await page.getByRole('button', { name: 'Show activation QR code' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy activation link' }).click();
  const link = await page.getByRole('dialog').getByRole('textbox').inputValue();
  const user = await phone(browser);
  await user.goto(link);
  await user.getByRole('button', { name: 'Activate this phone' }).click();
  await user.getByText('Activate another phone with a QR code').click();
  await expect(user.getByRole('img', { name: 'QR code for the app' })).toBeVisible();
  const address = (await user.getByRole('link', { name: 'Open in Linphone' }).getAttribute('href'))!.replace(/^linphone-config:/, '');
  // The camera of a phone opens the code in a browser.
  await user.goto(address);
  await expect(user.getByRole('heading', { name: 'This code is for the app' })).toBeVisible();
  expect(await statusOf(api, account.id)).toBe('created');
  expect((await user.request.get(address, { headers: { accept: '*/*' } })).status()).toBe(200);
  expect(await statusOf(api, account.id)).toBe('activated');
  await user.context().close();
});

test('by hand the password is shown once', async ({ browser, page, api }) => {
  const account = await sent(api, 'activation');
  const user = await phone(browser);
  await user.goto(await linkOf(page, account.username, 'a'));
  await user.getByRole('button', { name: 'Activate this phone' }).click();
  await user.getByText('The app does not open').click();
  await user.getByRole('button', { name: 'Set it up by hand' }).click();
  await expect(user.getByText('the password is not shown again')).toBeVisible();
  await expect(user.getByText(account.username, { exact: true })).toBeVisible();
  await user.reload();
  await expect(user.getByText('the password is not shown again')).toHaveCount(0);
  await user.context().close();
});

test('a machine that looks at a link burns nothing and clicks nothing', async ({ browser, page, api }) => {
  const account = await sent(api, 'activation');
  const link = await linkOf(page, account.username, 'a');
  const scanner = await phone(browser, { userAgent: 'Mozilla/5.0 (compatible; LinkScanner/1.0)' });
  for (const options of [{ method: 'GET' }, { method: 'HEAD' }, { method: 'GET', headers: { 'sec-purpose': 'prefetch' } }]) {
    expect((await scanner.request.fetch(link, options)).status()).toBe(200);
  }
  // It runs what scripts there are, scrolls, and waits until nothing moves any more; it presses nothing.
  await scanner.goto(link, { waitUntil: 'networkidle' });
  await scanner.mouse.wheel(0, 2_000);
  await scanner.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  const now = await api.call('show_account', { id: account.id });
  expect(now.account.last_status).toBe('activation_sms_sent');
  expect(now.events.map(([event]: [string]) => event)).not.toContain('activation_clicked');
  await scanner.context().close();
  const user = await phone(browser);
  await user.goto(link);
  await expect(user.getByRole('button', { name: 'Activate this phone' })).toBeVisible();
  await user.context().close();
});

test('two phones press one link: one goes on, the other is told', async ({ browser, page, api }) => {
  const account = await sent(api, 'activation');
  const link = await linkOf(page, account.username, 'a');
  const [first, second] = [await phone(browser), await phone(browser)];
  for (const user of [first, second]) await user.goto(link);
  await first.getByRole('button', { name: 'Activate this phone' }).click();
  await expect(first.getByRole('link', { name: 'Open in Linphone' })).toBeVisible();
  await second.getByRole('button', { name: 'Activate this phone' }).click();
  await expect(second.getByRole('heading', { name: 'This link is open on another phone' })).toBeVisible();
  await first.context().close();
  await second.context().close();
});

test('links that open nothing say what to do, in the reader’s language', async ({ browser, page, api }) => {
  const account = await sent(api, 'activation');
  const link = await linkOf(page, account.username, 'a');
  // Made anew, without an SMS: the one before it is dead.
  await api.call('copy_activation_link', { account: account.id });
  const user = await phone(browser);
  await user.goto(link);
  await expect(user.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
  await user.goto(`${new URL(link).origin}/a/${'0'.repeat(43)}`);
  await expect(user.getByRole('heading', { name: 'There is no such link' })).toBeVisible();
  await user.context().close();
  const italian = await phone(browser, { locale: 'it-IT' });
  await italian.goto(link);
  await expect(italian.getByRole('heading', { name: 'Questo link non funziona più' })).toBeVisible();
  await expect(italian.locator('html')).toHaveAttribute('lang', 'it');
  await italian.context().close();
});
