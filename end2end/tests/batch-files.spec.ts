// Files as people bring them: dropped, chosen, read in one way or another, their columns settled.
import type { Page } from '@playwright/test';
import { box, cell, choose, corpus, create, csv, drop, isCounted, line, lines, mobile, mobiles, people, saved, show, told, verdicts } from '../batch';
import { expect, open, test } from '../fixtures';

const refusal = (page: Page) => page.locator('.msg.bad').filter({ hasText: 'This file cannot be used.' });
const encoding = (page: Page) => page.getByLabel('Encoding');
const delimiter = (page: Page) => page.getByLabel('Delimiter');
const question = (page: Page) => page.getByText('Say what the columns hold.');

test('of every damaged file the page tells what the rules say', async ({ page }) => {
  test.slow();
  // Which numbers accounts have is another story, and none of these files is about it.
  await page.route('**/batches/numbers', (route) => route.fulfill({ body: '' }));
  await open(page, '/batches/new');
  for (const [name, verdict] of Object.entries(verdicts)) {
    await test.step(name, async () => {
      await choose(page, corpus(name));
      if (verdict.refused) {
        await expect(refusal(page)).toHaveText(`This file cannot be used. ${verdict.refused}`);
        await expect(lines(page)).toHaveCount(0);
        return;
      }
      await isCounted(page, verdict.rows, verdict.ready);
      await expect(refusal(page)).toHaveCount(0);
      await expect(encoding(page)).toHaveValue(verdict.encoding);
      await expect(delimiter(page)).toHaveValue(verdict.delimiter);
      await expect(page.locator('.msg.warn li')).toHaveText(verdict.header ?? []);
      // What concerns a whole row stands in its last cell.
      const inCells = (sentences: string[] = []) => sentences.map((sentence) => sentence.replace(', row:', ', description:')).toSorted();
      const { problems = [], warnings = [] } = verdict;
      await expect(lines(page)).toHaveCount(verdict.rows);
      expect((await told(page)).toSorted(), 'told of all rows').toEqual(inCells([...problems, ...warnings]));
      await show(page, 'With problems');
      await expect(lines(page)).toHaveCount(verdict.rows - verdict.ready);
      expect(await told(page), 'told of rows with problems').toEqual(expect.arrayContaining(inCells(problems)));
      await expect(lines(page).locator('.wrong')).toHaveCount(problems.length);
      await show(page, 'Ready');
      await expect(lines(page)).toHaveCount(verdict.ready);
      await expect(lines(page).locator('.wrong')).toHaveCount(0);
    });
  }
});

test('characters are what they were, whatever the file was written in', async ({ page }) => {
  await open(page, '/batches/new');
  for (const name of ['excel-unicode-text.txt', 'excel-windows-1252.csv', 'libreoffice-tab-utf-16.csv', 'libreoffice-comma-utf-8.csv']) {
    await choose(page, corpus(name));
    await expect(cell(page, 2, 'fullName')).toHaveText('Niccolò D’Este');
  }
  await expect(cell(page, 3, 'description')).toHaveText('erste Zeile\nzweite Zeile', { useInnerText: true });
});

test('a file is taken wherever it is dropped, and the browser stays on the page', async ({ page }, info) => {
  const name = 'caduto-sul-titolo.csv';
  const path = saved(info, name, csv(`Ada,${mobile()},,,`));
  await open(page, '/batches/new');
  const title = page.getByRole('heading', { level: 1 });
  await drop(page, title, path);
  await expect(page.locator('.drop b')).toHaveText(name);
  await isCounted(page, 1, 1);
  await expect(cell(page, 2, 'fullName')).toHaveText('Ada');
  await expect(page).toHaveURL(/\/batches\/new$/);

  await test.step('two at once are told', async () => {
    await drop(page, title, corpus('manual.csv'), corpus('exported.csv'));
    await expect(refusal(page)).toContainText('Several files were dropped at once. Drop them one after the other');
    await expect(lines(page)).toHaveCount(0);
    await expect(page).toHaveURL(/\/batches\/new$/);
  });

  await test.step('a workbook is told', async () => {
    await drop(page, page.locator('.drop'), saved(info, 'rubrica.xlsx', Buffer.from('PK\x03\x04\x14\x00\x06\x00', 'latin1')));
    await expect(refusal(page)).toContainText('This is a workbook of a spreadsheet program, not a CSV file.');
    await expect(page).toHaveURL(/\/batches\/new$/);
  });

  await test.step('and the next one is taken', async () => {
    await drop(page, title, path);
    await isCounted(page, 1, 1);
    await expect(refusal(page)).toHaveCount(0);
  });
});

test('a file that is too large is told before it is read', async ({ page }, info) => {
  const path = saved(info, 'enorme.csv', Buffer.alloc(20 * 1024 * 1024 + 1, 'a'));
  await open(page, '/batches/new');
  await choose(page, path);
  await expect(refusal(page)).toContainText('This file is larger than 20 MiB. Split it into several files.');
});

test('the template is a file that can be dropped', async ({ page }) => {
  await open(page, '/batches/new');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Template file' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('batch-template.csv');
  await page.locator('#file').setInputFiles(await file.path());
  await expect(cell(page, 2, 'fullName')).toHaveText('Alessandro Bergamaschi');
  await expect(question(page)).toHaveCount(0);
});

