// What the stories of batches share: files, chosen and dropped, what the page tells of them, and a line to the server that breaks.
import type { Locator, Page, TestInfo } from '@playwright/test';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { digits, expect } from './fixtures';

const CORPUS = join(__dirname, '../app/tests/batch');
export const corpus = (name: string) => join(CORPUS, name);

type Verdict = { refused?: string; encoding: string; delimiter: string; rows: number; ready: number; header?: string[]; problems?: string[]; warnings?: string[] };
export const verdicts: Record<string, Verdict> = JSON.parse(readFileSync(corpus('verdicts.json'), 'utf8'));

/** An international number that no other test and no seeded account has. */
export const mobile = () => `+39${digits(12)}`;

/** So many of them, one after the other. */
export function mobiles(count: number) {
  const begin = `+39${digits(6)}`;
  return Array.from({ length: count }, (_, at) => begin + String(at).padStart(6, '0'));
}

export const csv = (...rows: string[]) => ['fullName,gsmNumber,email,securityModel,description', ...rows, ''].join('\r\n');

/** Good rows, one for each number. */
export const people = (numbers: string[]) => csv(...numbers.map((number, at) => `Persona ${at},${number},persona.${at}@example.com,end-to-site,Stanza ${at % 97}`));

/** Writes a file to the directory of the test; its path. */
export function saved(info: TestInfo, name: string, content: string | Buffer) {
  const path = info.outputPath(name);
  writeFileSync(path, content);
  return path;
}

/** Chooses a file: one on the disk, or one that is made of a text. */
export async function choose(page: Page, path: string, text?: string) {
  const file = text === undefined ? path : { name: path, mimeType: 'text/csv', buffer: Buffer.from(text) };
  await page.locator('#file').setInputFiles(file);
  await expect(page.locator('.drop b')).toHaveText(basename(path));
}

/** Lets files of the disk go above a part of the page. It is the browser that drops them: what nobody takes, it opens. */
export async function drop(page: Page, target: Locator, ...files: string[]) {
  const box = (await target.boundingBox())!;
  const hand = await page.context().newCDPSession(page);
  const held = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await hand.send('Input.dispatchDragEvent', { type, ...held });
  await hand.detach();
}

export const sums = (page: Page) => page.locator('.sums');

/** Waits until every row is compared with all accounts, and says how many there are. */
export async function isCounted(page: Page, rows: number, ready: number) {
  const grouped = (count: number) => count.toLocaleString('en');
  await expect(sums(page)).toHaveText(
    `${grouped(rows)} ${rows === 1 ? 'row' : 'rows'} · ${grouped(ready)} ready · ${grouped(rows - ready)} with problems · all checked against existing accounts`,
    { timeout: 30_000 },
  );
}

export const lines = (page: Page) => page.locator('.tbl.batch tr[data-row]');
export const line = (page: Page, number: number) => lines(page).filter({ has: page.locator('td.line').getByText(String(number), { exact: true }) });
export const cell = (page: Page, number: number, column: string) => line(page, number).locator(`td[data-l=${column}]`);
export const box = (page: Page, number: number, column: string) => page.getByLabel(`${column}, line ${number}`, { exact: true });
export const edit = (page: Page, number: number) => page.getByRole('button', { name: `Edit line ${number}`, exact: true });
export const show = (page: Page, which: 'All' | 'Ready' | 'With problems') => page.getByRole('radio', { name: which }).check();
export const create = (page: Page) => page.locator('.foot').getByRole('button', { name: /^Create/ });

/** What the rows that are drawn tell, each as the verdicts have it. */
export const told = (page: Page) =>
  lines(page).evaluateAll((rows) =>
    rows.flatMap((row) =>
      [...row.querySelectorAll<HTMLElement>('td[data-column] p')].map(
        (sentence) => `line ${row.querySelector('.line')!.textContent}, ${sentence.closest('td')!.dataset.column}: ${sentence.textContent}`,
      ),
    ),
  );

/** Which batch a result page is of. */
export async function batchOf(page: Page) {
  await expect(page).toHaveURL(/\/batches\/[0-9a-f-]{36}$/, { timeout: 60_000 });
  return page.url().slice(-36);
}

/** A line to the server, on an address of its own. It carries everything, until it breaks on the request that brings the rows. */
export async function breakingLine(base: string) {
  const { hostname, port } = new URL(base);
  const all = new Set<Socket>();
  // What happens to the rows when they come; by default they pass.
  let onRows: ((id: string, cut: () => void) => 'pass' | 'mute') | undefined;
  const server = createServer((browser) => {
    const ringkey = connect(Number(port), hostname);
    let is = 'pass';
    const cut = () => [browser, ringkey].forEach((end) => end.destroy());
    for (const [from, to] of [[browser, ringkey], [ringkey, browser]]) {
      all.add(from);
      from.on('error', cut);
      from.on('close', cut);
      from.on('data', (piece) => {
        const id = from === browser && /^POST \/batches\/([0-9a-f-]{36})\?/m.exec(piece.toString('latin1'))?.[1];
        if (id && onRows) is = onRows(id, cut);
        if (from === browser || is === 'pass') to.write(piece);
      });
    }
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Breaks before the rows have arrived. */
    breakAtOnce: () => (onRows = (_, cut) => (cut(), 'mute')),
    /** Carries the rows and no answer; breaks when `isStored` says so. */
    breakBeforeAnswer: (isStored: (id: string) => Promise<unknown>) =>
      (onRows = (id, cut) => (void isStored(id).finally(cut), 'mute')),
    isWhole: () => (onRows = undefined),
    close: () => (all.forEach((socket) => socket.destroy()), server.close()),
  };
}
