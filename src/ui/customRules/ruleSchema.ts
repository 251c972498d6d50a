import * as vscode from 'vscode';
import * as z from 'zod';
import { readJsonAsset } from '../../base/asset';
import { errorMessage } from '../../base/errors';
import type { WindowContext } from '../window/windowContext';

/** The parts of a JSON schema that determine which keys are allowed. */
interface Node {
  readonly description?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly type?: unknown;
  readonly $ref?: string | undefined;
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly items?: Node | undefined;
  readonly anyOf?: readonly Node[] | undefined;
  readonly allOf?: readonly Node[] | undefined;
  readonly definitions?: Readonly<Record<string, Node>> | undefined;
}
const node: z.ZodType<Node> = z.lazy(() =>
  z.object({
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    type: z.unknown().optional(),
    $ref: z.string().optional(),
    properties: z.record(z.string(), node).optional(),
    items: node.optional().catch(undefined),
    anyOf: z.array(node).optional(),
    allOf: z.array(node).optional(),
    definitions: z.record(z.string(), node).optional(),
  }),
);

const selector = (folder: string): vscode.DocumentSelector => [
  { scheme: 'file', pattern: `**/.codeagent/${folder}/**/*.{yml,yaml}` },
];

/** Completes and explains the keys of custom rules and models based on their schemas, which are also passed to a YAML extension. */
export function registerRuleSchema({ extensionUri, subscriptions, log }: WindowContext): void {
  for (const [folder, name] of [
    ['rules', 'rule.schema.json'],
    ['models', 'model.schema.json'],
  ] as const) {
    let reading: Promise<Node> | undefined;
    const schema = () =>
      (reading ??= readJsonAsset(vscode.Uri.joinPath(extensionUri, 'dist', name).fsPath).then(
        (value) => node.parse(value),
        (error: unknown) => {
          log.error(`${name} cannot be read: ${errorMessage(error)}`);
          return {};
        },
      ));
    // Red Hat's extension offers the same completions itself.
    const isAlone = () => vscode.extensions.getExtension('redhat.vscode-yaml') === undefined;
    subscriptions.push(
      vscode.languages.registerCompletionItemProvider(selector(folder), {
        provideCompletionItems: async (document, position) =>
          isAlone() ? completions(await schema(), document, position) : [],
      }),
      vscode.languages.registerHoverProvider(selector(folder), {
        provideHover: async (document, position) => (isAlone() ? hover(await schema(), document, position) : undefined),
      }),
    );
  }
}

/** A key at the start of a line, possibly of a list item. */
const keyLine = /^(\s*(?:-\s+)*)([\w$-]+)\s*:/;

/** The keys around a line, outermost first, by indentation. @param indent of the position in question */
function keysAround(document: vscode.TextDocument, line: number, indent: number): string[] {
  const keys: string[] = [];
  let least = indent;
  for (let at = line - 1; at >= 0 && least > 0; at -= 1) {
    const text = document.lineAt(at).text;
    if (text.startsWith('---')) break;
    const [, before = '', key] = keyLine.exec(text) ?? [];
    if (key === undefined || before.length >= least) continue;
    keys.unshift(key);
    // In a list item, the dash's parent is further out.
    least = before.length;
  }
  return keys;
}

/** The schema nodes at a path: several, if there are alternatives. */
function nodesAt(root: Node, path: readonly string[]): Node[] {
  const open = (one: Node): Node[] => {
    const target = /^#\/definitions\/(.+)$/.exec(one.$ref ?? '')?.[1];
    const inner = [
      ...(target === undefined ? [] : [root.definitions?.[target] ?? {}]),
      ...(one.anyOf ?? []),
      ...(one.allOf ?? []),
      ...(one.items ? [one.items] : []),
    ];
    return [one, ...inner.flatMap(open)];
  };
  return path.reduce<Node[]>(
    (nodes, key) => nodes.flatMap((one) => (one.properties?.[key] ? open(one.properties[key]) : [])),
    open(root),
  );
}

function completions(root: Node, document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
  const before = document.lineAt(position.line).text.slice(0, position.character);
  const value = /^(\s*(?:-\s+)*)([\w$-]+)\s*:\s+\[?(?:[\w-]+,\s*)*[\w-]*$/.exec(before);
  if (value) {
    const [, indent = '', key = ''] = value;
    const path = [...keysAround(document, position.line, indent.length), key];
    const values = nodesAt(root, path).flatMap((one) => [
      ...(one.enum ?? []),
      ...(one.type === 'boolean' ? [true, false] : []),
    ]);
    return [...new Set(values.map(String))].map(
      (text) => new vscode.CompletionItem(text, vscode.CompletionItemKind.EnumMember),
    );
  }
  const [, indent] = /^(\s*(?:-\s+)*)[\w$-]*$/.exec(before) ?? [];
  if (indent === undefined) return [];
  const found = nodesAt(root, keysAround(document, position.line, indent.length)).flatMap((one) =>
    Object.entries(one.properties ?? {}),
  );
  return [...new Map(found)].map(([key, { description }]) => {
    const item = new vscode.CompletionItem(key, vscode.CompletionItemKind.Property);
    item.insertText = `${key}: `;
    if (description !== undefined) item.documentation = description;
    return item;
  });
}

function hover(root: Node, document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
  const [, indent = '', key] = keyLine.exec(document.lineAt(position.line).text) ?? [];
  if (key === undefined) return undefined;
  const range = new vscode.Range(position.line, indent.length, position.line, indent.length + key.length);
  if (!range.contains(position)) return undefined;
  const path = [...keysAround(document, position.line, indent.length), key];
  const text = nodesAt(root, path).find(({ description }) => description !== undefined)?.description;
  return text === undefined ? undefined : new vscode.Hover(new vscode.MarkdownString(text), range);
}
