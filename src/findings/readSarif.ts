import * as z from 'zod';
import { errorMessage } from '../base/errors';
import { reportMeta, type ReportMeta } from '../protocol';
import { Gaps } from './coverage';
import { FileText } from '../base/fileText';
import { bag } from './sarif';
import {
  misread,
  sarifLog,
  sarifResult,
  sarifRun,
  type ArtifactLocation,
  type Invocation,
  type Location,
  type Notification,
  type Region,
  type Result,
  type Rule,
  type Run,
} from './sarifLog';
import { messageOf, ruleTitle, saidIn, textOf } from './sarifMessage';
import { fileOf, type NamedFile } from './sarifPath';
import { editRange, placeOf, type Counting, type Place } from './sarifRegion';
import { Rules } from './sarifRules';
import { maskSecrets } from './secrets/maskSecrets';

/** The files that a log is about. */
export interface SarifFiles {
  /** The path that stands in the report for a file; a path of ours is `exact`, as it was found. */
  placed(file: NamedFile, exact: boolean): string;
  /** The text of a placed file; undefined when it is not there. */
  textOf(path: string): FileText | undefined;
}

/** A result as it was found. */
export interface SarifFinding {
  /** Undefined when the result names no file. */
  readonly file: string | undefined;
  /** The function or the like that it is in, as the tool names it. */
  readonly logical: string | undefined;
  /** What tells it from others wherever its lines move to, as far as its tool says; empty when it does not. */
  readonly prints: string;
  readonly issue: Omit<Issue, 'tool' | 'file'>;
}

/** What one run of a tool says. */
export interface SarifRun {
  readonly tool: string;
  readonly version: string | null;
  readonly successful: boolean;
  /** What the tool says of its own run. */
  readonly reason: string | null;
  readonly found: readonly SarifFinding[];
  /** Results that are no findings: they passed, or are gone since the last run. */
  readonly settled: number;
}

/** What a SARIF log says. */
export interface ReadSarif {
  readonly runs: readonly SarifRun[];
  /** What a report of ours says about itself. */
  readonly meta: ReportMeta | undefined;
  /** What the tools could not scan, and what in the log could not be read. */
  readonly gaps: Gaps;
}

/**
 * Reads any tool's SARIF 2.1.
 * @throws Error with a clause such as "it is not SARIF 2.1.0"
 */
export function readSarif(content: string, files: SarifFiles): ReadSarif {
  return readSarifValue(parseJson(content), files);
}

/**
 * Parses JSON, with or without a byte order mark.
 * @throws Error with a clause such as "it is not valid JSON"
 */
export function parseJson(content: string): unknown {
  const text = content.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const cutOff =
      /^[[{]/.test(text.trimStart()) &&
      /Unexpected end|Unterminated|Expected .* \(line|after/.test(errorMessage(error)) &&
      !/[\]}]\s*$/.test(text);
    throw new Error(`${cutOff ? 'it is truncated' : 'it is not valid JSON'} (${errorMessage(error)})`.slice(0, 300), {
      cause: error,
    });
  }
}

/** {@link readSarif} for parsed JSON. */
export function readSarifValue(value: unknown, files: SarifFiles): ReadSarif {
  const { version } = z.object({ version: z.unknown() }).safeParse(value).data ?? {};
  if (typeof version !== 'string' && !isNewSchema(value)) throw new Error('it is not SARIF 2.1.0 (it has no version)');
  if (typeof version === 'string' && !/^2\.1(\.|$)/.test(version))
    throw new Error(`its version is ${version.slice(0, 40)}, but only 2.1.0 is supported`);
  const parsed = sarifLog.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new Error(`it is not SARIF 2.1.0 (${first?.path.join('.') ?? ''}: ${first?.message ?? ''})`.slice(0, 300));
  }
  const log = parsed.data;
  const gaps = new Gaps();
  const shared = (log.invocations ?? []).filter((one) => one !== undefined);
  const runs = (log.runs ?? []).flatMap((one, at) => {
    const run = sarifRun.safeParse(one).data;
    if (!run) {
      gaps.add('unread_report', null, `Run ${at + 1} of the SARIF file could not be read: it is not an object.`);
      return [];
    }
    // The results are by far the largest part, and are read one by one.
    reportMisread(gaps, nameOf(run), 'The run', misread({ ...asObject(one), results: run.results }, run), 1);
    return [new RunReader(run, shared, files, gaps).read()];
  });
  if (log.runs === null) gaps.add('unread_report', null, 'The SARIF file contains no runs, since its tool failed.');
  return { runs, meta: reportMeta.safeParse(log.properties?.[bag]).data, gaps };
}

