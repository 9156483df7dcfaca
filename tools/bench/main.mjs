// `make bench`: what the users of the Account List wait for at a million accounts, each figure beside its aim or a peer of the
// same run. `--short` only weighs what the browser fetches, from the built files; `--only list,page` measures parts, and
// `--queries 300` asks the list less often than it takes for a p99 that can be relied on.
import { parseArgs } from 'node:util';

// Each is loaded when it is its turn: the short form needs nothing that has to be installed. What writes comes last: it
// leaves rows behind that nobody sees, which slow down what follows until they are gone.
const PARTS = ['sizes', 'list', 'explain', 'page', 'paint', 'lighthouse', 'export', 'batch-page', 'batch', 'outbox', 'sip', 'load', 'bulk'];

const { values: options } = parseArgs({ options: { short: { type: 'boolean' }, only: { type: 'string' }, queries: { type: 'string' } } });
try {
  if (options.short) (await import('./sizes.mjs')).weigh();
  else await measure(options.only?.split(',') ?? PARTS);
} catch (error) {
  console.error(`The measurement was broken off: ${error.message}`);
  process.exit(1);
}

async function measure(names) {
  const unknown = names.find((name) => !PARTS.includes(name));
  if (unknown) throw new Error(`there is no part ${unknown}; there are ${PARTS.join(', ')}`);
  if (!process.env.RINGKEY) throw new Error('RINGKEY names the program to measure: use `make bench`.');
  const [database, { Report }] = [await import('./database.mjs'), await import('./report.mjs')];
  const report = new Report();
  const seconds = database.seeded();
  // A signal ends the process, and with it all that was started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  let server = await database.serve();
  try {
    report.add('Seeding', 'a million accounts, when they were made', seconds, 's', { aim: 180 });
    for (const name of names) {
      console.log(`\n${name}`);
      const part = await import(`./${name}.mjs`);
      if (part.NEEDS_A_FRESH_SERVER) {
        await server.stop();
        server = await database.serve();
      }
      // What was measured before is worth having whatever becomes of the rest.
      await part.measure(server, report, options).catch((error) => report.broke(name, error.message));
    }
  } finally {
    await server.stop();
  }
  report.print();
  report.write();
  process.exitCode = report.judge() ? 0 : 1;
}
