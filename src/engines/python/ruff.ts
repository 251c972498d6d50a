import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { version } from '@astral-sh/ruff-wasm-nodejs/package.json';
import type { FoundIssue } from '../../protocol';
import { FileEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun, Availability } from '../engine/engine';
import { showsSecret, snippetOf, snippetOfSecret } from '../engine/text';
import { hasAsset } from '../../base/asset';
import { ruffResult, type RuffHit, type RuffResult } from './messages';
import { RuffProcesses } from './ruffProcesses';
import { ruffRules } from './rules';

/** ruffChild.js loads this from its own folder, else from the npm package (see esbuild.mjs). */
const wasm = 'ruff_wasm_bg';
const ofNpm = `@astral-sh/ruff-wasm-nodejs/${wasm}.wasm`;

/** Checks Python with ruff's flake8-bandit rules, compiled to WebAssembly. */
export class Ruff extends FileEngine<RuffResult> {
  readonly id = 'ruff';
  readonly title = 'ruff (flake8-bandit rules)';
  protected readonly version = `${version} (rules ${rulesVersion})`;
  protected readonly action = 'checked by ruff';
  protected readonly result = ruffResult;

  /** @param assets contains ruffChild.js, and ruff_wasm_bg.wasm unless the npm package is installed */
  constructor(assets: string) {
    const script = join(assets, 'ruffChild.js');
    super(script, new RuffProcesses(script));
  }

  handles(path: string): boolean {
    return /\.pyw?$/i.test(path);
  }

  override async availability(): Promise<Availability> {
    const [script = ''] = this.scripts;
    try {
      if (!hasAsset(join(dirname(script), `${wasm}.wasm`))) createRequire(script).resolve(ofNpm);
    } catch {
      return { available: false, reason: `${wasm}.wasm is missing from this installation. Reinstall it.` };
    }
    return super.availability();
  }

  protected report({ hits, unparsed }: RuffResult, run: AnalyzerRun): void {
    if (unparsed.length > 0) run.gap('unparsed', 'Files that are not valid Python 3 were not checked.', unparsed);
    run.issues(hits.flatMap(toIssue));
  }
}

const rulesVersion = createHash('sha256').update(JSON.stringify(ruffRules)).digest('hex').slice(0, 8);

function toIssue(hit: RuffHit): FoundIssue[] {
  const rule = ruffRules[hit.code];
  if (!rule) return [];
  const secret = showsSecret([rule.cwe]);
  return [
    {
      tool: 'ruff',
      type: secret ? 'secret' : 'security',
      title: rule.title,
      message: rule.message,
      severity: rule.severity,
      confidence: rule.confidence,
      file: hit.file,
      line: hit.line,
      column: hit.column,
      end_line: hit.endLine,
      end_column: hit.endColumn,
      rule_id: hit.code,
      suggestion: rule.suggestion,
      cwe: [rule.cwe],
      owasp: [rule.owasp],
      help_url: `https://docs.astral.sh/ruff/rules/${rule.name}/`,
      snippet: secret ? snippetOfSecret(hit.text, hit.column) : snippetOf(hit.text, hit.column),
    },
  ];
}
