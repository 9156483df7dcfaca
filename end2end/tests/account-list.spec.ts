import type { Locator, Page } from '@playwright/test';
import { expect, open, test } from '../fixtures';

const filter = (page: Page) => page.getByLabel('Filter accounts');
const rows = (page: Page) => page.locator('tbody tr[data-id]');
const row = (page: Page, owner: string) => page.getByRole('row', { name: owner });
const under = (page: Page) => page.locator('.under');

/** Holds back the answers to calls of a function, until each is let go by the words that it asks for. */
async function heldBack(page: Page, call: string) {
  const waiting = new Map<string, () => void>();
  await page.route(`**/api/${call}`, async (route) => {
    const needle = route.request().postDataJSON().query.filter.needle;
    const reply = await route.fetch();
    await new Promise<void>((go) => waiting.set(needle, go));
    await route.fulfill({ response: reply });
  });
  return {
    async has(needle: string) {
      await expect.poll(() => waiting.has(needle)).toBe(true);
    },
    letGo: (needle: string) => waiting.get(needle)!(),
  };
}

test('the filter narrows while one types, is in the address, and says in words what it does', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id, { owner: 'Zoé Rossi', number: '+39320' + String(Date.now()).slice(-8) });
  await api.snom(group.id, { owner: 'Ada Bianchi' });
  await open(page, `/accounts?group=${group.id}`);
  await expect(under(page)).toContainText('2 of 2 accounts · Filter: Pure and Unfiltered!');
  await filter(page).pressSequentially('zoe');
  await expect(row(page, 'Ada Bianchi')).toHaveCount(0);
  await expect(under(page)).toContainText('1 of 1 that match, out of 2 accounts');
  await expect(page.getByRole('link', { name: 'Remove the condition: contains “zoe”' })).toBeVisible();
  await expect(page.locator('mark').first()).toHaveText('Zoé');
  await expect(filter(page)).toBeFocused();
  await expect(page).toHaveURL(/q=zoe/);
  await page.reload();
  await expect(filter(page)).toHaveValue('zoe');
  await expect(row(page, 'Zoé Rossi')).toBeVisible();
  await page.getByRole('link', { name: 'Clear filter' }).click();
  await expect(under(page)).toContainText('Pure and Unfiltered!');
  await expect(filter(page)).toHaveValue('');
});

test('what was typed a moment ago is taken away by a link to the address that is still there', async ({ page, api }) => {
  const group = await api.group();
  for (const owner of ['Anna Verdi', 'Berta Verdi']) await api.account(group.id, { owner });
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  await filter(page).evaluate(async (box: HTMLInputElement) => {
    box.value = 'anna';
    box.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
    [...document.querySelectorAll('a')].find((link) => link.textContent === 'Clear filter')!.click();
  });
  await expect(under(page)).toContainText('2 of 2 accounts · Filter: Pure and Unfiltered!');
  await expect(rows(page)).toHaveCount(2);
  await expect(filter(page)).toHaveValue('');
  await expect(page).not.toHaveURL(/q=/);
});

test('rows narrow before the server has answered, and an answer that comes late is dropped', async ({ page, api }) => {
  const group = await api.group();
  for (const owner of ['Anna Verdi', 'Anna Bruni', 'Berta Verdi']) await api.account(group.id, { owner });
  await open(page, `/accounts?group=${group.id}&sort=owner`);
  const answers = await heldBack(page, 'list_accounts');
  await filter(page).pressSequentially('anna');
  await expect(rows(page)).toHaveCount(2);
  await expect(row(page, 'Berta Verdi')).toHaveCount(0);
  await answers.has('anna');
  await filter(page).fill('berta');
  await answers.has('berta');
  // The newer answer comes first: it stands, whatever the older one says.
  answers.letGo('berta');
  await expect(rows(page)).toHaveCount(1);
  await expect(row(page, 'Berta Verdi')).toBeVisible();
  const late = page.waitForResponse((reply) => reply.url().endsWith('list_accounts'));
  answers.letGo('anna');
  await late;
  await expect(under(page)).toContainText('1 of 1 that match');
  await expect(row(page, 'Berta Verdi')).toBeVisible();
  await expect(filter(page)).toHaveValue('berta');
});

test('the caret stays where one types', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id, { owner: 'Zoe Rossi' });
  await open(page, `/accounts?group=${group.id}&q=rossi`);
  await filter(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.type('zoe ');
  await expect(page).toHaveURL(/q=zoe%20rossi/);
  await expect(filter(page)).toHaveValue('zoe rossi');
  expect(await filter(page).evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(4);
  await expect(row(page, 'Zoe Rossi')).toBeVisible();
});

