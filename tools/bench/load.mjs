// Two hundred operators at once, who list, filter, look, edit and send; what the server's memory does over many requests; and
// whether others notice when somebody floods the sign-in, or tries links. The questions are asked by wrk, which takes little of the two
// cores.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as database from './database.mjs';
import { Client, each } from './http.mjs';
import { material, queries } from './needles.mjs';
import { quantile, random } from './numbers.mjs';

const OPERATORS = 200;
/** What an operator does between two requests takes about so long. */
const PAUSE_MS = 2_000;
const SECONDS = 60;
const EDITS = 1_200;
const SENDS = 600;
const MANY = 200_000;
const LINKS = 100_000;
const THREADS = 2;
const PROXY = ['--trusted-proxy', '127.0.0.1'];

export async function measure(_, report) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringkey-load-'));
  await operators();
  // A second server, so that the proxy of the flood is believed.
  const server = await database.serve({ beside: true, more: PROXY });
  try {
    const sessions = await signedIn(server);
    await mixed(server, report, sessions, directory);
    await memory(server, report, sessions, directory);
    await flood(server, report, sessions, directory);
    await links(server, report, directory);
  } finally {
    await server.stop();
    fs.rmSync(directory, { recursive: true, force: true });
    await database.sql(`
      DELETE FROM messages WHERE operator_name LIKE 'bench load %';
      DELETE FROM sms_counts; DELETE FROM sign_in_limits; DELETE FROM link_limits; DELETE FROM live_changes;
      UPDATE sms_settings SET per_operator_hour = DEFAULT, per_hour = DEFAULT`);
    await database.asMaster(['SET session_replication_role = replica', "DELETE FROM audit_log WHERE operator_name LIKE 'bench %'"]);
    await database.sql("DELETE FROM operators WHERE name LIKE 'bench load %'");
    await database.tidy();
  }
}

/** With the password of the operators that the bench has. */
async function operators() {
  await database.sql(`
    INSERT INTO operators (id, name, role, password_hash)
    SELECT gen_random_uuid(), 'bench load ' || n, 'operator', password_hash FROM operators, generate_series(1, ${OPERATORS}) n WHERE name = 'bench one'
    ON CONFLICT DO NOTHING;
    UPDATE sms_settings SET per_operator_hour = 1000, per_hour = 100000`);
}

/** The cookie of each; every one comes from an address of its own. */
async function signedIn(server) {
  const cookies = [];
  const names = Array.from({ length: OPERATORS }, (_, at) => at + 1);
  await each(names, 2, async (at) => {
    cookies.push(await database.session(server.base, `bench load ${at}`, { 'x-forwarded-for': `192.0.2.${at}` }));
  });
  return cookies;
}

async function mixed(server, report, sessions, directory) {
  const [from, chance] = [await material(), random(21)];
  const cookie = () => chance.pick(sessions);
  const calls = [];
  const call = (name, content) => calls.push([cookie(), 'POST', `/api/${name}`, JSON.stringify(content), '']);
  const page = (address) => calls.push([cookie(), 'GET', address, '', '']);
  const wanted = (OPERATORS * SECONDS * 1000 * 1.5) / PAUSE_MS;
  const [edits, sends] = [await edited(server, sessions), await recipients()];
  const asked = queries(from, Math.ceil(wanted), 22);
  const ids = await database.rows("SELECT id FROM accounts WHERE username LIKE '%77' LIMIT 5000");
  for (const query of asked) {
    const kind = chance.below(100);
    if (kind < 45) call('list_accounts', { query, counts: true });
    else if (kind < 55) page('/accounts');
    else if (kind < 65) page('/groups');
    else if (kind < 80) page(`/accounts/${chance.pick(ids).id}`);
    else if (kind < 90 && edits.length) call('update_account', edits.pop());
    else if (kind < 95 && sends.length) call('send_sms', sends.pop());
    else call('show_account', { id: chance.pick(ids).id });
  }
  const said = await wrk(server, directory, calls, { connections: OPERATORS, seconds: SECONDS, pause: PAUSE_MS, once: true });
  const subject = `${OPERATORS} operators at once, a million accounts: lists, filters, pages, edits and SMSes, one every ${PAUSE_MS / 1000} s`;
  report.add(subject, 'requests', said.requests / said.seconds, 'a second');
  report.add(subject, 'p50', said.p50, 'ms');
  report.add(subject, 'p95', said.p95, 'ms', { aim: 300 });
  report.add(subject, 'p99', said.p99, 'ms');
  report.add(subject, 'answers that are no success', said.refused + said.broken, 'requests', { aim: 0, fails: 0 });
  report.note('refused under load', said.told);
  for (const line of said.told) console.log(`    ${line}`);
}

/** Edits of as many accounts, each on the version that it has. */
async function edited(server, sessions) {
  const ids = await database.rows(`SELECT id FROM accounts WHERE username LIKE '%55' AND account_type = 'PGSM' ORDER BY username LIMIT ${EDITS}`);
  const client = new Client(server.base, sessions[0], 2);
  const edits = [];
  await each(ids, 2, async ({ id }) => {
    const { version, draft } = (await client.call('edit_account_form', { id })).answer();
    edits.push({ id, version, draft: { ...draft, description: `Edited under load ${edits.length}` } });
  });
  client.close();
  return edits;
}

