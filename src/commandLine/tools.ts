import { CodedError, errorMessage } from '../base/errors';
import { readJson } from '../base/jsonFile';
import type { Logger } from '../base/logger';
import { osvSettings, toolSettings, type OsvSettings, type ToolSettings } from '../protocol';
import type { Analyzer } from '../engines/engine';
import { embeddedAnalyzers, externalAnalyzers } from '../engines/registry';

/** What a runner is started with. */
export interface Toolbox {
  readonly analyzers: Analyzer[];
  readonly rulesets: ToolSettings['rulesets'];
}

/**
 * All analyzers, as the file that --tools names has them.
 * @param assets the folder of the built files (dist)
 * @param args the file, and what the command line says of looking up dependencies, which goes before the file
 * @param cache folder for what may be kept for the next scan
 * @param log is told of what is left out
 * @throws CodedError USAGE when the file cannot be read or says something that there is not
 */
export async function toolbox(
  assets: string,
  args: { readonly tools: string | undefined; readonly osv: Partial<OsvSettings> },
  cache: string,
  log: Logger,
): Promise<Toolbox> {
  const settings = args.tools === undefined ? toolSettings.parse({}) : await readSettings(args.tools);
  const osv = osvSettings.parse({ ...settings.osv, ...args.osv });
  const all = [...embeddedAnalyzers(assets, osv, cache), ...externalAnalyzers({ ...settings, osv })];
  const analyzers = all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
  // Not an error: an editor's settings shall not keep its runner from starting.
  for (const { id, title } of all.filter((one) => !analyzers.includes(one)))
    log.warn(`The analyzer "${title}" was left out: another has the id "${id}".`);
  return { analyzers, rulesets: settings.rulesets };
}

async function readSettings(file: string): Promise<ToolSettings> {
  try {
    const read = await readJson(file, toolSettings);
    if (read.is === 'read') return read.value;
    throw new Error(read.is === 'missing' ? 'there is no such file' : read.reason);
  } catch (error) {
    throw new CodedError('USAGE', `--tools ${file}: ${errorMessage(error)}`, { cause: error });
  }
}
