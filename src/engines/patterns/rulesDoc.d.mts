/** The page that lists all rules, as Markdown. */
export function rulesDoc(sourceDir: string): Promise<string>;
