import { readBunLock, readDenoLock } from './bun';
import { readComposerLock } from './composer';
import { readGemfileLock } from './gems';
import { readGoMod, readGoSum } from './go';
import { readGradleLock } from './gradle';
import { readMixLock } from './hex';
import type { LockfileReader } from './locked';
import { readPackageLock } from './npm';
import { readNugetLock, readPackagesConfig, readProject } from './nuget';
import { readPipfileLock } from './pipenv';
import { readPnpmLock } from './pnpm';
import { readPom } from './pom';
import { readPubspecLock } from './pub';
import { readRequirements } from './requirements';
import { readCargoLock, readPdmLock, readPoetryLock, readPylock, readUvLock } from './toml';
import { readYarnLock } from './yarn';
import type { Format } from './kinds';

/** Reads each format. */
export const readers: Readonly<Record<Format, LockfileReader>> = {
  packageLock: readPackageLock,
  yarnLock: readYarnLock,
  pnpmLock: readPnpmLock,
  bunLock: readBunLock,
  denoLock: readDenoLock,
  requirements: readRequirements,
  poetryLock: readPoetryLock,
  uvLock: readUvLock,
  pdmLock: readPdmLock,
  pipfileLock: readPipfileLock,
  pylock: readPylock,
  goMod: readGoMod,
  goSum: readGoSum,
  cargoLock: readCargoLock,
  gemfileLock: readGemfileLock,
  composerLock: readComposerLock,
  pom: readPom,
  gradleLock: readGradleLock,
  nugetLock: readNugetLock,
  packagesConfig: readPackagesConfig,
  project: readProject,
  mixLock: readMixLock,
  pubspecLock: readPubspecLock,
};
