import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ErrorCode, McpError, type ServerNotification, type Tool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { errorMessage } from '../base/errors';
import type { AgentHost } from './host';
import { agentTools, type AgentTool } from './tools';

const listParams = z.looseObject({ cursor: z.unknown() }).optional();
const callParams = z.looseObject({
  name: z.string(),
  // Some clients send null for no arguments.
  arguments: z.record(z.string(), z.unknown()).nullish(),
});

/** The parts of the SDK's handler context that we use. */
interface Call {
  readonly signal: AbortSignal;
  readonly _meta?: { readonly progressToken?: string | number | undefined } | undefined;
  readonly sendNotification: (notification: ServerNotification) => Promise<void>;
}

/**
 * The tools as an MCP server, not yet connected: https://modelcontextprotocol.io
 * @param onError receives what could not be sent
 */
export function mcpServer(host: AgentHost, version: string, onError: (error: Error) => void): McpServer {
  const server = new McpServer(
    { name: 'codeagent', title: 'CodeAgent Scanner', version },
    {
      capabilities: {},
      instructions:
        'Security tools for the code of this workspace. Call check_code before writing code, scan with changed: "HEAD" after a change, check_dependency before adding a ' +
        'dependency, and fix (first as a dry run) for findings that have one. No findings where there are gaps does not mean that the code is secure.',
    },
  );
  const tools = agentTools.map(toolOf);
  server.server.registerCapabilities({ tools: {} });
  server.server.onerror = onError;
  // The SDK's own handlers answer an unknown tool like one that failed, and malformed parameters with an internal error. The protocol has
  // separate errors for both.
  server.server.fallbackRequestHandler = async ({ method, params }, call) => {
    if (method === 'tools/list') {
      const cursor = read(listParams, params, method)?.cursor;
      if (cursor === undefined) return { tools };
      throw new McpError(ErrorCode.InvalidParams, 'The list of tools has one page, so there is no cursor.');
    }
    if (method !== 'tools/call') throw new McpError(ErrorCode.MethodNotFound, 'Method not found');
    const { name, arguments: input } = read(callParams, params, method);
    const tool = agentTools.find((one) => one.name === name);
    if (tool) return answer(tool, host, input ?? {}, call, onError);
    const names = agentTools.map((one) => one.name).join(', ');
    throw new McpError(ErrorCode.InvalidParams, `There is no tool with this name. The tools are ${names}.`);
  };
  return server;
}

function toolOf({ name, title, description, input, output, writes, asksOutside }: AgentTool): Tool {
  return {
    name,
    title,
    description,
    inputSchema: objectSchema(input, 'input'),
    outputSchema: objectSchema(output, 'output'),
    annotations: { readOnlyHint: !writes, destructiveHint: writes, idempotentHint: true, openWorldHint: asksOutside },
  };
}

function objectSchema(schema: z.ZodObject, io: 'input' | 'output'): Tool['inputSchema'] {
  return { ...z.toJSONSchema(schema, { io }), type: 'object' } as Tool['inputSchema'];
}

function read<T>(schema: z.ZodType<T>, params: unknown, method: string): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((one) => `${one.path.join('.') || 'params'}: ${one.message}`);
  throw new McpError(ErrorCode.InvalidParams, `Invalid parameters of ${method}: ${said.join('; ')}.`);
}

async function answer(tool: AgentTool, host: AgentHost, input: unknown, call: Call, onError: (error: Error) => void) {
  try {
    const { data, text } = await tool.run(host, input, call.signal, progressOf(call, onError));
    return { content: [{ type: 'text', text }], structuredContent: data };
  } catch (error) {
    return { content: [{ type: 'text', text: errorMessage(error) }], isError: true };
  }
}

/** Reports the progress of a call, if the client asked for it; many clients wait longer for a call that makes progress. */
function progressOf({ _meta, sendNotification }: Call, onError: (error: Error) => void): (percent: number) => void {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let last = -1;
  return (percent) => {
    // The protocol requires it to increase with each notification.
    if (percent <= last) return;
    last = percent;
    sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress: percent, total: 100 },
    }).catch(onError);
  };
}
