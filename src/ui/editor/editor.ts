import type { WindowContext } from '../window/windowContext';
import { registerCodeActions } from './codeActions';
import { registerCodeLens } from './codeLens';
import { EditorFindings } from './editorFindings';
import { registerHover } from './hover';

/** Registers the findings in the editor and the Problems panel, with hovers, quick fixes and code lenses. */
export function registerEditor({ store, decisions, standing, changed, log, subscriptions }: WindowContext): void {
  const findings = new EditorFindings(store, decisions, standing, changed, log);
  subscriptions.push(findings, registerHover(findings), registerCodeActions(findings), registerCodeLens(findings));
}
