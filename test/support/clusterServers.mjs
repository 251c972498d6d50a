// The servers of a cluster for tests and benches, on loopback: Redis and PostgreSQL as Debian has them, and moto's S3 server from pip. Only node: imports.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aptInstall } from './apt.mjs';
import { bin, installPython, programIn } from './analyzerTools.mjs';
import { patience } from './patience.mjs';
import { guarded, onPath, workFolder } from './repo.mjs';

// Its `server` extra pulls in thirty packages for services other than S3.
const moto = ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'];
const environment = join(workFolder, 'moto-5.2.5');

/** Where the programs are: $CODEAGENT_MOTO names another moto_server. */
function programs() {
  const places = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newest = places.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`)[0];
  const found = onPath('initdb');
  return {
    redis: onPath('redis-server') ?? onPath('valkey-server'),
    postgres: newest ?? (found && dirname(found)),
    moto: process.env.CODEAGENT_MOTO ?? programIn(bin(environment), 'moto_server'),
  };
}

/** The Debian packages of missing programs. */
function missingPackages() {
  const { redis, postgres } = programs();
  return [...(redis ? [] : ['redis-server']), ...(postgres ? [] : ['postgresql'])];
}

/** Installs whatever is missing. @throws an error that says what cannot be installed, and what to do */
export async function installServers() {
  const wanted = missingPackages();
  const [, python] = await Promise.allSettled([
    wanted.length > 0 && aptInstall(wanted),
    // Not compiled: S3 needs only a few of its thousand modules.
    process.env.CODEAGENT_MOTO === undefined && installPython(environment, moto, ['--no-compile']),
  ]);
  const missing = missingPackages();
  if (missing.length > 0) throw new Error(needs(missing.join(' and '), `apt-get install ${missing.join(' ')}`));
  if (python.status === 'rejected') throw python.reason;
}

function needs(what, command) {
  return `The tests of the cluster run ${what}. Install it (on Debian: ${command}), then run node test/support/setup.mjs.`;
}

/**
 * Starts the servers of a cluster.
 * @returns their URLs, and functions to stop, restart and end them
 * @throws an error that says which is missing
 */
export async function startServers() {
  const found = programs();
  const missing = missingPackages();
  if (missing.length > 0) throw new Error(needs(missing.join(' and '), `apt-get install ${missing.join(' ')}`));
  if (!existsSync(found.moto)) throw new Error(`There is no ${found.moto}. Run node test/support/setup.mjs.`);
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-servers-'));
  await chmod(folder, 0o711);
  const user = await postgresUser();
  const [redis, postgres, s3] = await freePorts(3);
  const data = join(folder, 'postgres');
  await mkdir(data);
  await mkdir(join(folder, 'redis'));
  if (user) await chown(data, user.uid, user.gid);
  const initdb = ['-D', data, '-A', 'trust', '-U', 'codeagent', '-N', '--no-locale', '-E', 'UTF8'];
  await ended(
    spawn(join(found.postgres, 'initdb'), initdb, { ...user, cwd: data, stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const starts = {
    redis: () => [
      found.redis,
      ['--port', redis, '--bind', '127.0.0.1', '--dir', join(folder, 'redis'), '--appendonly', 'yes', '--save', ''].map(
        String,
      ),
    ],
    postgres: () => [
      join(found.postgres, 'postgres'),
      ['-D', data, '-p', postgres, '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off', '-c', 'max_connections=300'].map(
        String,
      ),
    ],
    s3: () => [found.moto, ['-H', '127.0.0.1', '-p', String(s3)]],
  };
  const ports = { redis, postgres, s3 };
  const running = {};
  const start = async (name) => {
    const [program, args] = starts[name]();
    // The guard ends the server when this process has died, and needs the rights to do so.
    const as =
      user && name === 'postgres' ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
    const child = spawn(process.execPath, guarded([...as, program, ...args]), {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (told = (told + text).slice(-2000)));
    running[name] = child;
    const end = Date.now() + patience(60_000);
    while (!(await isOpen(ports[name]))) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${name} did not start: ${told}`);
      await delay(20);
    }
  };
  /** PostgreSQL treats SIGINT as a fast shutdown; SIGQUIT and SIGKILL require recovery. */
  const stop = async (name, signal = name === 'postgres' ? 'SIGINT' : 'SIGTERM') => {
    const child = running[name];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    process.kill(await serverOf(child), signal);
    await gone;
  };
  await Promise.all(Object.keys(starts).map(start));
  // PostgreSQL listens before it accepts connections.
  const url = (database) => `postgres://codeagent:unused@127.0.0.1:${postgres}/${database}`;
  return {
    redis: `redis://127.0.0.1:${redis}/0`,
    postgres: url('postgres'),
    s3: `http://127.0.0.1:${s3}`,
    redisLog: () => readFolder(join(folder, 'redis', 'appendonlydir')),
    start,
    stop,
    pids: () => Promise.all(Object.values(running).map(serverOf)),
    async end() {
      await Promise.all(Object.keys(starts).map((name) => stop(name, 'SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The process that a guard has started. */
async function serverOf({ pid }) {
  return Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

async function readFolder(folder) {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).join('');
}

/** PostgreSQL refuses to run as root. */
async function postgresUser() {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody') ?? [];
  if (uid === undefined) throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody.');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Ports that are currently free. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}.`)),
    );
  });
}
