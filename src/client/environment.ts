const kept =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|LANG|LC_ALL|XDG_\w+_HOME|SSH_AUTH_SOCK|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|GIT_SSL_CA(INFO|PATH)|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_V8_COVERAGE|(HTTPS?|NO)_PROXY)$/i;

/** What a child of ours needs to find programs, folders, proxies and certificates, and which repositories the user's git calls safe; nothing else of this process. */
export function minimalEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => kept.test(name));
  return { ...Object.fromEntries(own), ELECTRON_RUN_AS_NODE: '1' };
}
