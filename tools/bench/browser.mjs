// Chromium, as the tests in a browser start it.
import { chromium, devices } from '@playwright/test';

export const EXECUTABLE = process.env.CHROMIUM || '/usr/bin/chromium';
// It must not look for updates or other hosts.
export const ARGS = [
  ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const LOCAL = { locale: 'en-GB', timezoneId: 'Europe/Rome' };
export const DESK = { ...devices['Desktop Chrome'], ...LOCAL, viewport: { width: 1280, height: 800 } };
export const PHONE = { ...devices['Pixel 7'], ...LOCAL, viewport: { width: 360, height: 740 } };

/** Runs `work` with a browser, and closes it. */
export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** A page that nobody has used before, signed in when there is a cookie. */
export async function freshPage(browser, server, cookie, profile = DESK) {
  const context = await browser.newContext({ ...profile, baseURL: server.base });
  if (cookie) {
    const [name, value] = cookie.split('=', 2);
    await context.addCookies([{ name, value, url: server.base }]);
  }
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  return { context, page, tools };
}

/** Waits until the WASM lives. */
export const live = (page) => page.locator('html[data-live]').waitFor({ state: 'attached', timeout: 60_000 });
