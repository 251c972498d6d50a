import { realpath, rm } from 'node:fs/promises';
import { Transform, type Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { mcpServer } from '../agents/mcpServer';
import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { makeTempFolder } from '../base/tempFolder';
import { Osv } from '../engines/dependencies/osv';
import { ServiceHost } from './agentHost';
import type { McpArgs } from './args/mcp';
import { endSignals } from './endSignals';
import { messageLines } from './messageLines';
import { isFolder } from './output';
import { cacheFolder, ownService } from './scan';
import { osvOf } from './tools';

/** Maximum bytes of one message: the code for check_code, escaped, plus some overhead. */
const maxMessage = 8 * 1024 * 1024;

/**
 * Serves the tools for AI agents on stdin and stdout, until stdin ends or one of {@link endSignals} arrives. Only protocol messages are
 * written to stdout.
 * @returns the exit code
 * @throws CodedError USAGE when a root is not a folder
 */
export async function mcp(args: McpArgs, log: Logger, version: string): Promise<number> {
  for (const root of args.roots)
    if (!(await isFolder(root))) throw new CodedError('USAGE', `${root} is not a folder that can be read.`);
  const roots = await Promise.all(args.roots.map((root) => realpath(root)));
  const scratch = makeTempFolder('agent');
  const ended = new Promise<void>((resolve) => {
    for (const signal of endSignals) process.once(signal, () => resolve());
    process.stdin.once('close', () => resolve());
    process.stdin.once('end', () => resolve());
    // The window that started this is gone.
    process.once('disconnect', () => resolve());
  });
  const service = await ownService(args, [...roots, scratch], log, version);
  const over = new AbortController();
  let warming: Promise<void> | undefined;
  const osv = new Osv(__dirname, `${cacheFolder()}/osv`, await osvOf(args));
  try {
    const policy = args.config ? undefined : 'none';
    const host = new ServiceHost({ roots, scratch, policy, client: service.client, osv, assets: __dirname, log });
    // Most agents ask about code next, and the engines take a second to start.
    warming = host
      .warm(over.signal)
      .catch((error: unknown) => log.debug(`The engines could not be prepared: ${String(error)}`));
    const server = mcpServer(host, version, (error) => log.warn(`MCP: ${error.message}`));
    const lines = messageLines(maxMessage, (line) => process.stdout.write(`${line}\n`));
    const transport = new StdioServerTransport(process.stdin.pipe(lines), oneLineEach(process.stdout), {
      // A byte that is not UTF-8 becomes a three-byte character.
      maxBufferSize: 3 * maxMessage + 1,
    });
    await server.connect(transport);
    await ended;
    await server.close();
    return 0;
  } finally {
    process.stdin.destroy();
    over.abort();
    await warming;
    // An open channel would keep this process alive.
    if (process.connected) process.disconnect();
    await osv.close();
    await service.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Escapes characters that JSON allows but some line readers, such as Node's, treat as line ends. */
function oneLineEach(output: Writable): Writable {
  const escaped = new Transform({
    decodeStrings: false,
    transform(chunk: string | Buffer, _encoding, done) {
      done(null, String(chunk).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
    },
  });
  escaped.pipe(output);
  return escaped;
}
