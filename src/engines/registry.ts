import { join } from 'node:path';
import type { OsvSettings, ToolSettings } from '../protocol';
import type { Analyzer } from './engine/engine';
import { AstGrep } from './patterns/astGrep';
import { Cached } from './cached/cached';
import { Masked } from './engine/masked';
import { Flow } from './taint/flow';
import { FalsePositiveFilter } from './taint/falsePositiveFilter';
import { Osv } from './dependencies/osv';
import { Reading } from './reading/reading';
import { Redos } from './regex/redos';
import { Ruff } from './python/ruff';
import { Secretlint } from './secrets/secretlint';
import { bandit } from './tools/bandit';
import { customTool } from './tools/custom';
import { ExternalTool } from './tools/externalTool';
import { gitleaks } from './tools/gitleaks';
import { gosec } from './tools/gosec';
import { osvScanner } from './tools/osvScanner';
import { pipAudit } from './tools/pipAudit';
import { semgrep } from './tools/semgrep';
import { trivy } from './tools/trivy';

/**
 * The analyzers that need nothing installed. This is the only list of them.
 * @param assets the folder of the built files (dist): ast-grep/ and the workers' scripts
 * @param osv how dependencies are looked up
 * @param cache the folder in which answers and findings are cached for the next scan
 */
export function embeddedAnalyzers(assets: string, osv: OsvSettings, cache: string): Analyzer[] {
  const reading = new Reading(assets);
  // The folder of the cached findings is kept within its limits by their cache.
  const flow = new Flow(assets, join(cache, 'findings'));
  const analyzers = [
    new FalsePositiveFilter(new AstGrep(join(assets, 'ast-grep'), reading), flow),
    new FalsePositiveFilter(new Ruff(assets), flow),
    flow,
    new Secretlint(assets),
    new Redos(assets),
    new Osv(assets, join(cache, 'osv'), osv),
  ];
  return analyzers.map((analyzer) => {
    const masked = new Masked(analyzer);
    return analyzer.scope === 'file' ? new Cached(masked, join(cache, 'findings'), reading) : masked;
  });
}

/** The supported tools that a user may have installed, and those defined in the settings. */
export function externalAnalyzers(settings: ToolSettings): Analyzer[] {
  const known = [semgrep, bandit, pipAudit, gitleaks, trivy, gosec, osvScanner];
  return [...known, ...settings.custom.map(customTool)].map((tool) => new Masked(new ExternalTool(tool, settings)));
}