test('facets narrow, each condition can be taken away, and Back brings it back', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id, { owner: 'Soft', security_model: 'ZRTP' });
  await api.snom(group.id, { owner: 'Desk' });
  await open(page, `/accounts?group=${group.id}`);
  await page.getByRole('combobox', { name: 'Type' }).selectOption('SNOM');
  await expect(row(page, 'Soft')).toHaveCount(0);
  await expect(page).toHaveURL(/type=SNOM/);
  await page.getByRole('combobox', { name: 'Security' }).selectOption('ZRTP');
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
  await page.getByRole('link', { name: 'Remove the condition: type is SNOM' }).click();
  await expect(row(page, 'Soft')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Type' })).toHaveValue('SNOM');
  await page.getByRole('link', { name: 'Clear filter' }).first().click();
  await expect(rows(page)).toHaveCount(2);
  await page.locator('summary').filter({ hasText: 'Status' }).click();
  await page.getByLabel('Installed').check();
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
  await page.getByLabel('Created').check();
  await expect(rows(page)).toHaveCount(2);
  await expect(page).toHaveURL(/status=created%2Cinstalled/);
  await page.getByRole('heading', { level: 1 }).click();
  await expect(page.locator('details[open]')).toHaveCount(0);
});

test('another group is chosen beside the filter', async ({ page, api }) => {
  const [here, there] = [await api.group(), await api.group()];
  await api.account(here.id, { owner: 'Ada' });
  await api.account(there.id, { owner: 'Zoe' });
  await open(page, `/accounts?group=${here.id}`);
  await page.getByRole('combobox', { name: 'Group' }).selectOption({ label: there.name });
  await expect(row(page, 'Zoe')).toBeVisible();
  await expect(row(page, 'Ada')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: there.name })).toBeVisible();
});

test('what is found in a field without a column is shown', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id, { owner: 'Federica', email: 'f.lombardi@example.com' });
  await open(page, `/accounts?group=${group.id}&q=lombardi`);
  await expect(row(page, 'Federica')).toContainText('E-mail: f.lombardi@example.com');
  await expect(page.locator('mark')).toHaveText('lombardi');
});

test('no match says so', async ({ page, api }) => {
  const group = await api.group();
  await api.account(group.id);
  await open(page, `/accounts?group=${group.id}&q=nobody`);
  await expect(page.getByRole('heading', { name: 'No account matches' })).toBeVisible();
});

