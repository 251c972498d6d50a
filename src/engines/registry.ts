import { join } from 'node:path';
import type { OsvSettings, ToolSettings } from '../protocol';
import type { Analyzer } from './engine';
import { AstGrep } from './patterns/astGrep';
import { Cached, codeHash } from './cached/cached';
import { Masked } from './masked';
import { Flow } from './taint/flow';
import { FlowWorker } from './taint/flowWorker';
import { WithoutHarmless } from './taint/withoutHarmless';
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
 * The analyzers that work with nothing installed; the only list of them.
 * @param assets the folder of the built files (dist): ast-grep/, readingWorker.js, ruffChild.js, secretlintWorker.js, flowWorker.js, redosWorker.js, osvWorker.js
 * @param osv how dependencies are looked up, and the folder for what was answered and found, for the next scan
 */
export function embeddedAnalyzers(assets: string, osv: OsvSettings, cache: string): Analyzer[] {
  const code = codeHash([
    __filename,
    ...['readingWorker.js', 'ruffChild.js', 'secretlintWorker.js', 'flowWorker.js', 'redosWorker.js'].map((name) =>
      join(assets, name),
    ),
  ]);
  const worker = new FlowWorker(assets);
  const reading = new Reading(assets);
  const shapes = [new AstGrep(join(assets, 'ast-grep'), reading), new Ruff(assets)];
  const byFile = [
    ...shapes.map((shape) => new WithoutHarmless(shape, worker)),
    new Flow(worker),
    new Secretlint(assets),
    new Redos(assets),
  ];
  return [
    ...byFile.map((analyzer) => new Cached(new Masked(analyzer), join(cache, 'findings'), code, reading)),
    new Masked(new Osv(assets, join(cache, 'osv'), osv)),
  ];
}

/** The programs that a person may have, and those of their own that the settings name. */
export function externalAnalyzers(settings: ToolSettings): Analyzer[] {
  const known = [semgrep, bandit, pipAudit, gitleaks, trivy, gosec, osvScanner];
  return [...known, ...settings.custom.map(customTool)].map((tool) => new Masked(new ExternalTool(tool, settings)));
}
