// Calls over connections that are kept, as a browser's are, and the time that each takes.
import http from 'node:http';

export class Client {
  constructor(base, cookie, connections = 1, headers = {}) {
    this.base = new URL(base);
    this.headers = { ...headers, ...(cookie ? { cookie } : {}) };
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The answer, and the milliseconds until its first byte (`first`) and until its last (`whole`). */
  ask(path, { body, method = body === undefined ? 'GET' : 'POST', type = 'application/json', onPiece } = {}) {
    return new Promise((resolve, reject) => {
      const headers = { ...this.headers, ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }) };
      const began = performance.now();
      const request = http.request({ host: this.base.hostname, port: this.base.port, path, method, headers, agent: this.agent }, (reply) => {
        const first = performance.now() - began;
        const pieces = [];
        reply.on('data', onPiece ?? ((piece) => pieces.push(piece)));
        reply.on('error', reject);
        reply.on('end', () => {
          const whole = performance.now() - began;
          resolve({ status: reply.statusCode, headers: reply.headers, first, whole, text: () => Buffer.concat(pieces).toString() });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** A call of a server function; what is no success is an error. */
  async call(name, content) {
    const reply = await this.ask(`/api/${name}`, { body: JSON.stringify(content) });
    if (reply.status !== 200) throw new Error(`${name} ${JSON.stringify(content)}: ${reply.status} ${reply.text()}`);
    return { ...reply, answer: () => JSON.parse(reply.text()) };
  }

  close() {
    this.agent.destroy();
  }
}

/** Signs in; gives the cookie of the session. */
export async function signIn(base, name, password, headers) {
  const client = new Client(base, undefined, 1, headers);
  const body = new URLSearchParams({ name, password, next: '' }).toString();
  const reply = await client.ask('/sign-in', { body, type: 'application/x-www-form-urlencoded' });
  client.close();
  const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0];
  if (reply.status !== 303 || !cookie) throw new Error(`${name} cannot sign in: ${reply.status}`);
  return cookie;
}

/** Does `work(item, at)` for each item, `clients` of them at once. */
export async function each(items, clients, work) {
  let at = 0;
  const one = async () => {
    while (at < items.length) {
      const mine = at++;
      await work(items[mine], mine);
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
}
