import { createHmac, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { webhookRegistration, type Report, type webhookAnswer } from '../../protocol';
import { delay, withDeadline } from '../../base/abort';
import { fetchOutside, fetchOutsideWith, whyFailed, type Fetch } from '../../base/http';
import { readJsonOr, withFileLock, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import { isPrivateHost, privateHostError, publicLookup } from '../../base/publicAddress';
import { ApiError } from '../errors/apiError';

const stored = z.array(z.object({ id: z.string(), ...webhookRegistration.shape }));
type Webhook = z.infer<typeof stored>[number];

export interface WebhookOptions {
  /** Milliseconds to wait before each retry. */
  readonly delays: readonly number[];
  /** Whether private, loopback and link-local addresses are allowed, which outsiders could otherwise reach through this service. */
  readonly allowPrivate: boolean;
}

const maxWebhooks = 50;
const attemptMs = 10_000;

/**
 * Notifies other services of new reports: a POST with `{event, job_id, summary, meta}`, signed in `X-CodeAgent-Signature: sha256=<hex>` with an HMAC of
 * the body under the registered secret. A failed delivery is retried after increasing delays, then abandoned and logged.
 */
export class Webhooks {
  #hooks: Webhook[];
  readonly #fetch: Fetch;
  readonly #stop = new AbortController();
  readonly #deliveries = new Set<Promise<void>>();

  private constructor(
    private readonly path: string,
    hooks: Webhook[],
    private readonly options: WebhookOptions,
    private readonly log: Logger,
  ) {
    this.#hooks = hooks;
    this.#fetch = options.allowPrivate ? fetchOutside() : fetchOutsideWith(publicLookup);
  }

  static async load(path: string, options: WebhookOptions, log: Logger): Promise<Webhooks> {
    return new Webhooks(path, await readJsonOr(path, stored, [], log), options, log);
  }

  /** Registers a webhook. @throws ApiError when there are too many, or its address is not allowed */
  async register(wanted: z.infer<typeof webhookRegistration>): Promise<z.infer<typeof webhookAnswer>> {
    if (!this.options.allowPrivate && (await isPrivateHost(new URL(wanted.url).hostname)))
      throw new ApiError(
        'INVALID_INPUT',
        'url: not a public address. To allow private ones, start the service with --allow-private-webhooks.',
      );
    const hook = { id: randomUUID(), ...wanted };
    await this.#change((hooks) => {
      if (hooks.length >= maxWebhooks)
        throw new ApiError('INVALID_INPUT', `There are already ${maxWebhooks} webhooks.`);
      return [...hooks, hook];
    });
    return { id: hook.id, url: hook.url, events: hook.events };
  }

  /** @returns whether there was such a webhook */
  async remove(id: string): Promise<boolean> {
    let known = false;
    await this.#change((hooks) => {
      known = hooks.some((hook) => hook.id === id);
      return hooks.filter((hook) => hook.id !== id);
    });
    return known;
  }

  /** Notifies every webhook of a report, in the background. */
  reportCreated(report: Report): void {
    const { job_id, summary, meta } = report;
    const body = JSON.stringify({ event: 'report.created', job_id, summary, meta });
    for (const hook of this.#hooks) {
      const work: Promise<void> = this.#deliver(hook, body).finally(() => this.#deliveries.delete(work));
      this.#deliveries.add(work);
    }
  }

  /** Abandons pending deliveries. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#deliveries);
  }

  async #deliver(hook: Webhook, body: string): Promise<void> {
    const delivery = randomUUID();
    for (const wait of [0, ...this.options.delays]) {
      try {
        await delay(wait, this.#stop.signal);
        await this.#post(hook, body, delivery);
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.log.warn(`Webhook ${hook.id} (${new URL(hook.url).host}): ${whyFailed(error)}`);
      }
    }
    this.log.error(`Webhook ${hook.id}: gave up delivery ${delivery}.`);
  }

  async #post(hook: Webhook, body: string, delivery: string): Promise<void> {
    // The name may resolve differently than at registration, so the agent checks the addresses that it connects to.
    const { hostname } = new URL(hook.url);
    if (!this.options.allowPrivate && (await isPrivateHost(hostname))) throw privateHostError(hostname);
    const answer = await withDeadline(attemptMs, this.#stop.signal, async (signal) => {
      const response = await this.#fetch(hook.url, {
        method: 'POST',
        body,
        redirect: 'error',
        signal,
        headers: {
          'Content-Type': 'application/json',
          'X-CodeAgent-Event': 'report.created',
          'X-CodeAgent-Delivery': delivery,
          'X-CodeAgent-Signature': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
        },
      });
      await response.body?.cancel();
      return response;
    });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  }

  /** Changes the file, which another runner on this storage may have changed too. */
  async #change(changed: (hooks: Webhook[]) => Webhook[]): Promise<void> {
    await withFileLock(this.path, async () => {
      const hooks = changed(await readJsonOr(this.path, stored, [], this.log));
      await writeJson(this.path, hooks);
      this.#hooks = hooks;
    });
  }
}
