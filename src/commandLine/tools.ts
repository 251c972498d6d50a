import { readFile } from 'node:fs/promises';
import { CodedError, errorMessage } from '../base/errors';
import { toolSettings, type ToolSettings } from '../protocol';
import type { Analyzer } from '../runner/analyzers/analyzer';
import { embeddedAnalyzers, externalAnalyzers } from '../runner/analyzers/registry';

/** What a runner is started with. */
export interface Toolbox {
  readonly analyzers: Analyzer[];
  readonly rulesets: ToolSettings['rulesets'];
}

/**
 * All analyzers, as the file that --tools names has them.
 * @param assets the folder of the built files (dist)
 * @throws CodedError USAGE when the file cannot be read or says something that there is not
 */
export async function toolbox(assets: string, file: string | undefined): Promise<Toolbox> {
  const settings = file === undefined ? toolSettings.parse({}) : await readSettings(file);
  const analyzers = [...embeddedAnalyzers(assets), ...externalAnalyzers(settings)];
  const ids = analyzers.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new CodedError('USAGE', `--tools: there are two analyzers with the id "${twice}".`);
  return { analyzers, rulesets: settings.rulesets };
}

async function readSettings(file: string): Promise<ToolSettings> {
  try {
    const parsed = toolSettings.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    const [first] = parsed.error.issues;
    throw new Error(`${first?.path.join('.') ?? ''}: ${first?.message ?? 'it is not what it should be'}`);
  } catch (error) {
    throw new CodedError('USAGE', `--tools ${file}: ${errorMessage(error)}`, { cause: error });
  }
}
