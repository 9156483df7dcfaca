// How many registrations a second Kamailio holds on Ringkey's function, table and triggers, beside its own stock tables under the same
// configuration; how soon a REGISTER is seen on a screen; and the Registered Accounts at a hundred thousand registrations.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freshPage, live, withBrowser } from './browser.mjs';
import * as database from './database.mjs';
import { answers } from './list.mjs';
import { material, queries } from './needles.mjs';
import { largest, median, quantile } from './numbers.mjs';
import { addTimes } from './report.mjs';

const CONFIGURATION = path.join(import.meta.dirname, '../../server/sip/kamailio/kamailio.cfg');
const REGISTER = path.join(import.meta.dirname, '../../server/tests/http/support/sipp/register.xml');
const DOMAIN = 'sip.localhost';
// Without blanks, at which sipp would end it.
const PASSWORD = 'four-words-of-a-bench';
const GROUP = '00000000-0000-7000-8000-00000000be9c';
const OWNER = 'Benchmark of phones';
const PHONES = 10_000;
const FIRST = 77_000_000_001;
const SAMPLES = 60;
const REGISTERED = 100_000;

export async function measure(server, report) {
  await phones();
  try {
    await rates(report);
    await screen(server, report);
    await registered(server, report);
  } finally {
    await database.sql(`DELETE FROM sip.location; DELETE FROM accounts WHERE group_id = '${GROUP}'; DELETE FROM groups WHERE id = '${GROUP}'`);
    await database.sql('DROP SCHEMA IF EXISTS bench_sip CASCADE; TRUNCATE account_online; DELETE FROM sip.drops; DELETE FROM live_changes; VACUUM (ANALYZE) sip.location, live_changes');
    await database.tidy();
  }
}

/** Desk phones with a password that is known here and with rules that let them in; and the same phones in Kamailio's own tables. */
async function phones() {
  const usernames = `SELECT (${FIRST} + n)::text AS username FROM generate_series(0, ${PHONES - 1}) n`;
  await database.sql(`
    DELETE FROM sip.location;
    INSERT INTO groups (id, name) VALUES ('${GROUP}', 'Benchmark of phones') ON CONFLICT DO NOTHING;
    INSERT INTO accounts (id, group_id, username, number, owner, account_type, security_model, enabled, last_status, deny, permit)
    SELECT gen_random_uuid(), '${GROUP}', username, username, '${OWNER}', 'SNOM', 'SDES', true, 'created', '{0.0.0.0/0,::/0}', '{192.168.0.0/24,127.0.0.0/8}'
    FROM (${usernames}) u;
    INSERT INTO account_digests (account_id, realm, ha1_md5, ha1_sha256)
    SELECT id, '${DOMAIN}', md5(username || ':${DOMAIN}:${PASSWORD}'), encode(sha256(convert_to(username || ':${DOMAIN}:${PASSWORD}', 'UTF8')), 'hex')
    FROM accounts WHERE group_id = '${GROUP}';
    DROP SCHEMA IF EXISTS bench_sip CASCADE;
    CREATE SCHEMA bench_sip;
    CREATE TABLE bench_sip.subscriber (
      id serial PRIMARY KEY, username varchar(64) NOT NULL DEFAULT '', domain varchar(64) NOT NULL DEFAULT '', password varchar(64) NOT NULL DEFAULT '',
      ha1 varchar(128) NOT NULL DEFAULT '', ha1b varchar(128) NOT NULL DEFAULT '', CONSTRAINT subscriber_account_idx UNIQUE (username, domain));
    CREATE INDEX subscriber_username_idx ON bench_sip.subscriber (username);
    INSERT INTO bench_sip.subscriber (username, domain, ha1) SELECT username, '${DOMAIN}', md5(username || ':${DOMAIN}:${PASSWORD}') FROM (${usernames}) u;
    CREATE TABLE bench_sip.location (LIKE sip.location INCLUDING DEFAULTS INCLUDING IDENTITY);
    ALTER TABLE bench_sip.location ADD PRIMARY KEY (id), ADD CONSTRAINT location_ruid_idx UNIQUE (ruid);
    CREATE INDEX location_account_contact_idx ON bench_sip.location (username, domain, contact);
    CREATE INDEX location_expires_idx ON bench_sip.location (expires);
    CREATE INDEX location_tcpcon_idx ON bench_sip.location (connection_id);
    CREATE INDEX location_connection_idx ON bench_sip.location (server_id, connection_id);
    CREATE FUNCTION bench_sip.take_drops() RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text WHERE false';
    GRANT USAGE ON SCHEMA bench_sip TO ringkey_sip;
    GRANT ALL ON ALL TABLES IN SCHEMA bench_sip TO ringkey_sip;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA bench_sip TO ringkey_sip;
    ANALYZE accounts, account_digests, account_search, bench_sip.subscriber;`);
}

