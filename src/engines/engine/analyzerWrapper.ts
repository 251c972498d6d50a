import type { Analyzer, AnalyzerRun, Availability, CustomPart, RunPlace } from './engine';

const nothingCustom: CustomPart = { part: undefined, ids: [], problems: [], examples: [] };

/** An analyzer that wraps another one and delegates to it. Subclasses override what they change. */
export abstract class AnalyzerWrapper implements Analyzer {
  readonly id: string;
  readonly title: string;
  readonly kind: Analyzer['kind'];
  readonly scope: Analyzer['scope'];
  readonly takesRulesets?: boolean;
  readonly scripts?: readonly string[];
  readonly automatic?: NonNullable<Analyzer['automatic']>;
  readonly readCustom?: NonNullable<Analyzer['readCustom']>;

  constructor(protected readonly inner: Analyzer) {
    this.id = inner.id;
    this.title = inner.title;
    this.kind = inner.kind;
    this.scope = inner.scope;
    if (inner.takesRulesets !== undefined) this.takesRulesets = inner.takesRulesets;
    if (inner.scripts) this.scripts = inner.scripts;
    if (inner.automatic) this.automatic = (place) => inner.automatic?.(place) ?? Promise.resolve('no');
    if (inner.readCustom)
      this.readCustom = (files, reading) => inner.readCustom?.(files, reading) ?? Promise.resolve(nothingCustom);
  }

  abstract analyze(run: AnalyzerRun): Promise<void>;

  linkedBy(path: string): string | undefined {
    return this.inner.linkedBy?.(path);
  }

  async reachedFrom(root: string, files: readonly string[]): Promise<readonly string[]> {
    return (await this.inner.reachedFrom?.(root, files)) ?? [];
  }

  group(path: string): readonly string[] {
    return this.inner.group?.(path) ?? [];
  }

  handles(path: string): boolean {
    return this.inner.handles(path);
  }

  availability(signal: AbortSignal, place: RunPlace): Promise<Availability> {
    return this.inner.availability(signal, place);
  }

  prepare(): void {
    this.inner.prepare?.();
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }
}
