import { randomBytes } from 'node:crypto';
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, open, test } from '../fixtures';
import { environment, PASSWORD } from '../server';

const row = (page: Page, owner: string) => page.locator('tbody tr[data-id]').filter({ hasText: owner });
const enabled = (page: Page, owner: string) => row(page, owner).locator('td.en');

/** Within a second, and a bit for a machine that does other things, too. */
const SOON = { timeout: 4_000 };

/** Waits until the page hears of what changes: its first event makes it look at what it shows. */
async function listening(page: Page, path: string, look: string) {
  const looked = page.waitForResponse((reply) => reply.url().endsWith(`/api/${look}`));
  await open(page, path);
  await looked;
}

test('what one page does is seen on the others, and nothing moves there', async ({ page, context, api }) => {
  const group = await api.group();
  const owners = ['Ada', 'Berta', 'Carla'].map((name) => `${name} ${randomBytes(3).toString('hex')}`);
  const accounts = [];
  for (const owner of owners) accounts.push(await api.account(group.id, { owner }));
  const list = `/accounts?group=${group.id}&sort=owner&enabled=true`;
  await listening(page, list, 'accounts_of');
  const [show, other] = [await context.newPage(), await context.newPage()];
  await listening(show, `/accounts/${accounts[1].id}`, 'account_now');
  await open(other, `/accounts/${accounts[1].id}`);
  await row(page, owners[0]).getByRole('checkbox').check();
  await row(page, owners[1]).locator('.usr a').focus();
  const places = () => page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [row.getBoundingClientRect().top, row.getAttribute('data-id')]));
  const before = await places();
  await other.getByRole('button', { name: 'Disable account' }).click();
  await expect(enabled(page, owners[1])).toHaveText('false', SOON);
  await expect(show.getByRole('button', { name: 'Enable account' })).toBeVisible(SOON);
  await expect(show.locator('dd').filter({ hasText: /^false$/ }).first()).toBeVisible();
  // It fits the filter no more, and stays where it is, with the focus in it, until something else is asked for.
  expect(await places()).toEqual(before);
  await expect(row(page, owners[1]).locator('.usr a')).toBeFocused();
  await expect(row(page, owners[0]).getByRole('checkbox')).toBeChecked();
  await expect(row(page, owners[2]).getByRole('checkbox')).not.toBeChecked();
});

test('an open question stays while its account changes, and the page follows when it is answered', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await listening(page, `/accounts/${account.id}`, 'account_now');
  await page.getByRole('button', { name: 'Delete' }).first().click();
  const question = page.getByRole('dialog');
  await expect(question).toBeVisible();
  await api.call('enable_account', { id: account.id, enabled: false });
  // Another page has heard of it by then.
  const other = await page.context().newPage();
  await open(other, `/accounts/${account.id}`);
  await expect(other.getByRole('button', { name: 'Enable account' })).toBeVisible();
  await api.call('enable_account', { id: account.id, enabled: true });
  await api.call('enable_account', { id: account.id, enabled: false });
  await expect(question).toBeVisible();
  await expect(page.getByRole('button', { name: 'Disable account', includeHidden: true })).toBeAttached();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Enable account' })).toBeVisible(SOON);
});

test('a page whose line was broken looks at everything when it has one again', async ({ page, context, api }) => {
  const group = await api.group();
  const account = await api.account(group.id, { owner: 'Ada' });
  await listening(page, `/accounts?group=${group.id}`, 'accounts_of');
  await context.setOffline(true);
  await api.call('enable_account', { id: account.id, enabled: false });
  await expect(enabled(page, 'Ada')).toHaveText('true');
  await context.setOffline(false);
  await expect(enabled(page, 'Ada')).toHaveText('false');
});

test('many changes at once cost an open list few requests', async ({ page, api }) => {
  const group = await api.group();
  const accounts = [];
  for (let at = 0; at < 6; at += 1) accounts.push(await api.account(group.id));
  await listening(page, `/accounts?group=${group.id}`, 'accounts_of');
  let looks = 0;
  page.on('request', (request) => (looks += Number(request.url().endsWith('/api/accounts_of'))));
  const began = Date.now();
  for (const state of [false, true, false, true, false]) {
    for (const { id } of accounts) await api.call('enable_account', { id, enabled: state });
  }
  await expect(page.locator('td.en').filter({ hasText: 'false' })).toHaveCount(6);
  expect(looks).toBeLessThanOrEqual(2 + (2 * (Date.now() - began)) / 1000);
});

test.describe('a server of its own', () => {
  // Neither its address nor its operators are those of the other stories.
  test.use({ role: null });
  const data = mkdtempSync(join(tmpdir(), 'ringkey-live-'));
  let server: ChildProcess | undefined;

  async function start(listen: string) {
    const started = spawn(process.env.RINGKEY!, ['serve', '--listen', listen, '--data-dir', join(data, 'data')], { stdio: ['ignore', 'pipe', 'ignore'], env: environment() });
    server = started;
    return new Promise<string>((resolve, reject) => {
      let text = '';
      started.stdout!.on('data', (chunk) => {
        text += chunk;
        const address = /ready at (\S+)/.exec(text)?.[1];
        if (address) resolve(address);
      });
      started.once('exit', () => reject(new Error(`the server has ended: ${text}`)));
    });
  }

  async function kill() {
    const ended = new Promise((resolve) => server!.once('exit', resolve));
    server!.kill('SIGKILL');
    await ended;
  }

  test.afterAll(async () => {
    if (server?.exitCode === null) await kill();
    rmSync(data, { recursive: true, force: true });
  });

  test('a page lives on when its server was killed and started again', async ({ page }) => {
    test.setTimeout(120_000);
    chmodSync(data, 0o755);
    const address = await start('127.0.0.1:0');
    const ringkey = (args: string[], input = '') => execFileSync(process.env.RINGKEY!, [...args, '--data-dir', join(data, 'data')], { input, stdio: 'pipe', env: environment() });
    ringkey(['operator', 'add', 'Ada', '--role', 'admin', '--password-stdin'], PASSWORD);
    ringkey(['seed', '--groups', '1', '--accounts', '3']);
    await page.goto(`${address}/sign-in`);
    await page.getByLabel('Operator').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await listening(page, `${address}/accounts`, 'accounts_of');
    const id = await page.locator('tbody tr').first().getAttribute('data-id');
    const chip = page.locator('tbody tr').first().locator('td.en');
    const was = (await chip.textContent())!.trim() === 'true';
    await kill();
    await start(new URL(address).host);
    const reply = await page.context().request.post(`${address}/api/enable_account`, { data: { id, enabled: !was } });
    expect(reply.ok(), await reply.text()).toBeTruthy();
    await expect(chip).toHaveText(String(!was));
  });
});