test('a list that cannot be had says so, and comes when asked again', async ({ page, api }) => {
  const group = await api.group();
  const account = await api.account(group.id);
  await open(page, '/groups');
  await page.route('**/api/list_accounts*', (route) => route.abort());
  await page.getByRole('link', { name: `Accounts of ${group.name}` }).click();
  await expect(page.getByRole('alert')).toContainText('The server did not answer. Check your connection and try again.');
  await page.unroute('**/api/list_accounts*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(row(page, account.owner)).toBeVisible();
});

test('a failure while one types leaves the rows, says so, and goes away', async ({ page, api }) => {
  const group = await api.group();
  for (const owner of ['Anna', 'Berta']) await api.account(group.id, { owner });
  await open(page, `/accounts?group=${group.id}`);
  await page.route('**/api/list_accounts*', (route) => route.abort());
  await filter(page).fill('anna');
  await expect(page.getByRole('alert')).toContainText('The server did not answer.');
  await expect(row(page, 'Anna')).toBeVisible();
  await page.unroute('**/api/list_accounts*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(under(page)).toContainText('1 of 1 that match');
});

test('all accounts are in one list, each found by its username', async ({ page, api }) => {
  const [here, there] = [await api.group(), await api.group()];
  const accounts = [await api.account(here.id), await api.snom(there.id)];
  await open(page, '/groups');
  await page.getByRole('link', { name: 'All accounts' }).locator('visible=true').click();
  for (const { username, owner } of accounts) {
    await filter(page).fill(username);
    await expect(under(page)).toContainText('1 of 1 that match');
    await expect(row(page, owner)).toBeVisible();
  }
});

test.describe('a long list', () => {
  let group: { id: string; name: string };
  test.beforeEach(async ({ api }) => {
    const groups: { id: string; name: string; accounts: number }[] = await api.call('list_groups', {});
    group = groups.find((group) => group.accounts >= 1200)!;
  });

  const inSight = (page: Page) => rows(page).evaluateAll((all) => all.map((row) => row.querySelector('.usr')!.textContent!));

  async function scrollTo(page: Page, edge: 'start' | 'end') {
    await page.evaluate((edge) => window.scrollTo(0, edge === 'end' ? document.body.scrollHeight : 0), edge);
  }

  test('columns sort, in the address', async ({ page, isMobile }) => {
    await open(page, `/accounts?group=${group.id}&sort=username`);
    const names = await inSight(page);
    expect(names).toEqual(names.toSorted());
    if (isMobile) return;
    const head = page.getByRole('columnheader', { name: 'Username' });
    await expect(head).toHaveAttribute('aria-sort', 'ascending');
    await head.getByRole('link').click();
    await expect(head).toHaveAttribute('aria-sort', 'descending');
    await expect(page).toHaveURL(/dir=desc/);
    await expect.poll(async () => (await inSight(page))[0] > names[0]).toBe(true);
    await page.goBack();
    await expect.poll(() => inSight(page)).toEqual(names);
  });

  test('rows come as one scrolls, and go when they are far: memory stays flat in both directions', async ({ page }) => {
    test.slow();
    await open(page, `/accounts?group=${group.id}&sort=username&size=50`);
    const seen: string[] = [];
    const note = async () => (await inSight(page)).forEach((name) => seen.includes(name) || seen.push(name));
    while (seen.length < 600) {
      const before = seen.length;
      await scrollTo(page, 'end');
      await expect.poll(async () => (await note(), seen.length)).toBeGreaterThan(before);
      expect(await rows(page).count()).toBeLessThanOrEqual(350);
    }
    expect(seen, 'no double, no gap, in order').toEqual(seen.toSorted());
    const first = seen[0];
    await expect(page).toHaveURL(/at=/);
    while (!(await inSight(page)).includes(first)) {
      const top = (await inSight(page))[0];
      await scrollTo(page, 'start');
      await expect.poll(async () => (await inSight(page))[0]).not.toBe(top);
      expect(await rows(page).count()).toBeLessThanOrEqual(350);
    }
    const names = await inSight(page);
    expect(names).toEqual(seen.slice(0, names.length));
  });

  test('what is in sight does not move when rows come before it', async ({ page }) => {
    await open(page, `/accounts?group=${group.id}&sort=username&size=25`);
    for (const count of [50, 75, 100]) {
      await scrollTo(page, 'end');
      await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(count);
    }
    const names = await inSight(page);
    const middle = names[30];
    await rows(page).nth(30).evaluate((row) => row.scrollIntoView());
    // The page of rows in which it is begins with the 26th.
    await expect(page).toHaveURL(new RegExp(`at=.*${names[25]}$`));
    await page.reload();
    await expect(rows(page).filter({ hasText: middle })).toBeInViewport();
    const around = await inSight(page);
    const place = (row: Locator) => row.evaluate((row) => Math.round(row.getBoundingClientRect().top));
    const held = rows(page).filter({ hasText: around[30] }).first();
    await held.evaluate((row) => row.scrollIntoView({ block: 'center' }));
    const placed = await place(held);
    await expect.poll(async () => (await inSight(page)).length).toBeGreaterThanOrEqual(around.length);
    expect(Math.abs((await place(held)) - placed)).toBeLessThanOrEqual(2);
  });

  test('rows that others add and delete meanwhile make no double and no gap', async ({ page, api }) => {
    const own = await api.group();
    const make = (name: string) => api.account(own.id, { owner: name, email: 'own@example.com' });
    const made = new Map<string, { id: string }>();
    for (let at = 10; at < 70; at += 1) made.set(`Owner ${at}`, await make(`Owner ${at}`));
    await open(page, `/accounts?group=${own.id}&sort=owner&size=25`);
    const answers = page.waitForResponse((reply) => reply.url().endsWith('list_accounts'));
    await api.call('delete_account', { id: made.get('Owner 12')!.id });
    await api.call('delete_account', { id: made.get('Owner 34')!.id });
    await make('Owner 11b');
    await make('Owner 69b');
    await scrollTo(page, 'end');
    await answers;
    await expect(async () => {
      await scrollTo(page, 'end');
      await expect(row(page, 'Owner 69b')).toBeVisible({ timeout: 500 });
    }).toPass();
    const owners = await rows(page).evaluateAll((all) => all.map((row) => row.querySelector('.own')!.textContent!));
    const after = [...made.keys()].filter((name) => name > 'Owner 34').concat('Owner 69b').toSorted();
    expect(owners.filter((name) => name > 'Owner 34')).toEqual(after);
    expect(new Set(owners).size).toBe(owners.length);
  });

  test('back from an account, the list is where it was left', async ({ page }) => {
    await open(page, `/accounts?group=${group.id}&sort=username&size=25`);
    for (const count of [50, 75]) {
      await scrollTo(page, 'end');
      await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(count);
    }
    const opened = rows(page).nth(60);
    const name = (await opened.locator('.usr').textContent())!;
    await opened.evaluate((row) => row.scrollIntoView());
    // The address follows a moment after the scrolling, of which there was some before: here it has come to rest.
    const isAtRest = async () => {
      const before = page.url();
      await page.evaluate(() => new Promise((later) => setTimeout(later, 500)));
      return before.includes('at=') && page.url() === before;
    };
    await expect.poll(isAtRest).toBe(true);
    await opened.locator('.own a').click();
    await expect(page).toHaveURL(/\/accounts\/[0-9a-f-]{36}$/);
    await expect(page.getByText(name).locator('visible=true').first()).toBeVisible();
    await page.goBack();
    await expect(rows(page).filter({ hasText: name })).toBeVisible();
    expect(await rows(page).count()).toBeLessThan(100);
  });

  test('counts are told to a thousand, and to the end when one asks', async ({ page }) => {
    await open(page, `/accounts?group=${group.id}`);
    await expect(under(page)).toContainText('of more than 1,000 accounts');
    await page.getByRole('button', { name: 'Count them' }).click();
    await expect(under(page)).toContainText('of 1,200 accounts');
    await expect(page.getByRole('button', { name: 'Count them' })).toHaveCount(0);
  });

  test('the number of rows is remembered', async ({ page, isMobile }) => {
    if (isMobile) return;
    await open(page, `/accounts?group=${group.id}`);
    await page.getByLabel('Rows at a time').selectOption('25');
    await expect(page).toHaveURL(/size=25/);
    await open(page, `/accounts?group=${group.id}`);
    await expect(page.getByLabel('Rows at a time')).toHaveValue('25');
  });

  test('the CSV file holds what is filtered, in the columns that were chosen', async ({ page }) => {
    await open(page, `/accounts?group=${group.id}&type=SNOM&sort=username`);
    await page.getByRole('button', { name: 'CSV' }).click();
    const dialog = page.getByRole('dialog', { name: 'CSV file' });
    await expect(dialog).toContainText('type is SNOM');
    for (const column of ['Email', 'Group', 'Description']) await dialog.getByLabel(column, { exact: true }).uncheck();
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Download' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^accounts-\d{4}-\d\d-\d\d\.csv$/);
    let text = '';
    for await (const piece of await file.createReadStream()) text += piece;
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toBe('\uFEFFfullName,gsmNumber,securityModel,username,accountType,enabled,lastStatus,lastStatusDate');
    expect(lines.slice(1).every((line) => line.includes(',SNOM,'))).toBe(true);
    await expect(under(page)).toContainText(`of ${lines.length - 1} that match`);
  });

  test('all that match are counted, named by the filter, and changed together', async ({ page, api }) => {
    const own = await api.group();
    for (let at = 0; at < 120; at += 1) await api.account(own.id, { owner: `Owner ${at}` });
    await open(page, `/accounts?group=${own.id}&q=owner&size=25`);
    const bar = page.getByRole('region', { name: 'Selected accounts' });
    await rows(page).first().locator('.pick').click();
    await expect(bar).toContainText('1 selected');
    await bar.getByRole('button', { name: 'Select all that match' }).click();
    await expect(bar).toContainText('All 120 that match');
    await bar.getByRole('button', { name: 'Disable' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disable 120 accounts?' });
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await expect(page.getByText('120 accounts disabled')).toBeVisible();
    await expect(rows(page).first()).toContainText('false');
    await expect(bar).toHaveCount(0);
  });
});

test.describe('selected rows', () => {
  const bar = (page: Page) => page.getByRole('region', { name: 'Selected accounts' });
  const pick = (page: Page, owner: string) => row(page, owner).locator('.pick');

  async function five(page: Page, api: { group(): Promise<{ id: string }>; account(group: string, changes: object): Promise<{ id: string }> }) {
    const group = await api.group();
    const made: Record<string, string> = {};
    for (const owner of ['Ada', 'Berta', 'Chiara', 'Dora', 'Elena']) made[owner] = (await api.account(group.id, { owner })).id;
    await open(page, `/accounts?group=${group.id}&sort=owner`);
    return made;
  }

  test('are picked one by one or as a range, and changed after a question that names them', async ({ page, api }) => {
    await five(page, api);
    await pick(page, 'Berta').click();
    await pick(page, 'Dora').click({ modifiers: ['Shift'] });
    await expect(bar(page)).toContainText('3 selected');
    await pick(page, 'Chiara').click();
    await expect(bar(page)).toContainText('2 selected');
    await bar(page).getByRole('button', { name: 'Disable' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disable 2 accounts?' });
    await expect(dialog).toContainText('Berta');
    await expect(dialog).toContainText('can no longer register');
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(row(page, 'Berta')).toContainText('true');
    await bar(page).getByRole('button', { name: 'Disable' }).click();
    await page.keyboard.press('Enter');
    await expect(page.getByText('2 accounts disabled')).toBeVisible();
    await expect(row(page, 'Berta')).toContainText('false');
    await expect(row(page, 'Chiara')).toContainText('true');
    await expect(bar(page)).toHaveCount(0);
  });

  test('are picked all at once by the box in the head of the table', async ({ page, api, isMobile }) => {
    if (isMobile) return;
    await five(page, api);
    const head = page.getByLabel('Select all rows shown');
    await head.check();
    await expect(bar(page)).toContainText('5 selected');
    await pick(page, 'Dora').click();
    await expect(head).not.toBeChecked();
    await head.check();
    await head.uncheck();
    await expect(bar(page)).toHaveCount(0);
  });

  test('stay picked while the filter changes', async ({ page, api }) => {
    await five(page, api);
    await pick(page, 'Ada').click();
    await filter(page).fill('elena');
    await expect(rows(page)).toHaveCount(1);
    await pick(page, 'Elena').click();
    await bar(page).getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete 2 accounts?' });
    await expect(dialog).toContainText('Ada');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('2 accounts deleted')).toBeVisible();
    await filter(page).fill('');
    await expect(rows(page)).toHaveCount(3);
  });

  test('what somebody deleted meanwhile is told, row for row', async ({ page, api }) => {
    const made = await five(page, api);
    for (const owner of ['Ada', 'Berta']) await pick(page, owner).click();
    await api.call('delete_account', { id: made.Ada });
    await bar(page).getByRole('button', { name: 'Disable' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disable 2 accounts?' });
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await expect(dialog).toContainText('2 of 2 looked at, 1 disabled');
    await expect(dialog.getByRole('listitem').filter({ hasText: 'was left as it was: Somebody has deleted it meanwhile.' })).toBeVisible();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(row(page, 'Ada')).toHaveCount(0);
    await expect(row(page, 'Berta')).toContainText('false');
  });

  test('by keyboard: arrows walk, Space picks, Shift takes along, Enter opens, Escape drops', async ({ page, api, isMobile }) => {
    if (isMobile) return;
    await five(page, api);
    await page.keyboard.press('/');
    await expect(filter(page)).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(row(page, 'Ada')).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(bar(page)).toContainText('3 selected');
    await expect(row(page, 'Dora')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(bar(page)).toHaveCount(0);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Edit Account' })).toBeVisible();
    await expect(page.locator('#owner')).toHaveValue('Chiara');
    await page.goBack();
    await expect(row(page, 'Ada')).toBeVisible();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Go to the filter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await expect(page.getByRole('heading', { name: 'Create Account' })).toBeVisible();
  });

  test('by finger: a long press picks, and what can be done is under the thumb', async ({ page, api, isMobile }) => {
    if (!isMobile) return;
    await five(page, api);
    const card = row(page, 'Berta');
    const box = (await card.boundingBox())!;
    const finger = await page.context().newCDPSession(page);
    const touchPoints = [{ x: box.x + 120, y: box.y + 40 }];
    await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
    await expect(bar(page)).toContainText('1 selected');
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await expect(card).toHaveAttribute('aria-selected', 'true');
    await pick(page, 'Dora').click();
    await expect(bar(page)).toContainText('2 selected');
    const height = page.viewportSize()!.height;
    expect((await bar(page).boundingBox())!.y).toBeGreaterThan(height / 2);
    await page.getByRole('button', { name: 'Clear the selection' }).click();
    const add = page.getByRole('link', { name: /^New Account( n)?$/ });
    expect((await add.boundingBox())!.y).toBeGreaterThan(height / 2);
  });
});

test('a page that was left open over a release offers to be loaded anew', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/accounts?group=${group.id}`);
  await page.route('**/pkg/*account*', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: /^New Account( n)?$/ }).first().click();
  await expect(page.getByRole('heading', { name: 'This screen could not be loaded' })).toBeVisible();
  await page.unroute('**/pkg/*account*');
  await page.getByRole('button', { name: 'Load anew' }).click();
  await expect(page.getByRole('heading', { name: 'Create Account' })).toBeVisible();
});
