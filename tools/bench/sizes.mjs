// What the browser fetches before a page is alive.
import fs from 'node:fs';
import path from 'node:path';
import { sum } from './numbers.mjs';

const SITE = path.join(import.meta.dirname, '../../target/site/pkg');
const AIM = 260;
const LIMIT = 350;
/** The screens that people come to first, and the chunk of each, where it has one: without it the main file holds it. */
const SCREENS = { '/sign-in': undefined, '/groups': 'groups', '/accounts': 'accounts' };

const kilobytes = (bytes) => bytes / 1000;

/** The built files: the main one, and the files of each chunk. Sizes are those of brotli, in kB. */
function built() {
  const names = fs.readdirSync(SITE);
  const size = (name) => kilobytes(fs.statSync(path.join(SITE, `${name}.br`)).size);
  const find = (pattern) => names.find((name) => pattern.test(name));
  const main = find(/^ringkey(_bg)?(\.[\w-]{22})?\.wasm$/);
  const manifest = find(/^__wasm_split_manifest(\.[\w-]{22})?\.json$/);
  const chunks = manifest ? JSON.parse(fs.readFileSync(path.join(SITE, manifest), 'utf8')) : {};
  const files = Object.fromEntries(Object.entries(chunks).map(([chunk, parts]) => [chunk, parts.map((part) => `${part}.wasm`)]));
  const ending = (end) => names.filter((name) => name.endsWith(end));
  return { size, main: size(main), files, all: ending('.wasm'), scripts: ending('.js'), styles: ending('.css') };
}

/** The weight of each first screen, from the built files alone. More than the limit is an error. */
export function weigh() {
  const { size, main, files, all, scripts, styles } = built();
  console.log(`WASM as brotli, in kB, aim ${AIM}, at most ${LIMIT}; the main file alone is ${main.toFixed(1)}, everything ${sum(all.map(size)).toFixed(1)}`);
  console.log(`  scripts ${sum(scripts.map(size)).toFixed(1)}, style ${sum(styles.map(size)).toFixed(1)}`);
  for (const [screen, chunk] of Object.entries(SCREENS)) {
    const weight = main + sum((files[chunk] ?? []).map(size));
    console.log(`  ${screen.padEnd(10)} ${weight.toFixed(1).padStart(6)}${weight > LIMIT ? '  TOO MUCH' : ''}`);
    if (weight > LIMIT) process.exitCode = 1;
  }
}

export async function measure(server, report) {
  const { freshPage, live, withBrowser } = await import('./browser.mjs');
  await withBrowser(async (browser) => {
    for (const screen of Object.keys(SCREENS)) {
      const { context, page, tools } = await freshPage(browser, server, screen === '/sign-in' ? undefined : server.cookies[0]);
      const fetched = await watch(tools);
      await page.goto(screen);
      // A page without a script of its own is as alive as it gets: it only fetches ahead for the next one.
      const becomesAlive = await page.locator('script[type=module]').count();
      await (becomesAlive ? live(page) : page.waitForLoadState('networkidle'));
      const subject = 'Fetched by Chromium until a first page is alive, compressed';
      report.add(subject, `WASM of ${screen}${becomesAlive ? '' : ', ahead for the next page'}`, kilobytes(fetched.bytes('.wasm')), 'kB', { aim: AIM, fails: LIMIT });
      report.add(subject, `scripts, style and page of ${screen}`, kilobytes(fetched.bytes('') - fetched.bytes('.wasm')), 'kB');
      await context.close();
    }
  });
  const { size, main, files, all } = built();
  report.add('WASM on the disk, as brotli', 'main', main, 'kB');
  for (const [chunk, parts] of Object.entries(files)) {
    report.add('WASM on the disk, as brotli', `chunk ${chunk}, with what it shares with others`, sum(parts.map(size)), 'kB');
  }
  report.add('WASM on the disk, as brotli', `everything, ${all.length} files`, sum(all.map(size)), 'kB');
}

/** Counts the bytes that come over the line, headers included. */
async function watch(tools) {
  const sizes = new Map();
  const addresses = new Map();
  tools.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, request.url));
  tools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  await tools.send('Network.enable');
  return { bytes: (ending) => sum([...sizes].filter(([id]) => addresses.get(id)?.endsWith(ending)).map(([, size]) => size)) };
}
