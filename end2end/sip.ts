// A real SIP server on the database of the stories, and a real phone.
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from './server';

/** A port that nothing listens on, over TCP or UDP. */
async function freePort(): Promise<number> {
  const tcp = createServer();
  const port = await new Promise<number>((resolve) => tcp.listen(0, '127.0.0.1', () => resolve((tcp.address() as { port: number }).port)));
  const udp = createSocket('udp4');
  const free = await new Promise<boolean>((resolve) => udp.once('error', () => resolve(false)).bind(port, '127.0.0.1', () => resolve(true)));
  await Promise.all([new Promise((resolve) => tcp.close(resolve)), free ? new Promise<void>((resolve) => udp.close(resolve)) : undefined]);
  return free ? port : freePort();
}

async function end(process: ChildProcess, signal: NodeJS.Signals) {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill(signal);
  await ended;
}

/** Starts Kamailio as `make sip` does; `RINGKEY_SIP_PORT` (TLS) and `RINGKEY_SIP_CERTIFICATE` tell stories where it is. */
export async function startSip(data: string) {
  const directory = mkdtempSync(join(tmpdir(), 'ringkey-sip-'));
  const [port, tls] = [await freePort(), await freePort()];
  const log = join(directory, 'log');
  const kamailio = spawn(join(__dirname, '../tools/sip'), ['--data-dir', data], {
    env: { ...environment(), RINGKEY: process.env.RINGKEY, SIP_DIRECTORY: directory, SIP_PORT: String(port), SIP_TLS_PORT: String(tls) },
    stdio: ['ignore', openSync(log, 'a'), openSync(log, 'a')],
  });
  process.once('exit', () => kamailio.kill());
  const stop = async () => {
    await end(kamailio, 'SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  };
  if (!(await answers(port, () => kamailio.exitCode === null))) {
    const said = readFileSync(log, 'utf8');
    await stop();
    throw new Error(`Kamailio does not answer: ${said}`);
  }
  process.env.RINGKEY_SIP_PORT = String(tls);
  process.env.RINGKEY_SIP_CERTIFICATE = join(directory, 'certificate.pem');
  return stop;
}

/** Asks until there is an answer, for half a minute. */
async function answers(port: number, lives: () => boolean) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const own = socket.address().port;
  let answered = false;
  socket.on('message', () => (answered = true));
  for (let asked = 0; asked < 300 && !answered && lives(); asked += 1) {
    socket.send(
      `OPTIONS sip:localhost SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bK${own}${asked}\r\nMax-Forwards: 70\r\n` +
        `From: <sip:story@localhost>;tag=${own}\r\nTo: <sip:localhost>\r\nCall-ID: ${own}-${asked}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
      port,
      '127.0.0.1',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  socket.close();
  return answered;
}

/** Starts a Linphone that knows nothing but where its configuration is; it ends with what this gives. */
export function startLinphone(configuration: string) {
  const home = mkdtempSync(join(tmpdir(), 'ringkey-linphone-'));
  // Without them it starts and never does anything.
  for (const directory of ['.local/share/linphone', '.config/linphone']) mkdirSync(join(home, directory), { recursive: true });
  const settings = join(home, 'linphonerc');
  writeFileSync(
    settings,
    `[misc]\nconfig-uri=${configuration}\n[sip]\nregister_only_when_network_is_up=0\nbind_address=127.0.0.1\nsip_port=-1\nsip_tcp_port=-1\n` +
      `sip_tls_port=-1\nroot_ca=${process.env.RINGKEY_SIP_CERTIFICATE}\n[rtp]\naudio_rtp_port=-1\nvideo_rtp_port=-1\ntext_rtp_port=-1\n[sound]\nuse_files=1\n`,
  );
  const { XDG_CONFIG_HOME: _config, XDG_DATA_HOME: _data, ...variables } = process.env;
  // It reads commands, and ends when there are no more: the pipe stays open.
  const linphone = spawn('linphonec', ['-c', settings], { cwd: home, env: { ...variables, HOME: home }, stdio: ['pipe', 'ignore', 'ignore'] });
  process.once('exit', () => linphone.kill());
  return {
    async stop() {
      await end(linphone, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
