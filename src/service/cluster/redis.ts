import { errorCode, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { Redis } from './libraries';
import { unavailable } from './unavailable';

/** Milliseconds between attempts to connect. */
const reconnectMs = (attempts: number) => Math.min(100 * attempts, 1_000);

/**
 * A connection for requests: if Redis does not respond in time, that is an error, which becomes a 503. The library reconnects by itself, as
 * long as necessary.
 */
export function requestConnection(url: string, log: Logger): Redis {
  return withErrorLog(
    new Redis(url, {
      maxRetriesPerRequest: 1,
      commandTimeout: 3_000,
      connectTimeout: 3_000,
      retryStrategy: reconnectMs,
      enableAutoPipelining: true,
      connectionName: 'codeagent',
    }),
    log,
  );
}

/** A connection that waits: commands sent while Redis is down are executed once it is back. */
export function patientConnection(url: string, log: Logger): Redis {
  return withErrorLog(
    new Redis(url, {
      maxRetriesPerRequest: null,
      connectTimeout: 3_000,
      retryStrategy: reconnectMs,
      connectionName: 'codeagent',
    }),
    log,
  );
}

/** Runs a command, or reports that Redis cannot be used. @throws ApiError UNAVAILABLE */
export async function redisRequest<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw unavailable('Redis', error);
  }
}

/** Closes a connection immediately. */
export function endConnection(redis: Redis): void {
  redis.disconnect();
}

/** Without a listener, a connection error ends the process. One log line per outage is enough. */
function withErrorLog(redis: Redis, log: Logger): Redis {
  let warned = false;
  redis.on('error', (error: unknown) => {
    if (!warned) log.warn(`Redis: ${errorCode(error) ?? errorMessage(error)}. Reconnecting.`);
    warned = true;
  });
  redis.on('ready', () => (warned = false));
  return redis;
}