function isNewSchema(value: unknown): boolean {
  const { $schema } = z.object({ $schema: z.string(), runs: z.array(z.unknown()) }).safeParse(value).data ?? {};
  return $schema !== undefined && /sarif.*2\.1/.test($schema);
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function nameOf({ tool }: Run): string {
  return tool?.driver?.name || 'unnamed';
}

function tellMisread(gaps: Gaps, tool: string, of: string, parts: readonly string[], count: number): void {
  const names = [...new Set(parts)].slice(0, 8);
  if (names.length === 0) return;
  const has = count === 1 ? 'has' : 'have';
  gaps.add('unread_report', tool, `${of} ${has} parts that could not be read, and were left out: ${names.join(', ')}.`);
}

/** What of a run its findings are told by, beside the results. */
const tellingParts = new Set([
  'driver',
  'extensions',
  'artifacts',
  'invocations',
  'logicalLocations',
  'threadFlowLocations',
]);

/** How many steps of a flow are kept. */
const maxSteps = 200;

/** Reads one run. */
class RunReader {
  readonly #tool: string;
  readonly #rules: Rules;
  readonly #invocations: readonly Invocation[];
  readonly #codePoints: boolean;
  /** Texts that the log holds itself. */
  readonly #inline = new Map<string, FileText>();
  /** How many results could not be read in what, by the sentence that says so. */
  readonly #troubles = new Map<string, { count: number; files: Set<string> }>();

  constructor(
    private readonly run: Run,
    shared: readonly Invocation[],
    private readonly files: SarifFiles,
    private readonly gaps: Gaps,
  ) {
    this.#tool = nameOf(run);
    this.#invocations = [...(run.invocations ?? []).filter((one) => one !== undefined), ...shared];
    this.#rules = new Rules(run, this.#invocations);
    this.#codePoints = run.columnKind === 'unicodeCodePoints';
    for (const artifact of run.artifacts ?? []) this.#keepInline(artifact);
  }

  read(): SarifRun {
    const { run, gaps } = this;
    const found: SarifFinding[] = [];
    let settled = 0;
    let unreadable = 0;
    const lost = new Set<string>();
    let damaged = 0;
    for (const one of byFile(run.results ?? [])) {
      const result = sarifResult.safeParse(one).data;
      if (!result) unreadable += 1;
      else if (isSettled(result)) settled += 1;
      else {
        const parts = misread(one, result);
        if (parts.length > 0) damaged += 1;
        for (const part of parts) lost.add(part);
        for (const finding of this.#findings(result)) found.push(finding);
      }
    }
    if (unreadable > 0)
      gaps.add(
        'unread_report',
        this.#tool,
        `${results(unreadable)} could not be read: no ${unreadable === 1 ? 'object' : 'objects'}.`,
      );
    tellMisread(gaps, this.#tool, results(damaged), [...lost], damaged);
    for (const [sentence, { count, files }] of this.#troubles)
      gaps.add('unread_report', this.#tool, `${results(count)}: ${sentence}`, [...files]);
    const reason = this.#tellRun();
    const { driver } = run.tool ?? {};
    return {
      tool: this.#tool,
      version: driver?.version ?? driver?.semanticVersion ?? null,
      successful: this.#invocations.every((invocation) => invocation.executionSuccessful !== false),
      reason,
      found,
      settled,
    };
  }

  /** Tells what the tool says that it could not do. @returns the first of it */
  #tellRun(): string | null {
    const { run, gaps } = this;
    const elsewhere = run.externalPropertyFileReferences?.results ?? [];
    for (const part of elsewhere) {
      const name = textOfUri(part?.location);
      gaps.add('unread_report', this.#tool, `Results are in another file, which was not read${name}.`);
    }
    const others = Object.keys(run.externalPropertyFileReferences ?? {}).filter((key) => tellingParts.has(key));
    if (others.length > 0)
      gaps.add(
        'unread_report',
        this.#tool,
        `Parts of the run are in other files, which were not read: ${others.join(', ')}.`,
      );
    if (run.results === null && elsewhere.length === 0)
      gaps.add('analyzer_failed', this.#tool, `${this.#tool} made no results: an error kept it from looking.`);
    const reasons = this.#invocations.flatMap((invocation) => this.#tellInvocation(invocation));
    return reasons[0] ?? null;
  }

  #tellInvocation(invocation: Invocation): string[] {
    const failed = invocation.executionSuccessful === false;
    const told: string[] = [];
    const tell = (notifications: Invocation['toolExecutionNotifications'], kindOf: (one: Notification) => GapKind) => {
      for (const one of notifications ?? []) {
        // Without a level it is a warning (3.58.6); notes tell of what went well.
        if (!one || !['warning', 'error'].includes(one.level ?? 'warning')) continue;
        const said = textOf(one.message) ?? one.exception?.message ?? one.descriptor?.id ?? 'The tool gave no reason.';
        // A secret that was cut in two would not be known as one.
        const reason = maskSecrets(said);
        const files = (one.locations ?? []).flatMap((at) => this.#pathOf(at?.physicalLocation?.artifactLocation) ?? []);
        this.gaps.add(kindOf(one), this.#tool, reason.slice(0, 1000), files);
        told.push(reason);
      }
    };
    tell(invocation.toolExecutionNotifications, (one) =>
      failed && one.level === 'error'
        ? 'analyzer_failed'
        : (one.locations?.length ?? 0) > 0
          ? 'unparsed'
          : 'unfinished',
    );
    tell(invocation.toolConfigurationNotifications, () => 'rules_ignored');
    if (!failed) return told;
    const why = invocation.processStartFailureMessage ?? invocation.exitCodeDescription;
    const reason = why ?? `${this.#tool} says that its run failed.`;
    if (why !== undefined || told.length === 0) this.gaps.add('analyzer_failed', this.#tool, reason);
    return [...(why === undefined ? [] : [why]), ...told, reason];
  }

  /** The findings of a result, one for each of its places. */
  #findings(result: Result): SarifFinding[] {
    const rule = this.#rules.of(result);
    const own = known.safeParse(result.properties?.[bag]);
    const message =
      own.success && result.message?.text !== undefined
        ? result.message.text
        : messageOf(result, rule, this.#rules.components);
    const rule_id = result.ruleId ?? result.rule?.id ?? rule?.id ?? 'unnamed';
    const judged = own.success ? own.data : this.#rules.judged(result, rule);
    const common = {
      message,
      rule_id,
      ...(!own.success && { title: ruleTitle(rule, rule_id, judged.cwe, message) }),
      ...this.#suppressionOf(result),
      ...judged,
    };
    const exact = own.success;
    const prints = printsOf(result);
    const flows = this.#flowsOf(result, rule, exact);
    const places = this.#placesOf(result);
    return places.map((at) => {
      const named = fileOf(this.run, at.physicalLocation?.artifactLocation ?? result.analysisTarget);
      const file = named && this.files.placed(named, exact);
      const region = at.physicalLocation?.region ?? at.physicalLocation?.contextRegion;
      const place = this.#placed(region, file);
      const fixed = this.#fixOf(result, rule, file, exact);
      const flow = flowTo(flows, file, place, places.length === 1);
      const print = result.partialFingerprints?.['codeagent/v1'];
      const snippet = at.physicalLocation?.region?.snippet?.text;
      return {
        file,
        logical: this.#logicalOf(at),
        prints,
        issue: {
          ...place,
          ...common,
          ...(snippet !== undefined && { snippet }),
          ...(print !== undefined && { fingerprint: print }),
          ...(fixed && { fix: fixed }),
          ...(flow && { flow }),
        },
      };
    });
  }

  /** Where a result is, each place once; somewhere unknown when it does not say. */
  #placesOf({ locations, analysisTarget }: Result): Location[] {
    const all = (locations ?? []).filter((one) => one !== undefined);
    const inFiles = all.filter(({ physicalLocation }) => fileOf(this.run, physicalLocation?.artifactLocation));
    const places = inFiles.length > 0 || analysisTarget !== undefined ? inFiles : all;
    const [first] = all;
    if (places.length === 0) return [first ?? emptyLocation];
    if (places.length === 1) return places;
    const keyOf = ({ physicalLocation, logicalLocations }: Location) =>
      JSON.stringify([physicalLocation, physicalLocation ? undefined : logicalLocations]);
    return [...new Map(places.map((one) => [keyOf(one), one])).values()];
  }

  #placed(region: Region | undefined, file: string | undefined): Place {
    const place = placeOf(region, this.#counting(region, file));
    if (place) return place;
    this.#trouble('places given by offsets of a file that is not here, or has changed, are shown on line 1.', file);
    return { line: 1 };
  }

  #counting(region: Region | undefined, file: string | undefined): Counting {
    const codePoints = this.#codePoints;
    if (region === undefined || file === undefined) return { text: undefined, codePoints };
    // Files are only read for what needs them.
    const byLines = (region.startLine ?? 0) > 0;
    const needed = byLines ? codePoints && (region.startColumn ?? region.endColumn) !== undefined : true;
    return { text: needed ? this.#textOf(file) : undefined, codePoints };
  }

  #textOf(file: string): FileText | undefined {
    return this.#inline.get(file) ?? this.files.textOf(file);
  }

  #pathOf(location: ArtifactLocation | undefined): string | undefined {
    const named = fileOf(this.run, location);
    return named && this.files.placed(named, false);
  }

  #keepInline(artifact: NonNullable<Run['artifacts']>[number]): void {
    const { text, binary } = artifact?.contents ?? {};
    const file = text === undefined && binary === undefined ? undefined : this.#pathOf(artifact?.location);
    if (file === undefined) return;
    this.#inline.set(file, new FileText(text === undefined ? Buffer.from(binary ?? '', 'base64') : Buffer.from(text)));
  }

  #logicalOf({ logicalLocations, logicalLocation }: Location): string | undefined {
    const given = logicalLocations?.[0] ?? logicalLocation;
    const index = given?.index ?? -1;
    const at = given?.fullyQualifiedName === undefined && index >= 0 ? this.run.logicalLocations?.[index] : given;
    return at?.fullyQualifiedName ?? at?.name ?? given?.name;
  }

  #suppressionOf({ suppressions }: Result): Pick<Issue, 'suppression'> {
    const all = (suppressions ?? []).flatMap((one): Suppression | [] => {
      if (!one) return [];
      // Without a status it is an accepted one (3.35.3).
      const given = one.status ?? one.state ?? 'accepted';
      const own = knownSuppression.safeParse(one.properties?.[bag]).data;
      const state = given === 'accepted' || given === 'rejected' ? given : 'underReview';
      return {
        kind: one.kind ?? 'external',
        reason: one.justification ?? null,
        by: null,
        expires: null,
        ...own,
        state,
      };
    });
    const chosen = all.find(({ state }) => state === 'accepted') ?? all[0];
    return chosen ? { suppression: chosen } : {};
  }

  /** The flows of a result that have steps in files. */
  #flowsOf(result: Result, rule: Rule | undefined, exact: boolean): FlowStep[][] {
    const threads = (result.codeFlows ?? []).flatMap((flow) => flow?.threadFlows ?? []);
    return threads.flatMap((thread) => {
      const steps = (thread?.locations ?? []).flatMap((given) => {
        // What is known of a step may be listed once for the run, and what differs stand here (3.38.2).
        const listed = this.run.threadFlowLocations?.[given?.index ?? -1];
        const location = { ...listed?.location, ...defined(given?.location) };
        const { physicalLocation } = location;
        const named = fileOf(this.run, physicalLocation?.artifactLocation);
        if (!named) return [];
        const file = this.files.placed(named, exact);
        const place = this.#placed(physicalLocation?.region ?? physicalLocation?.contextRegion, file);
        const message = exact ? location.message?.text : saidIn(location.message, rule, this.#rules.components);
        return [
          {
            step: { file, ...place, ...(message !== undefined && { message }) },
            kinds: given?.kinds ?? listed?.kinds ?? [],
          },
        ];
      });
      if (steps.length > maxSteps)
        this.#trouble(`flows of over ${maxSteps} steps were cut in their middle.`, steps[0]?.step.file);
      const kept = steps.length > maxSteps ? [...steps.slice(0, maxSteps / 2), ...steps.slice(-maxSteps / 2)] : steps;
      return kept.length === 0
        ? []
        : [kept.map(({ step, kinds }, at) => ({ ...step, role: roleOf(kinds, at, kept.length) }))];
    });
  }

  /** The first fix of which every edit can be told. */
  #fixOf(result: Result, rule: Rule | undefined, file: string | undefined, exact: boolean): Fix | undefined {
    const all = (result.fixes ?? []).filter((one) => one !== undefined);
    for (const one of all) {
      const edits = (one.artifactChanges ?? []).flatMap((change) => {
        const named = fileOf(this.run, change?.artifactLocation);
        const path = named && this.files.placed(named, exact);
        return (change?.replacements ?? []).map((replacement) => {
          const region = replacement?.deletedRegion;
          if (path === undefined || !region) return undefined;
          // Of ours, what was written is what was meant.
          const text = exact ? undefined : this.#textOf(path);
          const range = editRange(region, { text, codePoints: this.#codePoints });
          const { text: written, binary } = replacement.insertedContent ?? {};
          const inserted = written ?? (binary === undefined ? '' : Buffer.from(binary, 'base64').toString('utf8'));
          return range && { ...(path !== file && { file: path }), ...range, text: inserted };
        });
      });
      const title = saidIn(one.description, rule, this.#rules.components);
      const safe = z.object({ safe: z.boolean() }).safeParse(one.properties?.[bag]).data?.safe;
      const own = exact ? one.description?.text : title;
      const read = fix.safeParse({
        edits,
        ...(own !== undefined && { title: own }),
        ...(safe !== undefined && { safe }),
      });
      if (read.success) return read.data;
    }
    if (all.length > 0) this.#trouble('fixes that do not fit a file that is here were left out.', file);
    return undefined;
  }

  #trouble(sentence: string, file: string | undefined): void {
    const known = this.#troubles.get(sentence) ?? { count: 0, files: new Set<string>() };
    this.#troubles.set(sentence, known);
    known.count += 1;
    if (file !== undefined) known.files.add(file);
  }
}

const emptyLocation: Location = sarifResult.shape.locations.parse([{}])?.[0] ?? {};

const firstFile = z.object({
  locations: z.tuple(
    [z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string() }) }) })],
    z.unknown(),
  ),
});

