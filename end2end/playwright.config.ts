import { defineConfig, devices } from '@playwright/test';

// Chromium is Debian's; it must not look for updates or other hosts.
const launchOptions = {
  executablePath: process.env.CHROMIUM,
  args: [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
};

const desk = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 }, launchOptions };
const phone = { ...devices['Pixel 7'], viewport: { width: 360, height: 740 }, launchOptions };
const pictures = { testDir: 'screenshots' };
const still = { contextOptions: { reducedMotion: 'reduce' as const } };

export default defineConfig({
  testDir: 'tests',
  globalSetup: './server.ts',
  fullyParallel: true,
  workers: process.env.SCREENSHOTS ? 1 : 2,
  forbidOnly: !!process.env.CI,
  // A busy machine may be slow once; a test that fails twice is broken. What needed the second try is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: { trace: 'retain-on-failure', locale: 'en-GB', timezoneId: 'Europe/Rome' },
  projects: process.env.SCREENSHOTS
    ? [{ name: 'desk', use: { ...desk, ...still }, ...pictures }, { name: 'phone', use: { ...phone, ...still }, ...pictures }]
    : [{ name: 'desk', use: desk }, { name: 'phone', use: phone }],
});
