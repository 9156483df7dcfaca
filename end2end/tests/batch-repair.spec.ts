// Rows that are repaired on the page before anything is created.
import { box, cell, choose, create, csv, edit, isCounted, line, lines, mobile, show, told } from '../batch';
import { expect, open, tabTo, test, type Api } from '../fixtures';
import type { Page } from '@playwright/test';

const verdict = (page: Page, number: number) => line(page, number).locator('.ck');
const done = (page: Page, number: number) => page.getByRole('button', { name: `Done with line ${number}`, exact: true });

test('of two rows with one number one is repaired, and the other is ready at once', async ({ page }) => {
  const [same, other] = [mobile(), mobile()];
  await open(page, '/batches/new');
  await choose(page, 'doppi.csv', csv(`Ada,${same},,,`, `Bruno,${same.replace('+', '00')},,,`, `Carla,${mobile()},,,`));
  await isCounted(page, 3, 1);
  expect(await told(page)).toEqual(['line 2, gsmNumber: Line 3 has the same number.', 'line 3, gsmNumber: Line 2 has the same number.']);
  await show(page, 'With problems');
  await expect(lines(page)).toHaveCount(2);

  // The cell that is wrong opens its row.
  await cell(page, 2, 'gsmNumber').click();
  await expect(box(page, 2, 'gsmNumber')).toBeFocused();
  await expect(box(page, 2, 'gsmNumber')).toHaveAttribute('aria-invalid', 'true');
  await box(page, 2, 'gsmNumber').fill(other);
  await expect(verdict(page, 2)).toHaveText('ready');
  await expect(verdict(page, 3)).toHaveText('ready');
  await isCounted(page, 3, 3);
  await expect(create(page)).toHaveText('Create 3 accounts');

  await test.step('Escape brings back what was there', async () => {
    await page.keyboard.press('Escape');
    await expect(cell(page, 2, 'gsmNumber')).toContainText(same);
    await expect(cell(page, 2, 'gsmNumber')).toContainText('Line 3 has the same number.');
    await expect(verdict(page, 3)).toHaveText('1 problem');
    await isCounted(page, 3, 1);
    await expect(edit(page, 2)).toBeFocused();
  });

  await test.step('Enter keeps it, and the row stays where it is until one chooses anew', async () => {
    await edit(page, 2).click();
    await box(page, 2, 'gsmNumber').fill(other);
    await page.keyboard.press('Enter');
    await expect(box(page, 2, 'gsmNumber')).toHaveCount(0);
    await expect(edit(page, 2)).toBeFocused();
    await expect(cell(page, 2, 'gsmNumber')).toHaveText(other);
    await expect(lines(page)).toHaveCount(2);
    await isCounted(page, 3, 3);
    await show(page, 'All');
    await expect(lines(page)).toHaveCount(3);
    await show(page, 'With problems');
    await expect(page.getByRole('heading', { name: 'No row has a problem' })).toBeVisible();
  });
});

test('from one problem to the next, until every row is ready', async ({ page }) => {
  const next = page.getByRole('button', { name: 'Next problem' });
  await open(page, '/batches/new');
  await choose(page, 'guasti.csv', csv(
    `Ada,${mobile()},,,`,
    `Bruno,${mobile()},bruno at example,none,`,
    'Carla,4.41E+11,,,',
    `Dario,${mobile()},,,"Sala A", piano 2`,
    `"Eva\r\nVerdi",${mobile()},,,`,
  ));
  await isCounted(page, 5, 1);
  await expect(verdict(page, 3)).toHaveText('2 problems');

  await next.click();
  await expect(box(page, 3, 'email')).toBeFocused();
  await box(page, 3, 'email').fill('bruno@example.com');
  await expect(verdict(page, 3)).toHaveText('1 problem');
  await box(page, 3, 'securityModel').fill('end-to-end');
  await expect(verdict(page, 3)).toHaveText('ready');
  await next.click();
  await expect(box(page, 4, 'gsmNumber')).toBeFocused();
  await expect(box(page, 3, 'email')).toHaveCount(0);
  await expect(cell(page, 3, 'email')).toHaveText('bruno@example.com');
  await box(page, 4, 'gsmNumber').fill(mobile());

  await next.click();
  await expect(cell(page, 5, 'description')).toContainText('“piano 2” is left over');
  await line(page, 5).getByRole('button', { name: 'Drop those cells' }).click();
  await expect(verdict(page, 5)).toHaveText('ready');
  await expect(box(page, 5, 'description')).toHaveValue('Sala A');

  // A text of two lines has a box of two lines.
  await next.click();
  await expect(box(page, 6, 'fullName')).toBeFocused();
  await expect(cell(page, 6, 'fullName')).toContainText('A line break cannot be used here.');
  await box(page, 6, 'fullName').fill('Eva Verdi');
  await isCounted(page, 5, 5);
  await expect(next).toBeDisabled();
  await expect(create(page)).toHaveText('Create 5 accounts');
});

test('cells that are left over are dropped without opening the row', async ({ page }) => {
  await open(page, '/batches/new');
  await choose(page, 'lunghi.csv', csv(`Ada,${mobile()},,,Personal, account`));
  await isCounted(page, 1, 0);
  await line(page, 2).getByRole('button', { name: 'Drop those cells' }).click();
  await isCounted(page, 1, 1);
  await expect(cell(page, 2, 'description')).toHaveText('Personal');
  await expect(box(page, 2, 'description')).toHaveCount(0);
});

