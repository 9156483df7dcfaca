// Takes the pictures of the main screens: light and dark, on a desk and on a phone.
import { join } from 'node:path';
import { batchOf, choose, create, csv, isCounted } from '../batch';
import { expect, field, open, test } from '../fixtures';

const target = join(__dirname, '../../docs/screenshots');

test.describe.configure({ mode: 'serial' });

test('the main screens', async ({ page, api }, info) => {
  test.setTimeout(180_000);
  const groups = await api.call('list_groups', {});
  const group = groups.toSorted((a: { accounts: number }, b: { accounts: number }) => b.accounts - a.accounts)[0];
  const query = { filter: { group: group.id, account_type: 'SNOM' }, sort: 'owner', descending: false };
  const snom = (await api.call('list_accounts', { query, counts: false })).rows[0];
  const take = async (name: string, fullPage = false) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(target, `${name}-${info.project.name}-${colorScheme}.png`), fullPage });
    }
  };
  await open(page, '/groups');
  await take('groups');
  await open(page, `/accounts?group=${group.id}`);
  await take('accounts');
  await open(page, `/accounts?group=${group.id}&q=ro&type=PGSM&status=activated,connected`);
  await take('filtered');
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  for (const row of [1, 3, 4]) await page.locator('tbody .pick').nth(row).click();
  await take('selected');
  await page.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByRole('dialog', { name: 'Disable 3 accounts?' })).toBeVisible();
  await take('bulk');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Clear the selection' }).click();
  await page.getByRole('button', { name: 'CSV' }).click();
  await expect(page.getByRole('dialog', { name: 'CSV file' })).toBeVisible();
  await take('csv');
  await open(page, `/accounts?group=${group.id}&q=nobody`);
  await take('no-match');
  await open(page, `/accounts/${snom.id}`);
  await take('show');
  // The suggested username is another one each time; a picture is not.
  const form = async (type: string) => {
    await open(page, `/accounts/new?type=${type}&group=${group.id}`);
    for (const name of ['username', 'number']) await field(page, name).fill('4703182596');
    await page.locator('h1').click();
  };
  await form('PGSM');
  await expect(page.locator('#number-help')).toContainText('Free');
  await take('create-pgsm');
  await field(page, 'number').fill('+39 320');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.locator('#summary')).toContainText('not created');
  await take('create-error');
  await form('SNOM');
  await field(page, 'deny').fill('0.0.0.0/0.0.0.0');
  await field(page, 'permit').fill('192.168.0.38/255.255.255.0\n216.27.242.66');
  await field(page, 'try_address').fill('192.168.0.77');
  await expect(page.locator('.answer')).toContainText('Allowed');
  // On a phone the buttons at the foot would cover the answer.
  await page.locator('.answer').evaluate((answer) => answer.scrollIntoView({ block: 'center' }));
  await take('create-snom');
  await open(page, `/accounts/${snom.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await take('delete');
  // Each project has numbers of its own: both work on one database.
  const number = (at: number) => `+3932044${info.project.name === 'desk' ? 71 : 72}${String(at * 137).padStart(4, '0')}`;
  const owners = ['Chiara Montanari', 'Niccolò D’Este', 'Giulia Ferri', 'Matteo Bianchi', 'Sara Colombo', 'Luca Moretti', 'Elena Greco', 'Paolo Rinaldi'];
  const row = (owner: string, at: number) => `${owner},${number(at)},,end-to-site,Sala ${at + 1}`;
  await open(page, `/batches/new?group=${group.id}`);
  await take('batch');
  await choose(page, 'rubrica.csv', ['Nome;Cellulare;E-mail;Reparto', `Ada;${number(20)};ada@example.com;Vendite`, `Bruno;${number(21)};;Magazzino`].join('\n'));
  await expect(page.getByRole('button', { name: 'Use these columns' })).toBeVisible();
  await take('batch-columns');
  await page.getByLabel('Reparto').selectOption('description');
  await page.getByRole('button', { name: 'Use these columns' }).click();
  await isCounted(page, 2, 2);
  await create(page).click();
  await batchOf(page);
  await page.getByRole('button', { name: 'Undo this batch' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo this batch' }).click();
  await expect(page.getByText('This batch was undone')).toBeVisible();
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, 'personale-milano.csv', csv(
    row(owners[0], 0),
    'Andrea Villa,4.41E+11,andrea.villa@example.com,,',
    `Marco Conti,${number(9)},marco.conti at example,none,`,
    `Anna Serra,${number(10)},,,`,
    `Anna Serra,${number(10)},,,"Sala 2"`,
    `Rita Fontana,39${number(11).slice(3)},,,`,
    ...owners.slice(1).map((owner, at) => row(owner, at + 1)),
  ));
  await isCounted(page, 13, 9);
  // What was settled before is out of sight, as it is for the person who repairs.
  await page.getByRole('button', { name: 'Next problem' }).evaluate((button) => button.scrollIntoView());
  await take('batch-rows');
  await page.getByLabel('Leave the 4 bad rows out').check();
  await create(page).click();
  await expect(page.getByText('9 accounts created from 13 rows.')).toBeVisible();
  await take('batch-result');
  await page.getByRole('link', { name: 'Batches' }).first().click();
  await expect(page.getByRole('table', { name: 'Batches' })).toContainText('personale-milano.csv');
  await take('batches');
  const pgsm = { ...query, filter: { ...query.filter, account_type: 'PGSM' } };
  for (const row of (await api.call('list_accounts', { query: pgsm, counts: false })).rows.slice(0, 3)) {
    await api.call('send_sms', { message: crypto.randomUUID(), account: row.id, kind: 'installation' });
  }
  await open(page, '/messages');
  await take('messages');
  await open(page, '/settings');
  await take('settings');
  await open(page, '/audit');
  await take('audit');
  await open(page, '/accounts/00000000-0000-7000-8000-000000000000');
  await take('not-found');
  await open(page, '/password');
  await take('password');
  await page.context().clearCookies();
  await page.goto('/sign-in');
  await take('sign-in');
});
