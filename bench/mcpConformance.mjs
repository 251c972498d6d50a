// A bridge for the conformance tests of the Model Context Protocol, which speak HTTP only: passes messages on to `codeagent mcp`, a process for each session.
// node bench/mcpConformance.mjs [FOLDER] prints the URL; then: npx @modelcontextprotocol/conformance server --url URL (Node 22 or later).
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const folder = resolve(process.argv[2] ?? '.');
const args = [resolve('dist/cli.js'), 'mcp', '--root', folder, '--no-osv'];
const sessions = new Map();

async function open() {
  const child = new StdioClientTransport({ command: process.execPath, args, stderr: 'inherit' });
  const http = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, http),
  });
  http.onmessage = (message) => void child.send(message);
  child.onmessage = (message) => void http.send(message);
  http.onclose = () => {
    sessions.delete(http.sessionId);
    void child.close();
  };
  await child.start();
  await http.start();
  return http;
}

const server = createServer((request, response) => {
  void (async () => {
    const host = request.headers.host ?? '';
    if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)) return response.writeHead(403).end();
    const known = sessions.get(request.headers['mcp-session-id']);
    await (known ?? (await open())).handleRequest(request, response);
  })();
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
