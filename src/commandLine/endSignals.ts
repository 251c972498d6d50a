/** What asks a command to end: a service manager, Ctrl-C, and a terminal or a connection that is closed. */
export const endSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
