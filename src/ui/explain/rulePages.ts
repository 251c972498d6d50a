import * as vscode from 'vscode';
import * as z from 'zod';
import { readJsonAsset } from '../../base/asset';
import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { escapeMarkdown } from '../../findings/markdown';
import type { Issue } from '../../protocol';
import { oneLine } from '../words/plainText';
import { capitalized, severityWord } from '../words/words';

/** What the build writes as dist/rulePages.json: Markdown by rule id, and by engine for rules without a page of their own. */
const pagesFile = z.object({ rules: z.record(z.string(), z.string()), tools: z.record(z.string(), z.string()) });
type PagesFile = z.infer<typeof pagesFile>;

/** Code with a defect, and without it. */
export interface Examples {
  readonly bad: string;
  readonly good: string;
}

const scheme = 'codeagent-rule';
/** Pages made of a finding that are kept, for a preview that asks again. */
const keptPages = 50;

/** The pages on rules, which come with the extension and are shown as a Markdown preview. */
export class RulePages implements vscode.TextDocumentContentProvider {
  /** By address: pages made of a finding, since none comes with the extension. */
  readonly #made = new Map<string, string>();
  #pages: Promise<PagesFile> | undefined;

  private constructor(
    private readonly file: vscode.Uri,
    private readonly log: Logger,
  ) {}

  /** Makes the pages documents that VS Code can open. */
  static register(context: Pick<vscode.ExtensionContext, 'extensionUri' | 'subscriptions'>, log: Logger): RulePages {
    const pages = new RulePages(vscode.Uri.joinPath(context.extensionUri, 'dist', 'rulePages.json'), log);
    context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider(scheme, pages));
    return pages;
  }

  /** Shows the page on a finding's rule; where there is none, what the finding itself says, with a page on its kind. */
  async show(issue: Issue): Promise<void> {
    const { rules, tools } = await this.#read();
    const hasPage = Object.hasOwn(rules, issue.rule_id);
    const uri = uriOf(hasPage ? issue.rule_id : `${issue.tool}/${issue.rule_id}`);
    if (!hasPage) this.#keep(uri, madeOf(issue, Object.hasOwn(tools, issue.tool) ? tools[issue.tool] : undefined));
    // Its commands are listed only once it is active, which the command itself makes it.
    const canPreview = vscode.extensions.getExtension('vscode.markdown-language-features') !== undefined;
    if (canPreview) await vscode.commands.executeCommand('markdown.showPreview', uri);
    else await vscode.window.showTextDocument(uri);
  }

  /** The examples on a rule's page, bad and good code; empty where there is none. */
  async examplesOf(rule: string): Promise<Examples> {
    const { rules } = await this.#read();
    return examplesIn(Object.hasOwn(rules, rule) ? (rules[rule] ?? '') : '');
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const made = this.#made.get(uri.toString());
    if (made !== undefined) return made;
    const id = uri.path.replace(/^\//, '').replace(/\.md$/, '');
    const { rules } = await this.#read();
    // A preview that a new window restores may be of a finding that is gone.
    return Object.hasOwn(rules, id) ? (rules[id] ?? '') : `# ${text(id)}\n`;
  }

  #keep(uri: vscode.Uri, page: string): void {
    this.#made.delete(uri.toString());
    this.#made.set(uri.toString(), page);
    const [oldest] = this.#made.keys();
    if (this.#made.size > keptPages && oldest !== undefined) this.#made.delete(oldest);
  }

  /** Read when somebody asks, not before. Without the file a finding can still explain itself. */
  #read(): Promise<PagesFile> {
    return (this.#pages ??= this.#readFile());
  }

  async #readFile(): Promise<PagesFile> {
    try {
      return pagesFile.parse(await readJsonAsset(this.file.fsPath));
    } catch (error) {
      this.log.error(`The rule pages cannot be read from ${this.file.fsPath}: ${errorMessage(error)}`);
      return { rules: {}, tools: {} };
    }
  }
}

function uriOf(path: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${oneLine(path, 200)}.md` });
}

/** Text of a scanned tree or a foreign service, with nothing in it that Markdown reads. */
function text(raw: string, max = 2_000): string {
  return escapeMarkdown(oneLine(raw, max));
}

function madeOf(issue: Issue, toolPage: string | undefined): string {
  const { title, rule_id, tool, severity, message, suggestion, cwe, help_url } = issue;
  const links = (cwe ?? [])
    .filter((one) => /^CWE-\d+$/.test(one))
    .map((one) => `- [${one}](https://cwe.mitre.org/data/definitions/${one.slice(4)}.html)`);
  // As the parser writes it, so that nothing in it ends the link.
  const help = help_url !== undefined && URL.canParse(help_url) ? new URL(help_url) : undefined;
  if (help?.protocol === 'https:') links.push(`- <${help.href}>`);
  return [
    `# ${text(title ?? rule_id, 200)}`,
    [text(rule_id, 200), text(tool, 80), capitalized(severityWord(severity))].join(' · '),
    text(message),
    ...(suggestion === null ? [] : [`**${vscode.l10n.t('What to do')}:** ${text(suggestion)}`]),
    ...(links.length > 0 ? [`## ${vscode.l10n.t('References')}`, links.join('\n')] : []),
    ...(toolPage === undefined ? [] : ['---', toolPage]),
  ].join('\n\n');
}

/** The examples of a page, as the build writes them: a heading and a fenced block each. */
export function examplesIn(page: string): Examples {
  const under = (heading: string) =>
    new RegExp(`^## ${heading}\\n+(~{3,})[^\\n]*\\n([^]*?)\\n\\1$`, 'm').exec(page)?.[2] ?? '';
  return { bad: under('Bad'), good: under('Good') };
}
