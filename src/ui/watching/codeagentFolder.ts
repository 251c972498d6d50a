import * as vscode from 'vscode';

/**
 * Watches the `.codeagent` of a folder of the workspace. Of a folder that comes or goes, VS Code tells, but not always of the files in it, so look for
 * those on every event.
 * @param changed is called with a file, or a folder, that is new, changed or gone
 */
export function watchCodeagentFolder(folder: vscode.Uri, changed: (uri: vscode.Uri) => void): vscode.Disposable {
  const pattern = new vscode.RelativePattern(folder, '{.codeagent,.codeagent/**}');
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  watcher.onDidCreate(changed);
  watcher.onDidChange(changed);
  watcher.onDidDelete(changed);
  return watcher;
}
