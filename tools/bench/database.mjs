// A million accounts in 200 groups, made once and kept outside the checkout, and the program that serves them.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { signIn } from './http.mjs';
import { CACHE } from './report.mjs';

export const GROUPS = 200;
export const ACCOUNTS = 1_000_000;
const PASSWORD = 'four words of a bench';
// As root Postgres runs as another user, who cannot get into root's home.
const HOME = process.getuid() === 0 ? '/var/cache/ringkey/bench' : path.join(CACHE, 'bench');
const DATA = path.join(HOME, 'data');
const MIGRATIONS = path.join(import.meta.dirname, '../../app/migrations');

// What the person who runs this has set for their own Ringkey or Postgres is none of ours.
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(RINGKEY_.*|DATABASE_URL|PG.*)$/.test(name)));

/** Runs one command of the program on the database. */
function ringkey(args, input = '') {
  execFileSync(process.env.RINGKEY, [...args, '--data-dir', DATA], { input, stdio: ['pipe', 'ignore', 'inherit'], env: environment() });
}

function schema() {
  const hash = createHash('sha256');
  for (const name of fs.readdirSync(MIGRATIONS).sort()) hash.update(name).update(fs.readFileSync(path.join(MIGRATIONS, name)));
  return hash.digest('hex');
}

/** Makes the database, unless there is one of this schema. Gives the seconds that seeding took when it was made. */
export function seeded() {
  const stamp = path.join(HOME, 'seeded.json');
  const wanted = { schema: schema(), groups: GROUPS, accounts: ACCOUNTS };
  try {
    const made = JSON.parse(fs.readFileSync(stamp, 'utf8'));
    if (Object.entries(wanted).every(([name, value]) => made[name] === value)) return made.seconds;
  } catch {
    // Made anew below.
  }
  console.log(`Making the database of a million accounts, once for this schema (about 3 minutes, 3.5 GB in ${HOME})`);
  // Gone first and written last: a run that is cut short leaves nothing that looks complete.
  fs.rmSync(stamp, { force: true });
  fs.rmSync(DATA, { recursive: true, force: true });
  fs.mkdirSync(HOME, { recursive: true, mode: 0o755 });
  const began = performance.now();
  ringkey(['seed', '--groups', String(GROUPS), '--accounts', String(ACCOUNTS)]);
  const seconds = (performance.now() - began) / 1000;
  for (const name of ['bench one', 'bench two']) ringkey(['operator', 'add', name, '--role', 'operator', '--password-stdin'], PASSWORD);
  fs.writeFileSync(stamp, JSON.stringify({ ...wanted, seconds }));
  return seconds;
}

/** The program, serving on a free port; `beside` another one, on the same database and with the same key; with `more` arguments. */
export async function serve({ beside = false, more = [] } = {}) {
  const log = path.join(HOME, beside ? 'server-beside.log' : 'server.log');
  const shared = ['--database-url', `postgres://ringkey@localhost/ringkey?host=${DATA}`, '--key-file', path.join(DATA, 'ringkey.key')];
  const server = spawn(process.env.RINGKEY, ['serve', '--listen', '127.0.0.1:0', ...(beside ? shared : ['--data-dir', DATA]), ...more], {
    stdio: ['ignore', 'pipe', fs.openSync(log, 'w')],
    env: environment(),
  });
  // However this ends, the server ends with it, and its Postgres with the server.
  process.once('exit', () => server.kill());
  const base = await new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (piece) => {
      said += piece;
      const found = /ready at (\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${fs.readFileSync(log, 'utf8').slice(-2000)}`)));
    server.once('error', reject);
  });
  const cookies = [];
  for (const name of ['bench one', 'bench two']) cookies.push(await signIn(base, name, PASSWORD));
  return {
    base,
    pid: server.pid,
    /** Sessions of two operators. */
    cookies,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** The session of an operator with the password that all of the bench have. */
export const session = (base, name, headers) => signIn(base, name, PASSWORD, headers);

/** The session of an admin, who is made when there is none. */
export async function admin(base) {
  if (!(await rows("SELECT id FROM operators WHERE name = 'bench admin'")).length) {
    ringkey(['operator', 'add', 'bench admin', '--role', 'admin', '--password-stdin'], PASSWORD);
  }
  return signIn(base, 'bench admin', PASSWORD);
}

const programs = () => {
  const versions = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql') : [];
  const newest = versions.map(Number).filter(Number.isFinite).sort((one, other) => other - one)[0];
  return process.env.PG_BIN ?? `/usr/lib/postgresql/${newest}/bin`;
};

/** How to start psql on the database: the program and its arguments. */
export function psqlCommand(user = 'ringkey') {
  return [path.join(programs(), 'psql'), ['-h', DATA, '-U', user, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', 'ringkey']];
}

/** Runs SQL beside the program; gives what psql prints. */
export async function sql(text, { user } = {}) {
  const [program, args] = psqlCommand(user);
  const running = promisify(execFile)(program, [...args, '-f', '-'], { env: environment(), maxBuffer: 2 ** 28 });
  running.child.stdin.end(text);
  return (await running).stdout.trim();
}

/** Keeps what a statement has locked, until it is released. */
export async function hold(statement) {
  const [program, args] = psqlCommand();
  const session = spawn(program, [...args, '-f', '-'], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => session.once('exit', resolve));
  session.stdin.write(`BEGIN; ${statement}; SELECT 'held';\n`);
  await Promise.race([new Promise((resolve) => session.stdout.once('data', resolve)), ended.then(() => Promise.reject(new Error(`not held: ${statement}`)))]);
  return {
    async release() {
      session.stdin.end('ROLLBACK;\n');
      await ended;
    },
  };
}

/** Rows of a query. */
export async function rows(query) {
  const text = await sql(`SELECT coalesce(json_agg(r), '[]') FROM (${query}) r`);
  return JSON.parse(text);
}

/** The milliseconds that each of these statements takes in one session, as psql sees it. */
export async function times(statements) {
  const said = await sql(['\\timing on', ...statements.map((statement) => `${statement};`)].join('\n'));
  return [...said.matchAll(/^Time: ([\d.]+) ms/gm)].map(([, time]) => Number(time));
}

/** Statements of the superuser of the private Postgres, each in a transaction of its own. */
export async function asMaster(statements) {
  await sql(statements.map((statement) => `${statement};`).join('\n'), { user: 'postgres' });
}

/** Ends the program's connections, so that it opens new ones. */
export async function reconnect() {
  await asMaster(["SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ringkey'"]);
}

/** What Postgres has written into its log. */
export const log = () => fs.readFileSync(path.join(DATA, 'postgres.log'), 'utf8');

/** Takes the traces of a measurement away: what it wrote into the history, and versions of rows that nobody sees. */
export async function tidy() {
  // The history only grows, but for the superuser.
  await asMaster([
    'SET session_replication_role = replica',
    "DELETE FROM audit_log WHERE operator_name LIKE 'bench %'",
    'VACUUM (ANALYZE) accounts, account_search, audit_log',
  ]);
}
