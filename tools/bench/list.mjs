// The list query: what stands between a key press and its answer.
import * as database from './database.mjs';
import { Client, each } from './http.mjs';
import { material, queries } from './needles.mjs';
import { largest, median, quantile } from './numbers.mjs';
import { addTimes } from './report.mjs';

const QUERIES = 2_400;
const SUBJECT = 'List query, a million accounts, over HTTP';
const AIMS = { p99: 30, max: 100 };

export async function measure(server, report, options = {}) {
  const count = Number(options.queries ?? QUERIES);
  const from = await material();
  await peers(server, report, from);
  const asked = queries(from, count, 3);
  // The first calls of a fresh server prepare statements and read the indexes from the disk.
  await answers(server, queries(from, Math.min(count, 200), 4), 1);
  const one = await answers(server, asked, 1);
  addTimes(report, SUBJECT, '1 client', one.map((answer) => answer.ms), quantile, AIMS);
  for (const [what, isOne] of Object.entries(PARTS)) {
    const times = one.filter(({ query }) => isOne(query, from)).map((answer) => answer.ms);
    if (times.length) report.add(SUBJECT, `1 client, ${what} (${times.length}), p99`, quantile(times, 0.99), 'ms', { aim: AIMS.p99 });
  }
  const eight = await answers(server, queries(from, count, 5), 8);
  addTimes(report, SUBJECT, '8 clients', eight.map((answer) => answer.ms), quantile, { max: AIMS.max });
  slowest(report, one);
}

/** Parts of the questions that are answered in ways of their own. */
const PARTS = {
  'in the group of 500,000': ({ filter }, { large }) => filter.group === large,
  'in small groups': ({ filter }, { large }) => filter.group !== null && filter.group !== large,
  'in all': ({ filter }) => filter.group === null,
  '1 or 2 characters': ({ filter }) => [...filter.needle].length < 3,
  '3 characters or more': ({ filter }) => [...filter.needle].length >= 3,
  'with facets': ({ filter }) => Object.keys(filter).length > 2,
  'pages further on': ({ place }) => place !== 'start',
};

/** What could not be undercut: a round trip to the database, and the same way through the program for one row. */
async function peers(server, report, { people }) {
  const point = (at) => `SELECT * FROM accounts WHERE username = '${people[at % people.length].username}'`;
  const [idle, found] = [Array.from({ length: 1_000 }, () => 'SELECT 1'), Array.from({ length: 1_000 }, (_, at) => point(at))];
  report.add('Peers of the list query', 'SELECT 1 in psql, p50', median((await database.times(idle)).slice(100)), 'ms');
  report.add('Peers of the list query', 'one account by its username in psql, p50', median((await database.times(found)).slice(100)), 'ms');
  const client = new Client(server.base, server.cookies[0]);
  const [ready, shown] = [[], []];
  const ids = await database.rows("SELECT id FROM accounts WHERE username LIKE '%123' LIMIT 500");
  for (const { id } of ids) {
    ready.push((await client.ask('/readyz')).whole);
    shown.push((await client.call('show_account', { id })).whole);
  }
  client.close();
  report.add('Peers of the list query', 'SELECT 1 over HTTP (/readyz), p50', median(ready), 'ms');
  report.add('Peers of the list query', 'one account over HTTP, with its session and history, p50', median(shown), 'ms');
  report.add('Peers of the list query', 'one account over HTTP, with its session and history, p99', quantile(shown, 0.99), 'ms');
}

/** Asks each query; one in seven also for the page behind the first, as scrolling does. */
export async function answers(server, asked, clients) {
  const client = new Client(server.base, server.cookies[0], clients);
  const answered = [];
  await each(asked, clients, async (query, at) => {
    const reply = await client.call('list_accounts', { query, counts: true });
    answered.push({ query, counts: true, ms: reply.whole });
    const list = at % 7 ? { more: false } : reply.answer();
    if (!list.more) return;
    const next = { ...query, place: { after: list.last } };
    const second = await client.call('list_accounts', { query: next, counts: false });
    answered.push({ query: next, counts: false, ms: second.whole });
  });
  client.close();
  return answered;
}

function slowest(report, answered) {
  const worst = answered.toSorted((one, other) => other.ms - one.ms).slice(0, 10);
  report.note('slowest', worst);
  console.log('  The ten slowest, to be explained:');
  for (const { ms, query, counts } of worst) console.log(`  ${ms.toFixed(1).padStart(7)} ms  ${JSON.stringify({ query, counts })}`);
}

/** The same questions after many rows were changed and before Postgres has tidied up. */
export async function measureUntidy(server, report) {
  const answered = await answers(server, queries(await material(), 400, 6), 1);
  const times = answered.map((answer) => answer.ms);
  report.add(SUBJECT, '1 client, right after a bulk change, p99', quantile(times, 0.99), 'ms', { aim: AIMS.p99 });
  report.add(SUBJECT, '1 client, right after a bulk change, max', largest(times), 'ms', { aim: AIMS.max });
}
