import { createHmac, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { webhookAnswer, webhookRegistration } from '../../protocol';
import { delay, withDeadline } from '../../base/abort';
import { errorCode, errorMessage } from '../../base/errors';
import { fetchOutside, fetchOutsideWith, failureReason, type Fetch } from '../../base/http';
import type { Logger } from '../../base/logger';
import { isPrivateHost, privateHostError, publicLookup } from '../../base/publicAddress';
import { ApiError } from '../errors/apiError';
import type { Delivery, WebhookRecord } from '../ports/record';

export interface WebhookOptions {
  /** Milliseconds to wait before each retry. */
  readonly delays: readonly number[];
  /** Whether private, loopback and link-local addresses are allowed, which outsiders could otherwise reach through this service. */
  readonly allowPrivate: boolean;
  /** How often to look for deliveries that other processes have left, in ms; undefined if there are no other processes. */
  readonly everyMs?: number | undefined;
}

const maxWebhooks = 50;
const attemptMs = 10_000;
/** A timer may fire slightly too early; tolerance in ms. */
const earlyMs = 5;
/**
 * How long a delivery is reserved for the process that makes it, in ms: longer than an attempt, during which no other process may make it, and
 * than a short outage, in which its success cannot be recorded.
 */
const leaseMs = 6 * attemptMs;
/** Milliseconds before recording a success is retried. */
const settleAgainMs = 1_000;

/**
 * Notifies other services of new reports: a POST with `{event, job_id, summary, meta}`, signed in `X-CodeAgent-Signature: sha256=<hex>`
 * with an HMAC of the body under the registered secret. A failed delivery is retried with increasing delays, then abandoned and logged.
 * Deliveries are recorded with the end of their job; `X-CodeAgent-Delivery` is the same in every attempt.
 */
export class Webhooks {
  readonly #fetch: Fetch;
  readonly #stop = new AbortController();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #poll: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(
    private readonly record: WebhookRecord,
    private readonly options: WebhookOptions,
    private readonly log: Logger,
  ) {
    this.#fetch = options.allowPrivate ? fetchOutside() : fetchOutsideWith(publicLookup);
    if (options.everyMs !== undefined) this.#poll = setInterval(() => this.deliver(), options.everyMs).unref();
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

  /** @returns whether the webhook existed */
  remove(id: string): Promise<boolean> {
    return this.record.remove(id);
  }

  /** Makes due deliveries, in the background. */
  deliver(): void {
    if (this.#closing) return;
    const work: Promise<void> = this.#deliverDue()
      .catch((error: unknown) => this.log.warn(`Webhooks: cannot list pending deliveries: ${errorMessage(error)}`))
      .finally(() => this.#deliveries.delete(work));
    this.#deliveries.add(work);
  }

  /** Lets the attempts that are under way end. Abandons other deliveries, or leaves them to other processes. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#poll);
    for (const timer of this.#timers) clearTimeout(timer);
    const late = setTimeout(() => this.#stop.abort(), attemptMs);
    await Promise.all(this.#deliveries);
    clearTimeout(late);
  }

  async #deliverDue(): Promise<void> {
    const due = await this.record.due(leaseMs);
    await Promise.all(due.map((delivery) => this.#attempt(delivery)));
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { hook, failures } = delivery;
    try {
      await this.#post(delivery);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.log.warn(`Webhook ${hook.id} (${new URL(hook.url).host}): ${failureReason(error)}`);
      const wait = this.options.delays[failures];
      if (wait === undefined) this.log.error(`Webhook ${hook.id}: gave up delivery ${delivery.id}.`);
      else {
        await this.record.retry(delivery, wait);
        this.#deliverIn(wait);
        return;
      }
    }
    await this.#settle(delivery);
  }

  /** Records that a delivery was made: for as long as it takes, since it would be made again. */
  async #settle(delivery: Delivery): Promise<void> {
    for (;;) {
      try {
        await this.record.settle(delivery);
        return;
      } catch (error) {
        if (errorCode(error) !== 'UNAVAILABLE' || this.#stop.signal.aborted) throw error;
        this.log.debug(
          `Webhooks: delivery ${delivery.id} was made, which cannot be recorded yet: ${errorMessage(error)}`,
        );
        await delay(settleAgainMs, this.#stop.signal).catch(() => undefined);
      }
    }
  }

  #deliverIn(ms: number): void {
    if (this.#closing) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.deliver();
    }, ms + earlyMs);
    this.#timers.add(timer);
  }

  async #post({ hook, body, id }: Delivery): Promise<void> {
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
          'X-CodeAgent-Delivery': id,
          'X-CodeAgent-Signature': `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`,
        },
      });
      await response.body?.cancel();
      return response;
    });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  }
}
