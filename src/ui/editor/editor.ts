import type { WindowContext } from '../window/windowContext';
import { registerCodeActions } from './codeActions';
import { registerCodeLens } from './codeLens';
import { EditorFindings } from './editorFindings';
import { Fixes } from './fixes';
import { registerHover } from './hover';

/** Registers the findings in the editor and the Problems panel, with hovers, quick fixes and code lenses. */
export function registerEditor({ store, decisions, standing, changed, onDisk, log, subscriptions }: WindowContext): {
  readonly findings: EditorFindings;
  readonly fixes: Fixes;
} {
  const findings = new EditorFindings(store, decisions, standing, changed, onDisk, log);
  const fixes = new Fixes(store);
  subscriptions.push(
    findings,
    registerHover(findings),
    registerCodeActions(findings, fixes),
    registerCodeLens(findings),
  );
  return { findings, fixes };
}
