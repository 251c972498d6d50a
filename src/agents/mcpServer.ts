import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { errorMessage } from '../base/errors';
import type { AgentHost } from './host';
import { agentTools } from './tools';

/** The tools as a server of the Model Context Protocol, not yet connected: https://modelcontextprotocol.io */
export function mcpServer(host: AgentHost, version: string): McpServer {
  const server = new McpServer(
    { name: 'codeagent', title: 'CodeAgent Scanner', version },
    {
      instructions:
        'Security tools for the code of this workspace. Call check_code before writing code, scan with changed: "HEAD" after a change, check_dependency before adding a ' +
        'dependency, and fix (first dry) for findings that have one. No findings where there are gaps does not mean that the code is secure.',
    },
  );
  for (const tool of agentTools) {
    server.registerTool(
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: tool.input,
        outputSchema: tool.output,
        annotations: {
          readOnlyHint: !tool.writes,
          destructiveHint: tool.writes,
          idempotentHint: true,
          openWorldHint: tool.asksOutside,
        },
      },
      async (input: unknown, { signal }) => {
        try {
          const { data, text } = await tool.run(host, input, signal);
          return { content: [{ type: 'text', text }], structuredContent: data };
        } catch (error) {
          return { content: [{ type: 'text', text: errorMessage(error) }], isError: true };
        }
      },
    );
  }
  return server;
}
