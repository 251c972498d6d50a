import { posix } from 'node:path';
import type { Locked, ReadFile } from './locked';

/** Requirements and constraints files that pip reads: https://pip.pypa.io/en/stable/reference/requirements-file-format/ */
export function readRequirements(source: string, path: string, read: ReadFile): Locked[] {
  const found: Locked[] = [];
  const seen = new Set([path]);
  const open = [{ path, source }];
  for (let file = open.pop(); file; file = open.pop()) {
    const dev = /(?:^|[/_.-])(?:dev|develop|development|test|tests|testing|lint|docs)(?:[/_.-]|$)/i.test(file.path);
    for (const { content, line } of logicalLines(file.source)) {
      const included = /^(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s*)(\S+)/.exec(content)?.[1];
      if (included !== undefined) {
        const target = posix.normalize(posix.join(posix.dirname(file.path), included.replace(/^["']|["']$/g, '')));
        const text = seen.has(target) ? undefined : read(target);
        seen.add(target);
        if (text !== undefined) open.push({ path: target, source: text });
        continue;
      }
      const [, name, clauses = ''] = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@#)]*)/.exec(content) ?? [];
      const version = /(?:^|,)\s*={2,3}\s*([^\s,;*]+)\s*(?:,|$|\s)/.exec(clauses)?.[1];
      if (name === undefined || version === undefined) continue;
      found.push({ name, version, line, direct: true, dev, ...(file.path !== path && { file: file.path }) });
    }
  }
  return found;
}

/** Lines that end in a backslash go on in the next one; comments are taken off. */
function* logicalLines(source: string): Generator<{ content: string; line: number }> {
  let content = '';
  let start = 0;
  for (const [index, raw] of source
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (content === '') start = index + 1;
    const goesOn = raw.endsWith('\\');
    content += goesOn ? `${raw.slice(0, -1)} ` : raw;
    if (goesOn) continue;
    yield { content: content.replace(/(?:^|\s)#.*$/, '').trim(), line: start };
    content = '';
  }
  if (content !== '') yield { content: content.trim(), line: start };
}
