import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { errorStatus, type ErrorBody, type Health } from '../../protocol';
import { ApiError } from '../errors/apiError';
import { errorMessage, isAbort } from '../../base/errors';
import { storageProblem } from '../../base/storageError';
import { addCheckRoute } from './checkRoute';
import { addTryRoute } from './tryRoute';
import { addConfigRoutes } from './configRoutes';
import type { ApiEnv, ApiParts } from './context';
import { guard, type GuardOptions } from './guard';
import { bodyIsUnread, skipBody } from './httpServer';
import { addDashboardRoutes } from './dashboardRoutes';
import { addJobRoutes } from './jobRoutes';
import { addOperationsRoutes } from './operationsRoutes';
import { addPageRoutes } from './pageRoutes';
import { addReportRoutes } from './reportRoutes';
import { Sessions } from './session';
import { addSubmitRoutes } from './submitRoutes';

/** nginx's status code for this. */
const clientClosedRequest = 499;

/** Guards an app, counts its responses, and answers every failure with the contract's error body. */
function guardedApp(parts: Pick<ApiParts, 'watch' | 'limits' | 'log'>, options: GuardOptions): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    const begun = performance.now();
    await next();
    parts.watch?.answered(c.req.method, routePath(c, -1), c.res.status, (performance.now() - begun) / 1000);
    // A client that is still sending when its connection is closed never reads the answer.
    if (c.res.status >= 400) await skipBody(c.env.incoming, parts.limits.maxBody);
    // Nobody reads the rest of the body, so the connection cannot be reused. Say so, or the client's next request is lost.
    if (bodyIsUnread(c.env.incoming)) c.header('Connection', 'close');
  });
  app.use(guard(options));

  app.notFound((c) => {
    const body: ErrorBody = { error: { code: 'NOT_FOUND', message: 'There is no such route.' } };
    return c.json(body, 404);
  });
  app.onError((thrown, c) => {
    // The client has left, which canceled its request: nobody reads the response.
    if (c.req.raw.signal.aborted && isAbort(thrown)) return new Response(null, { status: clientClosedRequest });
    const trouble = storageProblem(thrown);
    const error =
      trouble === undefined
        ? thrown
        : new ApiError('UNAVAILABLE', `The service's storage cannot be used: ${trouble}. Nothing was changed.`, {
            retryAfter: 10,
          });
    if (trouble !== undefined) parts.log.warn(`${c.req.method} ${c.req.path}: ${errorMessage(thrown)}`);
    if (!(error instanceof ApiError)) {
      parts.log.error(`${c.req.method} ${c.req.path} (${c.get('requestId')}): ${error.stack ?? error.message}`);
      const body: ErrorBody = { error: { code: 'INTERNAL', message: 'Internal error.' } };
      return c.json(body, 500);
    }
    if (error.code === 'UNAVAILABLE' && trouble === undefined)
      parts.log.warn(`${c.req.method} ${c.req.path}: ${error.message}`);
    if (error.retryAfter !== undefined) c.header('Retry-After', String(error.retryAfter));
    const { code, message, details } = error;
    const body: ErrorBody = { error: { code, message, ...(details !== undefined && { details }) } };
    return c.json(body, errorStatus[error.code]);
  });

  return app;
}

/** The status routes of a process that answers no client requests. */
export function createWatchedApp(
  parts: Pick<ApiParts, 'watch' | 'limits' | 'log' | 'version'>,
  guardOptions: GuardOptions,
): Hono<ApiEnv> {
  const app = guardedApp(parts, guardOptions);
  app.get('/health', (c) => c.json({ status: 'ok', version: parts.version, capabilities: [] } satisfies Health));
  addOperationsRoutes(app, { watch: parts.watch, audit: undefined });
  return app;
}

/** The service's routes. */
export function createApp(parts: ApiParts, guardOptions: GuardOptions): Hono<ApiEnv> {
  const { access } = guardOptions;
  const sessions = access && new Sessions(access);
  const app = guardedApp(parts, { ...guardOptions, sessions, openPaths: parts.page?.keys() ?? [] });
  addSubmitRoutes(app, parts);
  addCheckRoute(app, parts);
  addTryRoute(app, parts);
  addJobRoutes(app, parts);
  addReportRoutes(app, parts);
  addConfigRoutes(app, parts);
  addOperationsRoutes(app, parts);
  addDashboardRoutes(app, parts, sessions);
  addPageRoutes(app, parts);
  return app;
}
