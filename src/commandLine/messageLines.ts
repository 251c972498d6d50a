import { Transform } from 'node:stream';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';

/** JSON-RPC's codes of what cannot be read: https://www.jsonrpc.org/specification#error_object */
const codes = { parse: -32700, invalid: -32600 };

/**
 * Passes on the lines that are messages of JSON-RPC. Any other line is answered with an error, and never kept in full when it is too long.
 * @param maxBytes of a line
 * @param answer gets a line of JSON, without its end
 */
export function messageLines(maxBytes: number, answer: (line: string) => void): Transform {
  let parts: Buffer[] = [];
  let size = 0;
  const refuse = (code: number, message: string) =>
    answer(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }));
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  const take = (): string | undefined => {
    const line = Buffer.concat(parts).toString().trim();
    const tooLong = size > maxBytes;
    [parts, size] = [[], 0];
    if (tooLong) refuse(codes.invalid, `A message is larger than ${maxBytes / 1024 / 1024} MB.`);
    if (tooLong || line === '') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      refuse(codes.parse, 'A line is not JSON.');
      return undefined;
    }
    if (JSONRPCMessageSchema.safeParse(value).success) return `${line}\n`;
    refuse(codes.invalid, 'A line is not a message of JSON-RPC 2.0.');
    return undefined;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let rest = chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        add(rest.subarray(0, end));
        const line = take();
        if (line !== undefined) this.push(line);
        rest = rest.subarray(end + 1);
      }
      add(rest);
      done();
    },
  });
}
