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

/** Code with a defect, and code without it. */
export interface Examples {
  readonly bad: string;
  readonly good: string;
}

const scheme = 'codeagent-rule';
/** Number of generated pages to keep, for a preview that requests them again. */
const keptPages = 50;

/** The rule pages, which come with the extension and are shown as a Markdown preview. */
export class RulePages implements vscode.TextDocumentContentProvider {
  /** By URI: pages generated from a finding, for rules without a page. */
  readonly #made = new Map<string, string>();
  #pages: Promise<PagesFile> | undefined;

  private constructor(
    private readonly file: vscode.Uri,
    private readonly log: Logger,
  ) {}

  /** Makes the pages available as documents in VS Code. */
  static register(context: Pick<vscode.ExtensionContext, 'extensionUri' | 'subscriptions'>, log: Logger): RulePages {
    const pages = new RulePages(vscode.Uri.joinPath(context.extensionUri, 'dist', 'rulePages.json'), log);
    context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider(scheme, pages));
    return pages;
  }

  /** Shows the page of a finding's rule or, if there is none, the finding's own texts and a page about its kind. */
  async show(issue: Issue): Promise<void> {
    const { rules, tools } = await this.#read();
    const hasPage = Object.hasOwn(rules, issue.rule_id);
    const uri = uriOf(hasPage ? issue.rule_id : `${issue.tool}/${issue.rule_id}`);
    if (!hasPage) this.#keep(uri, pageFrom(issue, Object.hasOwn(tools, issue.tool) ? tools[issue.tool] : undefined));
    // Markdown's commands are only listed once it is active; running one activates it.
    const canPreview = vscode.extensions.getExtension('vscode.markdown-language-features') !== undefined;
    if (canPreview) await vscode.commands.executeCommand('markdown.showPreview', uri);
    else await vscode.window.showTextDocument(uri);
  }

  /** The examples on a rule's page, bad and good code; empty if there are none. */
  async examplesOf(rule: string): Promise<Examples> {
    const { rules } = await this.#read();
    return examplesIn(Object.hasOwn(rules, rule) ? (rules[rule] ?? '') : '');
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const made = this.#made.get(uri.toString());
    if (made !== undefined) return made;
    const id = uri.path.replace(/^\//, '').replace(/\.md$/, '');
    const { rules } = await this.#read();
    // A preview restored by a new window may belong to a finding that no longer exists.
    return Object.hasOwn(rules, id) ? (rules[id] ?? '') : `# ${text(id)}\n`;
  }

  #keep(uri: vscode.Uri, page: string): void {
    this.#made.delete(uri.toString());
    this.#made.set(uri.toString(), page);
    const [oldest] = this.#made.keys();
    if (this.#made.size > keptPages && oldest !== undefined) this.#made.delete(oldest);
  }

  /** Read on demand. Without the file, a finding can still explain itself. */
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

/** Text of a scanned tree or a foreign service, with all Markdown syntax escaped. */
function text(raw: string, max = 2_000): string {
  return escapeMarkdown(oneLine(raw, max));
}

function pageFrom(issue: Issue, toolPage: string | undefined): string {
  const { title, rule_id, tool, severity, message, suggestion, cwe, help_url } = issue;
  const links = (cwe ?? [])
    .filter((one) => /^CWE-\d+$/.test(one))
    .map((one) => `- [${one}](https://cwe.mitre.org/data/definitions/${one.slice(4)}.html)`);
  // In the URL parser's notation, so that nothing in it ends the link.
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

/** The examples of a page, as the build generates them: a heading and a fenced block each. */
export function examplesIn(page: string): Examples {
  const under = (heading: string) =>
    new RegExp(`^## ${heading}\\n+(~{3,})[^\\n]*\\n([^]*?)\\n\\1$`, 'm').exec(page)?.[2] ?? '';
  return { bad: under('Bad'), good: under('Good') };
}
