// The one door to git: nothing else in src/ starts it, or knows simple-git (test/architecture/git.test.ts).
export type { GitErrorCode } from './call';
export { cloneRepository, readProgress, type CloneOptions } from './clone';
export { checkOut, mergeBase } from './commit';
export {
  blobSizes,
  changesIn,
  filesOfHead,
  isShallow,
  listCommits,
  objectsOfPartialClone,
  readBlobs,
  type CommitChange,
  type CommitChanges,
} from './history';
export {
  deletedFiles,
  listFolder,
  remoteBranches,
  remoteUrl,
  resolveCommit,
  topFolder,
  trackedChanges,
  withoutFilters,
  type FolderListing,
  type Place,
  type TrackedChange,
} from './repository';
