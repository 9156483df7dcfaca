// How many SMSes a second two servers hand over to a gateway that takes everything at once, beside what Postgres alone can do: the
// same two statements for as many SMSes at a time, from two sessions, with nothing in between.
import { createServer } from 'node:http';
import * as database from './database.mjs';
import { Client } from './http.mjs';

const SUBJECT = 'Outbox';
const COUNT = 20_000;
/** As many as a server takes at a time. */
const AT_ONCE = 20;

export async function measure(server, report) {
  const other = await database.serve({ beside: true });
  try {
    const bare = await bareRate();
    await queue();
    const development = await rate();
    report.add(SUBJECT, 'two servers, development gateway', development, 'SMSes/s', { peer: bare, peerIs: 'the statements alone' });
    const gateway = await quickGateway();
    try {
      await choose(server, gateway.url);
      await queue();
      const local = await rate();
      report.add(SUBJECT, 'two servers, over HTTP to a gateway that takes all at once', local, 'SMSes/s', { peer: bare, peerIs: 'the statements alone' });
      report.add(SUBJECT, 'calls beyond one for each SMS', gateway.calls() - COUNT, 'calls', { aim: 0, fails: 0 });
    } finally {
      gateway.close();
    }
  } finally {
    await database.sql("UPDATE sms_settings SET gateway = 'development'");
    await database.sql("DELETE FROM messages WHERE operator_name = 'bench one'; DELETE FROM live_changes; VACUUM (ANALYZE) messages, live_changes");
    await other.stop();
  }
}

/** Queues SMSes that nobody takes before they are let go. */
async function queue() {
  await database.sql(`
    DELETE FROM messages WHERE operator_name = 'bench one';
    VACUUM (ANALYZE) messages;
    INSERT INTO messages (id, kind, number, text, coding, parts, give_up_at, next_try_at, operator_name)
    SELECT gen_random_uuid(), 'test', '+39320' || (1000000 + n), 'x', 'gsm7', 1, now() + interval '1 day', 'infinity', 'bench one'
    FROM generate_series(1, ${COUNT}) n`);
}

/** Lets them go; gives how many a second the servers hand over, by the times in the database. */
async function rate() {
  await database.sql("UPDATE messages SET next_try_at = now() WHERE operator_name = 'bench one'");
  for (;;) {
    const [row] = await database.rows(`
      SELECT count(*) FILTER (WHERE state IN ('queued', 'sending'))::int AS waiting, count(*) FILTER (WHERE state = 'accepted')::int AS accepted,
             extract(epoch FROM max(accepted_at) - min(sending_at))::float AS seconds
      FROM messages WHERE operator_name = 'bench one'`);
    if (row.waiting === 0) {
      if (row.accepted !== COUNT) throw new Error(`${row.accepted} of ${COUNT} SMSes were accepted`);
      return COUNT / row.seconds;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The claim and the storing of `outbox_db.rs` without anything in between. */
async function bareRate() {
  await queue();
  await database.sql(`
    CREATE OR REPLACE PROCEDURE bench_dequeue() LANGUAGE plpgsql AS $$
    DECLARE claimed uuid[];
    BEGIN
      LOOP
        WITH due AS MATERIALIZED (
          SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= now() AND give_up_at > now()
          ORDER BY next_try_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED),
        taken AS (
          UPDATE messages m SET state = 'sending', tries = m.tries + 1, sending_at = now(), lease_until = now() + interval '1 minute', gateway = 'development'
          FROM due WHERE m.id = due.id RETURNING m.id)
        SELECT array_agg(id) INTO claimed FROM taken;
        COMMIT;
        EXIT WHEN claimed IS NULL;
        UPDATE messages m
        SET gateway_id = coalesce(m.gateway_id, nullif(done.gateway_id, '')), accepted_at = coalesce(m.accepted_at, now()), lease_until = NULL,
            state = CASE WHEN m.state IN ('sending', 'unknown') THEN 'accepted' ELSE m.state END,
            reason = CASE WHEN m.state IN ('sending', 'unknown') THEN NULL ELSE m.reason END,
            ended_at = CASE WHEN m.state IN ('sending', 'unknown') THEN NULL ELSE m.ended_at END
        FROM unnest(claimed, array_fill(''::text, ARRAY[cardinality(claimed)])) AS done (id, gateway_id) WHERE m.id = done.id;
        COMMIT;
      END LOOP;
    END $$`);
  try {
    // Servers read the settings before they take anything: meanwhile they wait here.
    const held = await database.hold('LOCK TABLE sms_settings IN ACCESS EXCLUSIVE MODE');
    try {
      await database.sql("UPDATE messages SET next_try_at = now() WHERE operator_name = 'bench one'");
      await Promise.all([1, 2].map(() => database.sql('CALL bench_dequeue()')));
    } finally {
      await held.release();
    }
    const [row] = await database.rows(`
      SELECT count(*)::int AS done, extract(epoch FROM max(accepted_at) - min(sending_at))::float AS seconds
      FROM messages WHERE operator_name = 'bench one' AND state = 'accepted'`);
    if (row.done !== COUNT) throw new Error(`${row.done} of ${COUNT} SMSes were taken`);
    return COUNT / row.seconds;
  } finally {
    await database.sql('DROP PROCEDURE bench_dequeue');
  }
}

/** Takes everything at once, as Kannel does when all is well. */
async function quickGateway() {
  let calls = 0;
  const gateway = createServer((_, response) => {
    calls += 1;
    response.writeHead(202, { 'content-type': 'text/plain' }).end('0: Accepted for delivery');
  });
  await new Promise((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${gateway.address().port}/cgi-bin/sendsms`, calls: () => calls, close: () => gateway.close() };
}

/** Saves the settings as an admin does. */
async function choose(server, url) {
  const client = new Client(server.base, await database.admin(server.base));
  const start = (await client.call('gateway_form', {})).answer();
  const draft = { ...start.draft, kind: 'kannel', kannel_url: url, kannel_username: 'bench', kannel_password: 'bench' };
  (await client.call('save_gateway', { version: start.version, draft })).answer();
  client.close();
}
