// Installs Debian packages that the tests need. Only node: imports.
import { rm, writeFile } from 'node:fs/promises';
import { onPath, run } from './repo.mjs';

/** Neither an unresponsive server nor another apt-get may block the tests forever. */
const options = ['Acquire::http::Timeout=30', 'Acquire::Retries=3', 'DPkg::Lock::Timeout=120'];
/** What Debian asks before it starts a service. */
const policy = '/usr/sbin/policy-rc.d';

let last = Promise.resolve();
let isUpdated = false;

/**
 * Installs packages, if this process may; none of their services is started.
 * @param {string[]} packages
 * @returns {Promise<boolean>} whether they were installed
 */
export function aptInstall(packages) {
  // One at a time: the package database has a lock.
  const done = last.then(() => install(packages));
  last = done.catch(() => undefined);
  return done;
}

async function install(packages) {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  console.log(`Installing ${packages.join(', ')} ...`);
  const forbids = await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).then(
    () => true,
    // It already exists: containers have it.
    () => false,
  );
  try {
    // A list that cannot be fetched may not be needed for these packages.
    isUpdated ||= (await apt('update')) === 0;
    return (await apt('install', '-y', '--no-install-recommends', ...packages)) === 0;
  } finally {
    if (forbids) await rm(policy, { force: true });
  }
}

function apt(command, ...args) {
  return run('apt-get', [command, '-qq', ...options.flatMap((option) => ['-o', option]), ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    // dpkg reports each file that it unpacks.
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
