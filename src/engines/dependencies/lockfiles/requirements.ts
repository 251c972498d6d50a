import { posix } from 'node:path';
import { pythonName } from '../packages/packageNames';
import type { Files, Locked, LockfileContent } from './locked';
import { isPublic } from './registries';

interface Pin {
  readonly name: string;
  /** Undefined if the line does not pin one. */
  readonly version: string | undefined;
  readonly line: number;
  readonly file: string;
  readonly dev: boolean;
}

/**
 * pip's requirements files, including those that they include. A constraints file installs nothing: its pins count only for packages that are
 * required without a version. https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function readRequirements(source: string, path: string, files: Files): LockfileContent {
  const required: Pin[] = [];
  const constraints = new Map<string, Pin>();
  let problem: string | undefined;
  let own = false;
  let invalidLines = 0;
  const seen = new Set([path]);
  const open = [{ path, source, constrains: false }];
  for (let file = open.pop(); file; file = open.pop()) {
    const dev = /(?:^|[/_.-])(?:dev|develop|development|test|tests|testing|lint|docs)(?:[/_.-]|$)/i.test(file.path);
    for (const { content, line } of logicalLines(file.source)) {
      const [, option, value = ''] = /^(-[a-zA-Z]|--[a-z-]+)(?:\s*=\s*|\s*)(\S*)/.exec(content) ?? [];
      const target = value.replace(/^["']|["']$/g, '');
      const asConstraints = option === '-c' || option === '--constraint';
      if (asConstraints || option === '-r' || option === '--requirement') {
        const constrains = file.constrains || asConstraints;
        const next = posix.normalize(posix.join(posix.dirname(file.path), target));
        if (seen.has(next)) continue;
        seen.add(next);
        const text = /^\w+:\/\//.test(target) ? undefined : files.read(next);
        if (text === undefined) problem ??= 'it includes a file that is not in the scan';
        else open.push({ path: next, source: text, constrains });
        continue;
      }
      // With a private index, alone or in addition to the public one, it is unknown which package comes from where.
      if ((option === '-i' || option?.endsWith('index-url')) && !isPublic('PyPI', target)) own = true;
      if (option !== undefined || content === '') continue;
      const [, name, after = ''] =
        /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*((?:[<>=!~(;@]|--|$).*)$/.exec(content) ?? [];
      if (name === undefined) {
        if (!/^(?:[./~]|\w+:\/\/|\w+\+\w+:|.*\.(?:whl|zip|tar\.\w+)$)/.test(content)) invalidLines += 1;
        continue;
      }
      if (after.startsWith('@')) continue;
      const clauses = after.replace(/;.*$|\s--.*$|[()]/g, '').split(',');
      const exact = clauses.map((clause) => /^\s*={2,3}\s*([^\s*]+)\s*$/.exec(clause)?.[1]);
      const pin = { name, version: exact.find((one) => one !== undefined), line, file: file.path, dev };
      if (!file.constrains) required.push(pin);
      else if (pin.version !== undefined) constraints.set(pythonName(name), pin);
    }
  }
  // A text file that merely has such a name is not damaged.
  if (invalidLines > 0 && required.length > invalidLines)
    problem ??= invalidLines === 1 ? 'one of its lines is not a requirement' : 'some of its lines are not requirements';
  let unknown = 0;
  const packages = required.flatMap((asked): Locked[] => {
    const { name, version, line, file } =
      asked.version === undefined ? (constraints.get(pythonName(asked.name)) ?? asked) : asked;
    if (version === undefined) {
      unknown += 1;
      return [];
    }
    return [{ name, version, line, direct: true, dev: asked.dev, private: own, ...(file !== path && { file }) }];
  });
  return { packages, problem, unknown };
}

/** Joins lines that end in a backslash with the next, and removes comments. */
function* logicalLines(source: string): Generator<{ content: string; line: number }> {
  let content = '';
  let start = 0;
  for (const [index, raw] of source.split('\n').entries()) {
    if (content === '') start = index + 1;
    // A comment cannot be continued, and does not end a continued line.
    const comment = /^\s*#/.test(raw);
    const continues = !comment && raw.endsWith('\\');
    if (!comment) content += continues ? `${raw.slice(0, -1)} ` : raw;
    if (continues) continue;
    yield { content: content.replace(/(?:^|\s)#.*$/, '').trim(), line: start };
    content = '';
  }
  if (content !== '') yield { content: content.trim(), line: start };
}
