import * as z from 'zod';
import { issue, suppression, type Issue, type Suppression } from '../protocol';
import type { Gaps } from './coverage';
import { bag } from './sarif';
import { fixOf } from './sarifFix';
import { helpOf } from './sarifHelp';
import { flowsOf, flowTo } from './sarifFlows';
import { reportInvocations } from './sarifInvocations';
import {
  malformedParts,
  sarifResult,
  type Invocation,
  type Location,
  type Message,
  type Result,
  type Run,
} from './sarifLog';
import { messageOf, ruleTitle, messageText } from './sarifMessage';
import { fileOf } from './sarifPath';
import { SarifPlaces, type SarifFiles } from './sarifPlaces';
import { Rules } from './sarifRules';

/** A finding, from one place of a result. */
export interface SarifFinding {
  /** Undefined when the result names no file. */
  readonly file: string | undefined;
  /** The function or the like that contains it, as the tool names it. */
  readonly logical: string | undefined;
  /** Identifies it even when its lines move, if its tool says so; otherwise empty. */
  readonly prints: string;
  readonly issue: Omit<Issue, 'tool' | 'file'>;
  /** The tool's full description of the rule, as Markdown. */
  readonly help: string | undefined;
}

/** One run of a tool. */
export interface SarifRun {
  readonly tool: string;
  readonly version: string | null;
  readonly successful: boolean;
  /** What the tool reports about its own run. */
  readonly reason: string | null;
  readonly found: readonly SarifFinding[];
  /** Results that are not findings: they passed, or have gone since the last run. */
  readonly settled: number;
  /** SHA-256 of files as they were scanned, in hex, by path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The commits that were scanned. */
  readonly commits: readonly string[];
}

/** What our own reports add to SARIF for an issue; see `writeSarif`. */
const known = issue
  .pick({ type: true, title: true, severity: true, suggestion: true, cwe: true, owasp: true, confidence: true })
  .extend(issue.pick({ help_url: true, aliases: true, also_found_by: true, end_line: true, end_column: true }).shape)
  .extend(issue.pick({ package: true, committed: true }).shape);
const knownSuppression = suppression.omit({ state: true });

/** Reads one run. */
export class RunReader {
  readonly #tool: string;
  readonly #rules: Rules;
  readonly #invocations: readonly Invocation[];
  readonly #places: SarifPlaces;

  /** @param shared invocations that the log holds for all of its runs */
  constructor(
    private readonly run: Run,
    shared: readonly Invocation[],
    files: SarifFiles,
    private readonly gaps: Gaps,
  ) {
    this.#tool = nameOf(run);
    this.#invocations = [...(run.invocations ?? []).filter((one) => one !== undefined), ...shared];
    this.#rules = new Rules(run, this.#invocations);
    this.#places = new SarifPlaces(run, files);
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
        const parts = malformedParts(one, result);
        if (parts.length > 0) damaged += 1;
        for (const part of parts) lost.add(part);
        for (const finding of this.#findings(result)) found.push(finding);
      }
    }
    if (unreadable > 0)
      gaps.add(
        'unread_report',
        this.#tool,
        `${results(unreadable)} could not be read: not ${unreadable === 1 ? 'an object' : 'objects'}.`,
      );
    reportMalformed(gaps, this.#tool, results(damaged), [...lost], damaged);
    for (const [sentence, { count, files }] of this.#places.warnings)
      gaps.add('unread_report', this.#tool, `${results(count)}: ${sentence}`, [...files]);
    const reason = reportInvocations(run, this.#invocations, {
      tool: this.#tool,
      gaps,
      pathOf: (location) => this.#places.pathOf(location),
    });
    const { driver } = run.tool ?? {};
    return {
      tool: this.#tool,
      version: driver?.version ?? driver?.semanticVersion ?? null,
      successful: this.#invocations.every((invocation) => invocation.executionSuccessful !== false),
      reason,
      found,
      settled,
      hashes: this.#places.hashes,
      commits: (run.versionControlProvenance ?? []).flatMap((one) =>
        one?.revisionId !== undefined && /^[0-9a-f]{40,64}$/i.test(one.revisionId) ? [one.revisionId] : [],
      ),
    };
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
      ...suppressionOf(result),
      ...judged,
    };
    const exact = own.success;
    const prints = printsOf(result);
    const said = (message: Message | undefined) => messageText(message, rule, this.#rules.components);
    const flows = flowsOf(result, this.run, this.#places, { exact, said });
    const places = this.#placesOf(result);
    const help = own.success ? undefined : helpOf(rule, message);
    return places.map((at) => {
      const file = this.#places.pathOf(at.physicalLocation?.artifactLocation ?? result.analysisTarget, exact);
      const region = at.physicalLocation?.region ?? at.physicalLocation?.contextRegion;
      const place = this.#places.placeOf(region, file);
      const fixed = fixOf(result, file, this.#places, { exact, said });
      const flow = flowTo(flows, file, place, places.length === 1);
      const print = result.partialFingerprints?.['codeagent/v1'];
      const snippet = at.physicalLocation?.region?.snippet?.text;
      return {
        file,
        logical: this.#logicalOf(at),
        prints,
        help,
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

  /** The distinct locations of a result; an empty one if it has none. */
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

  #logicalOf({ logicalLocations, logicalLocation }: Location): string | undefined {
    const given = logicalLocations?.[0] ?? logicalLocation;
    const index = given?.index ?? -1;
    const at = given?.fullyQualifiedName === undefined && index >= 0 ? this.run.logicalLocations?.[index] : given;
    return at?.fullyQualifiedName ?? at?.name ?? given?.name;
  }
}

/** The name of a run's tool. */
export function nameOf({ tool }: Run): string {
  return tool?.driver?.name || 'unnamed';
}

/** Reports the parts of a run or of its results that were of another shape. */
export function reportMalformed(gaps: Gaps, tool: string, of: string, parts: readonly string[], count: number): void {
  const names = [...new Set(parts)].slice(0, 8);
  if (names.length === 0) return;
  const has = count === 1 ? 'has' : 'have';
  gaps.add('unread_report', tool, `${of} ${has} parts that could not be read and were left out: ${names.join(', ')}.`);
}

const emptyLocation: Location = sarifResult.shape.locations.parse([{}])?.[0] ?? {};

const firstFile = z.object({
  locations: z.tuple(
    [z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string() }) }) })],
    z.unknown(),
  ),
});

/** The results grouped by file, so that each file is read once; those of one file keep their order. */
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

/** Whether a result is not a finding: the code passed, or is gone. */
function isSettled({ kind, baselineState }: Result): boolean {
  return (
    (kind !== undefined && ['pass', 'notApplicable', 'informational'].includes(kind)) || baselineState === 'absent'
  );
}

function suppressionOf({ suppressions }: Result): Pick<Issue, 'suppression'> {
  const all = (suppressions ?? []).flatMap((one): Suppression | [] => {
    if (!one) return [];
    // The default status is accepted (3.35.3).
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

/** A stable identity from the tool's fingerprints, in which semgrep writes "requires login". */
function printsOf({ fingerprints, partialFingerprints }: Result): string {
  const all = Object.entries({ ...partialFingerprints, ...fingerprints })
    .filter(([, print]) => print !== undefined && print !== '' && print !== 'requires login')
    .map(([name, print]) => `${name}:${print}`);
  return all.sort().join('\0');
}
