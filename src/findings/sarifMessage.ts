import type { Component, Message, Result, Rule } from './sarifLog';
import { titleFrom } from './title';

/** A link in a message: its text, and the number of a location or a URL (3.11.6). Anything else in brackets is code. */
const link = /\[((?:\\.|\[[^[\]]*\]|[^[\]\\])*)\]\((?:\d+|(?:https?|file|sarif|mailto):[^)\s]*)\)/gi;

/** The message of a result as plain text. @param components may hold its message under an id */
export function messageOf(result: Result, rule: Rule | undefined, components: readonly Component[]): string {
  return (
    messageText(result.message, rule, components) ??
    textOf(rule?.shortDescription) ??
    textOf(rule?.fullDescription) ??
    rule?.name ??
    rule?.id ??
    'A finding.'
  );
}

/** The text of a message, or else of its Markdown; undefined if it has neither. */
export function textOf(message: Message | undefined): string | undefined {
  if (message?.text) return withoutLinks(message.text);
  return message?.markdown ? withoutMarkdown(message.markdown) : undefined;
}

/** A short name: the rule's title for people, or else its name. */
export function ruleTitle(
  rule: Rule | undefined,
  id: string,
  cwe: readonly string[] | undefined,
  message: string,
): string {
  const said = textOf(rule?.shortDescription)?.replace(/\s*\(CWE-[^)]*\)/gi, '');
  // Some tools derive one from the ID.
  const text = said !== undefined && rule?.id !== undefined && said.includes(rule.id) ? undefined : said;
  return titleFrom({ texts: [text], names: [rule?.name, id], cwe, message });
}

/** The message of a flow's step or a fix, with arguments and stored texts inserted. */
export function messageText(
  message: Message | undefined,
  rule: Rule | undefined,
  components: readonly Component[],
): string | undefined {
  const template = message && (textOf(message) ?? (message.id && stored(message.id, rule, components)));
  return template ? filled(template, message.arguments ?? []) : undefined;
}

function stored(id: string, rule: Rule | undefined, components: readonly Component[]): string | undefined {
  const own = textOf(rule?.messageStrings?.[id]);
  if (own !== undefined) return own;
  for (const { globalMessageStrings } of components) {
    const shared = textOf(globalMessageStrings?.[id]);
    if (shared !== undefined) return shared;
  }
  return undefined;
}

/** Inserts arguments for `{0}`, `{1}`, …; only if there are any, doubled braces stand for single ones (3.11.5). */
function filled(template: string, values: readonly (string | undefined)[]): string {
  if (values.length === 0) return template;
  return template.replace(/\{\{|\}\}|\{(\d+)\}/g, (all, at: string | undefined) => {
    if (at !== undefined) return values[Number(at)] ?? all;
    return all.charAt(0);
  });
}

function withoutLinks(text: string): string {
  return text.replace(link, (_, words: string) => words.replace(/\\([\\[\]])/g, '$1'));
}

/** Removes the Markdown that messages use: emphasis, code, links, headings. */
function withoutMarkdown(text: string): string {
  return withoutLinks(text)
    .replace(/^#{1,6}\s+/gm, '')
    .replace(/(\*\*|__|`+)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .trim();
}
