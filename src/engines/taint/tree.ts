import { parser } from '@lezer/python';

/** A node of a syntax tree, created once, since the interpreter visits the same code many times. */
export interface Node {
  /** The name in Lezer's Python grammar; for punctuation and keywords, their text. */
  readonly type: string;
  /** UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  readonly kids: readonly Node[];
}

/** Code nested more deeply is not hand-written, and would exhaust the stack. */
const maxDepth = 200;

/** Parses Python. Code with syntax errors also yields a tree, with `⚠` nodes. */
export function parsePython(source: string): Node {
  const root: Node & { kids: Node[] } = { type: 'Script', from: 0, to: source.length, kids: [] };
  const open: { kids: Node[] }[] = [root];
  let below = 0;
  parser.parse(source).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'Script') return;
      if (name === 'Comment') return false;
      if (open.length >= maxDepth) {
        below += 1;
        return;
      }
      const node = { type: name, from, to, kids: [] };
      open.at(-1)?.kids.push(node);
      open.push(node);
      return;
    },
    leave: ({ name }) => {
      if (name === 'Script') return;
      if (below > 0) {
        below -= 1;
        return;
      }
      open.pop();
      const siblings = open.at(-1)?.kids;
      const last = siblings?.pop();
      if (siblings && last) siblings.push(byPrecedence(last));
    },
  });
  return root;
}

/** The grammar parses `not a or b` as `not (a or b)`, unlike Python. */
function byPrecedence(node: Node): Node {
  const [first, middle, last] = node.kids;
  if (node.type === 'UnaryExpression' && first?.type === 'not' && isLogic(middle, 'and', 'or')) {
    const [left, op, right] = middle.kids;
    if (!left || !op || !right) return node;
    const inner = byPrecedence({ ...node, to: left.to, kids: [first, left] });
    return { ...middle, from: node.from, kids: [inner, op, right] };
  }
  if (isLogic(node, 'and') && first && middle && isLogic(last, 'or')) {
    const [left, op, right] = last.kids;
    if (!left || !op || !right) return node;
    return { ...last, from: node.from, kids: [{ ...node, to: left.to, kids: [first, middle, left] }, op, right] };
  }
  return node;
}

function isLogic(node: Node | undefined, ...ops: string[]): node is Node {
  return node?.type === 'BinaryExpression' && ops.includes(node.kids[1]?.type ?? '');
}

/** The statements in the body of a statement. */
export function bodyOf(node: Node): readonly Node[] {
  return bodyKids(node.kids.find((kid) => kid.type === 'Body'));
}

/** The statements of a `Body`, after its colon. */
export function bodyKids(body: Node | undefined): readonly Node[] {
  return body?.kids.slice(1) ?? [];
}

/** Whether a node is an expression, rather than a keyword or punctuation. */
export function isExpression(node: Node): boolean {
  return /Expression|String$|^(?:VariableName|Number|Boolean|None)$/.test(node.type);
}
