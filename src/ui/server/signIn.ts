import * as vscode from 'vscode';
import { CodedError, errorCode } from '../../base/errors';
import { serviceUrl } from '../../base/serviceUrl';
import { config } from '../manifest/config';
import { commands } from '../manifest/ids';
import type { ServerJobs } from '../scansView/serverJobs';
import { registerCommand, showingErrors } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { inertLine } from '../words/plainText';
import type { Services } from '../jobs/services';

/**
 * Registers signing in to the team's server and out of it.
 * @param serverJobs the list of its jobs, which it may answer for then, or not any more
 */
export function registerServer(context: WindowContext, serverJobs: ServerJobs): void {
  const { services, scans, log } = context;
  registerCommand(context, commands.signIn, async () => {
    await signIn(services);
    await serverJobs.refresh();
  });
  registerCommand(context, commands.signOut, async () => {
    await signOut(services);
    await serverJobs.refresh();
  });
  context.subscriptions.push(scans.onUnauthorized(askToSignIn(services, log)));
}

/** Asks for the server's address and a token, tries both, and keeps them only when the server takes them. */
async function signIn(services: Services): Promise<void> {
  const url = await askForUrl();
  if (url === undefined) return;
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Token for {0}', url),
    prompt: vscode.l10n.t("Stored in VS Code's secret storage, never in settings or files."),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^[\x21-\x7e]*$/.test(text.trim())
        ? undefined
        : vscode.l10n.t('A token cannot contain spaces or special characters.'),
  });
  if (token === undefined) return;
  const said = await tryOut(services, url, token.trim());
  await config.setServerUrl(url);
  if (token.trim() === '') await services.forgetToken(url);
  else await services.keepToken(url, token.trim());
  void vscode.window.showInformationMessage(inertLine(said));
}

async function askForUrl(): Promise<string | undefined> {
  const url = await vscode.window.showInputBox({
    title: vscode.l10n.t('Scan Server'),
    prompt: vscode.l10n.t("The URL of your team's scan server."),
    placeHolder: 'https://scan.example.com',
    value: config.serverUrl() ?? '',
    ignoreFocusOut: true,
    validateInput: (text) =>
      serviceUrl(text) === undefined
        ? vscode.l10n.t('Enter a URL such as https://scan.example.com, without a password')
        : undefined,
  });
  return url === undefined ? undefined : serviceUrl(url);
}

/** @returns what was found, as a sentence. @throws CodedError with a sentence that says what to do */
async function tryOut(services: Services, url: string, token: string): Promise<string> {
  const client = services.remote(url, token === '' ? undefined : token);
  const { version } = await client.health();
  try {
    const { available } = await client.tools();
    const server = version === undefined ? url : vscode.l10n.t('{0} (version {1})', url, version);
    if (available.length === 0) return vscode.l10n.t('Signed in to {0}: no analyzers available.', server);
    if (available.length === 1)
      return vscode.l10n.t('Signed in to {0}: 1 analyzer available, {1}.', server, available.join(', '));
    return vscode.l10n.t(
      'Signed in to {0}: {1} analyzers available, {2}.',
      server,
      available.length,
      available.join(', '),
    );
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'UNAUTHORIZED' && code !== 'FORBIDDEN') throw error;
    throw new CodedError(
      'UNAUTHORIZED',
      vscode.l10n.t(
        "{0} rejected this token. Ask the server's administrator for a valid one, then sign in again.",
        url,
      ),
      { cause: error },
    );
  }
}

async function signOut(services: Services): Promise<void> {
  const url = config.serverUrl();
  const had = url !== undefined && (await services.forgetToken(url));
  void vscode.window.showInformationMessage(
    had ? vscode.l10n.t('Signed out of {0}.', url) : vscode.l10n.t('You were not signed in to a scan server.'),
  );
}

/** Says that a server wants a token, in the middle of a job, and offers to give it one. One message at a time. */
function askToSignIn(services: Services, log: vscode.LogOutputChannel): (url: string) => void {
  let asking = false;
  return (url) => {
    if (asking) return;
    asking = true;
    const signInNow = vscode.l10n.t('Sign In');
    void showingErrors(log, async () => {
      const message = vscode.l10n.t(
        'The scan server {0} requires you to sign in again. The scan resumes once you have.',
        url,
      );
      const choice = await vscode.window.showWarningMessage(message, signInNow);
      asking = false;
      if (choice === signInNow) await signIn(services);
    });
  };
}
