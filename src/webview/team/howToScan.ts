import { element } from '../dom';

/** Instructions for when there are no scans yet. */
export function howToScan(): HTMLElement {
  const box = element('section', 'first-steps');
  const address = new URL('.', document.baseURI).href.replace(/\/$/, '');
  const inEditor = element('p', '');
  inEditor.append(
    'In VS Code, run ',
    element('b', '', 'CodeAgent: Sign In to Scan Server'),
    ' with this address: ',
    element('code', 'address', address),
  );
  const inTerminal = element('p', '', 'Or, in a terminal or in CI, with the token in CODEAGENT_TOKEN:');
  box.append(
    element('h2', 'section', 'No scans yet'),
    inEditor,
    inTerminal,
    element('pre', 'code', `codeagent scan . --server ${address}`),
  );
  return box;
}
