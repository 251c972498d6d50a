import type { Confidence, Issue, Severity } from '../protocol';
import { isHttp } from './link';
import type { Component, Invocation, Reference, Result, Rule, Run } from './sarifLog';
import { cwesIn, severityOfScore } from './severity';

type Configuration = Rule['defaultConfiguration'];

/** The rules of a run, and what they say about its results. */
export class Rules {
  /** The driver, then the extensions, which references number from 0. */
  readonly components: readonly Component[];
  readonly #taxonomies: readonly (Component | undefined)[];
  readonly #byId = new Map<string, Rule>();
  readonly #byGuid = new Map<string, Rule>();
  readonly #overrides = new Map<Rule | string, Configuration>();

  /** @param invocations the run's, whose overrides apply to all results */
  constructor({ tool, taxonomies }: Run, invocations: readonly Invocation[]) {
    this.components = [tool?.driver ?? {}, ...(tool?.extensions ?? []).map((one) => one ?? {})];
    this.#taxonomies = taxonomies ?? [];
    for (const rule of this.components.flatMap((component) => component.rules ?? [])) {
      if (rule?.id !== undefined && !this.#byId.has(rule.id)) this.#byId.set(rule.id, rule);
      if (rule?.guid !== undefined) this.#byGuid.set(rule.guid.toLowerCase(), rule);
    }
    for (const override of invocations.flatMap((one) => one.ruleConfigurationOverrides ?? [])) {
      const key = override?.descriptor && (this.#named(override.descriptor) ?? override.descriptor.id);
      if (key !== undefined) this.#overrides.set(key, override?.configuration);
    }
  }

  /** The rule of a result, if the log describes it. */
  of({ rule, ruleId, ruleIndex }: Result): Rule | undefined {
    const index = rule?.index ?? ruleIndex;
    return this.#named({ ...rule, id: ruleId ?? rule?.id, index });
  }

  /** What a finding gets from its rule. */
  judged(
    result: Result,
    rule: Rule | undefined,
  ): Pick<Issue, 'type' | 'severity' | 'suggestion' | 'cwe' | 'owasp' | 'confidence' | 'help_url'> {
    const cwe = this.#cwesOf(result, rule);
    const owasp = owaspOf(result, rule);
    const confidence = confidenceOf(result, rule);
    return {
      type: 'security',
      severity: this.#severityOf(result, rule),
      suggestion: null,
      ...(cwe.length > 0 && { cwe }),
      ...(owasp.length > 0 && { owasp }),
      ...(confidence && { confidence }),
      ...(isHttp(rule?.helpUri) && { help_url: rule.helpUri }),
    };
  }

  #named({ id, index, guid, toolComponent }: Partial<Reference>): Rule | undefined {
    const byGuid = guid === undefined ? undefined : this.#byGuid.get(guid.toLowerCase());
    if (byGuid) return byGuid;
    const at = index === undefined || index < 0 ? undefined : this.#component(toolComponent)?.rules?.[index];
    // If index and id disagree, the id wins, since users see it.
    if (at && (id === undefined || at.id === undefined || id === at.id || id.startsWith(`${at.id}/`))) return at;
    // `CA1000/1` is a variant of rule `CA1000` (3.52.4).
    for (let name = id; name !== undefined && name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) {
      const rule = this.#byId.get(name);
      if (rule) return rule;
    }
    return at;
  }

  #component(reference: Reference['toolComponent']): Component | undefined {
    const { index, name, guid } = reference ?? {};
    if (index !== undefined && index >= 0) return this.components[index + 1];
    const named = this.components.find(
      (one) => (name !== undefined && one.name === name) || (guid !== undefined && one.guid === guid),
    );
    return named ?? this.components[0];
  }

