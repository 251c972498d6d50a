import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import type { ScanClient } from '../../client/scanClient';
import { config } from '../manifest/config';
import type { ScanPlan } from './scanPlan';
import { chosenAnalyzers } from '../manifest/analyzerChoice';

/**
 * The plan with the analyzers that the settings choose for its folder. Where they choose none, the service does.
 * @throws CodedError NO_ANALYZER when all are switched off; ServiceError
 */
export async function withAnalyzers(client: ScanClient, plan: ScanPlan): Promise<ScanPlan> {
  const { request, folder, quiet = false, service } = plan;
  const use = config.analyzerUse(folder);
  if (request.analyzers !== undefined || Object.keys(use).length === 0) return plan;
  const tools = await client.tools(service === 'embedded' ? folder : undefined);
  const whole = request.include === undefined || request.include.length === 0;
  // What programs a server starts is for those to say who run it.
  const trusted = service === 'remote' || vscode.workspace.isTrusted;
  const analyzers = chosenAnalyzers(tools, use, { whole, quiet, trusted });
  if (analyzers.length === 0) {
    throw new CodedError(
      'NO_ANALYZER',
      vscode.l10n.t('All analyzers are turned off. Run "CodeAgent: Choose Analyzers" to turn some on.'),
    );
  }
  return { ...plan, request: { ...request, analyzers } };
}
