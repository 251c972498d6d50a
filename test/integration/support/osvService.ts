import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A vulnerability as the tests plant it: the affected packages, and more fields of its OSV record. */
export interface Planted {
  readonly id: string;
  readonly ecosystem: string;
  readonly name: string;
  readonly versions: readonly string[];
  readonly record?: Readonly<Record<string, unknown>>;
}

interface Query {
  package?: { name?: string; ecosystem?: string };
  version?: string;
  page_token?: string;
}

/** Overrides the service's behavior; return true when it has responded. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/** A service on loopback that responds like OSV: https://google.github.io/osv.dev/api/ */
export interface TestOsv {
  readonly url: string;
  /** Method and path of each request. */
  readonly requests: string[];
  readonly queries: Query[];
  planted: readonly Planted[];
  misbehave: Misbehaviour | undefined;
  /** Vulnerabilities in one answer about a package. */
  pageSize: number;
  close(): Promise<void>;
}

export async function startOsv(planted: readonly Planted[] = []): Promise<TestOsv> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      osv.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (osv.misbehave?.(request, response, osv.requests.length)) return;
      answer(osv, request.url ?? '', Buffer.concat(chunks).toString('utf8'), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const osv: TestOsv = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    queries: [],
    planted,
    misbehave: undefined,
    pageSize: 1_000,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return osv;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function answer(osv: TestOsv, url: string, body: string, response: ServerResponse): void {
  if (url === '/v1/querybatch') {
    const { queries } = JSON.parse(body) as { queries: Query[] };
    if (queries.length > 1_000) {
      sendJson(response, 400, { code: 3, message: 'Too many queries.' });
      return;
    }
    osv.queries.push(...queries);
    sendJson(response, 200, { results: queries.map((query) => page(osv, query)) });
    return;
  }
  const id = decodeURIComponent(url.replace('/v1/vulns/', ''));
  const found = osv.planted.find((one) => one.id === id);
  if (found) sendJson(response, 200, recordOf(found));
  else sendJson(response, 404, { code: 5, message: 'Bug not found.' });
}

function page(osv: TestOsv, { package: asked, version, page_token: token }: Query) {
  const all = osv.planted.filter(
    (one) =>
      one.ecosystem === asked?.ecosystem &&
      one.name === asked.name &&
      version !== undefined &&
      one.versions.includes(version),
  );
  const start = Number(token ?? 0);
  const vulns = all.slice(start, start + osv.pageSize).map(({ id }) => ({ id, modified: '2024-01-01T00:00:00Z' }));
  if (vulns.length === 0) return {};
  return { vulns, ...(start + osv.pageSize < all.length && { next_page_token: String(start + osv.pageSize) }) };
}

export function recordOf({ id, ecosystem, name, versions, record }: Planted) {
  return {
    schema_version: '1.6.0',
    id,
    modified: '2024-01-01T00:00:00Z',
    published: '2023-01-01T00:00:00Z',
    summary: `A hole in ${name}`,
    details: 'More of it.',
    affected: [{ package: { ecosystem, name, purl: `pkg:x/${name}` }, versions, ranges: [] }],
    references: [{ type: 'ADVISORY', url: `https://advisories.example/${id}` }],
    ...record,
  };
}
