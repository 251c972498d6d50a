import type { Issue } from '../protocol';

/** What to write so that the engines leave a finding out from now on. */
export interface IgnoreComment {
  /** A line of its own, before the finding's line; undefined when there is none. */
  readonly before: string | undefined;
  /** The finding's line, with a comment at its end; undefined when it stays as it is. */
  readonly line: string | undefined;
}

const slashes =
  /\.(?:[cm]?[jt]sx?|java|kts?|go|php|phtml|cs|c|h|cc|cpp|cxx|hpp|hh|rs|scala|sc|swift|sol|scss|css|ino|cu|kt|ktm|sbt)$/i;
const hashes =
  /(?:\.(?:py3?|pyi|bzl|rb|rbw|rake|gemspec|exs?|sh|bash|zsh|ksh|bats|ya?ml|toml|properties|ini|cfg|conf|env|tf|tfvars|hcl|nomad|dockerfile)|Dockerfile|Containerfile|Gemfile|Rakefile|(?:^|\/)\.env(?:\.[\w.-]+)?)$/;

/**
 * ast-grep knows a rule for several languages by an id for each: the first language's has no suffix. In some languages it also knows a rule by
 * an id of its own where data of a request is in what it finds.
 */
const suffixes: readonly (readonly [RegExp, string])[] = [
  [/\.[cm]?ts$/i, 'ts'],
  [/\.tsx$/i, 'tsx'],
  [/(?:\.(?:rb|rbw|rake|gemspec|php|phtml|inc|exs?)|Gemfile|Rakefile)$/i, 'request'],
  [/\.(?:cc|cpp|cxx|c\+\+|hpp|hh|cu|ino)$/i, 'cpp'],
];

/** Whether the engines that found it take a comment in such a file: {@link ignoreComment} has one, whatever the line. */
export function canIgnore(issue: Issue): boolean {
  const tools = [issue.tool, ...(issue.also_found_by ?? [])];
  return tools.every((tool) => heeding.includes(tool)) && commentStart(issue.file) !== undefined;
}

const heeding = ['ast-grep', 'flow', 'redos', 'ruff', 'secretlint'];

/**
 * The comments that the engines themselves take, in the file's language.
 * @param line the finding's line as it is now
 * @returns undefined when one of the engines that found it, or the language, has no such comment
 */
export function ignoreComment(issue: Issue, line: string): IgnoreComment | undefined {
  const tools = [issue.tool, ...(issue.also_found_by ?? [])];
  if (!canIgnore(issue)) return undefined;
  const comment = commentStart(issue.file);
  if (comment === undefined) return undefined;
  // A joined finding carries the rule of one engine only.
  const ruleOf = (tool: string) => (issue.tool === tool && /^[\w.-]+$/.test(issue.rule_id) ? issue.rule_id : undefined);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  // These heed the comment of ast-grep; what follows data since both find the same defects.
  const byRules = ['ast-grep', 'flow', 'redos'].some((tool) => tools.includes(tool));
  const before = byRules
    ? astGrep(ruleOf('ast-grep'), issue.file)
    : // A line of its own also where the secret stands in a text of several lines.
      tools.includes('secretlint') && 'secretlint-disable-next-line';
  const noticed = tools.includes('ruff') ? noqa(line, ruleOf('ruff')) : line;
  // Both engines want the line before: the other way of secretlint goes to the end of the line.
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
