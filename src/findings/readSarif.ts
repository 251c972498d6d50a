import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { fixEdit, issue, reportMeta, type Issue, type ReportMeta, type Severity } from '../protocol';
import { bag, isHttp } from './sarif';
import {
  sarifLog,
  sarifResult,
  type ArtifactLocation,
  type Component,
  type Result,
  type Rule,
  type Run,
} from './sarifLog';
import { cwesIn, severityOfScore } from './severity';

/** A result as it was found. */
export interface SarifFinding {
  /** Absolute, or relative to the folder that the tool ran in; undefined when the result names no file. */
  readonly file: string | undefined;
  /** The function or the like that it is in, as the tool names it. */
  readonly logical: string | undefined;
  readonly issue: Omit<Issue, 'tool' | 'file'>;
  /** Whether it was written by us, with all that was known. */
  readonly ours: boolean;
}

/** What one run of a tool says. */
export interface SarifRun {
  readonly tool: string;
  readonly version: string | null;
  readonly successful: boolean;
  /** What the tool says of its own run. */
  readonly reason: string | null;
  readonly found: readonly SarifFinding[];
  /** Results that are no findings: they passed, were suppressed, or are gone since the last run. */
  readonly settled: number;
  /** Results that could not be read. */
  readonly unreadable: number;
}

/** What we know of an issue beyond SARIF; see `writeSarif`. */
const known = issue
  .pick({ type: true, severity: true, suggestion: true, cwe: true, owasp: true, confidence: true, help_url: true })
  .extend(issue.pick({ also_found_by: true, end_line: true }).shape);
const fixSchema = z.object({ edits: z.array(fixEdit).min(1) });

/**
 * Reads any tool's SARIF 2.1.
 * @throws Error with a sentence when it is not SARIF 2.1
 */
export function readSarif(content: string): SarifRun[] {
  return readSarifLog(content).runs;
}

/**
 * Reads any tool's SARIF 2.1, and what a report of ours says of itself.
 * @throws Error with a sentence when it is not SARIF 2.1
 */
