import { homedir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { startRunner } from '../runner/runner';
import type { ServeArgs } from './args';
import { toolbox } from './tools';
import { endSignals } from './endSignals';

/** Where a service keeps its jobs when --storage does not say: the user's own data folder. */
function defaultStorage(): string {
  const data = process.env['XDG_DATA_HOME'] ?? (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined);
  return join(data ?? join(homedir(), '.local', 'share'), 'codeagent');
}

/**
 * Runs the scan service until one of {@link endSignals}, or until the process that forked it is gone.
 * @returns the exit code
 * @throws CodedError USAGE when it would answer strangers without a token
 */
export async function serve(args: ServeArgs, log: Logger, version: string): Promise<number> {
  const token = args.auth ? process.env['CODEAGENT_TOKEN'] : undefined;
  if (args.auth && (token === undefined || token === '')) {
    throw new CodedError(
      'USAGE',
      'Set CODEAGENT_TOKEN to the token that clients must send, or give --no-auth (loopback only).',
    );
  }
  const ended = new Promise<string>((resolve) => {
    for (const signal of endSignals) process.on(signal, () => resolve(signal));
    // Forked by the extension: when that is gone, nobody is left to stop us.
    if (process.send) process.on('disconnect', () => resolve('the parent process is gone'));
  });
  const storage = args.storage ?? defaultStorage();
  const runner = await startRunner({
    storage,
    roots: args.roots,
    ...(await toolbox(__dirname, args, storage, log)),
    log,
    version,
    host: args.host,
    port: args.port,
    allowOrigins: args.allowOrigins,
    allowFileUrls: args.allowFileUrls,
    // A service that an editor forked is one person's; webhooks are for those that a team runs.
    webhooks: process.send === undefined,
    ...(token === undefined ? {} : { token }),
  });
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: runner.url })}\n`);
  const why = await ended;
  log.info(`Ending: ${why}.`);
  await runner.close();
  return 0;
}
