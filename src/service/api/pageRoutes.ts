import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import type { ApiEnv, ApiParts } from './context';

/** Only its own files and this service; no inline scripts or styles. */
const policy = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
].join('; ');

/** The team page. It is open to anyone, since it contains no data: it asks for the token, and sends it to the other routes. */
export function addPageRoutes(app: Hono<ApiEnv>, { page = new Map() }: ApiParts): void {
  for (const [path, { type, content }] of page) {
    const tag = `"${createHash('sha256').update(content).digest('base64url')}"`;
    app.get(path, (c) => {
      c.header('Content-Security-Policy', policy);
      c.header('Referrer-Policy', 'no-referrer');
      c.header('Cross-Origin-Opener-Policy', 'same-origin');
      // Revalidated each time, since an upgrade may change it.
      c.header('Cache-Control', 'no-cache');
      c.header('ETag', tag);
      if (c.req.header('if-none-match') === tag) return c.body(null, 304);
      c.header('Content-Type', type);
      return c.body(content);
    });
  }
}
