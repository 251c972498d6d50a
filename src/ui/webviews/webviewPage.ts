import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/**
 * Sets the page of a webview: an empty frame that its script fills. Nothing else can load or run in it.
 * @param texts the strings of the webview, including the `title` of the page
 */
export function showPage(
  { webview }: Pick<vscode.WebviewView, 'webview'>,
  extensionUri: vscode.Uri,
  { script, styles, texts }: { script: string; styles: readonly string[]; texts: { readonly title: string } },
): void {
  const dist = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const media = vscode.Uri.joinPath(extensionUri, 'media');
  const at = (folder: vscode.Uri, file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  const nonce = randomBytes(16).toString('base64');
  const { cspSource } = webview;
  webview.options = { enableScripts: true, localResourceRoots: [dist, media] };
  webview.html = `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; font-src ${cspSource}; script-src 'nonce-${nonce}';">
  <meta name="viewport" content="width=device-width, initial-scale=1.0">
  ${styles.map((style) => `<link rel="stylesheet" href="${at(media, style)}">`).join('\n  ')}
  <title>${escapeHtml(texts.title)}</title>
</head>
<body>
  <main id="panel" data-texts="${escapeHtml(JSON.stringify(texts))}"></main>
  <script type="module" nonce="${nonce}" src="${at(dist, script)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
