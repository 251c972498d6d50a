import type { Found } from './found';
import { isPlaceholderOrEmpty } from './likelySecret';
import { endOfCommand } from './literals';

/** Passwords that some programs take in other ways, each with what a text with one contains, in lower case: most texts have none of it. */
const otherForms = [
  { hint: 'pass:', pattern: /\b(?:pass|passin|passout)[ =:]+pass:(?<secret>[^\s"'`]+)/dgi },
  { hint: 'pass:', pattern: /\bpass:(?<secret>[^\s"'`]{3,})/dg },
  {
    hint: 'identified',
    pattern: /\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+(?:PASSWORD\s+)?["'`]?(?<secret>[^\s"'`;]+)/dgi,
  },
  {
    hint: '/',
    pattern:
      /\b(?:thin|oci8?|sqlplus|sqlldr|expdp|impdp|exp|imp)(?::|(?:[ \t]+-\w+)*[ \t]+)["']?[\w$#.]{1,60}\/(?<secret>[^\s@"'/]{1,100})(?=@|["'\s]|$)/dgi,
  },
  { hint: '/user:', pattern: /\/user:[\w.@\\-]{1,80}[ \t]+(?<secret>[^\s"'`/]\S{2,100})/dgi },
  {
    hint: 'securestring',
    pattern: /\bSecureString[ \t]+(?:-String[ \t]+)?["'](?<secret>[^"'\n]{1,300})["']/dgi,
  },
  {
    hint: '|',
    pattern:
      /\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)?["']?(?<secret>[^"'|\n]{3,200}?)["']?[ \t]*\|[^|\n]{0,120}(?:password-stdin|sudo[ \t]+-\w*S|passwd|--stdin|--token-stdin)/dg,
  },
];

/** Finds the passwords that programs take, as options and in other ways. */
export function findInCommands(found: Found): void {
  if (/[\s"'`,[(]-/.test(found.text)) findInOptions(found);
  const text = found.text;
  for (const { hint, pattern } of otherForms) {
    if (!found.has([hint])) continue;
    for (const { indices } of text.matchAll(pattern)) {
      const [start, end] = indices?.groups?.['secret'] ?? [0, 0];
      found.addValue(start, end);
    }
  }
}

function findInOptions(found: Found): void {
  const text = found.text;
  // -pSECRET, -p SECRET of programs whose -p is a password; -u user:SECRET of any.
  const tool =
    /\b(?:mysql\w*|mariadb\w*|sshpass|docker|podman|helm|oc|az|buildah|skopeo|crane|nerdctl|sqlcmd|bcp|isql|osql|redis-cli|ldap\w+|mongo\w*|psql|7z\w?|7za|zip|unzip|unrar|rar|smbclient|sqlplus|lftp|ftp|svn|htpasswd|openssl|cqlsh|influx|rabbitmqctl|kinit|vncviewer|xfreerdp|rdesktop|winexe|psexec|plink|pscp|net use|keytool|jarsigner|twine|nexus|jfrog|jf|npm|mosquitto_\w+|impacket-\w+|crackmapexec|net|curl|wget|http|https|ab|siege|hydra)\b/gi;
  let until = 0;
  for (const { index, 0: word } of text.matchAll(tool)) {
    if (index < until) continue;
    const end = endOfCommand(text, index);
    until = end;
    const command = text.slice(index, end);
    const letters = /^(?:redis-cli)/i.test(word)
      ? 'a'
      : /^(?:ldap|htpasswd)/i.test(word)
        ? 'wyb'
        : /^(?:sqlcmd|bcp|osql|mosquitto|7z)/i.test(word)
          ? 'Pp'
          : 'pP';
    const pattern = new RegExp(
      String.raw`(?<=[\s"'\`,\[(])-[${letters}](?<link>\s*=?\s*(?:["'],\s*)?["'\`]?|=)(?<secret>[^\s"'\`,;|&<>)\]]{3,300})`,
      'dg',
    );
    for (const match of command.matchAll(pattern)) {
      const secret = match.groups?.['secret'] ?? '';
      const joinedTo = match.groups?.['link'] === '';
      // A port, a path or another option is not a password.
      if (/^\d{1,5}(?::\d|$)|^-|^[./~]|^\d+:\d+/.test(secret) || isPlaceholderOrEmpty(secret)) continue;
      if (
        !joinedTo &&
        /^(?:docker|podman|nerdctl|npm|net|http|https|ab|mongo)/i.test(word) &&
        !/login|-u|user/i.test(command)
      )
        continue;
      if (/^(?:docker|podman|npm|curl|wget|http|https)$/i.test(word) && !/login|auth/i.test(command)) continue;
      const [start, stop] = match.indices?.groups?.['secret'] ?? [0, 0];
      found.add(index + start, index + stop);
    }
  }
  for (const match of text.matchAll(
    /(?<=[\s"'`,[(])(?:-[uU]|--(?:proxy-)?user|--http-user|--creds|--auth|-U)(?:\s*=?\s*(?:["'],\s*)?["'`]?)(?<user>[\w.@\\%+-]{1,80}):(?<secret>[^\s"'`]{1,300})/dg,
  )) {
    const secret = match.groups?.['secret'] ?? '';
    if (/^\d{1,5}$/.test(secret) || isPlaceholderOrEmpty(secret)) continue;
    const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
    found.add(start, end);
  }
}