export function readSarifLog(content: string): { readonly runs: SarifRun[]; readonly meta: ReportMeta | undefined } {
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`it is not JSON (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
  const { version } = z.object({ version: z.unknown() }).safeParse(value).data ?? {};
  if (typeof version === 'string' && !/^2\.1(\.|$)/.test(version))
    throw new Error(`its version is ${version.slice(0, 40)}, and only 2.1.0 can be read`);
  const parsed = sarifLog.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new Error(`it is not SARIF 2.1.0 (${first?.path.join('.') ?? ''}: ${first?.message ?? ''})`.slice(0, 300));
  }
  const meta = reportMeta.safeParse(parsed.data.properties?.[bag]);
  return { runs: parsed.data.runs.map(runOf), meta: meta.data };
}

function runOf(run: Run): SarifRun {
  const { driver } = run.tool;
  const found: SarifFinding[] = [];
  let settled = 0;
  let unreadable = 0;
  const rules = new Rules(run);
  for (const one of run.results ?? []) {
    const result = sarifResult.safeParse(one).data;
    if (!result) unreadable += 1;
    else if (isSettled(result)) settled += 1;
    else found.push(findingOf(run, result, rules.of(result)));
  }
  const reasons = (run.invocations ?? []).flatMap((invocation) => invocation.toolExecutionNotifications ?? []);
  return {
    tool: driver.name === undefined || driver.name === '' ? 'unnamed' : driver.name,
    version: driver.version ?? driver.semanticVersion ?? null,
    successful: run.invocations?.every((invocation) => invocation.executionSuccessful !== false) ?? true,
    reason: reasons[0]?.message?.text ?? null,
    found,
    settled,
    unreadable,
  };
}

function isSettled({ kind, baselineState, suppressions }: Result): boolean {
  if (kind !== undefined && !['fail', 'open', 'review'].includes(kind)) return true;
  if (baselineState === 'absent') return true;
  // A suppression without a status is an accepted one.
  return suppressions?.some(({ status, state }) => (status ?? state ?? 'accepted') === 'accepted') ?? false;
}

function findingOf(run: Run, result: Result, rule: Rule | undefined): SarifFinding {
  const at = result.locations?.find((one) => one.physicalLocation?.artifactLocation) ?? result.locations?.[0];
  const place = at?.physicalLocation;
  const region = place?.region;
  const line = region?.startLine ?? 1;
  const end = region?.endLine;
  const fingerprint = result.partialFingerprints?.['codeagent/v1'];
  const fix = fixOf(result);
  const logical = at?.logicalLocations?.[0];
  const own = known.safeParse(result.properties?.[bag]);
  const where = place?.artifactLocation ?? result.analysisTarget;
  return {
    file: where && pathOf(run, where),
    logical: logical?.fullyQualifiedName ?? logical?.name,
    ours: own.success,
    issue: {
      message: messageOf(result, rule),
      line,
      rule_id: result.ruleId ?? result.rule?.id ?? rule?.id ?? 'unnamed',
      ...(region?.startColumn !== undefined && { column: region.startColumn }),
      ...(end !== undefined && { end_line: Math.max(line, end) }),
      ...(region?.endColumn !== undefined && { end_column: region.endColumn }),
      ...(region?.snippet?.text !== undefined && { snippet: region.snippet.text }),
      ...(fingerprint !== undefined && { fingerprint }),
      ...(fix && { fix }),
      ...(own.success ? own.data : judged(result, rule)),
    },
  };
}

/** What a tool says of a finding by its rule. */
function judged(result: Result, rule: Rule | undefined): Pick<Issue, 'type' | 'severity' | 'suggestion' | 'cwe'> {
  const tags = [
    ...(rule?.properties?.tags ?? []),
    ...(result.properties?.tags ?? []),
    ...(rule?.relationships ?? []).map(({ target }) => idIn(target)),
    ...(result.taxa ?? []).map(idIn),
  ];
  const cwe = cwesIn(tags.filter((tag) => /cwe/i.test(tag)));
  return {
    type: 'security',
    severity: severityOf(result, rule),
    suggestion: null,
    ...(cwe.length > 0 && { cwe }),
    ...(isHttp(rule?.helpUri) && { help_url: rule.helpUri }),
  };
}

/** A taxon's id with the name of its taxonomy where that tells more: `CWE-89` for `89` of `CWE`. */
function idIn({ id = '', toolComponent }: NonNullable<Result['taxa']>[number]): string {
  return /^\d+$/.test(id) && /^cwe$/i.test(toolComponent?.name ?? '') ? `CWE-${id}` : id;
}

/** The rules of a run, by how results name them. */
class Rules {
  readonly #components: readonly Component[];
  readonly #byId = new Map<string, Rule>();

  constructor({ tool }: Run) {
    this.#components = [tool.driver, ...(tool.extensions ?? [])];
    for (const rule of this.#components.flatMap((component) => component.rules ?? []))
      if (rule && !this.#byId.has(rule.id)) this.#byId.set(rule.id, rule);
  }

  of({ rule, ruleId, ruleIndex }: Result): Rule | undefined {
    const extension = rule?.toolComponent?.index;
    const named = rule?.toolComponent?.name;
    const component =
      extension !== undefined
        ? this.#components[extension + 1]
        : (this.#components.find(({ name }) => named !== undefined && name === named) ?? this.#components[0]);
    const index = rule?.index ?? ruleIndex;
    const at = index === undefined ? undefined : component?.rules?.[index];
    if (at) return at;
    const id = ruleId ?? rule?.id;
    if (id === undefined) return undefined;
    // `CA1000/1` is a case of the rule `CA1000` (3.52.4).
    return this.#byId.get(id) ?? this.#byId.get(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  }
}

function messageOf({ message }: Result, rule: Rule | undefined): string {
  const template =
    message?.text ??
    message?.markdown ??
    (message?.id === undefined ? undefined : rule?.messageStrings?.[message.id]?.text);
  const values = message?.arguments;
  const filled = values ? template?.replace(/\{(\d+)\}/g, (all, at: string) => values[Number(at)] ?? all) : template;
  return filled ?? rule?.shortDescription?.text ?? rule?.fullDescription?.text ?? rule?.id ?? 'A finding.';
}

function severityOf(result: Result, rule: Rule | undefined): Severity {
  const score = Number(result.properties?.['security-severity'] ?? rule?.properties?.['security-severity'] ?? NaN);
  if (score > 0) return severityOfScore(score);
  const level = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
  return level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low';
}

/** The first fix, where it changes one file and says where by offset: lines and columns would need the file as it was. */
function fixOf({ fixes }: Result): Issue['fix'] {
  const changes = fixes?.[0]?.artifactChanges;
  if (changes?.length !== 1) return undefined;
  const edits = changes[0]?.replacements.map(({ deletedRegion: { charOffset, charLength = 0 }, insertedContent }) => ({
    start: charOffset,
    end: charOffset === undefined ? undefined : charOffset + charLength,
    text: insertedContent?.text ?? '',
  }));
  return fixSchema.safeParse({ edits }).data;
}

/** A path, absolute or relative to the folder that the tool ran in; undefined for what is no file. */
function pathOf(run: Run, given: ArtifactLocation): string | undefined {
  const artifact =
    given.uri === undefined && given.index !== undefined ? run.artifacts?.[given.index]?.location : given;
  if (artifact?.uri === undefined || artifact.uri === '') return undefined;
  const { uri } = artifact;
  const isAbsolute = /^([a-z][a-z0-9+.-]+:|[/\\])/i.test(uri);
  const full = isAbsolute ? uri : `${baseOf(run, artifact.uriBaseId)}${uri}`;
  try {
    if (/^file:/i.test(full)) return fileURLToPath(new URL(full));
    // Any other scheme is no file of this folder. One letter is a drive of Windows, in the output of tools that write paths for URIs.
    if (/^[a-z][a-z0-9+.-]+:/i.test(full)) return undefined;
    return decodeURIComponent(full.replaceAll('\\', '/'));
  } catch {
    // Not escaped as a URI is: many tools write the path as it is.
    return full.replace(/^file:\/{0,2}/i, '').replaceAll('\\', '/');
  }
}

/** What a base id stands for, as far as the log tells; a base may have a base itself. Ends with a slash, or is empty. */
function baseOf({ originalUriBaseIds }: Run, id: string | undefined): string {
  let base = '';
  const seen = new Set<string>();
  for (let at = id; at !== undefined && !seen.has(at);) {
    seen.add(at);
    const entry: ArtifactLocation | undefined = originalUriBaseIds?.[at];
    const uri = entry?.uri ?? '';
    base = `${uri === '' || uri.endsWith('/') ? uri : `${uri}/`}${base}`;
    at = /^[a-z][a-z0-9+.-]+:/i.test(uri) ? undefined : entry?.uriBaseId;
  }
  return base;
}
