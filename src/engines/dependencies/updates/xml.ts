import { readXml, type Element } from '../lockfiles/xml';
import { edited, type TextEdit } from './edits';

/** Whether an edit of an XML text changes only one attribute or one element's text. */
export function isOneValue(source: string, edit: TextEdit): boolean {
  const [before, after] = [valuesOf(source), valuesOf(edited(source, [edit]))];
  if (!before || before.length !== after?.length) return false;
  return before.filter((value, index) => value !== after[index]).length === 1;
}

/** The content of an XML text, in order; undefined if damaged. */
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
    return undefined; // Not XML; the reader of its dependencies reports that.
  }
}