  #severityOf(result: Result, rule: Rule | undefined): Severity {
    const override = this.#overrides.get(rule ?? '') ?? this.#overrides.get(result.ruleId ?? '');
    const own = scoreIn(result.properties);
    if (own) return severityOfScore(own);
    // The user's configuration of the run overrides the rule's own.
    const set = result.level === undefined ? override?.level : undefined;
    const score = set === undefined ? scoreIn(rule?.properties) : undefined;
    if (score) return severityOfScore(score);
    const word = set === undefined ? (wordIn(result.properties) ?? wordIn(rule?.properties)) : undefined;
    if (word) return word;
    const isOpen = result.kind !== undefined && result.kind !== 'fail';
    const level = result.level ?? set ?? (isOpen ? 'none' : rule?.defaultConfiguration?.level);
    const rank = result.rank ?? override?.rank ?? rule?.defaultConfiguration?.rank ?? -1;
    if (level === undefined && rank >= 0) return severityOfScore(rank / 10);
    return severityOfLevel(level ?? 'warning');
  }

  #cwesOf(result: Result, rule: Rule | undefined): string[] {
    const taxa = [...(result.taxa ?? []), ...(rule?.relationships ?? []).map((one) => one?.target)];
    const candidates: (string | undefined)[] = [
      ...[result.properties, rule?.properties].flatMap((properties) => [
        ...tagsOf(properties).filter((tag) => /cwe/i.test(tag)),
        ...valuesAt(properties, /^(external[-_ ]?)?cwes?([-_ ]?ids?)?$/i),
      ]),
      ...taxa.flatMap((taxon) => (taxon ? this.#taxonName(taxon) : [])),
      /cwe\.mitre\.org\/data\/definitions\/(\d+)/i.exec(rule?.helpUri ?? '')?.[1],
      ...[result.ruleId, rule?.id].filter((id) => /^cwe[-_]?\d+$/i.test(id ?? '')),
    ];
    const cwe = cwesIn(candidates.flatMap((one) => (one ? [one] : [])));
    if (cwe.length > 0) return cwe;
    const words = [rule?.shortDescription, rule?.fullDescription].map((one) => one?.text ?? '').join(' ');
    return cwesIn(words.match(/\bCWE-\d+/gi));
  }

  /** The name of a taxon, with that of its taxonomy if needed: `CWE-89` for `89` of `CWE`. */
  #taxonName({ id, index, guid, toolComponent }: Reference): string[] {
    const at = toolComponent?.index;
    const listed =
      at !== undefined && at >= 0
        ? this.#taxonomies[at]
        : this.#taxonomies.find(
            (one) =>
              (toolComponent?.guid !== undefined && one?.guid === toolComponent.guid) ||
              (toolComponent?.name !== undefined && one?.name === toolComponent.name),
          );
    const byGuid = guid === undefined ? undefined : listed?.taxa?.find((taxon) => taxon?.guid === guid);
    const name = id ?? byGuid?.id ?? (index === undefined || index < 0 ? undefined : listed?.taxa?.[index]?.id);
    const isCwe = /\bcwe\b|common weakness/i.test(`${toolComponent?.name ?? ''} ${listed?.name ?? ''}`);
    if (name === undefined || !(isCwe || /cwe/i.test(name))) return [];
    return [name];
  }
}

function severityOfLevel(level: string): Severity {
  return level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low';
}

function scoreIn(properties: Result['properties']): number | undefined {
  const value = properties?.['security-severity'];
  const score = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
  return score > 0 ? score : undefined;
}

/** The severity as a word, such as "critical", which some tools give in addition to SARIF's level. */
function wordIn(properties: Result['properties']): Severity | undefined {
  const [word] = valuesAt(properties, /^(issue[-_ ]?)?severity$/i);
  switch (word?.toLowerCase()) {
    case 'critical':
      return 'critical';
    case 'high':
      return 'high';
    case 'medium':
    case 'moderate':
      return 'medium';
    case 'low':
      return 'low';
    default:
      return undefined;
  }
}

function confidenceOf(result: Result, rule: Rule | undefined): Confidence | undefined {
  const [word] = [result.properties, rule?.properties].flatMap((properties) =>
    valuesAt(properties, /^((issue[-_ ]?)?confidence|precision)$/i),
  );
  switch (word?.toLowerCase()) {
    case 'very-high':
    case 'high':
      return 'high';
    case 'medium':
      return 'medium';
    case 'low':
      return 'low';
    default:
      return undefined;
  }
}

function owaspOf(result: Result, rule: Rule | undefined): string[] {
  const texts = [result.properties, rule?.properties].flatMap((properties) => [
    ...tagsOf(properties).filter((tag) => /owasp/i.test(tag)),
    ...valuesAt(properties, /^owasp/i),
  ]);
  const ids = texts.flatMap((text) => {
    const [, number = '', year] = /\bA(\d{1,2})[-:](\d{4})\b/i.exec(text) ?? [];
    return year === undefined ? [] : [`A${number.padStart(2, '0')}:${year}`];
  });
  return [...new Set(ids)];
}

function tagsOf(properties: Result['properties']): string[] {
  const tags = properties?.['tags'];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** The strings and numbers under some keys of a property bag, including those in lists and in the `id` of objects. */
function valuesAt(properties: Result['properties'], keys: RegExp): string[] {
  const flat = (value: unknown): string[] => {
    if (typeof value === 'string' || typeof value === 'number') return [String(value)];
    if (Array.isArray(value)) return value.flatMap(flat);
    return typeof value === 'object' && value !== null && 'id' in value ? flat(value.id) : [];
  };
  return Object.entries(properties ?? {}).flatMap(([key, value]) => (keys.test(key) ? flat(value) : []));
}