test('encoding and delimiter are shown, and can be chosen', async ({ page }) => {
  await open(page, '/batches/new');
  await choose(page, corpus('excel-windows-1252.csv'));
  await expect(cell(page, 3, 'fullName')).toHaveText('Zoë Müller');
  await expect(encoding(page)).toHaveValue('windows-1252');
  await encoding(page).selectOption('UTF-8');
  await expect(refusal(page)).toContainText('Line 2 of the file is not UTF-8. The file is damaged, or another encoding has to be chosen.');
  await expect(encoding(page)).toHaveValue('utf-8');
  await expect(lines(page)).toHaveCount(0);
  await encoding(page).selectOption('Windows-1252');
  await expect(cell(page, 3, 'fullName')).toHaveText('Zoë Müller');
  await expect(refusal(page)).toHaveCount(0);

  await delimiter(page).selectOption('tab');
  await expect(delimiter(page)).toHaveValue('tab');
  await expect(cell(page, 3, 'fullName')).not.toHaveText('Zoë Müller');
  await delimiter(page).selectOption('semicolon ( ; )');
  await expect(cell(page, 3, 'fullName')).toHaveText('Zoë Müller');
  await expect(cell(page, 3, 'description')).toHaveText('Linie; 2');

  // A file that looks like something else until one says what it is.
  await choose(page, corpus('utf-16-without-mark.csv'));
  await expect(refusal(page)).toContainText('Perhaps the file is UTF-16: choose it as the encoding.');
  await encoding(page).selectOption('UTF-16 LE');
  await expect(cell(page, 2, 'fullName')).toHaveText('Zoë Müller');
});

test('columns with other names are settled once, for all files that have them', async ({ page }) => {
  const rubrica = () => ['Nome;Cellulare;E-mail;Reparto', `Ada;${mobile()};ada@example.com;Vendite`, `Bruno;${mobile()};;Magazzino`].join('\n');
  await open(page, '/batches/new');
  await choose(page, 'rubrica.csv', rubrica());
  await expect(question(page)).toBeVisible();
  await expect(page.locator('.msg.warn li')).toContainText([
    'Column 1, “Nome”, is taken for fullName (Owner).',
    'Column 2, “Cellulare”, is taken for gsmNumber (Virtual Phone Number).',
    'Column 3, “E-mail”, is taken for email (Email).',
    'Column 4, “Reparto”, is not one that accounts have.',
    'The column securityModel',
    'The column description',
  ]);
  await create(page).click({ force: true });
  await expect(page.locator('#batch-problem')).toContainText('Settle the columns first');

  const use = page.getByRole('button', { name: 'Use these columns' });
  await page.getByLabel('Cellulare').selectOption('Leave out');
  await expect(page.getByText('One column has to be gsmNumber')).toBeVisible();
  await expect(use).toBeDisabled();
  await page.getByLabel('Cellulare').selectOption('gsmNumber');
  await page.getByLabel('Reparto').selectOption('description');
  await use.click();
  const isSettled = async () => {
    await isCounted(page, 2, 2);
    await expect(question(page)).toHaveCount(0);
    await expect(cell(page, 2, 'description')).toHaveText('Vendite');
    await expect(cell(page, 3, 'description')).toHaveText('Magazzino');
  };
  await isSettled();
  await expect(create(page)).toHaveText('Create 2 accounts');

  await choose(page, 'di-nuovo.csv', rubrica());
  await isSettled();
  await page.reload();
  await open(page, '/batches/new');
  await choose(page, 'domani.csv', rubrica());
  await isSettled();
  // What was settled can be said anew.
  await page.getByLabel('Reparto').selectOption('Leave out');
  await use.click();
  await expect(cell(page, 2, 'description')).toHaveText('–');
});

test('a hundred thousand rows are read while the page answers, and only those in sight are drawn', async ({ page }, info) => {
  test.slow();
  const rows = 100_000;
  const path = saved(info, 'centomila.csv', people(mobiles(rows - 1)) + 'Ultima,1,,,\r\n');
  await open(page, '/batches/new');
  await page.evaluate(() => {
    const { dataset } = document.body;
    const frame = () => {
      if (document.querySelector('progress[aria-label="Reading the file"]')) dataset.frames = String(Number(dataset.frames ?? 0) + 1);
      requestAnimationFrame(frame);
    };
    frame();
  });
  await drop(page, page.getByRole('heading', { level: 1 }), path);
  await isCounted(page, rows, rows - 1);
  expect(Number(await page.locator('body').getAttribute('data-frames')), 'pictures while it was read').toBeGreaterThan(5);
  const isShort = async () => expect(await lines(page).count()).toBeLessThanOrEqual(80);
  await expect(line(page, 2)).toContainText('Persona 0');
  await isShort();
  await expect(async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expect(line(page, rows + 1)).toBeInViewport({ timeout: 500 });
  }).toPass();
  await expect(line(page, rows)).toContainText(`Persona ${rows - 2}`);
  await expect(cell(page, rows + 1, 'gsmNumber')).toContainText('1 has 1 digit: an extension has 2 to 15.');
  await isShort();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await expect(line(page, rows + 1)).toHaveCount(0);
  await expect(lines(page).filter({ visible: true }).first()).toBeVisible();
  await isShort();
  await page.evaluate(() => scrollTo(0, 0));
  await expect(line(page, 2)).toBeVisible();
  // The one that has a problem is far away.
  await page.getByRole('button', { name: 'Next problem' }).click();
  await expect(box(page, rows + 1, 'gsmNumber')).toBeFocused();
  await expect(box(page, rows + 1, 'gsmNumber')).toBeInViewport();
  await isShort();
  await box(page, rows + 1, 'gsmNumber').fill(mobile());
  await isCounted(page, rows, rows);
});
