import { errorCode, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { Redis } from './libraries';
import { unavailable } from './unavailable';

/** Milliseconds between attempts to connect. */
const againMs = (attempts: number) => Math.min(100 * attempts, 1_000);

/**
 * A connection for requests: what Redis does not answer in time is an error, which becomes a 503.
 * The library connects again by itself, for as long as it takes.
 */
export function requestConnection(url: string, log: Logger): Redis {
  return listened(
    new Redis(url, {
      maxRetriesPerRequest: 1,
      commandTimeout: 3_000,
      connectTimeout: 3_000,
      retryStrategy: againMs,
      enableAutoPipelining: true,
      connectionName: 'codeagent',
    }),
    log,
  );
}

/** A connection that waits: what is sent while Redis is away goes out once it is back. */
export function patientConnection(url: string, log: Logger): Redis {
  return listened(
    new Redis(url, {
      maxRetriesPerRequest: null,
      connectTimeout: 3_000,
      retryStrategy: againMs,
      connectionName: 'codeagent',
    }),
    log,
  );
}

/** Does a command, or says that Redis cannot be used. @throws ApiError UNAVAILABLE */
export async function asked<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw unavailable('Redis', error);
  }
}

/** Ends a connection at once. */
export function endConnection(redis: Redis): void {
  redis.disconnect();
}

/** Without a listener, an error of a connection ends the process. One line for each outage is enough. */
function listened(redis: Redis, log: Logger): Redis {
  let told = false;
  redis.on('error', (error: unknown) => {
    if (!told) log.warn(`Redis: ${errorCode(error) ?? errorMessage(error)}. Connecting again.`);
    told = true;
  });
  redis.on('ready', () => (told = false));
  return redis;
}
