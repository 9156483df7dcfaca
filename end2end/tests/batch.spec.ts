// A file becomes accounts, all or none, and can be taken back.
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { batchOf, breakingLine, choose, create, csv, isCounted, lines, mobile, mobiles, people, told } from '../batch';
import { expect, open, test, unique, type Api } from '../fixtures';
import { stateOf } from '../server';

const created = (page: Page, sentence: string) => expect(page.locator('.msg.ok')).toContainText(sentence, { timeout: 60_000 });
const problem = (page: Page) => page.locator('#batch-problem');
const inList = (page: Page, file: string) => page.getByRole('table', { name: 'Batches' }).getByRole('row').filter({ hasText: file });
const accountsOf = async (api: Api, batch: string) => (await api.call('list_accounts', { query: { filter: { batch }, sort: 'owner', descending: false }, counts: false })).rows;

/** Makes a batch of these rows in a group of its own, by the page. */
async function made(page: Page, api: Api, text: string, name = `${unique('reparto')}.csv`) {
  const group = await api.group();
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, name, text);
  await expect(page.locator('.sums')).toContainText('all checked against existing accounts');
  await create(page).click();
  return { id: await batchOf(page), name, group };
}

test('good rows become accounts, bad ones come back with their reasons, and none is lost', async ({ page, api }, info) => {
  const group = await api.group();
  const stem = unique('personale');
  await open(page, '/accounts');
  await page.getByRole('link', { name: 'Create batch account' }).first().click();
  await choose(page, `${stem}.csv`, csv(
    `Ada,${mobile()},ada@example.com,end-to-end,`,
    `=Bruno,${mobile()},bruno at example,,`,
    `"Carla, dott.ssa",${mobile()},,,"prima riga\nseconda riga"`,
    'Dario,4.41E+11,,,',
    `Eva,${mobile()},,,`,
  ));
  await isCounted(page, 5, 3);
  const problems = await told(page);

  await test.step('what stands in the way is told, one after the other', async () => {
    for (const [sentence, act] of [
      ['Choose the group that the accounts belong to.', () => page.getByLabel('Group', { exact: true }).selectOption(group.name)],
      ['Nothing is created while a row has a problem', () => page.getByLabel('Leave the 2 bad rows out').check()],
    ] as const) {
      await create(page).click({ force: true });
      await expect(problem(page)).toContainText(sentence);
      await act();
      await expect(problem(page)).toBeEmpty();
    }
    const profile = page.getByLabel('Provisioning profile');
    await expect(profile).not.toHaveValue('');
    await profile.selectOption('Choose a profile');
    await create(page).click({ force: true });
    await expect(problem(page)).toContainText('Choose the provisioning profile of the accounts.');
    await profile.selectOption({ index: 1 });
  });

  await expect(create(page)).toHaveText('Create 3 accounts');
  await create(page).click();
  await created(page, '3 accounts created from 5 rows. 2 rows left out.');
  const facts = page.getByRole('region', { name: 'This batch' });
  for (const fact of ['Rows read5', 'Accounts created3', 'Rows left out2', 'Still there3', `Group${group.name}`]) await expect(facts).toContainText(fact);
  const result = page.url();

  await test.step('the rows that were left out can be dropped again', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: '2 rows left out, with reasons' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(`${stem}-left-out.csv`);
    const text = readFileSync(await file.path(), 'utf8');
    expect(text.split('\r\n')[0]).toBe('\uFEFFfullName,gsmNumber,email,securityModel,description,reason');
    expect(text).toContain('email: Write the address as name@example.com.');
    await file.saveAs(info.outputPath('left-out.csv'));
  });

  await test.step('the accounts are exactly those, disabled, and not used yet', async () => {
    await page.getByRole('link', { name: 'Show the 3 accounts' }).click();
    await expect(page.getByRole('link', { name: 'Remove the condition: comes from one batch' })).toBeVisible();
    const rows = page.locator('tbody tr[data-id]');
    await expect(rows).toHaveCount(3);
    for (const owner of ['Ada', 'Carla, dott.ssa', 'Eva']) {
      const row = page.getByRole('row', { name: owner });
      await expect(row).toContainText('Created');
      await expect(row).toContainText('false');
      await expect(row).toContainText('PGSM');
    }
    const accounts = await accountsOf(api, result.slice(-36));
    expect(accounts.map(({ username }: { username: string }) => /^\d{10}$/.test(username))).toEqual([true, true, true]);
  });

  await test.step('the batch is in the list', async () => {
    await open(page, '/batches');
    const row = inList(page, stem);
    await expect(row).toHaveCount(1);
    for (const words of ['Test admin', group.name, 'created']) await expect(row).toContainText(words);
    await expect(row.locator('[data-l=Rows]')).toHaveText('5');
    await expect(row.locator('[data-l=Created]')).toHaveText('3');
    await row.getByRole('link').click();
    await expect(page).toHaveURL(result);
    await created(page, '3 accounts created from 5 rows.');
  });

  await open(page, '/batches/new');
  await page.locator('#file').setInputFiles(info.outputPath('left-out.csv'));
  await isCounted(page, 2, 0);
  const sentences = (all: string[]) => all.map((one) => one.replace(/^line \d+, /, ''));
  expect(sentences(await told(page))).toEqual(sentences(problems));
  await expect(page.getByText('Say what the columns hold.')).toHaveCount(0);
});

