// The file of a million rows, beside Postgres' own way of writing the same, and what the server's memory does meanwhile.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { ACCOUNTS, psqlCommand } from './database.mjs';
import { Client } from './http.mjs';
import { largest, median } from './numbers.mjs';

const SUBJECT = 'Export of all accounts';
/** What earlier parts made it take, it would only take again. */
export const NEEDS_A_FRESH_SERVER = true;
const ROUNDS = 3;
const NEW_LINE = 10;
/** The usual columns, in the usual order: what accounts/export.rs selects. */
const COLUMNS = `a.owner, a.number, a.email, a.security_model, a.description, a.username, a.account_type, a.enabled::text, a.last_status,
  to_char(a.last_status_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), g.name`;
const COPY = `COPY (SELECT ${COLUMNS} FROM accounts a JOIN groups g ON g.id = a.group_id ORDER BY a.last_status_at DESC, a.id DESC) TO STDOUT (FORMAT csv)`;

export async function measure(server, report) {
  const [ours, theirs, growth] = [[], [], []];
  const first = resident(server.pid) / 1024;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { seconds, rows, peak } = await download(server);
    // The first line names the columns.
    if (rows !== ACCOUNTS + 1) throw new Error(`the file has ${rows} lines`);
    ours.push(ACCOUNTS / seconds);
    growth.push(peak - first);
    theirs.push(ACCOUNTS / copy());
  }
  report.add(SUBJECT, 'rows a second', median(ours), 'rows/s', { aim: Math.round(median(theirs) / 2), atLeast: true, peer: median(theirs), peerIs: 'COPY … TO of the same' });
  report.add(SUBJECT, 'resident memory of the server before', first, 'MiB');
  report.add(SUBJECT, 'growth of the server’s resident memory', largest(growth), 'MiB', { aim: 32 });
}

async function download(server) {
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, resident(server.pid))), 20);
  const client = new Client(server.base, server.cookies[0]);
  let rows = 0;
  const count = (piece) => {
    for (let at = piece.indexOf(NEW_LINE); at >= 0; at = piece.indexOf(NEW_LINE, at + 1)) rows += 1;
  };
  try {
    const reply = await client.ask('/accounts/export.csv', { onPiece: count });
    if (reply.status !== 200) throw new Error(`the export answers ${reply.status}`);
    return { seconds: reply.whole / 1000, rows, peak: peak / 1024 };
  } finally {
    clearInterval(watch);
    client.close();
  }
}

/** The process' resident memory, in KiB. */
function resident(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function copy() {
  const [program, args] = psqlCommand();
  const began = performance.now();
  execFileSync(program, [...args, '-c', COPY], { stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - began) / 1000;
}
