import type { Hono } from 'hono';
import { checkFields, type CheckAnswer } from '../../protocol';
import { folderBelow } from '../pipeline/roots';
import { limitBody, parseInput, readJson, type ApiEnv, type ApiParts } from './context';

/** Checks files that were just saved in a folder that this service may scan: immediately, without a job. */
export function addCheckRoute(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.post('/check', limitBody(parts), async (c) => {
    const fields = parseInput(checkFields, await readJson(c));
    const { path, files, off, policy, policy_of, alone, thorough } = fields;
    const root = await folderBelow(path, parts.roots);
    const { defaults } = await parts.config.read();
    const embedded = parts.analyzers.filter(
      ({ id, kind }) => kind === 'embedded' && defaults.includes(id) && !off.includes(id),
    );
    const analyzers = embedded.filter(({ scope }) => scope === 'file');
    const ofProject = embedded.filter(({ scope }) => scope === 'project');
    const { signal } = c.req.raw;
    if (fields.prepare) {
      await parts.checks.prepare({ root, files, analyzers, signal });
      return c.json(nothing satisfies CheckAnswer);
    }
    const policyRoot = policy_of === undefined ? root : await folderBelow(policy_of, parts.roots);
    const options = { root, files, alone, thorough, signal, policyRoot, ...(policy && { policy }) };
    if (fields.dependencies) return c.json(await parts.checks.ofDependencies({ ...options, analyzers: ofProject }));
    const dependencies = files.filter((file) => ofProject.some((one) => (one.group?.(file) ?? []).length > 0));
    return c.json({ ...(await parts.checks.run({ ...options, analyzers })), dependencies } satisfies CheckAnswer);
  });
}

const nothing = { files: [], left_out: [], analyzers: [], dependencies: [], gaps: [] };
