import { connect } from 'node:net';
import * as z from 'zod';
import { abortReason, delay, withDeadline } from '../../base/abort';
import { CodedError, errorCode } from '../../base/errors';
import { fetchOutside, firstHop, readText, failureReason } from '../../base/http';
import { advisory, type Advisory } from './advisory';
import type { Dependency } from './packages/dependency';
import { packageKey } from './packages/packageNames';

/** A version of a package, as in a query. */
export type Package = Pick<Dependency, 'ecosystem' | 'name' | 'version'>;

/** A vulnerability in the answer to a query. */
export const reference = z.object({ id: z.string().min(1).max(200), modified: z.string().optional() });
export type Reference = z.infer<typeof reference>;

/** https://google.github.io/osv.dev/post-v1-querybatch/ */
const batchAnswer = z.object({
  results: z.array(z.object({ vulns: z.array(reference).nullish(), next_page_token: z.string().nullish() }).nullish()),
});

/** A service's answers. */
export interface Answers {
  /** In the order of the packages; undefined where the answer is missing or incomplete. */
  readonly found: readonly (readonly Reference[] | undefined)[];
  /** Why answers are missing: a CodedError that says what is wrong with the service. */
  readonly problem: CodedError | undefined;
}

/** Limits and timeouts of requests to a service, in ms. */
export interface ServiceLimits {
  /** Timeout for connecting, short so that a missing service does not slow a scan down. */
  readonly connectMs: number;
  /** Timeout for a complete response. */
  readonly answerMs: number;
  /** Delays before each retry. */
  readonly retryMs: readonly number[];
  /** The longest Retry-After that is honored; beyond it there is no retry. */
  readonly maxWaitMs: number;
}
export const serviceLimits: ServiceLimits = {
  connectMs: 2_000,
  answerMs: 15_000,
  retryMs: [500, 1_000, 2_000, 4_000],
  maxWaitMs: 10_000,
};

/** The number of queries in a request: the service's limit. */
const batchSize = 1_000;
/** Concurrent requests. */
const parallelBatches = 4;
/** Limit on the result pages for one package. */
const maxPages = 20;
/** Size limit of a response, in bytes. */
const maxAnswer = 64 * 1024 * 1024;

/** Queries an OSV service: https://google.github.io/osv.dev/api/. It learns only the names and versions of packages. */
export class OsvService {
  constructor(
    private readonly url: string,
    private readonly limits: ServiceLimits = serviceLimits,
  ) {}

  /**
   * Quickly checks whether the service is reachable.
   * @throws CodedError UNREACHABLE; the signal's reason
   */
  async reach(signal: AbortSignal): Promise<void> {
    try {
      const { host, port } = firstHop(this.url);
      await withDeadline(this.limits.connectMs, signal, (limited) => dial(host, port, limited));
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      throw this.#unreachable(error);
    }
  }

