// Lighthouse's marks for the first screens, as on a phone with a slow line.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { ARGS, EXECUTABLE } from './browser.mjs';
import { median } from './numbers.mjs';

const AIMS = { performance: 95, accessibility: 100, 'best-practices': 100 };
/** Its mark for performance wavers. */
const ROUNDS = 3;

export async function measure(server, report) {
  const chrome = await launch({ chromePath: EXECUTABLE, chromeFlags: ['--headless=new', ...ARGS], logLevel: 'silent' });
  try {
    for (const [name, path, cookie] of [
      ['sign-in', '/sign-in'],
      ['list', '/accounts', server.cookies[0]],
      ['form', '/accounts/new', server.cookies[0]],
    ]) {
      const results = [];
      for (let round = 0; round < ROUNDS; round += 1) results.push(await audit(chrome.port, server.base + path, cookie));
      for (const [category, aim] of Object.entries(AIMS)) {
        const mark = median(results.map(({ categories }) => Math.round(categories[category].score * 100)));
        report.add('Lighthouse, mobile', `${name}: ${category}`, mark, 'of 100', { aim, atLeast: true });
      }
      report.note(`lighthouse ${name}`, { missed: missed(results[0]), timings: timings(results[0]) });
    }
  } finally {
    chrome.kill();
  }
}

/** On a busy machine Chromium now and then records nothing of the page. */
const TRIES = 3;

async function audit(port, address, cookie, tries = TRIES) {
  const { lhr } = await lighthouse(address, {
    port,
    logLevel: 'silent',
    onlyCategories: Object.keys(AIMS),
    ...(cookie ? { extraHeaders: { Cookie: cookie } } : {}),
  });
  if (lhr.runtimeError && tries > 1) return audit(port, address, cookie, tries - 1);
  if (lhr.runtimeError) throw new Error(`Lighthouse: ${lhr.runtimeError.message}`);
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(address).pathname) throw new Error(`Lighthouse saw ${lhr.finalDisplayedUrl}`);
  return lhr;
}

/** What cost marks. */
function missed({ audits, categories }) {
  const counted = new Set(Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => id)));
  return Object.values(audits).filter(({ id, score }) => counted.has(id) && score !== null && score < 0.9).map(({ title, displayValue }) => ({ title, displayValue }));
}

function timings({ audits }) {
  const names = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'];
  return Object.fromEntries(names.map((name) => [name, audits[name]?.displayValue]));
}
