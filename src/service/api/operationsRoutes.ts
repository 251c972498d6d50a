import type { Hono } from 'hono';
import { auditQuery, type AuditList, type Ready } from '../../protocol';
import { parseInput, type ApiEnv, type ApiParts } from './context';

/** For operators of a service on several machines: readiness, metrics, and the audit log. */
export function addOperationsRoutes(app: Hono<ApiEnv>, parts: Pick<ApiParts, 'watch' | 'audit'>): void {
  const { watch, audit } = parts;
  if (watch) {
    app.get('/ready', async (c) => {
      const unreachable = [...(await watch.unreachable())];
      if (unreachable.length === 0) return c.json({ status: 'ready', unreachable } satisfies Ready);
      c.header('Retry-After', '5');
      return c.json({ status: 'unavailable', unreachable } satisfies Ready, 503);
    });

    app.get('/metrics', async (c) => {
      const { type, text } = await watch.metrics();
      c.header('Content-Type', type);
      return c.body(text);
    });
  }
  if (audit)
    app.get('/audit', async (c) => {
      const { limit, before } = parseInput(auditQuery, c.req.query());
      const entries = await audit.list(limit, before);
      const body: AuditList = {
        entries: entries.map(({ requestId, ...entry }) => ({ ...entry, request_id: requestId })),
      };
      return c.json(body);
    });
}