/** Under the same configuration; only what it asks the database differs. */
const OURS = (configuration) => configuration;
const STOCK = (configuration) =>
  configuration
    .replace('search_path=sip', 'search_path=bench_sip')
    .replace(/SELECT DIGEST_COLUMN.*FROM credentials\('\$au', '\$si'\)/, "SELECT ha1, username, 2, 0, 1 FROM subscriber WHERE username = '$au'");

async function rates(report) {
  const [first, again, returned, refreshed, moved] = [[], [], [], [], []];
  const gone = 'DELETE FROM sip.location; DELETE FROM bench_sip.location;';
  const tidied = 'VACUUM sip.location, bench_sip.location, live_changes, accounts';
  for (let round = 0; round < 3; round += 1) {
    for (const [pairs, before] of [
      [first, `${gone} DELETE FROM account_online; UPDATE accounts SET last_status = 'created' WHERE group_id = '${GROUP}';`],
      [again, gone],
      [returned, `${gone} DELETE FROM account_online;`],
    ]) {
      await database.sql(`${before} ${tidied}`);
      // Alternating, so that what else the machine does meets both.
      const ours = await load(OURS, 'sip');
      const stock = await load(STOCK, 'bench_sip');
      pairs.push([ours.fresh, stock.fresh]);
      refreshed.push([ours.refreshed, stock.refreshed]);
      moved.push([ours.moved, stock.moved]);
    }
  }
  const subject = `Registrations that Kamailio takes, of ${PHONES} phones over UDP`;
  const add = (what, pairs) =>
    report.add(subject, what, median(pairs.map(([ours]) => ours)), 'a second', {
      peer: median(pairs.map(([, stock]) => stock)), peerIs: 'on its stock tables', aim: 0.9 * median(pairs.map(([, stock]) => stock)), atLeast: true,
    });
  add('phones that register again before their time is over', refreshed);
  add('phones that register again from another port, so that a contact goes and one comes', moved);
  add('phones that were online within a day and come back', again);
  add('phones that come back after more than a day', returned);
  add('phones that register for the first time, which moves their status', first);
}

/** Registers every phone, then once more, and then from another port; gives each in phones a second. */
async function load(edit, schema) {
  const kamailio = await start(edit);
  try {
    const port = await freePort();
    const fresh = await sipp(kamailio, port);
    const refreshed = await sipp(kamailio, port);
    const moved = await sipp(kamailio, await freePort());
    const [{ count }] = await database.rows(`SELECT count(*)::int AS count FROM ${schema}.location`);
    if (count !== PHONES) throw new Error(`${count} of ${PHONES} phones are registered`);
    return { fresh, refreshed, moved };
  } finally {
    await kamailio.stop();
  }
}