test('Create that is pressed twice makes one batch', async ({ page, api }) => {
  const group = await api.group();
  const name = `${unique('doppio-clic')}.csv`;
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, name, people(mobiles(20)));
  await isCounted(page, 20, 20);
  // The second press must not hit what comes into the place of the button.
  const asked: string[] = [];
  page.on('dialog', (dialog) => (asked.push(dialog.message()), dialog.dismiss()));
  await create(page).dblclick();
  await created(page, '20 accounts created from 20 rows.');
  expect(asked).toEqual([]);
  expect(await accountsOf(api, await batchOf(page))).toHaveLength(20);
  await open(page, '/batches');
  await expect(inList(page, name)).toHaveCount(1);
});

test('the same file again is another batch, of which every number is taken', async ({ page, api }) => {
  const text = people(mobiles(3));
  const { group } = await made(page, api, text);
  await page.getByRole('link', { name: 'Batches' }).first().click();
  await page.getByRole('link', { name: 'Create batch account' }).first().click();
  await choose(page, 'di-nuovo.csv', text);
  await isCounted(page, 3, 0);
  expect(await told(page)).toEqual([2, 3, 4].map((line) => `line ${line}, gsmNumber: Another account has this number. Choose a different one.`));
  await page.getByLabel('Group', { exact: true }).selectOption(group.name);
  await create(page).click({ force: true });
  await expect(problem(page)).toContainText('No row is ready. Repair at least one.');
});

test('a number that somebody takes meanwhile is marked, and nothing is created', async ({ page, api }) => {
  const group = await api.group();
  const [taken, free] = mobiles(2);
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, 'gara.csv', people([taken, free]));
  await isCounted(page, 2, 2);
  await api.account(group.id, { number: taken, owner: 'Prima' });
  await create(page).click();
  await expect(problem(page)).toContainText('Other accounts have some of these numbers by now. Nothing was created.');
  await isCounted(page, 2, 1);
  expect(await told(page)).toEqual(['line 2, gsmNumber: Another account has this number. Choose a different one.']);
  await page.getByLabel('Leave the bad row out').check();
  await create(page).click();
  await created(page, '1 account created from 2 rows. 1 row left out.');
  await expect(page.getByRole('link', { name: 'Show the account' })).toBeVisible();
});

test.describe('undo', () => {
  const undo = (page: Page) => page.getByRole('button', { name: 'Undo this batch' });

  test('takes all accounts back, and the list says so', async ({ page, api }) => {
    const { id, name } = await made(page, api, people(mobiles(3)));
    await undo(page).click();
    const dialog = page.getByRole('dialog', { name: 'Undo 3 accounts?' });
    await expect(dialog).toContainText(name);
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    expect(await accountsOf(api, id)).toHaveLength(3);
    await undo(page).click();
    await page.keyboard.press('Enter');
    await expect(page.getByText('Batch undone: 3 accounts taken back')).toBeVisible();
    await expect(page.locator('.msg.warn')).toContainText(/This batch was undone .* by Test admin: none of its accounts is there any more\./);
    await expect(undo(page)).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'Show the 3 accounts' })).toHaveCount(0);
    expect(await accountsOf(api, id)).toEqual([]);
    await open(page, '/batches');
    await expect(inList(page, name)).toContainText('undone');
  });

  test('is barred by an account that was changed, which is named', async ({ page, api }) => {
    const { id } = await made(page, api, csv(`Ada,${mobile()},,,`, `Bruno,${mobile()},,,`));
    const [, bruno] = await accountsOf(api, id);
    // The page that is open does not know it yet.
    await api.change(bruno.id, { description: 'moved' });
    await undo(page).click();
    const dialog = page.getByRole('dialog', { name: 'Undo 2 accounts?' });
    await dialog.getByRole('button', { name: 'Undo this batch' }).click();
    await expect(dialog).toContainText('Nothing was undone: some accounts were activated or changed since. They are Bruno');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await accountsOf(api, id)).toHaveLength(2);

    await page.reload();
    await open(page, `/batches/${id}`);
    await expect(undo(page)).toBeDisabled();
    const told = page.locator('.msg').filter({ hasText: 'It cannot be undone: 1 account was activated or changed since.' });
    await told.getByRole('link', { name: 'Bruno' }).click();
    await expect(page).toHaveURL(new RegExp(`/accounts/${bruno.id}$`));
  });
});

