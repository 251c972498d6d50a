import { createHmac, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Report, webhookAnswer, webhookRegistration } from '../../protocol';
import { delay, withDeadline } from '../../base/abort';
import { errorMessage } from '../../base/errors';
import { fetchOutside, fetchOutsideWith, whyFailed, type Fetch } from '../../base/http';
import type { Logger } from '../../base/logger';
import { isPrivateHost, privateHostError, publicLookup } from '../../base/publicAddress';
import { ApiError } from '../errors/apiError';
import type { Webhook, WebhookRecord } from '../ports/record';

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
  readonly #fetch: Fetch;
  readonly #stop = new AbortController();
  readonly #deliveries = new Set<Promise<void>>();

  constructor(
    private readonly record: WebhookRecord,
    private readonly options: WebhookOptions,
    private readonly log: Logger,
  ) {
    this.#fetch = options.allowPrivate ? fetchOutside() : fetchOutsideWith(publicLookup);
  }

  /** Registers a webhook. @throws ApiError when there are too many, or its address is not allowed */
  async register(wanted: z.infer<typeof webhookRegistration>): Promise<z.infer<typeof webhookAnswer>> {
    if (!this.options.allowPrivate && (await isPrivateHost(new URL(wanted.url).hostname)))
      throw new ApiError(
        'INVALID_INPUT',
        'url: not a public address. To allow private ones, start the service with --allow-private-webhooks.',
      );
    const hook = { id: randomUUID(), ...wanted };
    if (!(await this.record.add(hook, maxWebhooks)))
      throw new ApiError('INVALID_INPUT', `There are already ${maxWebhooks} webhooks.`);
    return { id: hook.id, url: hook.url, events: hook.events };
  }

  /** @returns whether there was such a webhook */
  remove(id: string): Promise<boolean> {
    return this.record.remove(id);
  }

  /** Notifies every webhook of a report, in the background. */
  reportCreated(report: Report): void {
    const work: Promise<void> = this.#deliverAll(report)
      .catch((error: unknown) =>
        this.log.error(`Webhooks: none was notified of ${report.job_id}: ${errorMessage(error)}`),
      )
      .finally(() => this.#deliveries.delete(work));
    this.#deliveries.add(work);
  }

  /** Abandons pending deliveries. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#deliveries);
  }

  async #deliverAll({ job_id, summary, meta }: Report): Promise<void> {
    const body = JSON.stringify({ event: 'report.created', job_id, summary, meta });
    const hooks = await this.record.list();
    await Promise.all(hooks.map((hook) => this.#deliver(hook, body)));
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
}
