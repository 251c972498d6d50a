import { csharp } from './csharp/csharp';
import { go } from './go/go';
import { java } from './java/java';
import { javascript } from './javascript/javascript';
import { php } from './php/php';
import { python } from './python/python';
import { ruby } from './ruby/ruby';
import type { TaintLanguage } from '../interpreter/language';

/** The languages whose data flow is followed across files. The only list of them: the build takes their grammars and models from it. */
export const languages: readonly TaintLanguage[] = [javascript, java, python, php, go, csharp, ruby];

/** The language of a file, if it is one of these. */
export function languageOf(path: string): TaintLanguage | undefined {
  return languages.find((language) => language.handles(path));
}