/** Results of one file after the other, so that each file is read once; those of one file as they came. */
function byFile(results: readonly unknown[]): unknown[] {
  const groups = new Map<string, unknown[]>();
  for (const one of results) {
    const uri = firstFile.safeParse(one).data?.locations[0].physicalLocation.artifactLocation.uri ?? '';
    const group = groups.get(uri);
    if (group) group.push(one);
    else groups.set(uri, [one]);
  }
  return [...groups.values()].flat();
}

function results(count: number): string {
  return count === 1 ? '1 result' : `${count} results`;
}

function textOfUri(location: ArtifactLocation | undefined): string {
  return location?.uri === undefined ? '' : `: ${location.uri.slice(0, 200)}`;
}

/** Whether a result is no finding: the code passed, or is not there any more. */
function isSettled({ kind, baselineState }: Result): boolean {
  return (
    (kind !== undefined && ['pass', 'notApplicable', 'informational'].includes(kind)) || baselineState === 'absent'
  );
}

/** A stable name of a result by its tool's fingerprints. semgrep writes "requires login" for one. */
function printsOf({ fingerprints, partialFingerprints }: Result): string {
  const all = Object.entries({ ...partialFingerprints, ...fingerprints })
    .filter(([, print]) => print !== undefined && print !== '' && print !== 'requires login')
    .map(([name, print]) => `${name}:${print}`);
  return all.sort().join('\0');
}

function defined<T extends object>(value: T | undefined): Partial<T> {
  const known = Object.entries(value ?? {}).filter(([, part]) => part !== undefined);
  return Object.fromEntries(known) as Partial<T>;
}

function roleOf(kinds: readonly (string | undefined)[], at: number, count: number): FlowStep['role'] {
  for (const role of ['source', 'sink', 'sanitizer', 'propagator'] as const) if (kinds.includes(role)) return role;
  return at === count - 1 ? 'sink' : at === 0 ? 'source' : 'propagator';
}

/** The flow that ends where a finding is; of a result's only place, else the first. */
function flowTo(
  flows: readonly FlowStep[][],
  file: string | undefined,
  { line }: Place,
  only: boolean,
): FlowStep[] | undefined {
  const ending = flows.find((steps) => steps.at(-1)?.file === file && steps.at(-1)?.line === line);
  return ending ?? (only ? flows[0] : undefined);
}
