import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { webhookRegistration } from '../../protocol';
import { readJsonOr, withFileLock, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import { errorMessage } from '../../base/errors';
import type { Delivery, Notice, Webhook, WebhookRecord } from '../ports/record';

const content = z.array(z.object({ id: z.string(), ...webhookRegistration.shape }));

/** `webhooks.json`. Read each time, since services may share it. Pending deliveries are in memory, and are lost with the process. */
export class WebhookFile implements WebhookRecord {
  /** Deliveries, each with its due time. */
  readonly #due = new Map<string, { readonly delivery: Delivery; readonly at: number }>();

  constructor(
    private readonly path: string,
    private readonly log: Logger,
  ) {}

  list(): Promise<Webhook[]> {
    return readJsonOr(this.path, content, [], this.log);
  }

  add(hook: Webhook, most: number): Promise<boolean> {
    return this.#change((hooks) => (hooks.length < most ? [...hooks, hook] : undefined));
  }

  remove(id: string): Promise<boolean> {
    return this.#change((hooks) =>
      hooks.some((hook) => hook.id === id) ? hooks.filter((hook) => hook.id !== id) : undefined,
    );
  }

  /** @param changed the new list; undefined to leave it as it is. @returns whether it was changed */
  #change(changed: (hooks: Webhook[]) => Webhook[] | undefined): Promise<boolean> {
    return withFileLock(this.path, async () => {
      const hooks = changed(await this.list());
      if (hooks) await writeJson(this.path, hooks);
      return hooks !== undefined;
    });
  }

  /** Delivers a notice to every webhook. Failures are only logged: the job has ended. */
  async notify(body: Notice): Promise<void> {
    try {
      for (const hook of await this.list()) {
        const delivery = { id: randomUUID(), hook, body, failures: 0 };
        this.#due.set(delivery.id, { delivery, at: 0 });
      }
    } catch (error) {
      this.log.error(`Webhooks: none was notified: ${errorMessage(error)}`);
    }
  }

  due(ms: number): Promise<Delivery[]> {
    const now = performance.now();
    const due = [...this.#due.values()].filter(({ at }) => at <= now).map(({ delivery }) => delivery);
    for (const delivery of due) this.#due.set(delivery.id, { delivery, at: now + ms });
    return Promise.resolve(due);
  }

  settle({ id }: Delivery): Promise<void> {
    this.#due.delete(id);
    return Promise.resolve();
  }

  retry(delivery: Delivery, ms: number): Promise<void> {
    const again = { ...delivery, failures: delivery.failures + 1 };
    this.#due.set(delivery.id, { delivery: again, at: performance.now() + ms });
    return Promise.resolve();
  }
}
