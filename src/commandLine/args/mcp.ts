import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { guarded, type OsvArgs, osvArgs, osvOptions, rulePacksOf, rulesOption } from './options';

export interface McpArgs {
  command: 'mcp';
  /** Folders that agents may ask about; relative paths refer to the first. */
  roots: string[];
  /** Whether to apply the configuration, baseline and comments of the roots. */
  config: boolean;
  tools: string | undefined;
  osv: OsvArgs;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
}

export function mcpArgs(argv: readonly string[]): McpArgs {
  const { values } = guarded(() =>
    parseArgs({
      args: [...argv],
      options: {
        root: { type: 'string', multiple: true, default: ['.'] },
        'no-config': { type: 'boolean', default: false },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  return {
    command: 'mcp',
    roots: values.root.map((root) => resolve(root)),
    config: !values['no-config'],
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}
