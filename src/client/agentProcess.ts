import { createInterface } from 'node:readline';
import * as z from 'zod';
import { abortReason } from '../base/abort';
import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { endNode, startNode } from '../base/process';

/** How long the process may take to exit, in ms: it cancels running scans first. */
const graceMs = 3_000;
const protocolVersion = '2025-06-18';

/** A tool's answer. */
const toolResult = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
});
const response = z.object({
  /** Null in an error about a message that could not be read. */
  id: z.number().nullable(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** The text and data of a tool's answer. */
export interface AgentAnswer {
  readonly text: string;
  readonly data: Record<string, unknown> | undefined;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** `codeagent mcp` in a separate process, used through its protocol and started by the first call. */
export class AgentProcess {
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #child: ReturnType<typeof startNode> | undefined;

  /**
   * @param cli absolute path of `dist/cli.js`
   * @param args its arguments
   */
  constructor(
    private readonly cli: string,
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
    private readonly log: Logger,
  ) {}

  /** Calls a tool. @throws CodedError TOOL with the tool's own error message; AGENTS when the process ends; the signal's reason */
  async call(name: string, input: unknown, signal: AbortSignal): Promise<AgentAnswer> {
    signal.throwIfAborted();
    if (!this.#child) this.#start();
    const id = this.#send('tools/call', { name, arguments: input });
    const result = await new Promise<unknown>((resolve, reject) => {
      const onAbort = () => {
        this.#notify('notifications/cancelled', { requestId: id });
        this.#settle(id)?.reject(abortReason(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const done = () => signal.removeEventListener('abort', onAbort);
      this.#pending.set(id, {
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      });
    });
    const { content, structuredContent, isError } = toolResult.parse(result);
    const text = content.flatMap((part) => part.text ?? []).join('\n');
    if (isError === true) throw new CodedError('TOOL', text);
    return { text, data: structuredContent };
  }

  /** Ends the process. The next call starts another. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#fail('AGENTS', 'The process was ended.');
    if (child) await endNode(child, graceMs, () => child.stdin?.end());
  }

  #start(): void {
    const child = startNode({ file: this.cli, args: ['mcp', ...this.args], env: this.env, stdin: 'pipe' });
    this.#child = child;
    child.on('error', (error) => {
      this.log.error(`Tools for agents: ${error.message}`);
      // A process that could not be started never exits.
      if (child.pid !== undefined || this.#child !== child) return;
      this.#child = undefined;
      this.#fail('AGENTS', `The agent tools could not be started: ${error.message}`);
    });
    child.once('exit', (code) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#fail('AGENTS', `The agent tools exited (${String(code)}); see the log.`);
    });
    child.stdin?.on('error', (error) => this.log.warn(`Tools for agents: ${error.message}`));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => this.log.info(`agents: ${line}`));
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#receive(line));
    const hello = { protocolVersion, capabilities: {}, clientInfo: { name: 'codeagent-scanner', version: '1' } };
    this.#pending.set(this.#send('initialize', hello), { resolve: () => undefined, reject: () => undefined });
    this.#notify('notifications/initialized', {});
  }

  #receive(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      this.log.warn('The agent tools wrote a line that is not JSON.');
      return;
    }
    const { data } = response.safeParse(value);
    if (!data) return; // A notification.
    if (data.id === null) {
      // It is unknown which call this was; without an answer, that call would wait forever.
      this.#fail('TOOL', data.error?.message ?? 'A message could not be read.');
      return;
    }
    const pending = this.#settle(data.id);
    if (data.error) pending?.reject(new CodedError('TOOL', data.error.message));
    else pending?.resolve(data.result);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #fail(code: 'AGENTS' | 'TOOL', reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(new CodedError(code, reason));
  }

  #send(method: string, params: object): number {
    const id = (this.#last += 1);
    this.#write({ jsonrpc: '2.0', id, method, params });
    return id;
  }

  #notify(method: string, params: object): void {
    this.#write({ jsonrpc: '2.0', method, params });
  }

  #write(message: object): void {
    this.#child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
