import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readJsonAsset } from '../base/asset';
import { CodedError, errorMessage } from '../base/errors';
import { readJson } from '../base/jsonFile';
import type { Logger } from '../base/logger';
import { osvSettings, toolSettings, type OsvSettings, type ToolSettings } from '../protocol';
import type { Analyzer } from '../engines/engine/engine';
import type { RulePackFolder } from '../findings/policy/customFiles';
import { embeddedAnalyzers, externalAnalyzers } from '../engines/registry';
import { isFolder } from './output';

/** A runner's analyzers, and their settings. */
export interface Toolbox {
  readonly analyzers: Analyzer[];
  readonly rulesets: ToolSettings['rulesets'];
  /** The IDs of the built-in rules. */
  readonly ruleIds?: ReadonlySet<string>;
  /** Folders with rules and models for every scan. */
  readonly rulePacks: readonly RulePackFolder[];
}

/**
 * All analyzers, as configured in the --tools file.
 * @param assets the folder of the built files (dist)
 * @param args the file, and the command line's settings for the dependency lookup, which take precedence
 * @param cache folder that keeps results for the next scan
 * @param log for analyzers that are left out
 * @throws CodedError USAGE when the file cannot be read or is invalid, or a rule pack of the command line is not a folder
 */
export async function toolbox(
  assets: string,
  args: {
    readonly tools: string | undefined;
    readonly osv: Partial<OsvSettings>;
    readonly rulePacks?: readonly RulePackFolder[] | undefined;
  },
  cache: string,
  log: Logger,
): Promise<Toolbox> {
  const settings = await settingsOf(args);
  const { rulePacks = [] } = args;
  for (const { path, name } of rulePacks)
    if (!(await isFolder(path))) throw new CodedError('USAGE', `--rules ${name} is not a folder that can be read.`);
  const osv = await osvOf(args);
  const all = [...embeddedAnalyzers(assets, osv, cache), ...externalAnalyzers({ ...settings, osv })];
  const analyzers = all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
  // Not an error, since an editor's settings must not keep its runner from starting.
  for (const { id, title } of all.filter((one) => !analyzers.includes(one)))
    log.warn(`The analyzer "${title}" was left out: the id "${id}" is already in use.`);
  const ruleIds = await builtInRuleIds(assets);
  return {
    ...{ analyzers, rulesets: settings.rulesets },
    // Each scan reports a configured pack that is missing.
    rulePacks: [...rulePacks, ...settings.rulePacks.map((path) => ({ path: resolve(path), name: path }))],
    ...(ruleIds && { ruleIds }),
  };
}

/** The titles of the built-in rules, by ID, including former IDs. */
const ruleTitles = z.record(z.string(), z.string());

async function builtInRuleIds(assets: string): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set(Object.keys(ruleTitles.parse(await readJsonAsset(join(assets, 'ruleTitles.json')))));
  } catch {
    // A missing or damaged part of the installation is reported elsewhere.
    return undefined;
  }
}

/** How dependencies are looked up, by the command line and the --tools file. @throws as {@link toolbox} */
export async function osvOf(args: {
  readonly tools: string | undefined;
  readonly osv: Partial<OsvSettings>;
}): Promise<OsvSettings> {
  return osvSettings.parse({ ...(await settingsOf(args)).osv, ...args.osv });
}

function settingsOf({ tools }: { readonly tools: string | undefined }): Promise<ToolSettings> {
  return tools === undefined ? Promise.resolve(toolSettings.parse({})) : readSettings(tools);
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
