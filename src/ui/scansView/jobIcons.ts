import * as vscode from 'vscode';
import type { Job, JobStatus } from '../../protocol';

const withGaps = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

/** The icon of a job: a warning if it completed with gaps. */
export function jobIcon({ status }: Pick<Job, 'status'>, gaps: number): vscode.ThemeIcon {
  return status === 'completed' && gaps > 0 ? withGaps : jobIcons[status];
}

const jobIcons: Record<JobStatus, vscode.ThemeIcon> = {
  queued: new vscode.ThemeIcon('clock'),
  running: new vscode.ThemeIcon('loading~spin', new vscode.ThemeColor('progressBar.background')),
  completed: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed')),
  canceled: new vscode.ThemeIcon('circle-slash'),
  expired: new vscode.ThemeIcon('history'),
};
