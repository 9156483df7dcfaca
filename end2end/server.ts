// Starts the program under test on a database of its own, makes one operator of each role, and stops it at the end.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from '@playwright/test';
import { lookAtLog } from './leaks';
import { startSip } from './sip';

export const PASSWORD = 'four words of a test';
export const SIP_PASSWORD = 'Tr0mbone-Kettle';
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export const stateOf = (role: Role) => join(__dirname, '.state', `${role}.json`);

// What the person who runs the tests has set for their own Ringkey is none of ours.
const SETTING = /^(RINGKEY_.*|DATABASE_URL)$/;
export const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTING.test(name)));

/** Runs one command of the program on the database under test. */
export function ringkey(args: string[], input = '', data = process.env.RINGKEY_TEST_DATA!) {
  execFileSync(process.env.RINGKEY!, [...args, '--data-dir', data], { input, stdio: 'pipe', env: environment() });
}

export function addOperator(name: string, role: Role, data?: string) {
  ringkey(['operator', 'add', name, '--role', role, '--password-stdin'], PASSWORD, data);
}

/** A program that serves, on a database of its own. */
export interface Server {
  base: string;
  data: string;
  log: string;
  oneTimePassword: string;
  stop: () => Promise<void>;
}

/** Starts the program on a free port and waits until it is ready. */
export async function serve(): Promise<Server> {
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
    return { base: word(/ready at (\S+)/), data, log, oneTimePassword: word(/One-time password\s+(\S+)/), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Adds an operator of this role to a server and signs in; gives the file of the session. */
export async function signIn(server: Server, role: Role, file = join(server.data, '..', `${role}.json`)) {
  addOperator(`Test ${role}`, role, server.data);
  const context = await request.newContext({ baseURL: server.base });
  const reply = await context.post('/sign-in', { form: { name: `Test ${role}`, password: PASSWORD, next: '' }, headers: { 'x-forwarded-for': '192.0.2.1' } });
  if (!reply.ok()) throw new Error(`${role} cannot sign in: ${reply.status()}`);
  await context.storageState({ path: file });
  await context.dispose();
  return file;
}

/** The server that the stories share, with a SIP server beside it. */
export default async function start() {
  const server = await serve();
  let stopSip = async () => {};
  const stop = async () => {
    await stopSip();
    await server.stop();
  };
  try {
    process.env.RINGKEY_BASE = server.base;
    process.env.RINGKEY_ONE_TIME_PASSWORD = server.oneTimePassword;
    process.env.RINGKEY_TEST_DATA = server.data;
    // A group with a long list in it; the pictures show ordinary ones.
    const [groups, accounts] = process.env.SCREENSHOTS ? ['8', '240'] : ['1', '1200'];
    ringkey(['seed', '--groups', groups, '--accounts', accounts]);
    mkdirSync(join(__dirname, '.state'), { recursive: true });
    for (const role of ROLES) await signIn(server, role, stateOf(role));
    stopSip = await startSip(server.data);
  } catch (error) {
    await stop();
    throw error;
  }
  return async () => {
    try {
      lookAtLog(server);
    } finally {
      await stop();
    }
  };
}
