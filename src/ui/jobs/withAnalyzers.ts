import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
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
  const use = config.analyzerUse(folder);
  if (request.analyzers !== undefined || Object.keys(use).length === 0) return plan;
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
