import type { Hono } from 'hono';
import { checkFields, type CheckAnswer } from '../../protocol';
import { folderBelow } from '../pipeline/roots';
import { limitBody, parseInput, readJson, type ApiEnv, type ApiParts } from './context';

/** Checks files that were just saved in a folder that this service may scan: immediately, without a job. */
export function addCheckRoute(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.post('/check', limitBody(parts), async (c) => {
    const { path, files, off, prepare, policy, policy_of, alone } = parseInput(checkFields, await readJson(c));
    const root = await folderBelow(path, parts.roots);
    const { defaults } = await parts.config.read();
    const analyzers = parts.analyzers.filter(
      ({ id, kind, scope }) => kind === 'embedded' && scope === 'file' && defaults.includes(id) && !off.includes(id),
    );
    const { signal } = c.req.raw;
    if (prepare) {
      await parts.checks.prepare({ root, files, analyzers, signal });
      return c.json({ files: [], left_out: [], analyzers: [], gaps: [] } satisfies CheckAnswer);
    }
    const policyRoot = policy_of === undefined ? root : await folderBelow(policy_of, parts.roots);
    return c.json(
      await parts.checks.run({ root, files, analyzers, alone, signal, policyRoot, ...(policy && { policy }) }),
    );
  });
}
