import type { Hono } from 'hono';
import { tryFields } from '../../protocol';
import { folderBelow } from '../pipeline/roots';
import { limitBody, parseInput, readJson, type ApiEnv, type ApiParts } from './context';

/** Tries a custom rule or model that is being written in a folder that this service may scan: immediately, without a job. */
export function addTryRoute(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.post('/rules/try', limitBody(parts), async (c) => {
    const { path, file, text, search } = parseInput(tryFields, await readJson(c));
    const root = await folderBelow(path, parts.roots);
    const { signal } = c.req.raw;
    try {
      return c.json(await parts.tries.run({ root, file, text, search, signal }));
    } catch (error) {
      // The rule has changed again, so nobody reads this result.
      if (signal.aborted) return c.body(null, 499 as 408);
      throw error;
    }
  });
}
