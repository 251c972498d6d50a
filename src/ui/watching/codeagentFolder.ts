import * as vscode from 'vscode';

/**
 * Watches the `.codeagent` of a workspace folder. When a folder is created or deleted, VS Code reports it, but not always the files in it,
 * so look for those on every event.
 * @param changed is called with a file or folder that was created, changed or deleted
 */
export function watchCodeagentFolder(folder: vscode.Uri, changed: (uri: vscode.Uri) => void): vscode.Disposable {
  const pattern = new vscode.RelativePattern(folder, '{.codeagent,.codeagent/**}');
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  watcher.onDidCreate(changed);
  watcher.onDidChange(changed);
  watcher.onDidDelete(changed);
  return watcher;
}
