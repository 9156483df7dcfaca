// Starts the program under test on a database of its own, makes one operator of each role, and stops it at the end.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from '@playwright/test';

export const PASSWORD = 'four words of a test';
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export const stateOf = (role: Role) => join(__dirname, '.state', `${role}.json`);

// What the person who runs the tests has set for their own Ringkey is none of ours.
const SETTING = /^(RINGKEY_.*|DATABASE_URL)$/;
export const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTING.test(name)));

/** Runs one command of the program on the database under test. */
export function ringkey(args: string[], input = '') {
  execFileSync(process.env.RINGKEY!, [...args, '--data-dir', process.env.RINGKEY_TEST_DATA!], { input, stdio: 'pipe', env: environment() });
}

export function addOperator(name: string, role: Role) {
  ringkey(['operator', 'add', name, '--role', role, '--password-stdin'], PASSWORD);
}

export default async function start() {
  const program = process.env.RINGKEY;
  if (!program) throw new Error('RINGKEY names the program under test: use `make test`.');
  const directory = mkdtempSync(join(tmpdir(), 'ringkey-e2e-'));
  // As root Postgres runs as another user, who has to get through.
  chmodSync(directory, 0o755);
  const [data, log] = [join(directory, 'data'), join(directory, 'log')];
  // Each browser of a test says another X-Forwarded-For, so that the limits of signing in are its own.
  const server = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data-dir', data, '--trusted-proxy', '127.0.0.1'], {
    stdio: ['ignore', 'pipe', openSync(log, 'w')],
    env: environment(),
  });
  // However the tests end, the server ends with them.
  process.once('exit', () => server.kill());
  const stop = async () => {
    if (server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const said = await new Promise<string>((resolve, reject) => {
      let text = '';
      const fail = (why: string) => reject(new Error(`the server ${why}: ${text}${readFileSync(log, 'utf8')}`));
      const slow = setTimeout(() => fail('was not ready in a minute'), 60_000);
      server.stdout.on('data', (chunk) => {
        text += chunk;
        if (!/choose one of your own/.test(text)) return;
        clearTimeout(slow);
        resolve(text);
      });
      server.once('exit', (code) => fail(`ended with ${code}`));
    });
    const word = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
    process.env.RINGKEY_BASE = word(/ready at (\S+)/);
    process.env.RINGKEY_ONE_TIME_PASSWORD = word(/One-time password\s+(\S+)/);
    process.env.RINGKEY_TEST_DATA = data;
    // A group with a long list in it; the pictures show ordinary ones.
    const [groups, accounts] = process.env.SCREENSHOTS ? ['8', '240'] : ['1', '1200'];
    ringkey(['seed', '--groups', groups, '--accounts', accounts]);
    mkdirSync(join(__dirname, '.state'), { recursive: true });
    for (const role of ROLES) {
      addOperator(`Test ${role}`, role);
      const context = await request.newContext({ baseURL: process.env.RINGKEY_BASE });
      const reply = await context.post('/sign-in', { form: { name: `Test ${role}`, password: PASSWORD, next: '' }, headers: { 'x-forwarded-for': '192.0.2.1' } });
      if (!reply.ok()) throw new Error(`${role} cannot sign in: ${reply.status()}`);
      await context.storageState({ path: stateOf(role) });
      await context.dispose();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
