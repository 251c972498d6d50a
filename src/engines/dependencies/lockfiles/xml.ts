import { SaxesParser } from 'saxes';

/** An element of an XML text. Names have no namespace prefix. */
export interface Element {
  readonly name: string;
  /** The line where its tag begins. */
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  /** Its own text, without that of its children; trimmed once the element is closed. */
  text: string;
}

/** Nesting limit of elements; Maven needs ten. */
const maxDepth = 200;

/**
 * Reads XML, knowing only XML's predefined entities. A damaged text yields what comes before the damage.
 * @returns the root, and why it is incomplete: a clause that begins with "it"
 * @throws if it contains no element
 */
export function readXml(source: string): { root: Element; problem?: string } {
  const open: Element[] = [];
  let root: Element | undefined;
  let start = 1;
  let problem: string | undefined;
  const parser = new SaxesParser({ position: true });
  parser.on('error', () => {
    throw new Error(`it is damaged at line ${parser.line}`);
  });
  // The event comes at the character after the name, which may be the line end.
  parser.on('opentagstart', () => (start = parser.column === 0 ? parser.line - 1 : parser.line));
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= maxDepth) throw new Error(`its elements are nested deeper than ${maxDepth}`);
    const element: Element = {
      name: localName(name),
      line: start,
      attributes: new Map(Object.entries(attributes)),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (text: string) => {
    const current = open.at(-1);
    if (current) current.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed) closed.text = closed.text.trim();
  });
  try {
    parser.write(source).close();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  if (!root) throw new Error(problem ?? 'it contains no XML element');
  return { root, ...(problem !== undefined && { problem }) };
}

/** The first child of this name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((one) => one.name === name);
}

/** All children of this name. */
export function children(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** The text of the first child of this name; '' if there is none. */
export function childText(element: Element | undefined, name: string): string {
  return child(element, name)?.text ?? '';
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
