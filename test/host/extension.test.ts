import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension in VS Code', () => {
  it('is installed and activates', async () => {
    const extension = vscode.extensions.getExtension('codeagent.codeagent-scanner');
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