  /**
   * The vulnerabilities of each package.
   * @throws the signal's reason
   */
  async query(packages: readonly Package[], signal: AbortSignal): Promise<Answers> {
    const found: (Reference[] | undefined)[] = packages.map(() => []);
    let problem: CodedError | undefined;
    let open = packages.map((_, index): { index: number; token?: string } => ({ index }));
    for (let page = 0; open.length > 0 && page < maxPages; page += 1) {
      const batches = Array.from({ length: Math.ceil(open.length / batchSize) }, (_, index) =>
        open.slice(index * batchSize, (index + 1) * batchSize),
      );
      const next: typeof open = [];
      const work = async () => {
        for (let batch = batches.pop(); batch; batch = batches.pop()) {
          const queries = batch.map(({ index, token }) => ({
            ...toQuery(packages[index]),
            ...(token !== undefined && { page_token: token }),
          }));
          // After a request has failed despite its retries, send no more.
          const results = problem ?? (await this.#batch(queries, signal));
          if (results instanceof CodedError) problem = results;
          for (const [at, { index }] of batch.entries()) {
            const result = results instanceof CodedError ? undefined : results[at];
            if (!result) found[index] = undefined;
            else found[index]?.push(...(result.vulns ?? []));
            const token = result?.next_page_token;
            if (token) next.push({ index, token });
          }
        }
      };
      await Promise.all(Array.from({ length: parallelBatches }, work));
      open = next;
    }
    for (const { index } of open) found[index] = undefined;
    if (open.length > 0) problem ??= this.#unusable(`its answers have more than ${maxPages} pages`);
    if (found.includes(undefined)) problem ??= this.#unusable('it left queries unanswered');
    return { found, problem };
  }

  async #batch(queries: readonly object[], signal: AbortSignal) {
    try {
      const parsed = batchAnswer.safeParse(await this.#call('/v1/querybatch', signal, { queries }));
      if (!parsed.success) return this.#unusable('its response is not in the OSV format');
      const { results } = parsed.data;
      return results.length === queries.length
        ? results
        : this.#unusable(`it answered ${results.length} of ${queries.length} queries`);
    } catch (error) {
      if (signal.aborted || !(error instanceof CodedError)) throw error;
      return error;
    }
  }

  /**
   * A vulnerability's record.
   * @throws as {@link query}
   */
  async advisory(id: string, signal: AbortSignal): Promise<Advisory> {
    const parsed = advisory.safeParse(await this.#call(`/v1/vulns/${encodeURIComponent(id)}`, signal));
    if (!parsed.success) throw this.#unusable(`its response for ${id} is not an OSV record`);
    return parsed.data;
  }

  /** Sends a request, and retries it if that may help. */
  async #call(path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const wait = this.limits.retryMs[attempt];
      const answer = await this.#once(path, signal, body);
      if ('value' in answer) return answer.value;
      if (!answer.retryable || wait === undefined || (answer.afterMs ?? 0) > this.limits.maxWaitMs) throw answer.error;
      await delay(Math.max(wait, answer.afterMs ?? 0), signal);
    }
  }

  async #once(
    path: string,
    signal: AbortSignal,
    body: unknown,
  ): Promise<{ value: unknown } | { error: CodedError; retryable: boolean; afterMs?: number }> {
    let status: number;
    let afterMs: number | undefined;
    let text: string;
    try {
      [status, afterMs, text] = await withDeadline(this.limits.answerMs, signal, async (limited) => {
        const answer = await fetchOutside()(this.url + path, {
          signal: limited,
          redirect: 'error',
          ...(body !== undefined && {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(body),
          }),
        });
        return [
          answer.status,
          retryAfter(answer.headers.get('Retry-After')),
          await readText(answer, maxAnswer, limited),
        ];
      });
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (error instanceof DOMException && error.name === 'TimeoutError') {
        const seconds = Math.round(this.limits.answerMs / 100) / 10;
        return { retryable: false, error: this.#unusable(`it timed out after ${seconds} s`) };
      }
      if (errorCode(error) === 'FLOOD')
        return { retryable: false, error: this.#unusable('its response is larger than 64 MB') };
      return { retryable: true, error: this.#unreachable(error) };
    }
    if (status === 200) {
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { retryable: false, error: this.#unusable('its response is not JSON') };
      }
    }
    const retryable = status === 429 || status >= 500;
    const why = status === 429 ? 'it limits the rate of requests (429)' : `it answered with status ${status}`;
    return { retryable, error: this.#unusable(why), ...(afterMs !== undefined && { afterMs }) };
  }

  #unreachable(error: unknown): CodedError {
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? `no connection within ${this.limits.connectMs / 1000} s` : failureReason(error);
    return new CodedError(
      'UNREACHABLE',
      `The vulnerability service ${this.url} cannot be reached (${why}), so dependencies were not checked.`,
    );
  }

  #unusable(why: string): CodedError {
    return new CodedError(
      'SERVICE',
      `The vulnerability service ${this.url} is unusable: ${why}. Dependencies were not checked.`,
    );
  }
}

/** Opens and closes a connection. */
function dial(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const done = (settle: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      settle();
    };
    const onAbort = () => done(() => reject(abortReason(signal)));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => done(resolve));
    socket.once('error', (error) => done(() => reject(error)));
  });
}

function toQuery(asked: Package | undefined) {
  if (!asked) return {};
  const { ecosystem, name, version } = asked;
  return {
    package: { ecosystem, name: ecosystem === 'PyPI' ? packageKey(ecosystem, name) : name },
    // Empty: any version.
    ...(version !== '' && { version }),
  };
}

/** Milliseconds; the header holds seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
