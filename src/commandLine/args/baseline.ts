import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BaselineKind, baselineKinds, endOf } from '../../findings/policy/baseline';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import {
  guarded,
  oneOf,
  type OsvArgs,
  osvArgs,
  osvOptions,
  rulePacksOf,
  rulesOption,
  usageError,
  wholeNumber,
} from './options';

export interface BaselineArgs {
  command: 'baseline';
  path: string;
  does: 'add' | 'prune' | 'check';
  reason: string | undefined;
  kind: BaselineKind | undefined;
  by: string | undefined;
  expires: string | undefined;
  timeoutSec: number | undefined;
  /** The file with the settings of external tools. */
  tools: string | undefined;
  osv: OsvArgs;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
}

export function baselineArgs(argv: readonly string[]): BaselineArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        prune: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        reason: { type: 'string' },
        kind: { type: 'string' },
        by: { type: 'string' },
        expires: { type: 'string' },
        timeout: { type: 'string' },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  const { prune, check, reason, by, expires } = values;
  if (prune && check) throw usageError('Specify --prune or --check, not both.');
  const entry = ['reason', 'kind', 'by', 'expires'] as const;
  if ((prune || check) && entry.some((name) => values[name] !== undefined))
    throw usageError(`--reason, --kind, --by and --expires cannot be used with --${prune ? 'prune' : 'check'}.`);
  if (expires !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(expires) || Number.isNaN(endOf(expires))))
    throw usageError(`--expires must be a date such as 2027-12-31, not "${expires}".`);
  return {
    command: 'baseline',
    path: resolve(positionals[0] ?? '.'),
    does: prune ? 'prune' : check ? 'check' : 'add',
    ...{ reason, by, expires },
    kind: values.kind === undefined ? undefined : oneOf('kind', values.kind, baselineKinds),
    timeoutSec: values.timeout === undefined ? undefined : wholeNumber('timeout', values.timeout, 1, 86_400),
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}
