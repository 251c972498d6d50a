import { Transform } from 'node:stream';
import { JSONRPCMessageSchema, RequestIdSchema } from '@modelcontextprotocol/sdk/types.js';

/** JSON-RPC's codes for unreadable messages: https://www.jsonrpc.org/specification#error_object */
const codes = { parse: -32700, invalid: -32600 };

/**
 * Passes on JSON-RPC messages, one per line; a batch, which clients of protocol 2025-03-26 may send, is split up. Anything else is answered
 * with an error, and a line that is too long is never kept in full.
 * @param maxBytes of a line
 * @param answer receives a line of JSON, without its line end
 */
export function messageLines(maxBytes: number, answer: (line: string) => void): Transform {
  let parts: Buffer[] = [];
  let size = 0;
  const refuse = (code: number, message: string, id: string | number | null = null) =>
    answer(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  const take = (): string[] => {
    const line = Buffer.concat(parts).toString().trim();
    const tooLong = size > maxBytes;
    [parts, size] = [[], 0];
    if (tooLong) refuse(codes.invalid, `A message is larger than ${maxBytes / 1024 / 1024} MB.`);
    if (tooLong || line === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      refuse(codes.parse, 'A line is not JSON.');
      return [];
    }
    const isBatch = Array.isArray(value) && value.length > 0;
    return (isBatch ? (value as unknown[]) : [value]).flatMap((message) => {
      if (JSONRPCMessageSchema.safeParse(message).success) return [`${isBatch ? JSON.stringify(message) : line}\n`];
      refuse(codes.invalid, 'A line is not a JSON-RPC 2.0 message.', idOf(message));
      return [];
    });
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let rest = chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        add(rest.subarray(0, end));
        for (const message of take()) this.push(message);
        rest = rest.subarray(end + 1);
      }
      add(rest);
      done();
    },
  });
}

/** The ID of an otherwise invalid message, so that its sender gets an answer. */
function idOf(message: unknown): string | number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  return RequestIdSchema.safeParse(message.id).data ?? null;
}
