import type { Hono } from 'hono';
import {
  analyzerConfigPatch,
  toolsQuery,
  webhookRegistration,
  type AnalyzerConfig,
  type Health,
  type ToolDetail,
  type Tools,
} from '../../protocol';
import { ApiError } from '../errors/apiError';
import type { Analyzer, RunPlace } from '../../engines/engine/engine';
import { isAllowEntry } from '../pipeline/allowList';
import { folderBelow } from '../pipeline/roots';
import { defaultAnalyzers } from './defaultAnalyzers';
import { audit, limitBody, parseInput, readJson, type ApiEnv, type ApiParts } from './context';

const availabilityMs = 25_000;

/** Routes for the service's capabilities and configuration. */
export function addConfigRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  const limited = limitBody(parts);

  app.get('/health', (c) => {
    const capabilities = ['events', 'rerun', 'log', 'sarif', 'html', 'md', 'git', 'zip'];
    // So that a client knows it before uploading.
    capabilities.push(`max-upload:${parts.limits.maxUpload}`);
    if (parts.roots.length > 0) capabilities.push('path', 'check');
    if (parts.webhooks) capabilities.push('webhooks');
    const body: Health = { status: 'ok', version: parts.version, capabilities };
    return c.json(body);
  });

  app.get('/tools', async (c) => {
    const { path } = parseInput(toolsQuery, c.req.query());
    const folder = path === undefined ? undefined : await folderBelow(path, parts.roots);
    const { rulesets } = await parts.config.read();
    const details = await describeAll(parts.analyzers, folder, rulesets);
    const available = details.filter((detail) => detail.available).map((detail) => detail.id);
    const defaults = await defaultAnalyzers(parts, folder);
    const body: Tools = {
      available,
      default: defaults.filter((id) => available.includes(id)),
      versions: Object.fromEntries(details.flatMap(({ id, version }) => (version === null ? [] : [[id, version]]))),
      details,
    };
    return c.json(body);
  });

  app.get('/config/analyzers', async (c) => c.json(await parts.config.read()));

  app.patch('/config/analyzers', limited, async (c) => {
    const patch = parseInput(analyzerConfigPatch, await readJson(c));
    const known = (ids: readonly string[]) => {
      const unknown = ids.filter((id) => !parts.analyzers.some((analyzer) => analyzer.id === id));
      if (unknown.length > 0) throw new ApiError('INVALID_INPUT', `There is no analyzer ${unknown.join(', ')}.`);
    };
    known(patch.defaults ?? []);
    known(Object.keys(patch.rulesets ?? {}));
    const fields: Partial<AnalyzerConfig> = {
      ...(patch.defaults && { defaults: patch.defaults }),
      ...(patch.rulesets && { rulesets: patch.rulesets }),
      ...(patch.allow_list && { allow_list: patch.allow_list.map(allowEntry) }),
    };
    await audit(parts, c, 'configure', JSON.stringify(fields));
    return c.json(await parts.config.change(fields));
  });

  app.post('/webhooks/register', limited, async (c) => {
    const webhooks = requireWebhooks(parts);
    const wanted = parseInput(webhookRegistration, await readJson(c));
    await audit(parts, c, 'add webhook', new URL(wanted.url).origin);
    return c.json(await webhooks.register(wanted), 201);
  });

  app.delete('/webhooks/:id', async (c) => {
    const id = c.req.param('id');
    await audit(parts, c, 'remove webhook', id);
    if (!(await requireWebhooks(parts).remove(id))) throw new ApiError('NOT_FOUND', 'There is no such webhook.');
    return c.json({ id, status: 'deleted' });
  });
}

/** Normalizes an entry of the allow list: a host in lower case, or a URL unchanged. @throws ApiError INVALID_INPUT */
function allowEntry(given: string): string {
  const entry = given.trim();
  if (!isAllowEntry(entry))
    throw new ApiError(
      'INVALID_INPUT',
      `allow_list: ${JSON.stringify(given.slice(0, 100))} is neither a host nor a URL.`,
    );
  return entry.includes('/') ? entry : entry.toLowerCase();
}

function requireWebhooks(parts: ApiParts) {
  if (!parts.webhooks) throw new ApiError('NOT_FOUND', 'Webhooks are not enabled on this service.');
  return parts.webhooks;
}

/** Each analyzer and whether it can run, for `GET /tools`. */
export function describeAll(
  analyzers: readonly Analyzer[],
  folder: string | undefined,
  rulesets: Readonly<Record<string, readonly string[]>>,
): Promise<ToolDetail[]> {
  return Promise.all(
    analyzers.map((analyzer) => describe(analyzer, { folder, rulesets: rulesets[analyzer.id] ?? [] })),
  );
}

async function describe(analyzer: Analyzer, place: RunPlace): Promise<ToolDetail> {
  const base = { id: analyzer.id, title: analyzer.title, kind: analyzer.kind };
  try {
    const found = await analyzer.availability(AbortSignal.timeout(availabilityMs), place);
    if (found.available) return { ...base, available: true, version: found.version, reason: null, install_hint: null };
    return { ...base, available: false, version: null, reason: found.reason, install_hint: found.installHint ?? null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...base, available: false, version: null, reason, install_hint: null };
  }
}
