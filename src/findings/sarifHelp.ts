import type { Gaps } from './coverage';
import type { Rule } from './sarifLog';

/** Longest help of a rule that is kept, and how much of all, in UTF-16 units. */
const maxHelp = 20_000;
const maxAll = 1_000_000;

/** The tool's full description of a rule, as Markdown; undefined if it says no more than the rule's findings. */
export function helpOf(rule: Rule | undefined, message: string): string | undefined {
  const help = (rule?.help?.markdown ?? rule?.help?.text)?.trim();
  const known = [message, rule?.fullDescription?.text, rule?.shortDescription?.text].map((text) => text?.trim());
  if (help === undefined || help === '' || known.includes(help)) return undefined;
  if (help.length <= maxHelp) return help;
  const end = help.lastIndexOf('\n', maxHelp);
  return `${help.slice(0, end > maxHelp / 2 ? end : maxHelp)}\n\n…`;
}

/** The help of all rules, by tool and rule. What is too much is left out, and told. */
export class RuleHelp {
  readonly #byTool = new Map<string, Map<string, string>>();
  readonly #left = new Map<string, Set<string>>();
  #size = 0;

  add(tool: string, rule: string, help: string): void {
    const known = this.#byTool.get(tool) ?? new Map<string, string>();
    if (known.has(rule)) return;
    if (this.#size + help.length > maxAll) {
      this.#left.set(tool, (this.#left.get(tool) ?? new Set()).add(rule));
      return;
    }
    this.#byTool.set(tool, known.set(rule, help));
    this.#size += help.length;
  }

  /** @param gaps learns what was left out */
  all(gaps: Gaps): Record<string, Record<string, string>> | undefined {
    for (const [tool, { size }] of this.#left)
      gaps.add(
        'unread_report',
        tool,
        `The help of ${size} ${size === 1 ? 'rule' : 'rules'} was left out: it is too long.`,
      );
    if (this.#byTool.size === 0) return undefined;
    return Object.fromEntries([...this.#byTool].map(([tool, rules]) => [tool, Object.fromEntries(rules)]));
  }
}
