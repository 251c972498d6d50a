import { FileText } from '../../../base/fileText';
import type { FixEdit } from '../../../protocol';
import type { Dependency } from '../packages/dependency';
import { roleOf, type Format } from '../lockfiles/kinds';
import type { Files, Locked } from '../lockfiles/locked';
import { readers } from '../lockfiles/readers';
import { manifestsOf } from '../lockfiles/manifests';
import type { ManifestUpdate } from './manifestUpdate';
import { updateCargo } from './cargo';
import { updateComposer } from './composer';
import type { TextEdit, Update, WantedUpdate } from './edits';
import { updateGemfile } from './gemfile';
import { updateGo } from './goMod';
import { updateGradle } from './gradle';
import { updateNpm } from './npm';
import { updateNuget } from './nuget';
import { updatePom } from './pom';
import { updatePyproject, updateRequirements } from './python';

type Updater = (wanted: WantedUpdate) => Update | undefined;

/** How to edit the manifests of each format; others have to be edited by hand. */
const updaters: Readonly<Partial<Record<Format, Updater>>> = {
  packageLock: updateNpm,
  yarnLock: updateNpm,
  pnpmLock: updateNpm,
  bunLock: updateNpm,
  denoLock: updateNpm,
  requirements: updateRequirements,
  poetryLock: updatePyproject,
  uvLock: updatePyproject,
  pdmLock: updatePyproject,
  pipfileLock: updatePyproject,
  pylock: updatePyproject,
  goMod: updateGo,
  goSum: updateGo,
  cargoLock: updateCargo,
  gemfileLock: updateGemfile,
  composerLock: updateComposer,
  pom: updatePom,
  gradleLock: updateGradle,
  nugetLock: updateNuget,
  packagesConfig: updateNuget,
  project: updateNuget,
};

/** How to make manifests require versions, as edits by line and column. @param files with their texts as the parsers take them */
export class Updates {
  readonly #locked = new Map<string, readonly Locked[]>();
  readonly #manifests = new Map<string, readonly string[]>();

  constructor(private readonly files: Files) {}

  /** @returns null if no manifest can be edited to require it, or none is known that does */
  of(dependency: Dependency, to: string): ManifestUpdate | null {
    const { lockfile } = dependency;
    const role = roleOf(lockfile);
    if (role?.role !== 'lockfile') return null;
    const { kind } = role;
    const update = updaters[kind.format]?.({
      dependency,
      to,
      files: this.files,
      manifests: remembered(this.#manifests, lockfile, () => manifestsOf(kind, lockfile, this.files)),
      locked: remembered(this.#locked, lockfile, () => {
        const source = this.files.read(lockfile);
        return source === undefined ? [] : readers[kind.format](source, lockfile, this.files).packages;
      }),
    });
    if (!update) return null;
    const edits = update.edits.map((edit) => this.#placed(edit, dependency.file));
    const whole = edits.filter((edit) => edit !== undefined);
    if (whole.length < edits.length) return null;
    return { edits: whole, manifests: [...update.manifests], overrides: update.overrides === true };
  }

  #placed({ file, start, end, text }: TextEdit, own: string): FixEdit | undefined {
    // The parsers see normalized line ends; lines and columns are the same in the file.
    const content = new FileText(this.files.read(file) ?? '');
    const [from, to] = [content.placeOf(start), content.placeOf(end)];
    return from && to && { ...(file !== own && { file }), start: from, end: to, text };
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