test.describe('numbers that accounts have', () => {
  const TAKEN = 'Another account has this number. Choose a different one.';
  const taken = async (api: Api) => (await api.account((await api.group()).id, { number: mobile() })).number;

  test('are marked, and so is a repaired one after the pause', async ({ page, api }) => {
    const [first, second] = [await taken(api), await taken(api)];
    await open(page, '/batches/new');
    await choose(page, 'presi.csv', csv(`Ada,${first.replace('+', '00')},,,`, `Bruno,${mobile()},,,`));
    await isCounted(page, 2, 1);
    await expect(cell(page, 2, 'gsmNumber')).toContainText(TAKEN);
    await expect(line(page, 2).locator('.wrong')).toHaveCount(1);
    await edit(page, 2).click();
    await box(page, 2, 'gsmNumber').fill(mobile());
    await expect(verdict(page, 2)).toHaveText('ready');
    await box(page, 2, 'gsmNumber').fill(second);
    await expect(cell(page, 2, 'gsmNumber')).toContainText(TAKEN);
    await isCounted(page, 2, 1);
    await box(page, 2, 'gsmNumber').fill(mobile());
    await isCounted(page, 2, 2);
  });

  test('cannot be asked for while the line is down, which is told, and asked again', async ({ page, api }) => {
    const number = await taken(api);
    await page.route('**/batches/numbers', (route) => route.abort());
    await open(page, '/batches/new');
    await choose(page, 'presi.csv', csv(`Ada,${number},,,`));
    const summary = page.locator('.sums');
    await expect(summary).toContainText('not checked against existing accounts: The server did not answer.');
    await page.unroute('**/batches/numbers');
    await summary.getByRole('button', { name: 'Try again' }).click();
    await isCounted(page, 1, 0);
    await expect(cell(page, 2, 'gsmNumber')).toContainText(TAKEN);
  });
});

test.describe('a page with repairs', () => {
  const LOST = 'What you have repaired on this page is lost when you leave it. Leave it?';

  test.beforeEach(async ({ page }) => {
    await open(page, '/batches/new');
    await choose(page, 'riparati.csv', csv('Ada,x,,,'));
    await edit(page, 2).click();
    await box(page, 2, 'gsmNumber').fill(mobile());
    await isCounted(page, 1, 1);
  });

  test('is not closed without a question', async ({ page }) => {
    const question = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await question;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await expect(box(page, 2, 'gsmNumber')).toBeVisible();
  });

  test('is not left by a link without a question', async ({ page }) => {
    const leave = page.getByRole('link', { name: 'Account List' });
    const answered = (answer: 'accept' | 'dismiss') =>
      new Promise<string>((told) => page.once('dialog', (dialog) => void dialog[answer]().then(() => told(dialog.message()))));
    const first = answered('dismiss');
    await leave.click();
    expect(await first).toBe(LOST);
    await expect(box(page, 2, 'gsmNumber')).toBeVisible();
    const second = answered('accept');
    await leave.click();
    expect(await second).toBe(LOST);
    await expect(page).toHaveURL(/\/accounts$/);
  });

  test('asks nothing of a link that leaves it where it is', async ({ page }) => {
    const asked: string[] = [];
    page.on('dialog', (dialog) => (asked.push(dialog.message()), dialog.dismiss()));
    await page.getByRole('link', { name: 'Skip to content' }).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#main$/);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Template file' }).click();
    await download;
    expect(asked).toEqual([]);
  });
});

test('from a file to its accounts by keyboard alone', async ({ page, api }) => {
  const group = await api.group();
  await open(page, `/batches/new?group=${group.id}`);
  await tabTo(page, page.getByRole('button', { name: 'Choose a file' }));
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  const rows = csv(`Ada,${mobile()},,,`, `Bruno,${mobile()},,,`, 'Carla,x,,,', 'Dario,y,,,');
  await (await chooser).setFiles({ name: 'tastiera.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
  await isCounted(page, 4, 2);
  await tabTo(page, page.getByRole('radio', { name: 'All' }));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(lines(page)).toHaveCount(2);
  await tabTo(page, edit(page, 4));
  await page.keyboard.press('Enter');
  await expect(box(page, 4, 'gsmNumber')).toBeFocused();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(mobile());
  await page.keyboard.press('Enter');
  await expect(edit(page, 4)).toBeFocused();
  await isCounted(page, 4, 3);
  await page.keyboard.press('Tab');
  await expect(edit(page, 5)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(box(page, 5, 'gsmNumber')).toBeFocused();
  await page.keyboard.type('z');
  await expect(box(page, 5, 'gsmNumber')).toHaveValue('yz');
  await tabTo(page, done(page, 5));
  await page.keyboard.press('Enter');
  await expect(cell(page, 5, 'gsmNumber')).toContainText('yz');
  await expect(edit(page, 5)).toBeFocused();
  // Create says what stands in the way, and stays reachable while something does.
  await tabTo(page, create(page));
  await page.keyboard.press('Enter');
  await expect(page.locator('#batch-problem')).toContainText('Nothing is created while a row has a problem');
  await tabTo(page, page.getByRole('checkbox', { name: 'Leave the bad row out' }));
  await page.keyboard.press('Space');
  await tabTo(page, create(page));
  await page.keyboard.press('Enter');
  await expect(page.getByText('3 accounts created from 4 rows. 1 row left out.')).toBeVisible();
});
