/** The workspaces of an annotated file: `#### <workspace>/<path>` starts a file. */
export function workspaces(text: string): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  const parts = text.split(/^#### (\S+)\n/m).slice(1);
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, workspace = '', path = ''] = /^([^/]+)\/(.+)$/.exec(parts[at] ?? '') ?? [];
    found.set(workspace, { ...found.get(workspace), [path]: parts[at + 1] ?? '' });
  }
  return found;
}
