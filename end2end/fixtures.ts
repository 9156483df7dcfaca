// What the stories share: pages that are signed in, groups and accounts made over HTTP, and the wait for a live page.
import { expect, test as base, type APIRequestContext, type Locator, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { environment, SIP_PASSWORD, stateOf, type Role } from './server';

export { SIP_PASSWORD };

export const test = base.extend<{ role: Role | null; api: Api }>({
  role: ['admin', { option: true }],
  baseURL: async ({}, use) => use(process.env.RINGKEY_BASE),
  extraHTTPHeaders: async ({}, use) => use({ 'x-forwarded-for': `10.${randomInt(255)}.${randomInt(255)}.${randomInt(1, 255)}` }),
  storageState: async ({ role }, use) => use(role ? stateOf(role) : undefined),
  page: async ({ page }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      // The browser itself reports answers that refuse; those are what the stories are about.
      if (message.type() === 'error' && !/^Failed to load resource|HTTP status code is not ok/.test(message.text())) problems.push(message.text());
    });
    await use(page);
    expect(problems, 'errors in the browser').toEqual([]);
  },
  api: async ({ playwright, baseURL }, use) => {
    const context = await playwright.request.newContext({ baseURL, storageState: stateOf('admin') });
    await use(new Api(context));
    await context.dispose();
  },
});
export { expect };

/** Goes to an address and waits until the WASM lives. */
export async function open(page: Page, path: string) {
  await page.goto(path);
  await expect(page.locator('html[data-live]')).toBeAttached({ timeout: 30_000 });
}

/** Presses Tab, as a person without a mouse does, until `target` has the focus. */
export async function tabTo(page: Page, target: Locator) {
  const focused = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 80; presses += 1) {
    if (await focused()) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target} cannot be reached by keyboard`);
}

export const field = (page: Page, name: string) => page.locator(`#${name}`);

export const unique = (name: string) => `${name} ${randomUUID().slice(0, 8)}`;

export const digits = (count: number) => Array.from({ length: count }, (_, i) => randomInt(i ? 0 : 1, 10)).join('');

/** Runs SQL on the database under test, in which `:'name'` stands for a value. */
export function sql(statement: string, values: Record<string, string> = {}) {
  const named = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const args = ['-q', '-v', 'ON_ERROR_STOP=1', ...named, '-h', process.env.RINGKEY_TEST_DATA!, '-U', 'postgres', '-d', 'ringkey', '-f', '-'];
  execFileSync('psql', args, { input: statement, stdio: 'pipe', env: environment() });
}

export class Api {
  constructor(private readonly context: APIRequestContext) {}

  async call(name: string, data: object) {
    const reply = await this.context.post(`/api/${name}`, { data });
    expect(reply.ok(), `${name}: ${await reply.text()}`).toBeTruthy();
    return reply.json();
  }

  async group(name = unique('Ufficio')) {
    const id = randomUUID();
    await this.call('create_group', { id, draft: { name, company: 'Studio Ligure S.r.l.', email: 'it@example.com', profile: '' } });
    return { id, name };
  }

  async profile(changes: object = {}) {
    const draft = {
      name: unique('Cantieri'), support_phone: '+390255501234', support_email: 'help@example.com', sip_host: 'sip.example.com', sip_port: '',
      transport: 'TLS', expires: '3600', media_encryption: 'enforced', android_link: 'https://example.com/app.apk', ios_link: '', other_link: '',
      link_hours: '72', installation_text: 'Ciao {owner}: {link}', activation_text: 'Ciao {owner}, {hours} h: {link}', ...changes,
    };
    const id = randomUUID();
    await this.call('create_profile', { id, draft });
    return { id, ...draft };
  }

  async account(group: string, changes: object = {}) {
    const [id, username] = [randomUUID(), digits(10)];
    const draft = {
      username, password: SIP_PASSWORD, repeat_password: SIP_PASSWORD, number: username, owner: unique('Chiara'), group, email: '', description: '',
      visible: true, call_limit: '2', keep_alive: false, profile: '', account_type: 'PGSM', security_model: 'SDES', obfuscation: 'ON', obfuscation_key: '9',
      mac: '', deny: '', permit: '', ...changes,
    };
    await this.call('create_account', { id, draft });
    return { id, ...draft };
  }

  /** Changes fields of an account that is there. */
  async change(id: string, changes: object) {
    const { version, draft } = await this.call('edit_account_form', { id });
    await this.call('update_account', { id, version, draft: { ...draft, ...changes } });
  }

  async snom(group: string, changes: object = {}) {
    return this.account(group, { account_type: 'SNOM', security_model: null, obfuscation: null, obfuscation_key: '', keep_alive: true, ...changes });
  }
}