test.describe('twenty thousand rows', () => {
  const ROWS = 20_000;

  test('are cancelled in the middle, which leaves nothing, and are created after all', async ({ page, api }) => {
    test.slow();
    const group = await api.group();
    await open(page, `/batches/new?group=${group.id}`);
    await choose(page, 'ventimila.csv', people(mobiles(ROWS)));
    await isCounted(page, ROWS, ROWS);
    await create(page).click();
    await expect(page.getByRole('heading', { name: `Creating 20,000 accounts in ${group.name}` })).toBeVisible();
    await expect(page.getByText('Writing the accounts')).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(problem(page)).toContainText('Cancelled: nothing was created.');
    const { counts } = await api.call('list_accounts', { query: { filter: { group: group.id }, sort: 'owner', descending: false }, counts: true });
    expect(counts.total).toBe(0);
    await isCounted(page, ROWS, ROWS);
    await expect(lines(page).first()).toContainText('Persona 0');

    await create(page).click();
    await created(page, '20,000 accounts created from 20,000 rows.');
    await page.getByRole('button', { name: 'Undo this batch' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo this batch' }).click();
    await expect(page.getByText('Batch undone: 20,000 accounts taken back')).toBeVisible({ timeout: 60_000 });
  });
});

test.describe('when the line breaks', () => {
  const broken = 'The connection broke, and nothing was created. Press Create again when it is back.';

  test('on the way there, nothing is created, and Create again makes one batch', async ({ page, api, baseURL }) => {
    const line = await breakingLine(baseURL!);
    const group = await api.group();
    const name = `${unique('linea')}.csv`;
    await open(page, `${line.address}/batches/new?group=${group.id}`);
    await choose(page, name, people(mobiles(2_000)));
    await isCounted(page, 2_000, 2_000);
    line.breakAtOnce();
    await create(page).click();
    await expect(problem(page)).toContainText(broken);
    await isCounted(page, 2_000, 2_000);
    line.isWhole();
    await create(page).click();
    await created(page, '2,000 accounts created from 2,000 rows.');
    await open(page, '/batches');
    await expect(inList(page, name)).toHaveCount(1);
    line.close();
  });

  test('on the way back, the page finds out that everything was created', async ({ page, api, baseURL }) => {
    const line = await breakingLine(baseURL!);
    const group = await api.group();
    const name = `${unique('risposta')}.csv`;
    await open(page, `${line.address}/batches/new?group=${group.id}`);
    await choose(page, name, people(mobiles(30)));
    await isCounted(page, 30, 30);
    line.breakBeforeAnswer((id) => expect.poll(() => api.call('is_batch_stored', { id })).toBe(true));
    await create(page).click();
    await created(page, '30 accounts created from 30 rows.');
    await open(page, '/batches');
    await expect(inList(page, name)).toHaveCount(1);
    line.close();
  });

  test('for good, the page says what it does not know, and Create again makes one batch', async ({ page, api, context }) => {
    const group = await api.group();
    const name = `${unique('fuori')}.csv`;
    await open(page, `/batches/new?group=${group.id}`);
    await choose(page, name, people(mobiles(30)));
    await isCounted(page, 30, 30);
    await context.setOffline(true);
    await create(page).click();
    await expect(problem(page)).toContainText('Whether the accounts were created is not known yet: press Create again when the server answers.');
    await context.setOffline(false);
    await create(page).click();
    await created(page, '30 accounts created from 30 rows.');
    await open(page, '/batches');
    await expect(inList(page, name)).toHaveCount(1);
  });
});

test('a session that ended meanwhile is told, and the rows stay', async ({ page, api, context }) => {
  const group = await api.group();
  await open(page, `/batches/new?group=${group.id}`);
  await choose(page, 'sessione.csv', people(mobiles(3)));
  await isCounted(page, 3, 3);
  const cookies = await context.cookies();
  await context.clearCookies();
  await create(page).click();
  await expect(problem(page)).toContainText('You are signed out');
  await expect(lines(page)).toHaveCount(3);
  await context.addCookies(cookies);
  await create(page).click();
  await created(page, '3 accounts created from 3 rows.');
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('sees the batches, and can neither make nor undo one', async ({ page, api, browser, baseURL, extraHTTPHeaders }) => {
    const admin = await browser.newPage({ baseURL, extraHTTPHeaders, storageState: stateOf('admin') });
    const { id, name } = await made(admin, api, people(mobiles(2)));
    await admin.close();
    await open(page, '/batches');
    await expect(inList(page, name)).toContainText('Test admin');
    await expect(page.getByRole('link', { name: 'Create batch account' })).toHaveCount(0);
    await inList(page, name).getByRole('link').click();
    await created(page, '2 accounts created from 2 rows.');
    await expect(page).toHaveURL(new RegExp(`${id}$`));
    await expect(page.getByRole('button', { name: 'Undo this batch' })).toHaveCount(0);
    const reply = await page.goto('/batches/new');
    expect(reply!.status()).toBe(403);
    await expect(page.getByText('Your role does not allow this. Ask an admin of this service.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Choose a file' })).toHaveCount(0);
  });
});
