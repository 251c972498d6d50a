import { randomBytes } from 'node:crypto';

/** A value for a Content-Security-Policy nonce. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/** The panel's page: an empty frame that its script fills. */
export function panelHtml(options: { cspSource: string; script: string; style: string; nonce: string }): string {
  const { cspSource, script, style, nonce } = options;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; font-src ${cspSource}; script-src 'nonce-${nonce}';">
  <meta name="viewport" content="width=device-width, initial-scale=1.0">
  <link rel="stylesheet" href="${style}">
  <title>Scan Progress</title>
</head>
<body>
  <main id="panel"></main>
  <script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
