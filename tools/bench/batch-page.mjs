// A file of a hundred thousand rows, from the drop to the preview in which every row is checked, beside Papa Parse alone, which reads
// the same file in the same browser and checks nothing.
import fs from 'node:fs';
import path from 'node:path';
import { file } from './batch-files.mjs';
import { DESK, PHONE, freshPage, live, withBrowser } from './browser.mjs';
import { largest, median } from './numbers.mjs';

const SUBJECT = 'A file of 100,000 rows, in Chromium';
const ROWS = 100_000;
const ROUNDS = 5;
const SLOW = 4;
const PAPA = path.join(import.meta.dirname, 'node_modules/papaparse/papaparse.min.js');

export async function measure(server, report) {
  const text = file(ROWS);
  await withBrowser(async (browser) => {
    for (const [name, profile, slowdown] of [['desk', DESK, 1], [`phone, CPU ${SLOW} times slower`, PHONE, SLOW]]) {
      const [ours, compared, theirs, tasks] = [[], [], [], []];
      // One after the other, so that what disturbs the machine disturbs both.
      for (let round = 0; round < ROUNDS; round += 1) {
        const drop = await dropped(browser, server, profile, slowdown, text);
        ours.push(drop.shown);
        compared.push(drop.compared);
        tasks.push(largest(drop.tasks));
        theirs.push(await papa(browser, profile, slowdown, text));
      }
      const peer = median(theirs);
      const aim = slowdown === 1 ? Math.min(1_500, peer) : peer;
      report.add(SUBJECT, `${name}: drop to complete preview`, median(ours), 'ms', { aim, peer, peerIs: 'Papa Parse, which only splits' });
      report.add(SUBJECT, `${name}: drop to every number compared with the server`, median(compared), 'ms');
      report.add(SUBJECT, `${name}: longest task (0: none over 50 ms)`, largest(tasks), 'ms', { aim: 50 });
    }
  });
}

async function dropped(browser, server, profile, slowdown, text) {
  const { context, page, tools } = await freshPage(browser, server, server.cookies[0], profile);
  await tools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.goto('/batches/new');
  await live(page);
  await page.waitForTimeout(1_000);
  const result = await page.evaluate(async (text) => {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'bench.csv', { type: 'text/csv' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    observer.observe({ type: 'longtask' });
    const began = performance.now();
    document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    const when = async (there) => {
      while (!there()) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - began;
    };
    const sums = () => document.querySelector('.sums')?.textContent ?? '';
    const shown = await when(() => document.querySelector('tr[data-row]') && sums().startsWith('100,000 rows · 100,000 ready'));
    const compared = await when(() => sums().endsWith('all checked against existing accounts'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { shown, compared, tasks };
  }, text);
  await context.close();
  return result;
}

async function papa(browser, profile, slowdown, text) {
  const context = await browser.newContext(profile);
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  await tools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await page.addScriptTag({ content: fs.readFileSync(PAPA, 'utf8') });
  const time = await page.evaluate(async ([text, rows]) => {
    const file = new File([text], 'bench.csv', { type: 'text/csv' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const began = performance.now();
    const { data } = await new Promise((complete, error) => Papa.parse(file, { header: true, skipEmptyLines: true, complete, error }));
    if (data.length !== rows) throw new Error(`Papa Parse has read ${data.length} rows`);
    return performance.now() - began;
  }, [text, ROWS]);
  await context.close();
  return time;
}
