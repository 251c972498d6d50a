/** The grammars that ship, as their files are called: tree-sitter-<name>.wasm of @vscode/tree-sitter-wasm. The build reads this list. */
export const grammars = ['javascript', 'typescript', 'tsx', 'java'] as const;
export type GrammarName = (typeof grammars)[number];