async function recipients() {
  const ids = await database.rows(`SELECT id, gen_random_uuid() AS message FROM accounts WHERE username LIKE '%66' AND account_type = 'PGSM' AND number LIKE '+%' ORDER BY username LIMIT ${SENDS}`);
  return ids.map(({ id, message }) => ({ message, account: id, kind: 'installation' }));
}

async function memory(server, report, sessions, directory) {
  const [chance, calls] = [random(23), []];
  const ids = await database.rows("SELECT id FROM accounts WHERE username LIKE '%88' LIMIT 5000");
  const list = JSON.stringify({ query: { filter: {}, sort: 'username', descending: false, place: 'start', size: null }, counts: true });
  for (let at = 0; at < 10_000; at += 1) {
    const cookie = chance.pick(sessions);
    const kind = chance.below(10);
    if (kind < 3) calls.push([cookie, 'POST', '/api/list_accounts', list, '']);
    else if (kind < 5) calls.push([cookie, 'GET', '/accounts', '', '']);
    else calls.push([cookie, 'POST', '/api/show_account', JSON.stringify({ id: chance.pick(ids).id }), '']);
  }
  const options = { connections: 32, seconds: 20, pause: 0 };
  let { requests } = await wrk(server, directory, calls, options);
  const before = resident(server.pid);
  let [most, refused] = [before, 0];
  while (requests < MANY) {
    const said = await wrk(server, directory, calls, options);
    [requests, refused, most] = [requests + said.requests, refused + said.refused + said.broken, Math.max(most, resident(server.pid))];
  }
  const subject = `The server's memory over ${requests.toLocaleString('en-GB')} requests`;
  report.add(subject, 'after the first twenty seconds', before, 'MiB');
  report.add(subject, 'growth from then on', most - before, 'MiB', { aim: 16 });
  report.add(subject, 'answers that are no success', refused, 'requests', { aim: 0, fails: 0 });
}

/** Others look at lists and accounts while tries with wrong passwords come from everywhere as fast as they are answered. */
async function flood(server, report, sessions, directory) {
  const chance = random(24);
  const tries = Array.from({ length: 50_000 }, (_, at) => ['', 'POST', '/sign-in', `name=bench+load+${1 + (at % OPERATORS)}&password=wrong+${at}&next=`, address(chance)]);
  const flooding = wrk(server, directory, tries, { connections: 100, seconds: 30, pause: 0 });
  const client = new Client(server.base, sessions[7]);
  const [ids, times] = [await database.rows("SELECT id FROM accounts WHERE username LIKE '%99' LIMIT 500"), []];
  const query = { filter: {}, sort: 'owner', descending: false, place: 'start', size: null };
  const ended = Symbol('ended');
  for (let at = 0; ; at += 1) {
    times.push((await client.call('list_accounts', { query, counts: true })).whole);
    times.push((await client.call('show_account', { id: ids[at % ids.length].id })).whole);
    if ((await Promise.race([flooding, new Promise((resolve) => setTimeout(resolve, 100, ended))])) !== ended) break;
  }
  client.close();
  const said = await flooding;
  const subject = 'Other pages while the sign-in is flooded from a hundred connections, each try from another address';
  report.add(subject, 'tries that were answered', said.requests / said.seconds, 'a second');
  report.add(subject, `${times.length} lists and accounts, p50`, quantile(times, 0.5), 'ms');
  report.add(subject, `${times.length} lists and accounts, p95`, quantile(times, 0.95), 'ms', { aim: 200 });
  report.add(subject, `${times.length} lists and accounts, max`, quantile(times, 1), 'ms');
}

/** Links that nobody was sent, each tried from another address: no limit of an address is in the way. */
async function links(server, report, directory) {
  const chance = random(25);
  const tries = Array.from({ length: LINKS }, () => ['', 'GET', `/a/${randomBytes(32).toString('base64url')}`, '', address(chance)]);
  const said = await wrk(server, directory, tries, { connections: 50, seconds: 300, pause: 0, once: true });
  const subject = `${said.requests.toLocaleString('en-GB')} random links, each from another address`;
  report.add(subject, 'tries that were answered', said.requests / said.seconds, 'a second');
  report.add(subject, 'links that opened', said.requests - said.refused, 'links', { aim: 0, fails: 0 });
}

/** An address of a visitor. */
const address = (chance) => `${1 + chance.below(220)}.${chance.below(256)}.${chance.below(256)}.${1 + chance.below(254)}`;

async function wrk(server, directory, calls, { connections, seconds, pause, once = false }) {
  const file = path.join(directory, 'calls');
  fs.writeFileSync(file, calls.map((call) => `${call.join('\t')}\n`).join(''));
  const script = path.join(import.meta.dirname, 'load.lua');
  const args = ['-t', THREADS, '-c', connections, '-d', `${seconds}s`, '--timeout', '30s', '-s', script, server.base, '--', file, THREADS, pause, once ? 'once' : 'again'];
  const { stdout } = await promisify(execFile)('wrk', args.map(String), { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** In MiB. */
function resident(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
