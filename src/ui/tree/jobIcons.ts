import * as vscode from 'vscode';
import type { JobStatus } from '../../protocol';

/** The icon of a job in each state. */
export const jobIcons: Record<JobStatus, vscode.ThemeIcon> = {
  queued: new vscode.ThemeIcon('clock'),
  running: new vscode.ThemeIcon('loading~spin', new vscode.ThemeColor('progressBar.background')),
  completed: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed')),
  canceled: new vscode.ThemeIcon('circle-slash'),
  expired: new vscode.ThemeIcon('history'),
};
