import { VsCode } from './support/vscode';

describe('VS Code with the packaged extension', () => {
  let code: VsCode | undefined;

  after(() => code?.close());

  it('opens and shows the CodeAgent container', async () => {
    code = await VsCode.open();
    await code.workbench.container('CodeAgent').waitFor();
    await code.workbench.openContainer('CodeAgent');
  });
});
