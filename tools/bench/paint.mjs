// From a key press in the filter box to painted rows: as the server answers, and of the rows that are already there.
import { DESK, PHONE, freshPage, live, withBrowser } from './browser.mjs';
import { largest, quantile } from './numbers.mjs';

const SUBJECT = 'Key press to painted rows, in Chromium';
const NEEDLES = ['rossi', 'ma ferr', '320', 'zoe', '+39347', 'example.de', 'second', 'giulia r'];
/** Longer than the pause after which the address follows. */
const SETTLED = 450;
/** In this time a question is asked, if there is one. */
const ASKED = 100;
const SLOW = 4;

export async function measure(server, report) {
  await withBrowser(async (browser) => {
    for (const [name, profile, slowdown] of [['desk', DESK, 1], [`phone, CPU ${SLOW} times slower`, PHONE, SLOW]]) {
      const { context, page, tools } = await freshPage(browser, server, server.cookies[0], profile);
      await page.addInitScript(watch);
      await tools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
      await page.goto('/accounts');
      await live(page);
      await page.waitForTimeout(1_000);
      const alive = await page.evaluate(() => globalThis.longTasks.splice(0));
      const answered = await typed(page, true);
      add(report, `${name}: answered by the server`, answered, 'answered', { aim: 100 });
      // The same keys, while no answer comes: what is measured is the narrowing of rows on the page alone.
      let goOn;
      const never = new Promise((resolve) => (goOn = resolve));
      await page.route('**/api/list_accounts', async (route) => {
        await never;
        await route.abort().catch(() => {});
      });
      const held = await typed(page, false);
      add(report, `${name}: rows already there, those in sight`, held, 'narrowed', { aim: 32 });
      add(report, `${name}: rows already there, to the last`, held, 'settled', {});
      const tasks = await page.evaluate(() => globalThis.longTasks);
      report.add(SUBJECT, `${name}: longest task while typing (0: none over 50 ms)`, largest(tasks), 'ms', { aim: 50 });
      report.add(SUBJECT, `${name}: longest task while the page comes alive (0: none over 50 ms)`, largest(alive), 'ms', { aim: 50 });
      goOn();
      await context.close();
    }
  });
}

function add(report, what, presses, which, aim) {
  const times = presses.map((press) => press[which]);
  report.add(SUBJECT, `${what}, p50 of ${times.length}`, quantile(times, 0.5), 'ms');
  report.add(SUBJECT, `${what}, p95`, quantile(times, 0.95), 'ms', aim);
  report.add(SUBJECT, `${what}, max`, largest(times), 'ms');
  report.note(`slowest presses, ${what}`, presses.toSorted((one, other) => other[which] - one[which]).slice(0, 5));
}

/** Types each needle letter by letter and takes it away again; what was painted when after each key press. */
async function typed(page, withAnswers) {
  const presses = [];
  const press = async (key) => {
    const before = await rows.count();
    await page.evaluate(() => globalThis.startPress());
    await page.keyboard.press(key);
    if (withAnswers) {
      await page.waitForTimeout(ASKED);
      await page.waitForFunction(() => !globalThis.press.asked || globalThis.press.answered, undefined, { timeout: 30_000 });
    }
    await page.waitForTimeout(SETTLED);
    const { began, answered, painted, settled } = await page.evaluate(() => globalThis.press);
    const took = { answered: answered - began, narrowed: painted - began, settled: settled - began };
    // A blank at the end asks nothing and changes nothing.
    if (withAnswers ? answered : painted) presses.push({ key, rows: [before, await rows.count()], ...took });
  };
  const [box, rows] = [page.getByLabel('Filter accounts'), page.locator('tr[data-id]')];
  await box.focus();
  for (const needle of NEEDLES) {
    for (const letter of needle) await press(letter === ' ' ? 'Space' : letter);
    await box.selectText();
    await press('Backspace');
  }
  return presses;
}

/**
 * Runs in the page, before anything else: notes when rows were painted after the last key press, first those in sight and at last
 * all of them, and tasks that took long.
 */
function watch() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask', buffered: true });
  globalThis.startPress = () => (globalThis.press = {});
  globalThis.startPress();
  addEventListener('keydown', (event) => (globalThis.press.began ??= event.timeStamp), true);
  // What runs after the next frame has been drawn.
  const afterPaint = (note) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => note(performance.now());
      port2.postMessage(undefined);
    });
  };
  document.addEventListener('DOMContentLoaded', () => {
    let wasWaiting = false;
    new MutationObserver(() => {
      const press = globalThis.press;
      if (!press.began) return;
      const waiting = document.querySelector('table.accts')?.getAttribute('aria-busy') === 'true';
      press.asked ||= waiting;
      const answer = wasWaiting && !waiting;
      wasWaiting = waiting;
      afterPaint((time) => {
        press.painted ??= time;
        press.settled = time;
        if (answer) press.answered = time;
      });
    }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
}
