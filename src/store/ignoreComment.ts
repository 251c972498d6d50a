import type { Issue } from '../protocol';

/** The edit that makes the engines ignore a finding. */
export interface IgnoreComment {
  /** A line to insert before the finding's line; undefined if none is needed. */
  readonly before: string | undefined;
  /** The finding's line with a trailing comment; undefined if it stays as it is. */
  readonly line: string | undefined;
}

const slashes =
  /\.(?:[cm]?[jt]sx?|java|kts?|go|php|phtml|cs|c|h|cc|cpp|cxx|hpp|hh|rs|scala|sc|swift|sol|scss|css|ino|cu|kt|ktm|sbt)$/i;
const hashes =
  /(?:\.(?:py3?|pyi|bzl|rb|rbw|rake|gemspec|exs?|sh|bash|zsh|ksh|bats|ya?ml|toml|properties|ini|cfg|conf|env|tf|tfvars|hcl|nomad|dockerfile)|Dockerfile|Containerfile|Gemfile|Rakefile|(?:^|\/)\.env(?:\.[\w.-]+)?)$/;

/**
 * ast-grep gives a rule for several languages an ID for each; the ID of the first language has no suffix. In some languages, findings with request
 * data have an ID of their own, too.
 */
const suffixes: readonly (readonly [RegExp, string])[] = [
  [/\.[cm]?ts$/i, 'ts'],
  [/\.tsx$/i, 'tsx'],
  [/(?:\.(?:rb|rbw|rake|gemspec|php|phtml|inc|exs?)|Gemfile|Rakefile)$/i, 'request'],
  [/\.(?:cc|cpp|cxx|c\+\+|hpp|hh|cu|ino)$/i, 'cpp'],
];

/** Whether the engines that reported the finding support ignore comments in such a file, that is, whether {@link ignoreComment} has one. */
export function canIgnore(issue: Issue): boolean {
  const tools = [issue.tool, ...(issue.also_found_by ?? [])];
  return tools.every((tool) => supportingEngines.includes(tool)) && commentStart(issue.file) !== undefined;
}

const supportingEngines = ['ast-grep', 'flow', 'redos', 'ruff', 'secretlint'];

/**
 * The ignore comment that the engines support, in the language of the file.
 * @param line the current text of the finding's line
 * @returns undefined if the language or one of the engines that reported the finding has no such comment
 */
export function ignoreComment(issue: Issue, line: string): IgnoreComment | undefined {
  const tools = [issue.tool, ...(issue.also_found_by ?? [])];
  if (!canIgnore(issue)) return undefined;
  const comment = commentStart(issue.file);
  if (comment === undefined) return undefined;
  // A merged finding only has the rule of one engine.
  const ruleOf = (tool: string) => (issue.tool === tool && /^[\w.-]+$/.test(issue.rule_id) ? issue.rule_id : undefined);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  // flow and redos honor the comments of ast-grep, since they find the same defects.
  const byRules = ['ast-grep', 'flow', 'redos'].some((tool) => tools.includes(tool));
  const before = byRules
    ? astGrep(ruleOf('ast-grep'), issue.file)
    : // On a line of its own, which also works for a secret in a multi-line string.
      tools.includes('secretlint') && 'secretlint-disable-next-line';
  const noticed = tools.includes('ruff') ? noqa(line, ruleOf('ruff')) : line;
  // Both engines need the line before, so secretlint gets its trailing comment instead.
  const both = byRules && tools.includes('secretlint');
  const after = both ? `${noticed.trimEnd()}  ${comment} secretlint-disable-line` : noticed;
  return {
    before: before === false ? undefined : `${indent}${comment} ${before}`,
    line: both || tools.includes('ruff') ? after : undefined,
  };
}

function commentStart(file: string): string | undefined {
  if (hashes.test(file)) return '#';
  return slashes.test(file) ? '//' : undefined;
}

function astGrep(rule: string | undefined, file: string): string {
  if (rule === undefined) return 'ast-grep-ignore';
  const suffix = suffixes.find(([pattern]) => pattern.test(file))?.[1];
  return `ast-grep-ignore: ${suffix === undefined ? rule : `${rule}, ${rule}.${suffix}`}`;
}

function noqa(line: string, rule: string | undefined): string {
  const there = /#\s*noqa(?::\s*([A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?/i.exec(line);
  if (!there) return `${line.trimEnd()}  # noqa${rule === undefined ? '' : `: ${rule}`}`;
  const end = there.index + there[0].length;
  if (there[1] === undefined) return line;
  return rule === undefined
    ? `${line.slice(0, there.index)}# noqa${line.slice(end)}`
    : `${line.slice(0, end)}, ${rule}${line.slice(end)}`;
}
