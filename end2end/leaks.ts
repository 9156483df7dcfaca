// Looks at what the server has logged while the stories ran, for what no one may find there.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { environment, PASSWORD, ROLES, SIP_PASSWORD, stateOf, type Server } from './server';

/** Fails when a line of the log holds a password, a digest, a session or the token of a link, or is no line of the log at all. */
export function lookAtLog(server: Server) {
  const lines = readFileSync(server.log, 'utf8').split('\n').slice(0, -1);
  if (!lines.some((line) => line.includes('signed in')) || !lines.some((line) => line.includes('answered'))) throw new Error(`this is no log: ${server.log}`);
  const sessions = ROLES.flatMap((role) => JSON.parse(readFileSync(stateOf(role), 'utf8')).cookies.map((cookie: { value: string }) => cookie.value));
  const digests = query(server, 'SELECT ha1_md5 FROM account_digests UNION SELECT ha1_sha256 FROM account_digests');
  const hashes = query(server, 'SELECT password_hash FROM operators');
  if (sessions.length < ROLES.length || digests.length < 2 || hashes.length < ROLES.length) throw new Error('the secrets of the run are not known');
  const secrets = new Set([...sessions, ...digests, server.oneTimePassword]);
  for (const line of lines) {
    const leak =
      (/^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line) && !/[\0-\x1f\x7f-\x9f]/.test(line) ? '' : 'is none') ||
      ([PASSWORD, SIP_PASSWORD, '$argon2', ...hashes].some((secret) => line.includes(secret)) ? 'holds a password' : '') ||
      (line.split(/[^\w-]+/).some((word) => secrets.has(word)) ? 'holds a digest, a session or the one-time password' : '') ||
      (/(?<![\w-])([0-9a-f]{32}|[0-9a-f]{64})(?![\w-])/i.test(line) ? 'holds what looks like a digest' : '') ||
      (/(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{43}(?![\w-])/.test(line) ? 'holds what looks like a token' : '');
    if (leak) throw new Error(`a line of the log ${leak}: ${JSON.stringify(line)}`);
  }
}

function query(server: Server, statement: string) {
  const args = ['-qAt', '-v', 'ON_ERROR_STOP=1', '-h', server.data, '-U', 'postgres', '-d', 'ringkey', '-c', statement];
  return execFileSync('psql', args, { env: environment(), encoding: 'utf8' }).split('\n').filter(Boolean);
}
