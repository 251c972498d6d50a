// Runs the conformance tests of the Model Context Protocol on `codeagent mcp`, and says of each scenario whether it passed, or why it does not apply.
// node bench/mcpConformance.mjs PACKAGE [FOLDER]: PACKAGE is where @modelcontextprotocol/conformance (0.1.16) is installed, FOLDER what the tools may look at. Node 22
// or later; `node dist/cli.js` runs with the same. Exits with 1 if a scenario failed.
// The tests speak HTTP only, so this passes messages on to the command, a process for each session. They call tools that a server is to have for them; where one of
// ours does the same, it is called instead.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

if (!process.argv[2]) throw new Error('Usage: node bench/mcpConformance.mjs PACKAGE [FOLDER]');
const program = join(resolve(process.argv[2]), 'dist', 'index.js');
const folder = resolve(process.argv[3] ?? 'src/agents');
const args = [resolve('dist/cli.js'), 'mcp', '--root', folder, '--no-osv'];

/** Calls of our tools in place of those of a test server. */
const stead = {
  test_simple_text: { name: 'check_code', arguments: { filename: 'a.js', code: 'let a = 1;' } },
  test_error_handling: { name: 'check_code', arguments: { filename: '../a.js', code: '' } },
  test_tool_with_progress: { name: 'scan', arguments: {} },
};

const noResources = 'the server offers no resources';
const noPrompts = 'the server offers no prompts';
const noQuestions = 'no tool asks the client for anything';
const textAndData = 'the tools answer with text and data';
/** Why a scenario does not apply, and the message of the check that should fail then; any other failure counts. */
const inapplicable = {
  'logging-set-level': ['the server does not declare the capability "logging"', /Method not found/],
  'tools-call-with-logging': ['the server does not declare the capability "logging"', /Method not found/],
  'completion-complete': ['the server does not declare the capability "completions"', /Method not found/],
  'tools-call-image': [textAndData, /There is no tool/],
  'tools-call-audio': [textAndData, /There is no tool/],
  'tools-call-embedded-resource': [textAndData, /There is no tool/],
  'tools-call-mixed-content': [textAndData, /There is no tool/],
  'tools-call-sampling': [noQuestions, /There is no tool/],
  'tools-call-elicitation': [noQuestions, /There is no tool/],
  'elicitation-sep1034-defaults': [noQuestions, /There is no tool/],
  'elicitation-sep1330-enums': [noQuestions, /There is no tool/],
  'json-schema-2020-12': ['it wants a tool of its own, whose schema has definitions', /Tool .* not found/],
  'resources-list': [noResources, /Method not found/],
  'resources-read-text': [noResources, /Method not found/],
  'resources-read-binary': [noResources, /Method not found/],
  'resources-templates-read': [noResources, /Method not found/],
  'resources-subscribe': [noResources, /Method not found/],
  'resources-unsubscribe': [noResources, /Method not found/],
  'prompts-list': [noPrompts, /Method not found/],
  'prompts-get-simple': [noPrompts, /Method not found/],
  'prompts-get-with-args': [noPrompts, /Method not found/],
  'prompts-get-embedded-resource': [noPrompts, /Method not found/],
  'prompts-get-with-image': [noPrompts, /Method not found/],
};
/** Scenarios that say nothing about the server, whatever their result. */
const ofTheBridge = ['dns-rebinding-protection', 'server-sse-polling'];

const sessions = new Map();

/** The processes of sessions that are open. */
let children = [];

async function open() {
  // Scenarios run one after another, and leave their sessions open.
  await Promise.all(children.map((each) => each.close()));
  const child = new StdioClientTransport({ command: process.execPath, args, stderr: 'inherit' });
  const http = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, http),
  });
  const calls = new Map();
  http.onmessage = (message) => {
    const token = message.params?._meta?.progressToken;
    if (token !== undefined) calls.set(token, message.id);
    void child.send(withOurTool(message));
  };
  // The progress of a call is sent to the same place as its answer.
  child.onmessage = (message) =>
    void http.send(message, { relatedRequestId: calls.get(message.params?.progressToken) });
  http.onclose = () => {
    sessions.delete(http.sessionId);
    void child.close();
  };
  children = [child];
  await child.start();
  await http.start();
  return http;
}

function withOurTool(message) {
  const ours = message.method === 'tools/call' ? stead[message.params?.name] : undefined;
  return ours ? { ...message, params: { ...message.params, ...ours } } : message;
}

const server = createServer((request, response) => {
  void (async () => {
    const host = request.headers.host ?? '';
    if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)) return response.writeHead(403).end();
    const known = sessions.get(request.headers['mcp-session-id']);
    await (known ?? (await open())).handleRequest(request, response);
  })();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const results = await mkdtemp(join(tmpdir(), 'codeagent-conformance-'));
const counts = { passed: 0, 'does not apply': 0, failed: 0 };
try {
  const url = `http://127.0.0.1:${server.address().port}/mcp`;
  const suite = [program, 'server', '--url', url, '--suite', 'all', '--output-dir', results];
  await once(spawn(process.execPath, suite, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  for (const name of (await readdir(results)).sort()) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    const checks = JSON.parse(await readFile(join(results, name, 'checks.json'), 'utf8'));
    const [outcome, why] = judged(scenario, checks);
    counts[outcome] += 1;
    console.log(`${scenario}: ${outcome}${why === undefined ? '' : `: ${why}`}`);
  }
} finally {
  await Promise.all(children.map((child) => child.close()));
  server.closeAllConnections();
  server.close();
  await rm(results, { recursive: true, force: true });
}
if (counts.passed === 0) counts.failed += 1;
console.log(`${counts.passed} passed, ${counts['does not apply']} do not apply, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;

function judged(scenario, checks) {
  if (ofTheBridge.includes(scenario)) return ['does not apply', 'about HTTP; the server speaks stdio'];
  const failures = checks.filter(({ status }) => status === 'FAILURE');
  const said = failures.map(({ errorMessage, details }) => errorMessage ?? JSON.stringify(details)).join('; ');
  const [why, expected] = inapplicable[scenario] ?? [];
  if (failures.length === 0)
    return checks.some(({ status }) => status === 'SUCCESS') ? ['passed'] : ['failed', 'nothing was checked'];
  if (failures.every(({ errorMessage = '' }) => expected?.test(errorMessage))) return ['does not apply', why];
  return ['failed', said];
}
