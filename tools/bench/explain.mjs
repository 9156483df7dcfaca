// Why the slowest list queries were slow: each is asked once more, and Postgres tells the plans of its statements.
import fs from 'node:fs';
import path from 'node:path';
import * as database from './database.mjs';
import { Client } from './http.mjs';
import { CACHE } from './report.mjs';

const SETTINGS = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  // Looking at the clock for each row would be a good part of what is measured.
  'auto_explain.log_timing': 'off',
};
/** Statements that took less are none of the reasons. */
const WORTH_TELLING = 2;

export async function measure(server, report) {
  const slowest = report.notes.slowest ?? [];
  const client = new Client(server.base, server.cookies[0]);
  const told = [];
  await database.asMaster(["LOAD 'auto_explain'", ...Object.entries(SETTINGS).map(([name, value]) => `ALTER ROLE ringkey SET ${name} = '${value}'`)]);
  try {
    await database.reconnect();
    for (const { query, counts, ms } of slowest) {
      const from = database.log().length;
      await client.call('list_accounts', { query, counts });
      told.push(`== ${JSON.stringify({ query, counts })}\n== ${ms.toFixed(1)} ms in the measurement\n${plans(database.log().slice(from)).join('\n')}`);
    }
  } finally {
    client.close();
    await database.asMaster(Object.keys(SETTINGS).map((name) => `ALTER ROLE ringkey RESET ${name}`));
    await database.reconnect();
  }
  const file = path.join(CACHE, 'bench-explained.txt');
  fs.mkdirSync(CACHE, { recursive: true });
  fs.writeFileSync(file, `${told.join('\n\n')}\n`);
  console.log(`  The plans of the ten slowest are in ${file}`);
}

/** The statements in a piece of Postgres' log, each with its plan. */
function plans(text) {
  const entries = text.split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/m);
  return entries.filter((entry) => Number(/duration: ([\d.]+) ms {2}plan:/.exec(entry)?.[1] ?? 0) >= WORTH_TELLING).map((entry) => entry.replace(/^.*?duration/, 'duration').replaceAll('\t', '').trimEnd());
}