/** One sipp that keeps forty phones waiting for an answer; `own` is the port that they come from. */
async function sipp({ directory, port }, own) {
  const lines = Array.from({ length: PHONES }, (_, n) => `${FIRST + n};[authentication username=${FIRST + n} password=${PASSWORD}];600`);
  fs.writeFileSync(path.join(directory, 'phones.csv'), `SEQUENTIAL\n${lines.join('\n')}\n`);
  fs.writeFileSync(path.join(directory, 'register.xml'), fs.readFileSync(REGISTER, 'utf8').replaceAll('DOMAIN', DOMAIN).replaceAll('EXPECTED', '200'));
  const began = performance.now();
  const running = spawn(
    'sipp',
    [`127.0.0.1:${port}`, '-sf', 'register.xml', '-inf', 'phones.csv', '-i', '127.0.0.1', '-p', String(own), '-mp', String(await freePort()),
      '-r', '20000', '-l', '40', '-m', String(PHONES), '-timeout', '120s', '-timeout_error', '-nostdin', '-trace_err', '-error_file', 'errors'],
    { cwd: directory, stdio: 'ignore' },
  );
  const status = await new Promise((resolve, reject) => running.once('error', reject).once('exit', resolve));
  if (status !== 0) {
    const errors = path.join(directory, 'errors');
    const said = fs.existsSync(errors) ? fs.readFileSync(errors, 'utf8').slice(0, 1000) : 'it does not say why';
    throw new Error(`sipp ended with ${status}: some phone was not registered: ${said}`);
  }
  return (PHONES * 1000) / (performance.now() - began);
}

/** A Kamailio on the bench's database, with the configuration that ships but for what `edit` changes. */
async function start(edit) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ringkey-sip-'));
  const port = await freePort();
  const [, psql] = database.psqlCommand();
  fs.writeFileSync(path.join(directory, 'kamailio.cfg'), edit(fs.readFileSync(CONFIGURATION, 'utf8')));
  fs.writeFileSync(
    path.join(directory, 'settings.cfg'),
    `#!substdef "!SIP_DOMAIN!${DOMAIN}!g"\n#!substdef "!DATABASE_URL!postgres://ringkey_sip@localhost/ringkey!g"\n` +
      `#!substdef "!DATABASE_PARAMETERS!connect_timeout=3;host=${psql[psql.indexOf('-h') + 1]}!g"\n` +
      `listen=udp:127.0.0.1:${port}\nlisten=tcp:127.0.0.1:${port}\n#!define KEEP_ALIVE 60\n#!define KEEP_ALIVE_PATIENCE 180\n`,
  );
  const log = path.join(directory, 'log');
  const out = fs.openSync(log, 'w');
  const running = spawn('/usr/sbin/kamailio', ['-f', 'kamailio.cfg', '-DD', '-E', '-m', '128', '-Y', directory], { cwd: directory, stdio: ['ignore', out, out] });
  process.once('exit', () => running.kill());
  const stop = async () => {
    if (running.exitCode === null) {
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await ended;
    }
    fs.rmSync(directory, { recursive: true, force: true });
  };
  const began = performance.now();
  // A phone that nobody knows is challenged as any other.
  while (!(await new Phone(port, '000').challenge().catch(() => null))) {
    if (running.exitCode !== null || performance.now() - began > 30_000) {
      const said = fs.readFileSync(log, 'utf8').slice(-2000);
      await stop();
      throw new Error(`Kamailio does not answer: ${said}`);
    }
  }
  return { directory, port, stop };
}

async function freePort() {
  const listener = createServer();
  const port = await new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve(listener.address().port)));
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** A phone that registers with MD5 (RFC 3261, RFC 2617), for the moment in which its answer comes. */
class Phone {
  constructor(port, username) {
    Object.assign(this, { port, username, call: randomBytes(8).toString('hex'), sequence: 0 });
  }

