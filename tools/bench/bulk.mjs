// A hundred thousand accounts are disabled at once, while somebody else goes on saving accounts of the same choice.
import * as database from './database.mjs';
import { Client } from './http.mjs';
import { measureUntidy } from './list.mjs';
import { largest, median, quantile } from './numbers.mjs';

const SUBJECT = 'Bulk disable';
const FILTER = { account_type: 'SNOM', statuses: ['connected'] };
const WHERE = "account_type = 'SNOM' AND last_status = 'connected'";
/** How many of them the other operator saves, over and over. */
const SAVED = 150;

export async function measure(server, report) {
  // Those that were disabled before stay so in the end.
  const disabled = await database.rows(`SELECT id FROM accounts WHERE ${WHERE} AND NOT enabled`);
  const other = new Client(server.base, server.cookies[1]);
  const forms = await open(other);
  try {
    const idle = await saving(other, forms, { until: (saves) => saves === SAVED });
    let done = false;
    const changing = change(server, 'disable').finally(() => (done = true));
    const busy = await saving(other, forms, { until: () => done });
    const { changed, left, seconds } = await changing;
    report.add(SUBJECT, 'accounts disabled', changed, 'accounts');
    report.add(SUBJECT, 'accounts left alone, since somebody was saving them', left, 'accounts');
    report.add(SUBJECT, 'time', seconds, 's', { peer: await oneStatement(), peerIs: 'one UPDATE of all, which locks them all' });
    report.add(SUBJECT, 'accounts a second', changed / seconds, 'accounts/s');
    report.add(SUBJECT, `a save by another operator meanwhile (${busy.length}), p50`, median(busy), 'ms', { peer: median(idle), peerIs: 'when nothing else goes on' });
    report.add(SUBJECT, `a save by another operator meanwhile (${busy.length}), p99`, quantile(busy, 0.99), 'ms', { peer: quantile(idle, 0.99), peerIs: 'when nothing else goes on' });
    report.add(SUBJECT, 'the longest wait of a save meanwhile', largest(busy), 'ms', { aim: 100 });
    await measureUntidy(server, report);
  } finally {
    await change(server, 'enable');
    for (const form of forms) await save(other, form, form.draft);
    other.close();
    const ids = disabled.map(({ id }) => `'${id}'`).join(', ');
    if (ids) await database.sql(`UPDATE accounts SET enabled = false WHERE id IN (${ids})`);
    await database.tidy();
  }
}

/** Forms of some of the accounts, spread over all of them. */
async function open(client) {
  const ids = await database.rows(`SELECT id FROM accounts WHERE ${WHERE} AND enabled AND username LIKE '%77' ORDER BY id LIMIT ${SAVED}`);
  const forms = [];
  for (const { id } of ids) forms.push({ id, ...(await read(client, id)) });
  return forms;
}

async function read(client, id) {
  const start = (await client.call('edit_account_form', { id })).answer();
  // What a SNOM does not have is not sent, as the form does not.
  return { version: start.version, draft: { ...start.draft, security_model: null, obfuscation: null, obfuscation_key: '' } };
}

/** Saves one account after the other; the milliseconds of each. */
async function saving(client, forms, { until }) {
  const times = [];
  while (!until(times.length)) {
    const form = forms[times.length % forms.length];
    times.push(await save(client, form, { ...form.draft, description: `Saved ${times.length} times` }));
  }
  return times;
}

async function save(client, form, draft) {
  const { whole } = await client.call('update_account', { id: form.id, version: form.version, draft });
  form.version += 1;
  return whole;
}

/** Reads the lines that tell how the work goes on. */
async function change(server, action) {
  const [{ at }] = await database.rows('SELECT (extract(epoch FROM now()) * 1000000)::bigint AS at');
  const client = new Client(server.base, server.cookies[0]);
  let text = '';
  const body = JSON.stringify({ selection: { matching: { filter: FILTER, at } }, action });
  const reply = await client.ask('/api/change_accounts', { body, onPiece: (piece) => (text += piece) });
  client.close();
  const lines = text.trim().split('\n').map((line) => JSON.parse(line));
  if (lines.at(-1) !== 'finished') throw new Error(`the work ended with ${JSON.stringify(lines.at(-1))}`);
  const last = lines.findLast((line) => line.step).step;
  return { changed: last.changed, left: lines.filter((line) => line.left).length, seconds: reply.whole / 1000 };
}

/** The seconds that the same change takes in one statement, which is then taken back. */
async function oneStatement() {
  const [, time] = await database.times([
    'BEGIN',
    `WITH changed AS (UPDATE accounts SET enabled = NOT enabled WHERE ${WHERE} RETURNING id, owner, username)
     INSERT INTO audit_log (id, operator_name, action, subject_kind, subject_id, subject_name)
     SELECT gen_random_uuid(), 'bench one', 'disabled', 'account', id, concat_ws(', ', owner, username) FROM changed`,
    'ROLLBACK',
  ]);
  return time / 1000;
}
