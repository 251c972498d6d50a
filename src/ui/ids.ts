/** Every id that package.json and the code share; a test holds both against each other. */
export const commands = {
  scanWorkspace: 'codeagent.scanWorkspace',
  cancelScan: 'codeagent.cancelScan',
  rerunScan: 'codeagent.rerunScan',
  showProgress: 'codeagent.showProgress',
  showFindings: 'codeagent.showFindings',
  openReport: 'codeagent.openReport',
  showLog: 'codeagent.showLog',
  clearFinished: 'codeagent.clearFinished',
} as const;

export const views = { scans: 'codeagent.scans' } as const;

export const containers = { codeagent: 'codeagent' } as const;

export const contextKeys = {
  /** A job is queued or running. */
  running: 'codeagent.running',
  /** There is a job, in whatever state. */
  hasJobs: 'codeagent.hasJobs',
  /** A job has ended. */
  hasEnded: 'codeagent.hasEnded',
} as const;

/** `viewItem` of the rows in the Scans view. */
export const rows = { running: 'job.running', completed: 'job.completed', ended: 'job.ended', phase: 'phase' } as const;

export const webviews = { progress: 'codeagent.progress', report: 'codeagent.report' } as const;
