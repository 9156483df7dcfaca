// The Account List as a page: how long until its first byte, and how many can be made in a second.
import { Client, each } from './http.mjs';
import { quantile } from './numbers.mjs';

const SUBJECT = 'The page /accounts, made on the server';
const CROWD = 50;

export async function measure(server, report) {
  const client = new Client(server.base, server.cookies[0]);
  const page = async (of = client) => {
    const reply = await of.ask('/accounts');
    if (reply.status !== 200) throw new Error(`/accounts: ${reply.status}`);
    return reply;
  };
  for (let at = 0; at < 30; at += 1) await page();
  const first = [];
  for (let at = 0; at < 300; at += 1) first.push((await page()).first);
  client.close();
  report.add(SUBJECT, 'first byte, p50', quantile(first, 0.5), 'ms');
  report.add(SUBJECT, 'first byte, p95', quantile(first, 0.95), 'ms', { aim: 50 });

  const crowd = new Client(server.base, server.cookies[0], CROWD);
  const asked = Array.from({ length: 3_000 });
  const whole = [];
  const began = performance.now();
  await each(asked, CROWD, async () => whole.push((await page(crowd)).whole));
  const seconds = (performance.now() - began) / 1000;
  crowd.close();
  report.add(SUBJECT, `${CROWD} clients at once`, asked.length / seconds, 'pages/s');
  report.add(SUBJECT, `${CROWD} clients at once, whole page, p99`, quantile(whole, 0.99), 'ms');
}