  async challenge() {
    return this.register('').then((answer) => /nonce="([^"]+)"/.exec(answer)?.[1]);
  }

  /** Registers; gives when the answer came, in milliseconds since 1970. */
  async comeOnline() {
    const nonce = await this.challenge();
    const md5 = (text) => createHash('md5').update(text).digest('hex');
    const [nc, cnonce, uri] = ['00000001', 'bench', `sip:${DOMAIN}`];
    const ha1 = md5(`${this.username}:${DOMAIN}:${PASSWORD}`);
    const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
    const answer = await this.register(
      `Authorization: Digest username="${this.username}", realm="${DOMAIN}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
        `algorithm=MD5, qop=auth, nc=${nc}, cnonce="${cnonce}"\r\n`,
    );
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`not registered: ${answer.split('\r\n')[0]}`);
    return Date.now();
  }

  register(authorization) {
    this.sequence += 1;
    const socket = createSocket('udp4');
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no answer')), 500);
      socket.once('message', (answer) => {
        clearTimeout(late);
        resolve(answer.toString());
      });
      socket.bind(0, '127.0.0.1', () => {
        const own = socket.address().port;
        socket.send(
          `REGISTER sip:${DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${this.call}${this.sequence}\r\nMax-Forwards: 70\r\n` +
            `From: <sip:${this.username}@${DOMAIN}>;tag=${this.call}\r\nTo: <sip:${this.username}@${DOMAIN}>\r\nCall-ID: ${this.call}\r\n` +
            `CSeq: ${this.sequence} REGISTER\r\nContact: <sip:${this.username}@127.0.0.1:${own}>\r\nExpires: 600\r\nUser-Agent: bench\r\n${authorization}Content-Length: 0\r\n\r\n`,
          this.port,
          '127.0.0.1',
        );
      });
    }).finally(() => socket.close());
  }
}

/** From the answer to a phone to the chip in a list that is open, one phone after another. */
async function screen(server, report) {
  await database.sql(`DELETE FROM sip.location; UPDATE accounts SET last_status = 'created' WHERE group_id = '${GROUP}'`);
  const kamailio = await start(OURS);
  try {
    await withBrowser(async (browser) => {
      const { page } = await freshPage(browser, server, server.cookies[0]);
      await page.goto(`/accounts?group=${GROUP}&sort=username&size=100`);
      await live(page);
      const shown = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('.usr').textContent.trim()));
      const times = [];
      for (const username of shown.slice(0, SAMPLES)) {
        const seen = page.evaluate(
          (username) =>
            new Promise((resolve, reject) => {
              const isSeen = () => [...document.querySelectorAll('tbody tr')].some((row) => row.querySelector('.usr').textContent.trim() === username && row.textContent.includes('Connected'));
              const observer = new MutationObserver(() => isSeen() && (observer.disconnect(), resolve(Date.now())));
              observer.observe(document.body, { childList: true, subtree: true, characterData: true });
              setTimeout(() => reject(new Error(`${username} is not seen to be connected`)), 20_000);
            }),
          username,
        );
        const answered = await new Phone(kamailio.port, username).comeOnline();
        times.push((await seen) - answered);
      }
      if (times.length < 20) throw new Error(`only ${times.length} phones were in sight`);
      const subject = 'From the answer to a REGISTER to its status on an open list';
      report.add(subject, `${times.length} phones, p50`, median(times), 'ms');
      report.add(subject, `${times.length} phones, p95`, quantile(times, 0.95), 'ms', { aim: 1000 });
      report.add(subject, `${times.length} phones, max`, largest(times), 'ms');
    });
  } finally {
    await kamailio.stop();
  }
}

/** The list query for those who are online, of a hundred thousand. */
async function registered(server, report) {
  await database.sql(`
    DELETE FROM sip.location;
    ALTER TABLE sip.location DISABLE TRIGGER USER;
    INSERT INTO sip.location (ruid, username, contact, received, expires, last_modified, user_agent, socket)
    SELECT 'bench-' || username, username, 'sip:' || username || '@10.0.0.1:5060', 'sip:203.0.113.7:40118;transport=tls',
           extract(epoch FROM now()) + 86400, extract(epoch FROM now()), 'Linphone 5.2', 'tls:192.0.2.1:5061'
    FROM (SELECT username FROM accounts WHERE enabled ORDER BY md5(username) LIMIT ${REGISTERED}) a;
    ALTER TABLE sip.location ENABLE TRIGGER USER;
    TRUNCATE account_online;
    INSERT INTO account_online
    SELECT s.account_id, s.owner_order, s.username, s.number_digits, s.group_id, s.account_type, s.security_model, s.enabled,
           s.status_order, s.last_status_at, s.search
    FROM sip.location l JOIN account_search s USING (username);
    VACUUM (ANALYZE) sip.location, account_online`);
  const online = (seed, count) => material().then((from) => queries(from, count, seed).map((query) => ({ ...query, filter: { ...query.filter, online: true } })));
  await answers(server, await online(14, 100), 1);
  const times = (await answers(server, await online(13, 1_200), 1)).map((answer) => answer.ms);
  addTimes(report, `Registered Accounts: ${REGISTERED} of a million accounts online, over HTTP`, '1 client', times, quantile, { p99: 30, max: 100 });
}
