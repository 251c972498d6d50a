// Reads a team's models in a thread, so that no file can stop anything else.
import { RegExpParser, type AST } from '@eslint-community/regexpp';
import { errorMessage } from '../../base/errors';
import { readYamlDocuments } from '../rulePack/yamlFile.mjs';
import { customModelFile, readModelsTask, type ReadModels } from './customMessages';

export { ready } from '../engine/workerScript';

/** Reads the models of a file. */
export function read(task: unknown): ReadModels {
  const { text, folder, languages } = readModelsTask.parse(task);
  const models: ReadModels['models'][number][] = [];
  const problems: ReadModels['problems'][number][] = [];
  try {
    for (const { content, line, problems: wrong, lineOf } of readYamlDocuments(text, customModelFile, {
      unknownKeys: 'warning',
    })) {
      problems.push(...wrong);
      if (!content) continue;
      const { language = folder, ...model } = content;
      const known = languages.find((id) => id === language?.toLowerCase());
      const mistakes = mistakesIn(model);
      if (known === undefined) {
        const why =
          language === undefined
            ? 'A model must name its language'
            : `There are no models for the language ${language}`;
        problems.push({
          line: lineOf(['language']),
          level: 'error',
          message: `${why}: language is one of ${languages.join(', ')}.`,
        });
      } else if (mistakes.length > 0)
        for (const { path, message } of mistakes) problems.push({ line: lineOf(path), level: 'error', message });
      else
        models.push({
          ...{ line, language: known, model },
          exampleLines: model.examples.map((_, index) => lineOf(['examples', index])),
        });
    }
    if (models.length === 0 && problems.length === 0)
      problems.push({ line: 1, level: 'error', message: 'There is no model in this file.' });
  } catch (error) {
    // Such as a stack overflow.
    problems.push({ line: 1, level: 'error', message: `It cannot be read: ${errorMessage(error)}.` });
  }
  return { models, problems };
}

interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Keys whose texts become JavaScript regular expressions. */
const expressionKeys = new Set(['matches', 'methods']);

/** Reports invalid regular expressions, and those that could take exponential time. */
function mistakesIn(part: unknown, path: readonly PropertyKey[] = []): Mistake[] {
  if (typeof part !== 'object' || part === null || path.at(-1) === 'examples') return [];
  return Object.entries(part).flatMap(([key, value]): Mistake[] => {
    const at = [...path, Array.isArray(part) ? Number(key) : key];
    if (typeof value !== 'string' || !expressionKeys.has(key)) return mistakesIn(value, at);
    const message = mistakeInExpression(value);
    return message === undefined ? [] : [{ path: at, message: `${at.join('.')}: ${message}` }];
  });
}

function mistakeInExpression(source: string): string | undefined {
  try {
    new RegExp(source);
    const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source);
    const isCostly = pattern.alternatives.some((one) =>
      one.elements.some((element) => repeatsRepeated(element, false)),
    );
    return isCostly
      ? `the regular expression ${source} can take exponential time: it repeats something that is itself a repetition or a choice.`
      : undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** A repetition of more than this counts as unlimited. */
const many = 10;

/** Whether an unlimited repetition contains another repetition or a choice: the number of ways to read a text may then double with each character. */
function repeatsRepeated(element: AST.Element, isRepeated: boolean): boolean {
  if (element.type === 'Backreference') return isRepeated;
  if (element.type === 'Quantifier') {
    const isLong = element.max > many;
    if (isRepeated && element.max > 1) return true;
    return repeatsRepeated(element.element, isRepeated || isLong);
  }
  if (element.type !== 'Group' && element.type !== 'CapturingGroup' && element.type !== 'Assertion') return false;
  if (!('alternatives' in element)) return false;
  if (isRepeated && element.alternatives.length > 1) return true;
  return element.alternatives.some((one) => one.elements.some((inner) => repeatsRepeated(inner, isRepeated)));
}
