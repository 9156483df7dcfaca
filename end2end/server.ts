// Starts the program under test on a database of its own, makes one operator of each role, and stops it at the end.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from '@playwright/test';

export const PASSWORD = 'four words of a test';
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const stateOf = (role: string) => join(__dirname, '.state', `${role}.json`);

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
    env: { ...process.env, DATABASE_URL: '' },
  });
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
      server.stdout.on('data', (chunk) => {
        text += chunk;
        if (/choose one of your own/.test(text)) resolve(text);
      });
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${readFileSync(log, 'utf8')}`)));
    });
    const word = (pattern: RegExp) => pattern.exec(said)?.[1] ?? '';
    process.env.RINGKEY_BASE = word(/ready at (\S+)/);
    process.env.RINGKEY_ONE_TIME_PASSWORD = word(/One-time password\s+(\S+)/);
    process.env.RINGKEY_PID = String(server.pid);
    process.env.RINGKEY_TEST_DATA = data;
    mkdirSync(join(__dirname, '.state'), { recursive: true });
    const add = (name: string, role: string) =>
      execFileSync(program, ['operator', 'add', name, '--role', role, '--password-stdin', '--data-dir', data], { input: PASSWORD, stdio: 'pipe', env: { ...process.env, DATABASE_URL: '' } });
    for (const role of ROLES) {
      add(`Test ${role}`, role);
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
