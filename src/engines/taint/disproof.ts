import type { Project } from './interpreter/project';
import type { Site } from './interpreter/sites';
import { bitsOf, type Defect } from './models/defects';
import { isTextDefect } from './taintRules';

/** A question about a range of characters, from `from` up to but excluding `to`: whether it can cause a defect. */
export interface Question {
  readonly from: number;
  readonly to: number;
  readonly defect: Defect;
}

/** Determines which places in a file are proven harmless, using a project's files that were not analyzed for anything else. */
export function disproved(project: Project, path: string, questions: readonly Question[]): boolean[] {
  project.useExactCalls();
  const { sites } = project;
  const sitesOf = ({ from, to, defect }: Question) =>
    sites.of(path).filter((site) => bitsOf(site.defect) === bitsOf(defect) && site.from < to && site.to > from);
  const isHarmful = ({ taint, isUnknown, isMisuse }: Site) => taint !== undefined || isUnknown || isMisuse;
  let changes = -1;
  let areHarmful = false;
  // What was once found to be harmful remains so.
  const isAnswered = () => {
    if (changes !== sites.changes) areHarmful = questions.every((one) => sitesOf(one).some(isHarmful));
    ({ changes } = sites);
    return areHarmful;
  };
  const isKnown = project.follow(path, true, isAnswered) === 'followed';
  return questions.map((question) => {
    if (!isKnown) return false;
    const there = sitesOf(question);
    const { from, to, defect } = question;
    if (there.length === 0) return isTextDefect(defect) && sites.areTextsHarmless(path, from, to, bitsOf(defect));
    return !there.some(isHarmful);
  });
}
