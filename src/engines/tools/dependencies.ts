import { join } from 'node:path';
import { readTextBounded } from '../../base/boundedFile';
import { maxReadSize } from '../../base/limits';
import type { ReportedIssue, ToolJob } from './tool';

/** CWE-1395: dependency on a vulnerable third-party component. */
export const dependencyCwe = 'CWE-1395';

/** Lockfiles and manifests that name exact versions. */
export const lockfile =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|[\w.-]*requirements[\w.-]*\.txt|poetry\.lock|Pipfile\.lock|uv\.lock|pdm\.lock|go\.mod|Cargo\.lock|Gemfile\.lock|composer\.lock|pom\.xml|gradle\.lockfile|packages\.lock\.json|pubspec\.lock|mix\.lock)$/;

/** Finds the lines that name packages, reading each file once. */
export class DependencyLines {
  readonly #files = new Map<string, Promise<string[]>>();

  constructor(private readonly job: ToolJob) {}

  /** @param file relative to the root. @returns the line (from 1) that names the package, preferably with its version nearby; 1 if no line does */
  async find(file: string, name: string, version: string): Promise<number> {
    let reading = this.#files.get(file);
    if (!reading) {
      reading = readTextBounded(join(this.job.root, file), { maxBytes: maxReadSize }).then(
        (text) => text.split('\n'),
        () => [],
      );
      this.#files.set(file, reading);
    }
    const lines = await reading;
    // Maven coordinates are on separate lines.
    const short = name.split(':').at(-1) ?? name;
    const named = new RegExp(`(?<![\\w.@-])${escape(short)}(?![\\w-])`, 'i');
    let first = 0;
    for (const [index, line] of lines.entries()) {
      if (!named.test(line)) continue;
      first ||= index + 1;
      if (lines.slice(index, index + 4).some((near) => near.includes(version))) return index + 1;
    }
    return first || 1;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** A vulnerable dependency in a common form, so that the same advisory from two tools becomes one finding. */
export function dependencyIssue(
  found: Pick<ReportedIssue, 'severity' | 'file' | 'line' | 'help_url'> & {
    /** All ids of the advisory. */
    ids: readonly string[];
    name: string;
    version: string;
    summary: string;
    fixed: readonly string[];
    cwe: readonly string[];
  },
): ReportedIssue {
  const { ids, name, version, summary, fixed, cwe, ...issue } = found;
  const rule_id = preferredId(ids);
  const aliases = ids.filter((id) => id !== rule_id);
  return {
    ...issue,
    type: 'dependency',
    rule_id,
    package: { name, version },
    ...(aliases.length > 0 && { aliases }),
    title: `${rule_id.startsWith('MAL-') ? 'Malicious' : 'Vulnerable'} dependency: ${name}`,
    message: `${name} ${version} has a known vulnerability: ${summary}`,
    suggestion: fixed.length > 0 ? `Update ${name} to ${fixed.join(' or ')}.` : null,
    cwe: [dependencyCwe, ...cwe],
    owasp: ['A06:2021'],
  };
}

/** The id to show, chosen as in the built-in dependency lookup. */
function preferredId(ids: readonly string[]): string {
  const prefixes = ['MAL-', 'GHSA-', 'CVE-'];
  return prefixes.flatMap((prefix) => ids.find((id) => id.startsWith(prefix)) ?? [])[0] ?? ids[0] ?? 'unnamed';
}
