// The figures: a table on the screen and a JSON file, each figure beside its aim or beside a peer of the same run.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const CACHE = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ringkey');

export class Report {
  rows = [];
  notes = {};
  broken = [];
  began = new Date();
  loadBefore = os.loadavg()[0];

  /** `aim`: as much, at most; with `atLeast`, as much or more. `fails`: beyond it the run has failed. */
  add(subject, what, value, unit, { aim, atLeast = false, fails, peer, peerIs } = {}) {
    const beside = peer ?? aim;
    const met = aim === undefined ? undefined : atLeast ? value >= aim : value <= aim;
    const failed = fails !== undefined && value > fails;
    const row = { subject, what, value: round(value), unit, aim, atLeast, met, peer: peer === undefined ? undefined : round(peer), peerIs, fails, failed };
    row.ratio = beside ? round(value / beside) : undefined;
    this.rows.push(row);
    console.log(`  ${what}: ${shown(row)}${told(row)}`);
  }

  /** Something that is kept beside the figures, such as the slowest queries. */
  note(name, content) {
    this.notes[name] = content;
  }

  /** A part could not be measured to its end. */
  broke(part, why) {
    console.error(`  Broken off: ${why}`);
    this.broken.push({ part, why });
  }

  /** Says what is not as it must be; whether all is. */
  judge() {
    const failed = this.rows.filter((row) => row.failed);
    for (const { what, value, unit, fails } of failed) console.error(`Too much: ${what} is ${value} ${unit}, and must not be over ${fails} ${unit}.`);
    for (const { part, why } of this.broken) console.error(`Not measured to its end: ${part}. ${why}`);
    return failed.length + this.broken.length === 0;
  }

  print() {
    const cells = this.rows.map((row) => [row.subject, row.what, shown(row), told(row).trim(), row.met === undefined ? '' : row.met ? 'met' : 'MISSED']);
    const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((cell) => cell[at].length)));
    let subject;
    console.log('');
    for (const [name, what, value, beside, met] of cells) {
      if (name !== subject) console.log(`${name}`);
      subject = name;
      console.log(`  ${what.padEnd(widths[1])}  ${value.padStart(widths[2])}  ${beside.padEnd(widths[3])}  ${met}`);
    }
    const machine = this.machine();
    console.log(`\n${machine.processor}, ${machine.cores} cores, ${machine.memoryGib} GiB; load ${machine.loadBefore} before, ${machine.loadAfter} after`);
  }

  write() {
    fs.mkdirSync(CACHE, { recursive: true });
    const file = path.join(CACHE, 'bench.json');
    const content = { began: this.began.toISOString(), ended: new Date().toISOString(), machine: this.machine(), rows: this.rows, broken: this.broken, ...this.notes };
    fs.writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
    console.log(`Written to ${file}`);
  }

  machine() {
    return {
      processor: os.cpus()[0]?.model ?? 'unknown',
      cores: os.cpus().length,
      memoryGib: Math.round(os.totalmem() / 2 ** 30),
      kernel: os.release(),
      node: process.version,
      postgres: version('psql'),
      chromium: version(process.env.CHROMIUM || 'chromium'),
      commit: version('git', ['-C', import.meta.dirname, 'describe', '--always', '--dirty']),
      // Others who use the cores are in every figure.
      loadBefore: round(this.loadBefore),
      loadAfter: round(os.loadavg()[0]),
    };
  }
}

function version(program, args = ['--version']) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

const round = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
const shown = ({ value, unit }) => `${value.toLocaleString('en-GB')} ${unit}`;

function told({ aim, atLeast, unit, peer, peerIs, ratio }) {
  const parts = [];
  if (peer !== undefined) parts.push(`${ratio} × ${peerIs} (${peer.toLocaleString('en-GB')} ${unit})`);
  if (aim !== undefined) parts.push(`aim ${atLeast ? '≥' : '≤'} ${aim.toLocaleString('en-GB')} ${unit}`);
  return parts.length ? `  ${parts.join(', ')}` : '';
}

/** How the measurements of one kind are told: their quantiles, of which some have an aim. */
export function addTimes(report, subject, what, times, quantile, aims = {}) {
  for (const [name, share] of [['p50', 0.5], ['p95', 0.95], ['p99', 0.99], ['max', 1]]) {
    report.add(subject, `${what}, ${name}`, quantile(times, share), 'ms', aims[name] === undefined ? {} : { aim: aims[name] });
  }
}
