import * as z from 'zod';
import { webhookRegistration } from '../../protocol';
import { readJsonOr, withFileLock, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import type { Webhook, WebhookRecord } from '../ports/record';

const content = z.array(z.object({ id: z.string(), ...webhookRegistration.shape }));

/** `webhooks.json`. Read each time, since services may share it. */
export class WebhookFile implements WebhookRecord {
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
}
