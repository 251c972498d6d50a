/** Signals that ask a command to end: from a service manager, from Ctrl-C, and from a closed terminal or connection. */
export const endSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
