// Files become accounts of a table that has a million, beside a bare COPY of the same final rows into copies of the tables with the
// same indexes.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sent } from './batch-files.mjs';
import * as database from './database.mjs';
import { Client } from './http.mjs';
import { largest, median } from './numbers.mjs';

const SUBJECT = 'Import of a file into a million accounts';
/** What earlier parts made it take, it would only take again. */
export const NEEDS_A_FRESH_SERVER = true;
const SIZES = [10_000, 100_000];
const ROUNDS = { 10_000: 3, 100_000: 2 };
const TABLES = ['accounts', 'account_search'];

export async function measure(server, report) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringkey-bench-'));
  try {
    await copies();
    for (const rows of SIZES) await measureSize(server, report, rows, directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
    await database.sql(TABLES.map((table) => `DROP TABLE IF EXISTS bench_${table};`).join('\n'));
    await database.tidy();
  }
}

async function measureSize(server, report, rows, directory) {
  const [ours, list, all, undone, growth, shown] = [[], [], [], [], [], []];
  for (let round = 0; round < ROUNDS[rows]; round += 1) {
    const id = randomUUID();
    const { seconds, grown } = await sendRows(server, id, rows);
    ours.push(seconds);
    growth.push(grown);
    shown.push(await show(server, id));
    // What COPY is given are the very rows that the import has made.
    const files = TABLES.map((table) => path.join(directory, table));
    await database.sql(TABLES.map((table, at) => `\\copy (${finalRows(table, id)}) TO '${files[at]}' (FORMAT binary)`).join('\n'));
    undone.push(await undo(server, id));
    await settle();
    const [accounts, search] = await copied(files);
    list.push(accounts);
    all.push(accounts + search);
  }
  const told = rows.toLocaleString('en-GB');
  const peer = median(all);
  report.add(SUBJECT, `${told} rows`, median(ours), 's', { aim: 1.5 * peer, peer, peerIs: 'COPY of the same rows of accounts and account_search' });
  report.add(SUBJECT, `${told} rows, beside the table of accounts alone`, median(ours), 's', { peer: median(list), peerIs: 'COPY of the same rows of accounts' });
  report.add(SUBJECT, `${told} rows, growth of the server’s resident memory`, largest(growth), 'MiB', { aim: 64 });
  report.add(SUBJECT, `${told} rows, the list of the new accounts`, median(shown), 'ms');
  report.add(SUBJECT, `${told} accounts taken back`, median(undone), 's');
}

/** Sends rows as the page does; the seconds until it is told that they are there, and how much memory the server took. */
async function sendRows(server, id, rows) {
  const [{ group, profile }] = await database.rows('SELECT (SELECT id FROM groups LIMIT 1) AS "group", (SELECT id FROM provisioning_profiles LIMIT 1) AS profile');
  const body = sent(rows);
  const before = resident(server.pid);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, resident(server.pid))), 20);
  try {
    const reply = await lines(server, `/batches/${id}?file_name=bench.csv&group=${group}&profile=${profile}&rows_read=${rows}&rows=${rows}`, body);
    return { seconds: reply.seconds, grown: Math.max(0, peak - before) };
  } finally {
    clearInterval(watch);
  }
}

/** The milliseconds until the first page of its accounts is there, counted. */
async function show(server, id) {
  const client = new Client(server.base, server.cookies[0]);
  const { whole } = await client.call('list_accounts', { query: { filter: { batch: id }, sort: 'owner', descending: false }, counts: true });
  client.close();
  return whole;
}

const undo = async (server, id) => (await lines(server, '/api/undo_batch', JSON.stringify({ id }))).seconds;

/** Asks, and reads the lines that tell how it goes to the last. */
async function lines(server, address, body) {
  const client = new Client(server.base, server.cookies[0]);
  let text = '';
  const reply = await client.ask(address, { body, type: address.startsWith('/api/') ? 'application/json' : 'text/csv', onPiece: (piece) => (text += piece) });
  client.close();
  const last = JSON.parse(text.trim().split('\n').at(-1));
  if (last.done === undefined) throw new Error(`it ended with ${JSON.stringify(last)}`);
  return { seconds: reply.whole / 1000 };
}

/** Copies of the tables, with all of their rows and the same indexes. */
async function copies() {
  for (const table of TABLES) {
    await database.sql(
      `SET maintenance_work_mem = '1GB';
       DROP TABLE IF EXISTS bench_${table};
       CREATE TABLE bench_${table} (LIKE ${table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE);
       INSERT INTO bench_${table} (${await columns(table)}) SELECT ${await columns(table)} FROM ${table};`,
    );
    const indexes = await database.rows(`SELECT indexdef FROM pg_indexes WHERE tablename = '${table}'`);
    const made = indexes.map(({ indexdef }, at) => indexdef.replace(/INDEX \S+ ON \S+/, `INDEX bench_${table}_${at} ON bench_${table}`));
    await database.sql(`SET maintenance_work_mem = '1GB';\n${made.join(';\n')};\nALTER TABLE bench_${table} SET (fillfactor = 85);\nVACUUM ANALYZE bench_${table};`);
  }
}

/** Columns that are not made of others. */
async function columns(table) {
  const found = await database.rows(`SELECT attname FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`);
  return found.map(({ attname }) => attname).join(', ');
}

const finalRows = (table, id) =>
  table === 'accounts'
    ? `SELECT id, group_id, username, number, owner, email, description, visible, call_limit, keep_alive, profile_id, account_type, security_model, obfuscation_key, enabled, last_status, last_status_at, created_at, version, batch_id FROM accounts WHERE batch_id = '${id}' ORDER BY id`
    : `SELECT s.* FROM account_search s JOIN accounts a ON a.id = s.account_id WHERE a.batch_id = '${id}' ORDER BY a.id`;

const LISTED = {
  accounts: '(id, group_id, username, number, owner, email, description, visible, call_limit, keep_alive, profile_id, account_type, security_model, obfuscation_key, enabled, last_status, last_status_at, created_at, version, batch_id)',
  account_search: '',
};

/** The seconds that COPY takes for each table; the rows are gone again then. */
async function copied(files) {
  const taken = [];
  for (const [at, table] of TABLES.entries()) {
    await database.asMaster(['CHECKPOINT']);
    const key = table === 'accounts' ? 'id' : 'account_id';
    const [copy] = await database.times([`\\copy bench_${table} ${LISTED[table]} FROM '${files[at]}' (FORMAT binary)`]);
    taken.push(copy / 1000);
    await database.sql(`DELETE FROM bench_${table} b WHERE NOT EXISTS (SELECT FROM ${table} a WHERE a.${key} = b.${key});\nVACUUM bench_${table};`);
  }
  return taken;
}

/** Each round begins with tables that nobody has to clear up. */
async function settle() {
  await database.asMaster(['VACUUM accounts, account_search, audit_log', 'CHECKPOINT']);
}

/** The process' resident memory, in MiB. */
function resident(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
