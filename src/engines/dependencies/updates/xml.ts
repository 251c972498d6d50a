import { readXml, type Element } from '../lockfiles/xml';
import { edited, type TextEdit } from './edits';

/** Whether an edit of an XML text changes one attribute or one element's text alone. */
export function isOneValue(source: string, edit: TextEdit): boolean {
  const [before, after] = [valuesOf(source), valuesOf(edited(source, [edit]))];
  if (!before || before.length !== after?.length) return false;
  return before.filter((value, index) => value !== after[index]).length === 1;
}

/** All that an XML text says, in its order; undefined where it is damaged. */
function valuesOf(source: string): string[] | undefined {
  try {
    const { root, problem } = readXml(source);
    if (problem !== undefined) return undefined;
    const values: string[] = [];
    const open = [root];
    for (let element: Element | undefined = open.pop(); element; element = open.pop()) {
      values.push(element.name, element.text, ...[...element.attributes].flat());
      open.push(...element.children);
    }
    return values;
  } catch {
    return undefined; // Not XML; whoever reads it for dependencies reports that.
  }
}
