import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, field, open, SIP_PASSWORD, test as base } from '../fixtures';
import { serve, signIn, type Server } from '../server';

/** Sends a signal to every process of a server's Postgres. */
function signalPostgres(server: Server, signal: 'STOP' | 'CONT') {
  const postmaster = readFileSync(join(server.data, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]!;
  execFileSync('kill', [`-${signal}`, postmaster]);
  execFileSync('pkill', [`-${signal}`, '-P', postmaster]);
}

// Others need their database: this story has one of its own.
const test = base.extend<object, { server: Server; state: string }>({
  server: [
    async ({}, use) => {
      const server = await serve();
      await use(server);
      // Whatever came of the story, Postgres has to be able to end.
      signalPostgres(server, 'CONT');
      await server.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  state: [async ({ server }, use) => use(await signIn(server, 'admin')), { scope: 'worker' }],
  baseURL: async ({ server }, use) => use(server.base),
  storageState: async ({ state }, use) => use(state),
});

test('a Postgres that hangs is told on the form and on the list, which keep what is there; then all goes on, and is saved once', async ({ page, server }) => {
  await open(page, '/groups/new');
  await field(page, 'name').fill('Ufficio');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Group created')).toBeVisible();
  await page.getByRole('link', { name: 'Accounts of Ufficio' }).click();
  await page.getByRole('link', { name: /^New Account( n)?$/ }).first().click();
  await field(page, 'username').fill('2086693379');
  await field(page, 'number').fill('+39 320 447 1902');
  await field(page, 'owner').fill('Chiara Montanari');
  await field(page, 'password').fill(SIP_PASSWORD);
  await field(page, 'repeat_password').fill(SIP_PASSWORD);

  signalPostgres(server, 'STOP');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Ringkey cannot reach its database. Nothing was changed; try again in a moment.').first()).toBeVisible();
  await expect(field(page, 'owner')).toHaveValue('Chiara Montanari');
  await expect(field(page, 'number')).toHaveValue('+39 320 447 1902');
  await expect(field(page, 'password')).toHaveValue(SIP_PASSWORD);

  signalPostgres(server, 'CONT');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Account created')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Chiara Montanari', exact: true })).toHaveCount(1);

  const row = page.getByRole('link', { name: 'Chiara Montanari', exact: true });
  await open(page, '/accounts');
  await expect(row).toBeVisible();
  signalPostgres(server, 'STOP');
  await page.getByLabel('Filter accounts').fill('montanari');
  await expect(page.getByRole('alert')).toContainText('Ringkey cannot reach its database.');
  await expect(row).toBeVisible();
  signalPostgres(server, 'CONT');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(row).toBeVisible();
});
