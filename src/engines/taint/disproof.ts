import type { Project } from './interpreter/project';
import { bitsOf, type Defect } from './models/defects';
import { isOfText } from './taintRules';

/** What is asked of the characters from `from` to before `to`: whether they can cause a defect. */
export interface Question {
  readonly from: number;
  readonly to: number;
  readonly defect: Defect;
}

/** Which places in a file are proven harmless, by the files of a project that nothing else was done with. */
export function disproved(project: Project, path: string, questions: readonly Question[]): boolean[] {
  project.beExact();
  const isKnown = project.follow(path) === 'followed';
  const sites = project.sites.of(path);
  return questions.map(({ from, to, defect }) => {
    if (!isKnown) return false;
    const there = sites.filter((site) => bitsOf(site.defect) === bitsOf(defect) && site.from < to && site.to > from);
    if (there.length === 0) return isOfText(defect) && project.sites.areTextsHarmless(path, from, to, bitsOf(defect));
    return there.every(({ taint, isUnknown, isMisuse }) => !taint && !isUnknown && !isMisuse);
  });
}
