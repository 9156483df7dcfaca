import { request, type Page } from '@playwright/test';
import { Api, digits, expect, field, open, test as base } from '../fixtures';
import { serve, signIn, type Server } from '../server';

// The SIP domain is the whole service's, and other stories have accounts: this one has a service of its own.
const test = base.extend<object, { server: Server; state: string }>({
  server: [
    async ({}, use) => {
      const server = await serve();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  state: [async ({ server }, use) => use(await signIn(server, 'admin')), { scope: 'worker' }],
  baseURL: async ({ server }, use) => use(server.base),
  storageState: async ({ state }, use) => use(state),
  api: async ({ server, state }, use) => {
    const context = await request.newContext({ baseURL: server.base, storageState: state });
    await use(new Api(context));
    await context.dispose();
  },
});
test.describe.configure({ mode: 'serial' });

const save = (page: Page) => page.getByRole('form', { name: 'SIP server' }).getByRole('button', { name: 'Save' });
const fits = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

test('what new profiles open with is chosen, and the cost of keep-alive is told', async ({ page }) => {
  await open(page, '/settings');
  await field(page, 'keep_alive_seconds').fill('5');
  await save(page).click();
  await expect(page.locator('#sip-summary')).toContainText('1 field needs a change');
  await expect(page.locator('#keep_alive_seconds-error')).toContainText('from 10 to 3600');
  await field(page, 'keep_alive_seconds').fill('180');
  await expect(page.locator('#keep_alive_seconds-help')).toContainText('1.7 MB a day');

  await page.locator('#sip_transport').getByText('UDP').click();
  await expect(field(page, 'sip_port')).toHaveValue('5060');
  await expect(page.locator('#sip_transport-help')).toContainText('UDP and TCP are not encrypted');
  await save(page).click();
  await expect(page.getByText('Settings saved')).toBeVisible();
  expect(await fits(page)).toBe(true);

  await open(page, '/profiles/new');
  await expect(page.locator('input[name=transport]:checked')).toHaveValue('UDP');
  await expect(field(page, 'sip_port')).toHaveAttribute('placeholder', '5060');
});

test('another SIP domain asks first, and says who needs a new password until it is changed back', async ({ page, api }) => {
  const group = await api.group();
  const softphone = await api.account(group.id, { number: `+39${digits(9)}` });
  const desk = await api.snom(group.id);
  const { outdated, draft } = await api.call('sip_form', {});
  expect(outdated.accounts).toBe(0);

  await open(page, '/settings');
  // What is typed in the form below is nobody else's business.
  await field(page, 'per_hour').fill('77');
  await field(page, 'sip_domain').fill('SIP.new.example');
  await save(page).click();
  const dialog = page.getByRole('dialog', { name: 'Change the SIP domain to sip.new.example?' });
  await expect(dialog).toContainText(`accounts have passwords for ${draft.sip_domain}. After the change none of their phones can register`);
  await expect(dialog).toContainText('1 provisioning profile');
  expect(await fits(page)).toBe(true);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(field(page, 'sip_domain')).toHaveValue('SIP.new.example');
  expect((await api.call('sip_form', {})).draft.sip_domain).toBe(draft.sip_domain);

  await save(page).click();
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Settings saved')).toBeVisible();
  await expect(page.getByText('accounts need new passwords for sip.new.example: their phones cannot register.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Send activations…' })).toHaveAttribute('href', '/accounts?password=outdated');
  await expect(field(page, 'sip_domain')).toHaveValue('sip.new.example');
  await expect(field(page, 'per_hour')).toHaveValue('77');
  expect(await fits(page)).toBe(true);

  await open(page, `/accounts/${softphone.id}`);
  const note = page.getByText(`Its password was made for ${draft.sip_domain}: the phone cannot register.`);
  await expect(note).toContainText('Send an Activation SMS, or set a new password.');
  await open(page, `/accounts/${desk.id}/edit`);
  await expect(note).toContainText('Set a new password in Edit and on the phone.');
  await field(page, 'password').fill('Kettle-Tr0mbone');
  await field(page, 'repeat_password').fill('Kettle-Tr0mbone');
  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page.getByText('Account updated')).toBeVisible();
  await open(page, `/accounts/${desk.id}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('Its password was made for')).toBeHidden();

  await open(page, '/settings');
  await field(page, 'sip_domain').fill(draft.sip_domain);
  await save(page).click();
  const back = page.getByRole('dialog', { name: `Change the SIP domain to ${draft.sip_domain}?` });
  await expect(back).toContainText('1 account has a password for sip.new.example.');
  await expect(back).toContainText(`for ${draft.sip_domain} already, good again after the change.`);
  await back.getByRole('button', { name: 'Change the SIP domain' }).click();
  await expect(page.getByText(`1 account needs a new password for ${draft.sip_domain}`)).toBeVisible();
  await api.change(desk.id, { password: 'Kettle-Tr0mbone2', repeat_password: 'Kettle-Tr0mbone2', security_model: null, obfuscation: null, obfuscation_key: '' });
});

test('of two who save at once the second is told and keeps what was typed', async ({ page, api }) => {
  await open(page, '/settings');
  const { version, draft } = await api.call('sip_form', {});
  await api.call('save_sip', { version, draft, confirmed: false });
  await field(page, 'keep_alive_seconds').fill('90');
  await save(page).click();
  await expect(page.locator('#sip-summary')).toContainText('Somebody else saved these settings');
  await expect(field(page, 'keep_alive_seconds')).toHaveValue('90');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('another SIP domain is asked for on a page, which holds what was typed', async ({ page, api }) => {
    await api.account((await api.group()).id);
    const { draft } = await api.call('sip_form', {});
    await page.goto('/settings');
    await field(page, 'sip_domain').fill('sip.plain.example');
    await field(page, 'keep_alive_seconds').fill('45');
    await save(page).click();
    await expect(page.getByText('Change the SIP domain to sip.plain.example?')).toBeVisible();
    await expect(field(page, 'keep_alive_seconds')).toHaveValue('45');
    await page.getByRole('button', { name: 'Change the SIP domain' }).click();
    await expect(page.getByText('Settings saved')).toBeVisible();
    await expect(field(page, 'sip_domain')).toHaveValue('sip.plain.example');
    const changed = await api.call('sip_form', {});
    await api.call('save_sip', { version: changed.version, draft, confirmed: true });
  });
});
