import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { loadPolicy } from '../../findings/policy/load';
import { noPolicy } from '../../findings/policy/policy';
import type { ScanClient } from '../../client/scanClient';
import { config } from '../manifest/config';
import type { ScanPlan } from './scanPlan';
import { chosenAnalyzers } from '../manifest/analyzerChoice';

/**
 * Adds the analyzers that the settings select for the folder of a plan. Without such settings, the service selects them.
 * @throws CodedError NO_ANALYZER if all are turned off; ServiceError
 */
export async function withAnalyzers(client: ScanClient, plan: ScanPlan): Promise<ScanPlan> {
  const { request, folder, service } = plan;
  const own = config.analyzerUse(folder);
  if (Object.keys(own).length === 0) return plan;
  // The user's settings take precedence over the team's decisions.
  const { policy = noPolicy } = folder === undefined || request.policy === 'none' ? {} : await loadPolicy(folder);
  const use = { ...policy.config?.config.analyzers, ...own };
  if (request.analyzers !== undefined) return plan;
  const tools = await client.tools(service === 'embedded' ? folder : undefined);
  const whole = request.include === undefined || request.include.length === 0;
  // Which tools a server runs is up to its administrator.
  const trusted = service === 'remote' || vscode.workspace.isTrusted;
  const analyzers = chosenAnalyzers(tools, use, { whole, trusted });
  if (analyzers.length === 0) {
    throw new CodedError(
      'NO_ANALYZER',
      vscode.l10n.t('All analyzers are turned off. Run "CodeAgent: Choose Analyzers" to turn some on.'),
    );
  }
  return { ...plan, request: { ...request, analyzers } };
}

/** Adds what the settings leave out of scans to what the team does. In Restricted Mode, neither hides a finding. */
export function withScope(plan: ScanPlan): ScanPlan {
  const { request, folder } = plan;
  if (folder === undefined) return plan;
  if (!vscode.workspace.isTrusted) return { ...plan, request: { ...request, policy: 'none' } };
  const exclude = [...(request.exclude ?? []), ...config.excludes(folder)];
  return exclude.length === 0 ? plan : { ...plan, request: { ...request, exclude } };
}
