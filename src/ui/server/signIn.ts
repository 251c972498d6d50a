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
 * Registers signing in to and out of the team's server.
 * @param serverJobs refreshed afterwards
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
  context.subscriptions.push(scans.onUnauthorized(promptToSignIn(services, log)));
}

/** Asks for the server's URL and a token, and stores them if the server accepts them. */
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
  const result = await testAccess(services, url, token.trim());
  await config.setServerUrl(url);
  if (token.trim() === '') await services.deleteToken(url);
  else await services.storeToken(url, token.trim());
  void vscode.window.showInformationMessage(inertLine(result));
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

/** Tests a URL and token. @returns a message for the user. @throws CodedError that says what to do */
async function testAccess(services: Services, url: string, token: string): Promise<string> {
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
  const wasSignedIn = url !== undefined && (await services.deleteToken(url));
  void vscode.window.showInformationMessage(
    wasSignedIn ? vscode.l10n.t('Signed out of {0}.', url) : vscode.l10n.t('You were not signed in to a scan server.'),
  );
}

/** Offers to sign in when a server rejects the token during a job. Shows one message at a time. */
function promptToSignIn(services: Services, log: vscode.LogOutputChannel): (url: string) => void {
  let asking = false;
  return (url) => {
    if (asking) return;
    asking = true;
    const button = vscode.l10n.t('Sign In');
    void showingErrors(log, async () => {
      const message = vscode.l10n.t(
        'The scan server {0} requires you to sign in again. The scan resumes once you have.',
        url,
      );
      const choice = await vscode.window.showWarningMessage(message, button);
      asking = false;
      if (choice === button) await signIn(services);
    });
  };
}
